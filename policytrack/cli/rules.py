"""Commands for authors of rules: `policytrack rules ...`."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policytrack.cli.app import rules_app
from policytrack.cli.options import ComparedFormatFlag, Format, FormatFlag, Packs, PolicyKind, RulesDir
from policytrack.cli.showing import check_new, fail_for, near, print_lines, print_records, put, show_changes
from policytrack.errors import ConfigError
from policytrack.terminal import ExitCode, Talk, command

if TYPE_CHECKING:
    from policytrack.errors import ArticleError, Problem
    from policytrack.lockfile import LockedFile
    from policytrack.model import Article
    from policytrack.packs import Rules
    from policytrack.quiet import Noise
    from policytrack.scaffold import Wanted
    from policytrack.testing import TestResult

RulePaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH...", help="Rules folders, packs, folders of packs; without one the rules folder in use."
    ),
]


@command(
    rules_app,
    "check",
    "policytrack rules check",
    "policytrack rules check rules/ my-packs/",
    "policytrack rules check my-pack.yaml --format jsonl",
)
def check(
    talk: Talk,
    paths: RulePaths = None,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Show every problem of rule files at once.

    Each is shown with its place, a caret, and what would have been right. A pack is checked beside the rules folder
    that it lies in, else beside --rules or the shipped rules. Where a rules.lock lies beside the files, they are held
    against it (`rules lock`). The exit code is 1 where there is a problem.
    """
    from policytrack.limits import shift_rule_problems
    from policytrack.lockfile import lock_problems
    from policytrack.packs import check_rules

    checked = paths or [_folder(rules)]

    def further(found: Rules) -> Iterator[Problem]:
        yield from shift_rule_problems(found)
        yield from lock_problems(found, checked)

    _show_problems(talk, check_rules(checked, rules, further=further), checked, format)


@command(
    rules_app,
    "lock",
    "policytrack rules lock rules/",
    "policytrack rules lock --raise my-packs/",
    "policytrack rules lock --check rules/ my-packs/",
)
def lock(
    talk: Talk,
    paths: RulePaths = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; the exit code is 1 where the lock is not up to date.")
    ] = False,
    raised: Annotated[
        bool, typer.Option("--raise", help="Raise the version of each file whose behaviour changed without it.")
    ] = False,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Write rules.lock: what rule files do, and their versions.

    It lies in the rules folder, or beside packs that lie elsewhere. A file that does something else than under the
    same version in the lock is refused, and nothing is written; the exit code is 1 then. Remarks, titles, tests and
    the order of words change nothing of what a file does.
    """
    from policytrack.lockfile import lock_problems, unraised, write_locks
    from policytrack.packs import by_folder, load_rules

    if check and raised:
        raise ConfigError("--check writes nothing, so --raise cannot stand beside it. Leave one of them out.")
    looked_at = paths or [_folder(rules)]
    found = [load_rules(folder, packs) for folder, packs in by_folder(looked_at, rules).items()]
    if check or not raised:
        problems = {
            problem
            for each in found
            for problem in (lock_problems(each, looked_at, wanted=True) if check else unraised(each, looked_at))
        }
        if check or problems:
            _show_problems(talk, sorted(problems), looked_at, format)
            return
    changes = [change for each in found for change in write_locks(each, looked_at)]
    if format == "text":
        print_lines(_locked(change) for change in changes)
    else:
        print_records(talk, "files", changes, format)
    from policytrack.render.words import counted

    talk.say(f"{counted(len(changes), 'line')} written" if changes else "up to date")


def _locked(change: LockedFile) -> str:
    if change.version is None:
        return f"{change.file}  gone"
    return (
        f"{change.file}  version {change.version if change.before is None else f'{change.before} -> {change.version}'}"
    )


@command(
    rules_app,
    "lint",
    "policytrack rules lint",
    "policytrack rules lint my-pack.yaml",
    "policytrack rules lint my-packs/ --format jsonl",
)
def lint(
    talk: Talk,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH...", help="Packs and folders of packs; all rules, if left out.")
    ] = None,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Show what could be better in sound rule files.

    Nothing here is wrong; that is for `rules check`. A comment turns a finding off, with its reason:
    `# lint: PT209 off: any ban is meant` behind the line or above it, in the first line for the whole file. The exit
    code is 1 where something is found.
    """
    from policytrack.lint import lint_problems
    from policytrack.packs import by_folder, load_rules

    looked_at = paths or [_folder(rules)]
    folders = by_folder(looked_at, rules)
    found = [each for folder, packs in folders.items() for each in lint_problems(load_rules(folder, packs), looked_at)]
    _show_problems(talk, sorted(set(found)), looked_at, format)


@command(
    rules_app,
    "test",
    "policytrack rules test",
    "policytrack rules test my-pack.yaml",
    "policytrack rules test my-packs/ --format jsonl",
)
def test(
    talk: Talk,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Packs, folders of packs, rules folders; all packs, if left out."),
    ] = None,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Run the tests that packs carry.

    Each test that fails is shown with its place and what was read instead. One that is marked `todo` may fail, and
    fails when it passes. The exit code is 1 where a test fails, and where there is none to run.
    """
    from policytrack.packs import by_folder, load_rules
    from policytrack.testing import run_tests

    looked_at = paths or [_folder(rules)]
    results: list[TestResult] = []
    with talk.progress("tests run") as progress:
        for folder, packs in by_folder(looked_at, rules).items():
            found = load_rules(folder, packs)
            results += run_tests(found, _only(packs, folder, looked_at), progress=progress)
    _show_results(talk, results, format)


def _only(packs: Sequence[Path], folder: Path | None, looked_at: Sequence[Path]) -> Sequence[Path]:
    """The packs to look at beside a rules folder; none, which means all, where the folder itself is named."""
    is_named = folder is not None and any(path.resolve() == folder.resolve() for path in looked_at)
    return () if is_named else packs


def _show_results(talk: Talk, results: Sequence[TestResult], format: Format) -> None:
    from policytrack.render import data

    failed = [result for result in results if not result.passed]
    if format == "text":
        print_lines(problem.render() for result in failed for problem in result.problems)
    elif format == "json":
        typer.echo(data.document({"tests": [result.data() for result in results]}))
    else:
        print_lines(json.dumps(result.data(), ensure_ascii=False) for result in results)
    todo = sum(result.passed and result.test.todo is not None for result in results)
    counts = [(len(results) - len(failed) - todo, "passed"), (len(failed), "failed"), (todo, "to do")]
    told = ", ".join(f"{count} {what}" for count, what in counts if count or what == "passed")
    (talk.say if format != "text" else typer.echo)(f"{told} in {_packs(results)}" if results else "no test ran")
    if failed or not results:
        raise typer.Exit(ExitCode.FOUND)


def _packs(results: Sequence[TestResult]) -> str:
    from policytrack.render.words import counted

    return counted(len({result.pack for result in results}), "pack")


@command(
    rules_app,
    "coverage",
    "policytrack rules coverage",
    "policytrack rules coverage --mutate",
    "policytrack rules coverage my-pack.yaml --format jsonl",
)
def coverage(
    talk: Talk,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Packs, folders of packs, rules folders; all rules, if left out."),
    ] = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Also change each condition of shift rules; show what no test notices.")
    ] = False,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Show what no test of the rules has seen.

    Of packs: phrases, and policies with no test that reads news of them or none that is silent. Of a rules folder also
    each condition of shift rules that was never seen both to hold and to fail alone, and words that no test rests on.
    The exit code is 1 where a condition was not seen so, or a change of one goes unnoticed.
    """
    from policytrack.coverage import coverage as covered
    from policytrack.coverage import united
    from policytrack.packs import by_folder, load_rules
    from policytrack.render import coverage as rendered
    from policytrack.render import data

    looked_at = paths or [_folder(rules)]
    found = []
    with talk.progress("tests read") as progress:
        for folder, packs in by_folder(looked_at, rules).items():
            only = _only(packs, folder, looked_at)
            found.append(covered(load_rules(folder, packs), only, mutate=mutate, progress=progress))
    seen = united(found)
    if format == "text":
        print_lines(rendered.lines(seen, lambda path: near(Path(path))))
    elif format == "json":
        typer.echo(data.single(seen))
    else:
        print_lines(json.dumps(row, ensure_ascii=False) for row in rendered.rows(seen))
    if not seen.complete:
        raise typer.Exit(ExitCode.FOUND)


@command(
    rules_app,
    "quiet",
    "policytrack rules quiet",
    "policytrack rules quiet my-pack.yaml quiet-articles.jsonl",
    "policytrack rules quiet my-packs/ archive/ --format jsonl",
)
def quiet(
    talk: Talk,
    pack: Annotated[
        Path | None, typer.Argument(metavar="PACK", help="A pack, or a folder of packs; all packs, if left out.")
    ] = None,
    articles: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARTICLES...",
            help="Files of articles, folders of them, addresses, or -; quiet/PACK.jsonl beside each pack, if left out.",
        ),
    ] = None,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Show what packs read from articles that say nothing about them.

    Each claim that would count as news of a change is a false alarm. Where there are more than a pack's `quiet_budget`,
    which is 0 if it does not say otherwise, or where no article was read, the exit code is 1. Where no articles are
    named, those of a pack are taken from quiet/PACK.jsonl in its own folder or in the one above.
    """
    from policytrack.extract import Extractor
    from policytrack.packs import by_folder, load_rules, packs_below
    from policytrack.quiet import noise

    if pack is not None and pack.suffix in (".jsonl", ".txt"):
        raise ConfigError(f"{pack} holds articles. Name the pack first: policytrack rules quiet PACK {pack}")
    place = pack or _folder(rules)
    ((folder, files),) = by_folder([place], rules).items()
    found = load_rules(folder, files)
    names, extractor = packs_below(found, place), Extractor(found)
    errors: list[ArticleError] = []
    with talk.progress("articles read") as progress:
        told = [
            each
            for packs, paths in _quiet_articles(talk, found, names, articles)
            for each in noise(found, extractor, packs, _articles(paths, errors, progress))
        ]
    if format == "text":
        _show_noise(told)
    else:
        claims = [claim for each in told for claim in each.claims]
        print_records(talk, "claims", claims, format)
    fail_for(talk, errors)
    if any(each.is_loud or not each.articles for each in told):
        raise typer.Exit(ExitCode.FOUND)


def _quiet_articles(
    talk: Talk, rules: Rules, packs: Sequence[str], given: Sequence[str] | None
) -> list[tuple[Sequence[str], Sequence[str]]]:
    """Packs with the paths of their quiet articles: those given for all, else those beside each."""
    if given:
        return [(packs, given)]
    from policytrack.quiet import corpora

    beside = corpora(rules, packs)
    bare = [name for name in packs if name not in beside]
    if not beside:
        raise ConfigError(f"no quiet articles lie beside {', '.join(bare)}. Name some, or write quiet/{bare[0]}.jsonl.")
    talk.say("\n".join(f"{name}: no quiet articles beside it: quiet/{name}.jsonl" for name in bare))
    return [([name], [str(path)]) for name, path in beside.items()]


def _show_noise(told: Sequence[Noise]) -> None:
    from policytrack.render.words import counted

    for each in told:
        print_lines(
            f'{claim.article_id}: {claim.policy}: {claim.operation}, {claim.status}, from "{claim.evidence.quote}"'
            for claim in each.claims
        )
        alarms, articles = counted(len(each.claims), "false alarm"), counted(each.articles, "article")
        typer.echo(f"{each.pack}: {alarms} in {articles}; its budget is {each.budget}")


def _articles(paths: Sequence[str], errors: list[ArticleError], progress: Callable[[int], object]) -> Iterator[Article]:
    """The articles of these paths; those that cannot be read are put among the errors."""
    from policytrack.errors import ArticleError
    from policytrack.sources import ReadOptions, read_articles

    options = ReadOptions()
    found = (article for path in paths for article in read_articles(path, options=options))
    for done, article in enumerate(found, start=1):
        if isinstance(article, ArticleError):
            errors.append(article)
        else:
            yield article
        progress(done)


def _folder(rules: Path | None) -> Path:
    from policytrack.packs import shipped

    return rules or shipped("rules")


def _show_problems(talk: Talk, problems: Sequence[Problem], looked_at: Sequence[Path], format: Format) -> None:
    """Prints problems, and exits with 1 where there are any."""
    from policytrack.render import data, text

    if format == "text":
        typer.echo(text.problems(problems, [near(path) for path in looked_at]))
    elif format == "json":
        typer.echo(data.problems(problems))
    else:
        print_lines(data.problem_line(problem) for problem in problems)
    if problems:
        talk.explain(problem.code for problem in problems)
        raise typer.Exit(ExitCode.FOUND)


@command(
    rules_app,
    "diff",
    "policytrack rules diff rules/ my-rules/ archive/",
    "policytrack rules diff old/salt.yaml new/salt.yaml articles.jsonl --format markdown",
    "policytrack rules diff rules/ my-rules/ --db watch.db --exit-code",
)
def diff(
    talk: Talk,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A rules folder, a pack, or a folder of packs.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="What it is compared with.")],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...", help="Files of articles, folders of such files, addresses, or - for standard input."
        ),
    ] = None,
    db: Annotated[str | None, typer.Option("--db", metavar="PATH", help="Take the articles of this ledger.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 where any shift is another.")] = False,
    rules: RulesDir = None,
    format: ComparedFormatFlag = "text",
) -> None:
    """Show what a change of rules does to the shifts of articles.

    The articles are read by both, and the shifts compared: those that are added, gone, called otherwise (relabelled) or
    changed otherwise, as in their triggers. A pack is read instead of one of the same name. Nothing is recorded.
    """
    from policytrack.packs import rules_at
    from policytrack.rules_diff import rules_diff

    if (db is None) is (not paths):
        raise ConfigError("name articles, or --db for those of a ledger: one of the two.")
    before, after = rules_at(old, rules), rules_at(new, rules)
    errors: list[ArticleError] = []
    with talk.progress("articles read") as progress:
        found = rules_diff(before, after, _archive(paths or (), db), on_error=errors.append, progress=progress)
    if found.articles or not errors:
        show_changes(found, format)
    fail_for(talk, errors)
    if exit_code and found:
        raise typer.Exit(ExitCode.FOUND)


def _archive(paths: Sequence[str], db: str | None) -> Iterator[Article | ArticleError]:
    """The articles of these paths, or of a ledger."""
    from policytrack.ledger import Ledger
    from policytrack.sources import ReadOptions, read_articles

    if db is None:
        options = ReadOptions()
        yield from (article for path in paths for article in read_articles(path, options=options))
        return
    with contextlib.closing(Ledger(db)) as ledger:
        yield from (article for found in ledger.pages(100) for _, article in found)


@command(
    rules_app,
    "schema",
    "policytrack rules schema pack",
    "policytrack rules schema pack --output pack.schema.json",
    "policytrack rules schema overlay",
)
def schema(
    talk: Talk,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="pack, overlay, core, operations, status, triggers or actors.")
    ] = "pack",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to a new file instead of stdout.")
    ] = None,
) -> None:
    """Write the JSON Schema of a kind of rule file, for editors.

    Editors with a YAML language server take it from the first line of the file:
    `# yaml-language-server: $schema=pack.schema.json`.
    """
    from policytrack import schemas

    put(json.dumps(schemas.schema(kind), indent=2), output)
    if output is not None:
        talk.say(f"wrote {output}")


@command(
    rules_app,
    "new",
    "policytrack rules new",
    "policytrack rules new in.salt.export --title 'Salt exports' --instrument salt --conduct export --output salt.yaml",
    "policytrack rules new ecb.rate --title 'Deposit rate' --kind rate --instrument 'deposit rate' --level '2 %'",
)
def new(
    talk: Talk,
    policy_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The id of the policy: issuer, thing, conduct.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What it is, in words.")] = None,
    kind: Annotated[
        PolicyKind | None, typer.Option("--kind", help="What kind of policy it is. [default: permission]")
    ] = None,
    issuer: Annotated[
        list[str] | None,
        typer.Option("--issuer", metavar="ACTOR", help="Who decides, as in actors.yaml; repeatable. [default: of ID]"),
    ] = None,
    instrument: Annotated[
        list[str] | None,
        typer.Option("--instrument", metavar="WORDS", help="A name of the thing, in the singular; repeatable."),
    ] = None,
    conduct: Annotated[
        list[str] | None,
        typer.Option("--conduct", metavar="WORDS", help="What is done with it, or whom it is against; repeatable."),
    ] = None,
    start: Annotated[str | None, typer.Option("--start", metavar="STATUS", help="How it stands at the start.")] = None,
    level: Annotated[
        str | None, typer.Option("--level", metavar="NUMBER", help="At which level, with its unit: '4.25 per cent'.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Since when it stands so.")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="TEXT", help="Where that is known from.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to a new file instead of stdout.")
    ] = None,
    rules: RulesDir = None,
    packs: Packs = None,
) -> None:
    """Write a pack for one policy, with tests that pass.

    The id, --title and --instrument are needed. On a terminal, where one of them is missing, all that was not said is
    asked for. What is not known of the start is marked TODO.
    """
    from policytrack.packs import load_rules
    from policytrack.scaffold import Wanted, pack_text, policy_of

    check_new(output)
    known = load_rules(rules, packs or ())
    wanted = Wanted(
        policy_id or "", title or "", kind or "permission", issuer or (), instrument or (), conduct or (),
        start or "", level or "", since or "", source or "",
    )  # fmt: skip
    needed = {"ID": policy_id, "--title": title, "--instrument": instrument}
    if missing := [flag for flag, said in needed.items() if not said]:
        wanted, output = _completed(wanted, kind, output, missing, known)
    put(pack_text(policy_of(wanted, known), known), output)
    _say_after_new(talk, output)


def _completed(
    wanted: Wanted, kind: PolicyKind | None, output: Path | None, missing: Sequence[str], rules: Rules
) -> tuple[Wanted, Path | None]:
    """What is wanted and where it goes, as somebody at a terminal says it. ConfigError where nobody is there."""
    from policytrack.cli.asking import Asker, somebody_is_there

    if not somebody_is_there():
        raise ConfigError(f"{', '.join(missing)}: missing. On a terminal it would be asked for.")
    asker = Asker(rules)
    completed = asker.completed(wanted, kind)
    ask_file = output is None and sys.stdout.isatty()
    return completed, asker.file(completed.policy_id) if ask_file else output


def _say_after_new(talk: Talk, output: Path | None) -> None:
    name = output or "FILE"
    talk.say(f"{f'wrote {output}' if output else ''}\n\nNext:  policytrack rules check {name}".lstrip("\n"))
    talk.say(f"       policytrack rules test {name}")
    talk.say("       policytrack rules schema pack --output pack.schema.json      for your editor")


def _codes(incomplete: str) -> list[str]:
    from policytrack.codes import Code

    return [code.value for code in Code if code.value.startswith(incomplete.upper())]


@command(
    rules_app,
    "explain-error",
    "policytrack rules explain-error PT120",
    "policytrack rules explain-error rule_tie",
    "policytrack rules explain-error",
)
def explain_error(
    talk: Talk,  # noqa: ARG001 every command has it
    code: Annotated[
        list[str] | None,
        typer.Argument(metavar="CODE...", help="Codes or names of problems; all, if left out.", autocompletion=_codes),
    ] = None,
    format: FormatFlag = "text",
) -> None:
    """Say what a problem of rule files means and what to do about it.

    Where an example says more than words, a pack that has the problem is shown, and one that has not.
    """
    from policytrack.codes import Code
    from policytrack.remedies import REMEDIES, code_named, told
    from policytrack.render import data

    wanted = [code_named(each) for each in code or ()]
    if format == "text":
        listed = "\n".join(f"{each.value} {each.name.lower()}: {each.meaning}" for each in Code)
        typer.echo("\n\n\n".join(told(each) for each in wanted) if wanted else listed)
        return
    found = [
        {"code": each.value, "name": each.name.lower(), "meaning": each.meaning, **REMEDIES[each]._asdict()}
        for each in wanted or Code
    ]
    if format == "json":
        typer.echo(data.document({"codes": found}))
    else:
        print_lines(json.dumps(each) for each in found)


@command(
    rules_app,
    "matrix",
    "policytrack rules matrix",
    "policytrack rules matrix --kind permission",
    "policytrack rules matrix --rules my-rules/ --format jsonl",
)
def matrix(
    talk: Talk,
    kind: Annotated[PolicyKind | None, typer.Option("--kind", help="Only policies of this kind.")] = None,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Show what each operation does to a policy, and its name.

    Every status before, operation and direction is tried with a claim that says nothing else, and with one that names a
    scope, a level or a date. A step that no shift rule names is a hole, and the exit code is 1.
    """
    from policytrack.matrix import lines, meetings, outcomes
    from policytrack.model import POLICY_KINDS
    from policytrack.packs import load_rules

    core = load_rules(rules).core
    found = list(outcomes(core, [kind] if kind else POLICY_KINDS))
    holes = sum(each.is_hole for each in found)
    if format == "text":
        print_lines(list(lines(found))[1:])
        typer.echo("\nwhere two rules fit one step")
        print_lines(f"  {one} wins over {other}: it {why}" for (one, other), why in meetings(core, found).items())
    else:
        print_records(talk, "outcomes", found, format)
    talk.say(f"\n{holes} of {len(found)} steps are holes: no shift rule fits" if holes else "\nno holes")
    if holes:
        raise typer.Exit(ExitCode.FOUND)
