"""What could be better in sound rule files: `rules lint`. Each rule of lint is one function of this module.

A comment turns one off, with a reason: `# lint: PT209 off: ...` behind a line or above it for that line, in the first
line of a file for the whole file.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policytrack.codes import Code
from policytrack.errors import Location, Problem
from policytrack.matrix import meetings, outcomes
from policytrack.model import Policy
from policytrack.packfile import Pack, PackFile
from policytrack.packs import Rules, lies_below
from policytrack.yamlfile import Document, Loc

LONGEST_POLICY = 7
LONGEST_TITLE = 90
_WORDS = ("instrument", "conduct", "beneficiary")
_OFF = re.compile(r"#\s*lint:\s*(PT2\d\d)\s+off\b\s*(?::\s*(.*?))?\s*$")


@dataclass(frozen=True)
class _Linted:
    """A pack as lint looks at it, with its policies as they are after its defaults were filled in."""

    rules: Rules
    pack: Pack
    policies: tuple[Policy, ...]

    @property
    def file(self) -> PackFile:
        return self.pack.file

    def problem(self, loc: Loc, code: Code, message: str, *, on_key: bool = False) -> Problem:
        return self.pack.problem(loc, code, message, on_key=on_key)


Lint = Callable[[_Linted], Iterator[Problem]]


def lint_problems(rules: Rules, paths: Sequence[Path] = ()) -> list[Problem]:
    """What could be better in the rule files that these paths are or hold, in all where none is named; by place."""
    found: list[Problem] = []
    for pack in rules.placed_packs:
        looked_at = [each for each in pack.documents if not paths or any(lies_below(each, path) for path in paths)]
        own = tuple(policy for policy in rules.policies if policy.pack == pack.file.pack)
        linted = _Linted(rules, pack, own)
        problems = [problem for lint in LINTS for problem in lint(linted)] if looked_at else []
        for document in looked_at:
            found += _heard(document, [each for each in problems if each.location.path == document.path])
    if not paths or any(lies_below(rules.core_document, path) for path in paths):
        found += _heard(rules.core_document, list(_by_count(rules)))
    return sorted(found)


# --- what comments turn off


def _heard(document: Document, found: Sequence[Problem]) -> Iterator[Problem]:
    """The problems that no comment turns off, and what is wrong with the comments."""
    used: set[int] = set()
    offs = [(number, match) for number, line in enumerate(document.lines, start=1) if (match := _OFF.search(line))]
    for problem in found:
        numbers = [number for number, match in offs if _covers(document, number, match, problem)]
        used.update(numbers)
        if not numbers:
            yield problem
    for number, match in offs:
        place = Location(document.path, number, match.start() + 1)
        line, width = document.lines[number - 1], match.end() - match.start()
        if not match[2]:
            yield Problem(place, Code.NO_REASON, f"{match[1]} is turned off without a reason.", "", line, width)
        if number not in used:
            yield Problem(place, Code.NEEDLESS, f"{match[1]} has nothing to say here.", "", line, width)


def _covers(document: Document, number: int, match: re.Match[str], problem: Problem) -> bool:
    """Whether the comment in this line turns the problem off."""
    alone = not document.lines[number - 1][: match.start()].strip()
    lines = (number, number + 1) if alone else (number,)
    return match[1] == problem.code and (number == 1 or problem.location.line in lines)


# --- tests


def _no_tests(pack: _Linted) -> Iterator[Problem]:
    if pack.policies and not pack.file.tests:
        yield pack.problem(("pack",), Code.NO_TESTS, "the pack has no tests.")
    for document in pack.pack.overlay_documents:
        if document.node(("tests", 0)) is None:
            yield document.problem(("overlay",), Code.NO_TESTS, "the overlay has no tests.")


def _untested_policies(pack: _Linted) -> Iterator[Problem]:
    told = {
        test.policy and pack.rules.policy(test.policy)
        for test in pack.file.tests
        if test.gives not in (None, "none") or test.shifts
    }
    for number, policy in enumerate(pack.policies):
        if pack.file.tests and policy not in told:
            yield pack.problem(("policies", number, "id"), Code.UNTESTED_POLICY, f"no test reads {policy.id}.")


def _no_silent_test(pack: _Linted) -> Iterator[Problem]:
    if pack.file.tests and all(test.gives != "none" for test in pack.file.tests):
        yield pack.problem(("tests",), Code.NO_SILENT_TEST, "no test gives none.", on_key=True)


def _same_tests(pack: _Linted) -> Iterator[Problem]:
    first: dict[tuple[str, str | None], int] = {}
    for number, test in enumerate(pack.file.tests):
        text = "\n".join(" ".join(article.text.split()) for article in test.read())
        earlier = first.setdefault((text, test.policy), number)
        if earlier != number:
            message = f"test {number + 1} has the text of test {earlier + 1}."
            yield pack.problem(("tests", number), Code.SAME_TEST, message)


# --- starts, titles, ids


def _starts(pack: _Linted) -> Iterator[Problem]:
    for number, policy in enumerate(pack.policies):
        if policy.start is None:
            yield pack.problem(("policies", number, "id"), Code.NO_START, f"{policy.id} has no start.")
        elif policy.start.source in (None, "", "TODO"):
            message = f"the start of {policy.id} has no source."
            yield pack.problem(("policies", number, "start"), Code.NO_SOURCE, message, on_key=True)


def _titles(pack: _Linted) -> Iterator[Problem]:
    for number, policy in enumerate(pack.policies):
        length = len(policy.title)
        if length > LONGEST_TITLE or policy.title.endswith("."):
            what = f"has {length} characters" if length > LONGEST_TITLE else "ends in a full stop"
            yield pack.problem(("policies", number, "title"), Code.LONG_TITLE, f"the title {what}.")


def _foreign_ids(pack: _Linted) -> Iterator[Problem]:
    actors = pack.rules.actors.actors
    for number, policy in enumerate(pack.policies):
        names = [name for each in policy.issuer if each in actors for name in (each, *actors[each].names)]
        first = policy.id.split(".")[0]
        if names and first not in {name.casefold().replace(".", "") for name in names}:
            message = f"the id begins with {first}, and the issuer is {' or '.join(policy.issuer)}."
            yield pack.problem(("policies", number, "id"), Code.FOREIGN_ID, message)


def _long_policies(pack: _Linted) -> Iterator[Problem]:
    for number, policy in enumerate(pack.policies):
        document, loc = pack.pack.place(("policies", number))
        lines = _lines_of(document, int(loc[1]))
        if lines > LONGEST_POLICY:
            message = f"{policy.id} has {lines} lines; {LONGEST_POLICY} do."
            yield pack.problem(("policies", number, "id"), Code.LONG_POLICY, message)


def _lines_of(document: Document, number: int) -> int:
    """The lines that a policy takes up, without blank ones and comments."""
    begins = document.location(("policies", number)).line
    after = document.node(("policies", number + 1))
    ends = after.line if after else next(
        (key.line for key in document.root.keys.values() if key.line > begins), len(document.lines) + 1
    )  # fmt: skip
    return sum(bool(line.strip()) and line.lstrip()[0] != "#" for line in document.lines[begins - 1 : ends - 1])


# --- words


def _stem(phrase: str) -> str:
    """The phrase without regard to capitals, hyphens and the plural of its last word."""
    folded = " ".join(re.split(r"[\s-]+", phrase.casefold()))
    return re.sub(r"(?<=[^s])s$", "", re.sub(r"ies$", "y", folded))


def _phrases(pack: _Linted, key: str) -> Iterator[tuple[Loc, Sequence[str]]]:
    yield ("defaults", key), getattr(pack.file.defaults, key)
    for number, entry in enumerate(pack.file.policies):
        if key in entry.model_fields_set:
            yield ("policies", number, key), getattr(entry, key)


def _same_phrases(pack: _Linted) -> Iterator[Problem]:
    for key in _WORDS:
        for loc, phrases in _phrases(pack, key):
            for number, phrase in enumerate(phrases):
                earlier = next((each for each in phrases[:number] if _stem(each) == _stem(phrase)), None)
                if earlier is not None:
                    yield pack.problem((*loc, number), Code.SAME_PHRASE, f'"{phrase}" is found by "{earlier}".')


def _short_phrases(pack: _Linted) -> Iterator[Problem]:
    for key in ("instrument", "conduct"):
        for loc, phrases in _phrases(pack, key):
            for number, phrase in enumerate(phrases):
                if len(phrase) < 3 and not phrase.isupper():
                    message = f'"{phrase}" is too short to tell anything.'
                    yield pack.problem((*loc, number), Code.SHORT_PHRASE, message)


def _two_roles(pack: _Linted) -> Iterator[Problem]:
    for number, policy in enumerate(pack.policies):
        things = {_stem(phrase) for phrase in policy.instrument}
        for place, phrase in enumerate(policy.conduct):
            if _stem(phrase) in things:
                message = f'"{phrase}" is an instrument of {policy.id} too.'
                loc: Loc = ("policies", number, "conduct", place)
                yield pack.problem(loc, Code.TWO_ROLES, message)


def _common_words(pack: _Linted) -> Iterator[Problem]:
    things = pack.rules.operations.things
    common = {_stem(word) for value in ("restriction", "permission", "rulebook") for word in things.get(value, ())}
    for number, policy in enumerate(pack.policies):
        if policy.conduct or policy.beneficiary:
            continue
        for place, phrase in enumerate(policy.instrument):
            if " " not in phrase and _stem(phrase) in common:
                message = f'"{phrase}" is a word for any measure, and {policy.id} has no conduct.'
                yield pack.problem(("policies", number, "instrument", place), Code.COMMON_WORD, message)


def _inside(pack: _Linted) -> Iterator[Problem]:
    for (number, one), other in itertools.product(enumerate(pack.policies), pack.policies):
        if one is other or not set(one.issuer) & set(other.issuer) or pack.rules.policy(one.part_of or "") is other:
            continue
        own, theirs = ({_stem(phrase) for phrase in policy.instrument} for policy in (one, other))
        same = {_stem(phrase) for phrase in one.conduct} == {_stem(phrase) for phrase in other.conduct}
        if own and own < theirs and same and set(one.beneficiary) == set(other.beneficiary):
            message = f"every instrument of {one.id} is one of {other.id}."
            yield pack.problem(("policies", number, "instrument"), Code.INSIDE, message, on_key=True)


# --- the pack as a whole


def _no_limits(pack: _Linted) -> Iterator[Problem]:
    wanted = {"stable": "a stable pack names its limits.", "deprecated": "a deprecated pack says what to use instead."}
    if pack.file.maturity in wanted and not pack.file.limits:
        yield pack.problem(("maturity",), Code.NO_LIMITS, wanted[pack.file.maturity])


def _other_kinds(pack: _Linted) -> Iterator[Problem]:
    for number, policy in enumerate(pack.policies):
        whole = pack.rules.policy(policy.part_of or "")
        if whole is not None and whole.kind != policy.kind:
            message = f"{policy.id} is a {policy.kind}, and part of the {whole.kind} {whole.id}."
            yield pack.problem(("policies", number, "part_of"), Code.OTHER_KIND, message)


def _defaults(pack: _Linted) -> Iterator[Problem]:
    for key in pack.file.defaults.model_fields_set:
        common = getattr(pack.file.defaults, key)
        entries = enumerate(pack.file.policies)
        said = {number: entry for number, entry in entries if key in entry.model_fields_set}
        # What an overlay changes of one policy says nothing of how the pack is written.
        own = [number for number in said if not pack.pack.is_overlaid(("policies", number, key))]
        if own and len(own) == len(pack.file.policies):
            yield pack.problem(("defaults", key), Code.DEAD_DEFAULT, f"every policy has its own {key}.", on_key=True)
        for number in own:
            if getattr(said[number], key) == common:
                message = f"{said[number].id} repeats the default {key}."
                yield pack.problem(("policies", number, key), Code.SAID_TWICE, message, on_key=True)


def _same_tags(pack: _Linted) -> Iterator[Problem]:
    spelt = Counter(tag for policy in pack.policies for tag in policy.tags)
    for number, policy in enumerate(pack.policies):
        for place, tag in enumerate(policy.tags):
            twin = next((each for each in spelt if each != tag and each.casefold() == tag.casefold()), None)
            if twin is not None and (spelt[twin], twin) > (spelt[tag], tag):
                loc: Loc = ("policies", number, "tags", place)
                yield pack.problem(loc, Code.SAME_TAG, f'the tag is written "{twin}" elsewhere.')


def _deprecated(pack: _Linted) -> Iterator[Problem]:
    old = {each.pack for each in pack.rules.packs if each.maturity == "deprecated"}
    for number, name in enumerate(pack.file.extends):
        if name in old:
            yield pack.problem(("extends", number), Code.DEPRECATED, f"{name} is deprecated.")


LINTS: tuple[Lint, ...] = (
    _no_tests, _untested_policies, _no_silent_test, _same_tests, _starts, _titles, _foreign_ids, _long_policies,
    _same_phrases, _short_phrases, _two_roles, _common_words, _inside, _no_limits, _other_kinds, _defaults, _same_tags,
    _deprecated,
)  # fmt: skip


def _by_count(rules: Rules) -> Iterable[Problem]:
    """Shift rules of core.yaml that win by their number of conditions alone."""
    for (one, other), why in meetings(rules.core, outcomes(rules.core)).items():
        if why != "supersedes it":
            yield rules.problem(one, f"it wins over {other} only because it {why}", Code.BY_COUNT)
