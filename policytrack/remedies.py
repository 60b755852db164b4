"""What to do about each problem of rule files, with packs that show it: what `rules explain-error` prints."""

from __future__ import annotations

from textwrap import fill, indent
from typing import NamedTuple

from policytrack.codes import Code
from policytrack.errors import ConfigError
from policytrack.yamlfile import did_you_mean


class Remedy(NamedTuple):
    """What to do, and (where an example says more than words) a pack that has the problem and one that has not."""

    what: str
    wrong: str = ""
    right: str = ""


_HEAD = "pack: salt\nversion: 1\npolicies:\n"
_POLICY = "  - id: in.salt.export\n    title: India's permission to export salt\n"
_ISSUER = "    issuer: [in]\n"
_WORDS = "    instrument: [salt]\n"
_SOUND = _HEAD + _POLICY + _ISSUER + _WORDS
_OVERLAY = "overlay: our-tariffs\nversion: 1\nchanges: us-tariffs\n"
_CHANGED = _OVERLAY + "policies:\n  - id: us.tariffs.china\n"

REMEDIES: dict[Code, Remedy] = {
    Code.UNREADABLE: Remedy(
        "Check the path, and that you may read it. A pack is a regular file that ends in .yaml; a folder of packs "
        "holds at least one."
    ),
    Code.NOT_UTF8: Remedy("Save the file as UTF-8. Most editors have it under Save as, or Encoding."),
    Code.FORBIDDEN_CHARACTER: Remedy(
        "Take the character out. In double quotes it can be written as an escape: \\u2009 is a thin space."
    ),
    Code.TAB: Remedy(
        "Indent with spaces, two a level. Editors can write spaces for the tab key in YAML files.",
        "pack: salt\nversion: 1\npolicies:\n\t- id: in.salt.export\n",
    ),
    Code.SYNTAX: Remedy(
        "Look at the place and at the line above it: a quote or bracket that is not closed, a colon that is missing, "
        "uneven indentation. Text that holds a colon and a space wants quotes.",
        _HEAD + "  - id: in.salt.export\n    title: India: salt exports\n",
        _HEAD + '  - id: in.salt.export\n    title: "India: salt exports"\n' + _ISSUER + _WORDS,
    ),
    Code.EMPTY: Remedy("Write at least the keys that the file must have: for a pack `pack` and `version`."),
    Code.MANY_DOCUMENTS: Remedy(
        "Write each document into a file of its own. A line of three dashes begins a new one.",
        "pack: salt\nversion: 1\n---\npack: pepper\nversion: 1\n",
    ),
    Code.DUPLICATE_KEY: Remedy(
        "Keep one of the two, or make one list of two; YAML itself would drop the first without a word.",
        _SOUND + "    instrument: [rock salt]\n",
        _HEAD + _POLICY + _ISSUER + "    instrument: [salt, rock salt]\n",
    ),
    Code.ALIAS: Remedy(
        "Write the value out. What all policies of a pack share stands once, under `defaults`.",
        _HEAD + _POLICY + "    issuer: &who [in]\n" + _WORDS,
        "pack: salt\nversion: 1\ndefaults: {issuer: [in]}\npolicies:\n" + _POLICY + _WORDS,
    ),
    Code.TAG: Remedy(
        "Take the tag out. Dates and codes are read as text without one.",
        _SOUND + "    start: {status: permitted, on: !!str 2011-09-09, source: public record}\n",
        _SOUND + "    start: {status: permitted, on: 2011-09-09, source: public record}\n",
    ),
    Code.BAD_KEY: Remedy(
        "Write the key as text; a key that looks like a list wants quotes.", "pack: salt\n? [a]\n: 1\n"
    ),
    Code.TOO_DEEP: Remedy("No rule needs such depth. Look for brackets that were meant to be closed."),
    Code.UNKNOWN_KEY: Remedy(
        "Write the key that was meant; the message names the nearest.",
        _HEAD + _POLICY + _ISSUER + "    instruments: [salt]\n",
        _SOUND,
    ),
    Code.MISSING_KEY: Remedy(
        "Add the key. A pack needs `pack` and `version`, a policy `id` and `title`, a test `text` and `gives`.",
        _HEAD + "  - id: in.salt.export\n" + _ISSUER + _WORDS,
        _SOUND,
    ),
    Code.WRONG_TYPE: Remedy(
        "Write a value of the type that the message names. A list of one may stand without brackets; a number that is "
        "meant as text wants quotes.",
        "pack: salt\nversion: first\n",
        "pack: salt\nversion: 1\n",
    ),
    Code.NOT_ONE_OF: Remedy(
        "Use one of the values that the message lists; it names the nearest.",
        _SOUND + "    kind: permision\n",
        _SOUND + "    kind: permission\n",
    ),
    Code.WRONG_VALUE: Remedy(
        "The message says what would have been right. Ids are small letters, digits, dots, dashes and underscores; "
        "dates are 2024-11-22, 2024-11 or 2024.",
        _HEAD + "  - id: India Salt\n    title: India's permission to export salt\n" + _ISSUER + _WORDS,
        _SOUND,
    ),
    Code.RULES_FOLDER: Remedy(
        "A rules folder holds core.yaml, operations.yaml, status.yaml, triggers.yaml, actors.yaml, and packs in "
        "packs/. A pack alone needs no folder: name it with --pack, and it is read beside the shipped rules."
    ),
    Code.SAME_PACK: Remedy("Give one of the two another name."),
    Code.UNKNOWN_PACK: Remedy(
        "Name a pack that is read too: one of the rules folder, or one named with --pack. No pack may extend itself, "
        "also not through others.",
        "pack: salt\nversion: 1\nextends: [food-export]\n",
        "pack: salt\nversion: 1\nextends: [food-exports]\n",
    ),
    Code.SAME_POLICY: Remedy(
        "Give one of the policies another id, or take out the alias that is another policy's id.",
        _SOUND + _POLICY + _ISSUER + "    instrument: [rock salt]\n",
    ),
    Code.UNKNOWN_POLICY: Remedy(
        "Write the id of a policy of the packs that are read; the message names the nearest.",
        _SOUND + "    part_of: in.grain.export\n",
    ),
    Code.PART_CYCLE: Remedy(
        "Take one `part_of` out, so that every chain of parts ends in a whole.",
        _SOUND + "    part_of: in.salt.export\n",
        _SOUND,
    ),
    Code.UNKNOWN_ACTOR: Remedy(
        "Write an id of actors.yaml: of a state its two letters (us, gb), of a body its short name (eu). A new actor "
        "is one entry there.",
        _HEAD + _POLICY + "    issuer: [india]\n" + _WORDS,
        _SOUND,
    ),
    Code.WRONG_STATUS: Remedy(
        "Use a status that policies of this kind have: a permission is permitted, restricted, suspended or prohibited; "
        "a restriction none, partial, suspended or in_force. `policytrack rules matrix` shows them all.",
        _SOUND + "    start: {status: in_force, on: 2011-09-09, source: public record}\n",
        _SOUND + "    start: {status: permitted, on: 2011-09-09, source: public record}\n",
    ),
    Code.IMPOSSIBLE_DATE: Remedy(
        "Check day and month, and that `until` does not come before `on`.",
        _SOUND + "    start: {status: permitted, on: 2011-09-09, until: 2010-01-01, source: public record}\n",
        _SOUND + "    start: {status: permitted, on: 2011-09-09, until: 2012-01-01, source: public record}\n",
    ),
    Code.STATUS_MODEL: Remedy(
        'core.yaml says for every kind of policy what each operation does to it, or "-" where that means nothing. The '
        "message names what is missing."
    ),
    Code.UNKNOWN_FIELD: Remedy(
        "Test one of the fields that the message lists; they are the same for every shift rule."
    ),
    Code.SAME_RULE: Remedy("Give one of the rules another name: shifts cite their rule by it."),
    Code.UNKNOWN_RULE: Remedy("Write the name of another rule of the same file; the message lists them."),
    Code.RULE_TIE: Remedy(
        "Say which of them wins: let one name the other in `supersedes`, or give one a condition that tells them apart."
    ),
    Code.ENGINE_LIMIT: Remedy(
        "Split the rule or take conditions out, as the message says. The rules engine is exact only up to these "
        "limits, so nothing beyond them is handed to it."
    ),
    Code.FAILED_TEST: Remedy(
        "Read the text as a stranger would. If the test is right, save the text as a file: `policytrack why FILE` "
        "shows which step said no, and mostly it is a name or phrase that the pack lacks. If the reading is right, "
        "change `gives`."
    ),
    Code.TODO_PASSES: Remedy("Take `todo` out: from now on the test keeps what has been won."),
    Code.SAME_VERSION: Remedy(
        "Raise `version` in the file, then run `policytrack rules lock` on its folder; `--raise` does both. Remarks, "
        "titles, tests and the order of words need no new version. Where nobody else uses the rules, as in a copy to "
        "try things, delete rules.lock: without it nothing is compared."
    ),
    Code.OLDER_VERSION: Remedy(
        "Write a version above the locked one: claims and shifts cite it, so one number may not mean two things. To "
        "take a change back, raise the version too."
    ),
    Code.STALE_LOCK: Remedy("Run `policytrack rules lock` on the folder, and keep the file that it writes."),
    Code.INDISTINCT: Remedy(
        "Give one of them words of its own under `instrument` or `conduct`, or make them one policy.",
        _SOUND + "  - id: in.salt.export_duty\n    title: India's duty on salt\n" + _ISSUER + _WORDS,
        _SOUND
        + "  - id: in.salt.export_duty\n    title: India's duty on salt\n"
        + _ISSUER
        + _WORDS
        + "    conduct: [duty]\n",
    ),
    Code.NEVER_FIRES: Remedy(
        "`policytrack rules matrix` shows which steps there are and what they are called. Take the rule out, mend its "
        "conditions, or let it supersede the rule that wins over it."
    ),
    Code.STRAY_OVERLAY: Remedy(
        "Write under `changes` the name of a pack that is read too: one of the rules folder, or one named with --pack.",
        "overlay: our-tariffs\nversion: 1\nchanges: us-tarif\ncorroborate: 3\n",
        "overlay: our-tariffs\nversion: 1\nchanges: us-tariffs\ncorroborate: 3\n",
    ),
    Code.STRAY_CHANGE: Remedy(
        "Write the id of a policy of the pack; the message names the nearest. A new policy wants a pack of its own.",
        _OVERLAY + "drop: [us.tarifs.china]\n",
        _OVERLAY + "drop: [us.tariffs.china]\n",
    ),
    Code.NOT_THERE: Remedy(
        "Write the word as the pack has it, or take it out of `remove`: perhaps a newer version of the pack has lost "
        "it. `policytrack why POLICY` shows the lists.",
        _CHANGED + "    remove: {instrument: [punitive duties]}\n",
        _CHANGED + "    remove: {instrument: [punitive tariff]}\n",
    ),
    Code.THERE_ALREADY: Remedy(
        "Take the word out of `add`: the pack has it, perhaps since a newer version.",
        _CHANGED + "    add: {instrument: [tariff]}\n",
        _CHANGED + "    add: {instrument: [border charge]}\n",
    ),
    Code.CONTRARY: Remedy(
        "Keep one of the two: overlays have no order in which one could win over another. A list is replaced, or "
        "changed by `add` and `remove`, not both.",
        _CHANGED + "    instrument: [tariff]\n    add: {instrument: [border charge]}\n",
        _CHANGED + "    instrument: [tariff, border charge]\n",
    ),
    Code.DROPPED: Remedy(
        "Keep the policy, or drop its parts too, give them another `part_of` (null for none), and take the test out.",
        "overlay: our-arms\nversion: 1\nchanges: ukraine-arms\ndrop: [us.weapons.strikes-in-russia]\n",
    ),
    Code.NO_CHANGE: Remedy(
        "Take it out, or write what is to be otherwise. Tests alone need no overlay: a pack may test the policies of "
        "others.",
        _CHANGED + "    kind: restriction\n    corroborate: 3\n",
        _CHANGED + "    corroborate: 3\n",
    ),
    Code.PATTERN_SYNTAX: Remedy(
        "The place is what RE2 cannot read. Known are characters, `.`, sets as [A-Z0-9], groups, `|`, the repeats ? * "
        "+ {2} {1,3}, and \\d, \\w, \\s; what else has a meaning wants a backslash. Put the phrase into single quotes.",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/salt (grade [A-C]/']\n",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/salt (grade [A-C])?/']\n",
    ),
    Code.PATTERN_PART: Remedy(
        "Write what is meant without it. Phrases fit whole words, so nothing need be said of what stands around them; "
        "look-around and back-references can make regular expressions run away, so RE2, which reads them, has none.",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/(?<!sea )salt/']\n",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/(rock|table) salt/']\n",
    ),
    Code.PATTERN_SIZE: Remedy(
        "Names are short: count less far, write + for any number, or make two phrases of one.",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/salt no [0-9]{1,5000}/']\n",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/salt no [0-9]+/']\n",
    ),
    Code.PATTERN_EMPTY: Remedy(
        "Let at least one character be needed: + instead of *, or a word beside what may be missing.",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/(salt)*/']\n",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/salt( [0-9]+)*/']\n",
    ),
    Code.PATTERN_ANY: Remedy(
        "Write into it what only the thing itself has: a word, the letters of a type. Any article would be read for it "
        "and any word bound.",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/[a-z]+/']\n",
        _HEAD + _POLICY + _ISSUER + "    instrument: ['/[a-z]+ salt/']\n",
    ),
    Code.SAME_SOURCE: Remedy("Give one of the sources another name: what is known of a source is kept under it."),
    Code.SOURCE_PLACE: Remedy(
        "Write `url: https://...` for a feed or a page on the web, or `path: ...` for a file or a folder, as seen from "
        "the folder of the file that names it."
    ),
    Code.CHANNEL_KIND: Remedy(
        "A channel has one key that says what kind of place it is, as `file: alerts.jsonl` or `webhook: https://...`."
    ),
    Code.NO_CHANNEL: Remedy("Write a channel of that name under `channels`, or name one that is there."),
    Code.SAME_SUBSCRIPTION: Remedy("Give one of them another name: what it has been told is kept under it."),
    Code.MATCHES_NOTHING: Remedy(
        "`policytrack policies` lists what is tracked. Name the pack that lacks with `--pack`, or mend the pattern."
    ),
    Code.MISNAMED: Remedy(
        "The message names the rule that decides. If that is right, write it under `gives`, or give the rule another "
        "example; else mend the conditions or `supersedes` of the two rules."
    ),
    Code.NO_TESTS: Remedy(
        "Add a text that says the change, with the operation that it gives, and one that gives none."
    ),
    Code.UNTESTED_POLICY: Remedy("Add a test that names the policy and gives an operation."),
    Code.NO_SILENT_TEST: Remedy(
        "Add a text that speaks of the subject and changes nothing, with `gives: none`: a plan, a denial, a wish."
    ),
    Code.NO_START: Remedy("Write `start: {status: ..., on: ..., source: ...}`, so that the first step has a before."),
    Code.NO_SOURCE: Remedy("Write `source` into the start: an address, or a few words on where it is known from."),
    Code.NO_LIMITS: Remedy(
        "Write under `limits` what the pack is known to misread; there always is something. Of a deprecated pack write "
        "what to use instead: `ingest` and `extract` show it to whoever still reads it."
    ),
    Code.SAME_PHRASE: Remedy("Keep the singular: inflected forms are found without being listed."),
    Code.TWO_ROLES: Remedy("Keep it where it belongs: the instrument is the thing, the conduct what is done with it."),
    Code.COMMON_WORD: Remedy("Write the thing as people name it (`travel ban`), or add a `conduct`."),
    Code.SHORT_PHRASE: Remedy("Write the name in full; of an abbreviation write the capitals."),
    Code.LONG_POLICY: Remedy("Put what policies share under `defaults`, and lists into brackets on one line."),
    Code.FOREIGN_ID: Remedy("Begin the id with the issuer, as in `us.atacms`: ids are listed and matched by it."),
    Code.OTHER_KIND: Remedy("A whole and its parts are of one kind, or a step of the part says nothing of the whole."),
    Code.DEAD_DEFAULT: Remedy("Take the default out."),
    Code.SAME_TEST: Remedy("Take one of them out, or give it another text."),
    Code.LONG_TITLE: Remedy("Say it in fewer words: titles stand in tables and alerts."),
    Code.SAME_TAG: Remedy("Write the tag in one way; tags are compared letter by letter."),
    Code.INSIDE: Remedy("Make the narrower one `part_of` the wider, or take the shared words out of one of them."),
    Code.DEPRECATED: Remedy("Extend the pack that took its place."),
    Code.BY_COUNT: Remedy("Name the other rule in `supersedes`, so that a condition more or less changes nothing."),
    Code.SAID_TWICE: Remedy("Take the key out of the policy; the default says it."),
    Code.NO_REASON: Remedy("Write the reason after a colon: `# lint: PT209 off: the pack is about any ban at all`."),
    Code.NEEDLESS: Remedy("Take the comment out."),
}


def code_named(name: str) -> Code:
    """The code of that number or name, in any letters. Raises ConfigError with the nearest where there is none."""
    names = {code.value: code for code in Code} | {code.name: code for code in Code}
    wanted = name.upper().replace("-", "_")
    if wanted not in names:
        hint = did_you_mean(wanted, names) or "`policytrack rules explain-error` without a code lists all."
        raise ConfigError(f"{name!r} is no code of a problem. {hint}")
    return names[wanted]


def told(code: Code) -> str:
    """The code with its meaning, what to do, and the packs that show it."""
    remedy = REMEDIES[code]
    parts = [f"{code.value} {code.name.lower()}: {code.meaning}.", fill(remedy.what, 100)]
    parts += [f"Wrong:\n{indent(remedy.wrong, '    ')}".rstrip()] if remedy.wrong else []
    parts += [f"Right:\n{indent(remedy.right, '    ')}".rstrip()] if remedy.right else []
    return "\n\n".join(parts)
