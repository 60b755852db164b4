"""Writes docs/reference/ from the code: commands, records, packs, problem codes and the status model (`make docs`)."""

import io
import os
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from policytrack.alerts.schedule import checked_time, checked_zone
from policytrack.alerts.subscriptions import checked_moment
from policytrack.codes import Code
from policytrack.conditions import Test
from policytrack.meanings import MEANINGS
from policytrack.model import Record, checked_partial_date, checked_policy_id
from policytrack.packs import load_rules, shipped
from policytrack.shown import Rows
from policytrack.status_model import Cell, Core, Effect

FOLDER = Path(__file__).parent / "reference"
PAGE = FOLDER / "commands.md"
HEAD = """# Commands

<!-- Written by `make docs` from the commands' own help; change that in policytrack/cli/. -->

Every answer goes to stdout; whatever else is said goes to stderr. The reading questions (`state`, `states`, `shifts`,
`diff`, `review`, `why`, `why-not`, `policies`) are methods of `Tracker` by the same names, with the same words for
their arguments (`why_not`); `why` with an article is `why_article`.

| exit code | means |
|---|---|
| 0 | fine |
| 1 | something was found (`diff --exit-code`), or a check failed |
| 2 | wrong use: a flag, an argument, a rule file |
| 3 | some input or some hook failed; all good input was still taken, what failed stands on stderr |
| 4 | the ledger cannot be opened, read or written |
| 70 | a defect of policytrack; the message says how to report it |
"""
RECORDS_HEAD = """# Claims, shifts and states

<!-- Written by `make docs` from policytrack/model.py, policytrack/discover.py and policytrack/meanings.py. -->

`policytrack extract --format jsonl` prints claims, one a line; `shifts --format jsonl` prints shifts; `states --format
jsonl` prints states; `discover --format json` prints groups of claims. A function that is called gets a Shift, a Due or
a SilentSource; a command gets [what alerts say](alerts.md). In Python they are frozen records with the same fields
(`from` is `from_`). Offsets are code points into the article's text, the end exclusive. A partial date is "2024-11-22",
"2024-11" or "2024". A list may be empty.
"""
EXPLANATIONS_HEAD = """# Explanations of a reading

<!-- Written by `make docs` from policytrack/extract/told.py, trace.py and policytrack/meanings.py. -->

`policytrack why ARTICLE --format json` prints an ArticleExplanation; `Tracker.why_article` gives it as a frozen record.
[See why a sentence was read, or not](../how-to/see-why-it-was-read.md) shows it as text. The steps are asked in the
order in which [No](#no) lists them. Offsets and dates are as in [claims](records.md).
"""
PACKS_HEAD = """# Keys of a pack

<!-- Written by `make docs` from policytrack/packfile.py and policytrack/meanings.py. -->

A pack is one YAML file. `policytrack rules check FILE` shows everything that is wrong with it, with line and column;
the [problem codes](problems.md) say what each means. [A subject of your own](../tutorial-packs.md) builds one. A list
of one may be written without brackets.
"""
OVERLAYS_NOTE = """A policy of an overlay has an `id`, and any other key of a policy in place of the pack's. `add` and
`remove` change its lists by words: `add: {instrument: [import levy]}`.
[Change a shipped pack](../how-to/change-a-shipped-pack.md) shows one.
"""
SOURCES_HEAD = """# Keys of a file of sources

<!-- Written by `make docs` from policytrack/watchfile.py and policytrack/meanings.py. -->

A file for `policytrack watch` has one key, `sources`: a list with these keys each. `policytrack sources FILE` shows
everything that is wrong with it, with line and column; the [problem codes](problems.md) say what each means.
[Watch sources](../how-to/watch-sources.md) shows one.
"""
ALERTS_HEAD = """# What alerts say

<!-- Written by `make docs` from policytrack/alerts/payload.py, the records of `alerts` and policytrack/meanings.py. -->

Webhooks, files and commands (`exec` in an [alert file](alert-file.md), `--exec`) get a [Payload](#payload) as JSON. Its
`data` is a ShiftAlert, a DueAlert, a SilentAlert or a TestAlert; or a Digest, which holds several. `policytrack schema
alert` prints its JSON Schema. All keys are there, whatever they hold. Partial dates are as in [claims](records.md).

`policytrack alerts run` prints a SentLine for each try, `alerts test` a Tried for each channel, `alerts log` an
AlertLine for each alert and channel, `alerts why` an AlertWhy. [Send alerts](../how-to/send-alerts.md) shows them.
"""
ALERT_FILE_HEAD = """# Keys of an alert file

<!-- Written by `make docs` from policytrack/alerts/, policytrack/channels/ and policytrack/meanings.py. -->

A file for `policytrack alerts` has four keys: `channels`, by name; and `subscriptions`, `silences` and `health`, each a
list. Only `channels` must be there. `policytrack alerts check FILE` shows everything that is wrong with it, with line
and column; the [problem codes](problems.md) say what each means. [Send alerts](../how-to/send-alerts.md) builds one. A
list of one may be written without brackets. Files are looked for from the folder of the alert file. In patterns `*`
stands for any characters, `?` for one.
"""
ALERT_FILE_NOTES = """## Secrets

A secret is never written into the file. `env:NAME` is the value of an environment variable, `file:PATH` what a file
holds. The value is shown in no message, log, payload or ledger; where a channel would repeat it, `***` stands. The key
of a webhook is base64 of 16 bytes or more, with or without `whsec_` before it: `openssl rand -base64 32` makes one.
Messages bear `webhook-id`, `webhook-timestamp` and `webhook-signature`, as Standard Webhooks has them.

## Templates

A template is a Jinja file. It sees the keys of the [payload](alerts.md#payload) (`type`, `id`, `data` ...) and the
texts `short`, `full` and `markdown`: `{{ data.policy }}: {{ short }}`. Chats, mail, feeds and the log are told what it
makes; a webhook, a command or a file gets it in place of the JSON. It runs in a sandbox and a process of its own, for
2 s and with 512 MB at most, and cannot reach files, the network or secrets. Where it fails the alert is dead, with the
line of the template in `alerts log`; a template that cannot be read is told by `alerts check`.

## Where an address may lead

A webhook follows no redirection. Hosts of this machine and of private networks are refused, whatever their name
resolves to, and so is http, unless `allow_private` names the host as the address does. The answer's first 64 KB are
read and its first line is told. A status of 410 says that no other try would do better: the alert is dead.
`Retry-After` is heeded, up to a day.
"""
COLUMNS_HEAD = """# Columns of tables

<!-- Written by `make docs` from policytrack/render/columns.py. -->

`to_polars()`, `to_pandas()`, `to_arrow()`, `--format parquet` and `--format csv` give these columns, in this order,
also of a list that is empty. [Tables and notebooks](../how-to/tables-and-notebooks.md) shows them at work. Only
`review --format csv` is no table of answers but a sheet to fill in.

A date of which only the month or the year is known is its first day, and `..._precision` beside it says `day`,
`month` or `year`; an `until_precision` of `open` is said to be without end. A null `valid_from` is before all that is
known, a null `valid_to` is still so. Of several nested records each column is a list, in the same order: `triggers`
are the quotations, `trigger_kinds` and `trigger_cues` their kinds and cues. What is not known is null, a list is never
null. In CSV null is an empty cell and a list is one cell with "; " between its parts. NUL and halves of surrogate pairs
are written as escapes.
"""
PROBLEMS_HEAD = """# Problem codes of rule files

<!-- Written by `make docs` from policytrack/codes.py. -->

What `policytrack rules check` finds, and what every other command says of a rule file that it cannot use. A code is
never used again for another thing.

| code | name | means |
|---|---|---|
"""
MODEL_HEAD = """# The status model

<!-- Written by `make docs` from rules/core.yaml. -->

What policies of each kind can be, what an operation does to them, and what a step between two statuses is called. All
of it stands in `rules/core.yaml`; every policy can also be `unknown`.
"""


CHECKED = {
    checked_partial_date: "partial date",
    checked_policy_id: "policy id",
    checked_time: "time of day",
    checked_zone: "time zone",
    checked_moment: "day or moment",
}
"""What a text is that one of these functions checks."""


# --- commands


def page() -> str:
    """The page of the commands, as they would have it now."""
    sections = [HEAD]
    for words in ((), *commands()):
        sections.append(f"\n## {' '.join(('policytrack', *words))}\n\n```text\n{help_of(words)}```\n")
    return "".join(sections)


def commands() -> list[tuple[str, ...]]:
    """The words of every command, in the order in which help lists them."""
    from typer.main import get_command

    from policytrack.cli import app

    return [words for words in _walk(get_command(app), ()) if words]


def _walk(command: object, words: tuple[str, ...]) -> list[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    if children is None:
        return [words]
    found = [found for name, child in children.items() for found in _walk(child, (*words, name))]
    return [words, *found] if words and getattr(command, "invoke_without_command", False) else found


def help_of(words: tuple[str, ...]) -> str:
    """What `policytrack WORDS --help` prints, at a fixed width."""
    from policytrack.cli import app

    os.environ["COLUMNS"] = "110"
    printed = io.StringIO()
    with redirect_stdout(printed):
        app([*words, "--help"], prog_name="policytrack", standalone_mode=False)
    return printed.getvalue()


# --- records and packs


def records_page() -> str:
    """Claims, shifts and states, with every record that they are made of."""
    from policytrack.coverage import Coverage, ListedWord, Phrase, Spoken
    from policytrack.decisions import Decision
    from policytrack.discover import Group
    from policytrack.dues import Due
    from policytrack.flips import Condition, Flip
    from policytrack.health import SourceHealth
    from policytrack.model import (
        Claim,
        ClaimDate,
        ClaimLevel,
        Confidence,
        Issuer,
        Level,
        PolicyState,
        Scheduled,
        Scope,
        Shift,
        Span,
        Standing,
        Trigger,
    )
    from policytrack.rerun import RerunReport
    from policytrack.review import ReviewReport, Waiting
    from policytrack.shift_changes import ShiftChange, ShiftChanges
    from policytrack.silent import SilentSource
    from policytrack.watch import Round

    parts = (Issuer, Span, Trigger, Scope, ClaimDate, ClaimLevel, Confidence, Standing, Level, Scheduled)
    compared = (ShiftChanges, RerunReport, ShiftChange)
    reviewed = (Waiting, Decision, ReviewReport)
    covered = (Coverage, Condition, Flip, Spoken, Phrase, ListedWord)
    watched = (Round, SilentSource, SourceHealth)
    every = (Claim, Shift, Due, PolicyState, Group, *watched, *reviewed, *compared, *covered, *parts)
    return "\n".join([RECORDS_HEAD, *(_record(each) for each in every)])


def explanations_page() -> str:
    """How an article was read, with every record that this is made of."""
    from policytrack.extract import told, trace

    own = (
        told.ArticleExplanation, trace.SentenceTrace, trace.Statement, trace.Composition, trace.StatusReading,
        trace.BackgroundReading, trace.Binding, trace.BoundPart, trace.RunnerUp, trace.Refusal, trace.No,
    )  # fmt: skip
    page = "\n".join([EXPLANATIONS_HEAD, *(_record(each) for each in own)])
    for elsewhere in ("claim", "issuer", "span"):
        page = page.replace(f"(#{elsewhere})", f"(records.md#{elsewhere})")
    return page


def packs_page() -> str:
    """The keys of a pack, of its policies, of its tests, and of an overlay."""
    from policytrack.overlays import OverlayFile
    from policytrack.packfile import (
        ExpectedShift,
        ExpectedState,
        PackFile,
        PackTest,
        PolicyEntry,
        StartEntry,
        TestArticle,
    )

    told: dict[type[Record], str] = {
        PackFile: "The pack",
        PolicyEntry: "A policy",
        StartEntry: "A start",
        PackTest: "A test",
        TestArticle: "An article of a test",
        ExpectedShift: "An expected shift",
        ExpectedState: "An expected state",
        OverlayFile: "An overlay",
    }
    sections = [_record(record, title) for record, title in told.items()]
    note = "`defaults` takes the keys of a policy but for `id`, `title`, `aliases` and `start`.\n"
    return "\n".join([PACKS_HEAD, sections[0], note, *sections[1:], OVERLAYS_NOTE])


def sources_page() -> str:
    """The keys of a file of sources."""
    from policytrack.watchfile import WatchedSource

    return "\n".join([SOURCES_HEAD, _record(WatchedSource, "A source")])


def alerts_page() -> str:
    """What alerts say, and the records of the commands that send them and look into them."""
    from policytrack import alerting, alertlog
    from policytrack.alerts import payload, sending

    told = (
        payload.Payload, payload.ShiftAlert, payload.AlertTrigger, payload.Quoted, payload.DueAlert,
        payload.SilentAlert, payload.TestAlert, payload.Digest, payload.Item, sending.SentLine, alerting.Tried,
        alertlog.AlertLine, alerting.AlertWhy, alerting.AlertWay, alerting.AlertStep,
    )  # fmt: skip
    page = "\n".join([ALERTS_HEAD, *(_record(each) for each in told)])
    return page.replace("(#issuer)", "(records.md#issuer)")


def alert_file_page() -> str:
    """The keys of an alert file: of channels of each kind, and of who is told of what."""
    from policytrack.alerts.channel import ChannelSettings, Retry
    from policytrack.alerts.matching import Match, TriggerMatch
    from policytrack.alerts.subscriptions import HealthAlert, Quiet, Silence, Subscription
    from policytrack.channels import kinds

    told: dict[type[Record], str] = {
        Subscription: "A subscription",
        Match: "A match",
        TriggerMatch: "A trigger",
        Quiet: "Quiet hours",
        Silence: "A silence",
        HealthAlert: "A silent source",
    }
    sections = [
        _record(ChannelSettings, "Any channel"),
        *(_channel(name, kind.settings) for name, kind in kinds().items()),
        _record(Retry, "A retry"),
        *(_record(record, title) for record, title in told.items()),
    ]
    return "\n".join([ALERT_FILE_HEAD, *sections, ALERT_FILE_NOTES])


def _channel(name: str, settings: type[Record]) -> str:
    """The keys that a kind of channel has beside those of any, or has with another default."""
    from policytrack.alerts.channel import ChannelSettings

    any_has = {key: info.default for key, info in ChannelSettings.model_fields.items()}
    same = {key for key, info in settings.model_fields.items() if key in any_has and any_has[key] == info.default}
    return _record(settings, f"A channel with {name}", but=same, called=f"channel {name}")


def _record(record: type[Record], title: str = "", but: Collection[str] = (), called: str = "") -> str:
    """A heading and a table of the fields; those of a Span are said once, in its own section."""
    is_span = {"start", "end", "quote"} <= record.model_fields.keys() and record.__name__ != "Span"
    span = "A span, and:\n\n" if title == "" and is_span else ""
    head = "| field | is | means |" if not title else "| key | is | means |"
    lines = [f"## {title or record.__name__}\n", f"{span}{head}", "|---|---|---|"]
    but = ("start", "end", "quote") if span else but
    return "\n".join([*lines, *_rows(record, called or record.__name__, but, titled=bool(title))]) + "\n"


def _rows(record: type[Record], called: str, but: Collection[str], titled: bool) -> Iterator[str]:
    meanings = dict(MEANINGS[called])
    hints = typing.get_type_hints(record, include_extras=True)
    fields = [(name, info) for name, info in record.model_fields.items() if not info.exclude]
    # Of a pack's keys those that must be there come first; a record keeps its order.
    for name, info in sorted(fields, key=lambda each: not each[1].is_required()) if titled else fields:
        if name in but:
            continue
        key = info.alias or name
        yield f"| `{key}` | {_kind(hints[name])}{_default(info)} | {meanings.pop(key)} |"
    if meanings:
        raise SystemExit(f"policytrack/meanings.py: {called} has no field {', '.join(meanings)}")


def _default(info: FieldInfo) -> str:
    value = info.default
    if info.is_required():
        return ", required"
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        value = ", ".join(value)
    if isinstance(value, float):
        value = f"{value:g}"
    return f", default {value}" if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else ""


def _kind(annotation: object) -> str:
    """What values are, in words: a list of text, one of ..., a link to a record."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return next(
            (CHECKED[each.func] for each in inner[1:] if getattr(each, "func", None) in CHECKED), _kind(inner[0])
        )
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{value}`" for value in inner)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_kind(each) for each in inner)
    if origin in (tuple, Rows):
        return f"list of {_kind(inner[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return _linked(annotation.__name__)
    if origin in (dict, Mapping):
        return f"{_kind(inner[1])} by {_kind(inner[0])}"
    if annotation is AwareDatetime:
        return "moment"
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}
    return plain[typing.cast(type, annotation)]


def _linked(name: str) -> str:
    titles = {
        "Evidence": "[Span](#span)",
        "Defaults": "[keys of a policy](#a-policy)",
        "PolicyEntry": "[policies](#a-policy)",
        "PolicyChange": "[changed policies](#an-overlay)",
        "PackTest": "[tests](#a-test)",
        "TestArticle": "[articles](#an-article-of-a-test)",
        "ExpectedShift": "[shifts](#an-expected-shift)",
        "ExpectedState": "[states](#an-expected-state)",
        "StartEntry": "[start](#a-start)",
        "Retry": "[retry](#a-retry)",
        "Match": "[match](#a-match)",
        "AnyMatch": "[match](#a-match)",
        "TriggerMatch": "[trigger](#a-trigger)",
        "Quiet": "[quiet hours](#quiet-hours)",
    }
    known = titles.get(name, f"[{name}](#{name.lower()})")
    return known if name != "Level" else "[Level](records.md#level)"


# --- columns


def columns_page() -> str:
    """The columns of every list, with their types."""
    from policytrack.render.columns import COLUMNS

    sections = []
    for record, columns in COLUMNS.items():
        rows = [f"| `{column.name}` | {_CELLS[column.type]} |" for column in columns]
        given = f"Of {_LISTS[record.__name__]}.\n"
        sections.append("\n".join([f"## {record.__name__}\n", given, "| column | holds |", "|---|---|", *rows, ""]))
    return "\n".join([COLUMNS_HEAD, *sections])


_CELLS = {
    "text": "text",
    "number": "number",
    "integer": "whole number",
    "flag": "true or false",
    "date": "date",
    "moment": "moment, UTC",
    "texts": "list of text",
    "integers": "list of whole numbers",
    "dates": "list of dates",
}
_LISTS = {
    "Claim": "`read_text(...)`",
    "PolicyState": "`tracker.states(...)`, and of `policytrack states`",
    "Shift": "`tracker.shifts(...)`, and of `policytrack shifts`; also `diff.shifts`, `report.shifts`",
    "TrackedPolicy": "`tracker.policies()`, and of `policytrack policies`",
    "DiffLine": "`tracker.diff(...)`, and of `policytrack diff`; also `diff.corrections`, `diff.rules`",
    "Group": "`discover_policies(...)`",
    "LedgerChange": "`tracker.changes(...)`; `record` is JSON",
    "ShiftChange": "`tracker.rerun(...)`",
    "Finding": "`tracker.doctor()`",
    "Review": "`report.reviews`",
    "Waiting": "`tracker.review(...)`; `says` is JSON",
    "Decision": "`tracker.decisions(...)`; `set` is JSON",
    "Removal": "`tracker.removals(...)`",
    "AlertLine": "`tracker.alerts().log(...)`",
}
"""Which lists hold records of a type."""


# --- problem codes and the status model


def problems_page() -> str:
    """Every problem code with its meaning."""
    return PROBLEMS_HEAD + "".join(f"| {code.value} | {code.name.lower()} | {code.meaning} |\n" for code in Code)


def model_page() -> str:
    """What rules/core.yaml says, as tables."""
    core = load_rules(shipped("rules")).core
    return "\n".join([MODEL_HEAD, *_kinds(core), *_effects(core), *_events(core), *_shifts(core)])


def _kinds(core: Core) -> Iterator[str]:
    yield "## Statuses, from the loosest to the tightest\n"
    yield "| kind | statuses | a looser step moves the level |\n|---|---|---|"
    for kind, model in core.kinds.items():
        way = {"pack": "as the policy says (`looser`)", None: "-"}.get(model.looser, model.looser)
        yield f"| {kind} | {_listed(model.statuses)} | {way} |"


def _effects(core: Core) -> Iterator[str]:
    yield "\n## What an operation does\n"
    yield "The first case that fits counts. `=` keeps the status and moves what is named, or nothing. Where there is"
    yield "`-`, or no case fits, a person looks: the claim is in the report's `reviews`, with the reason.\n"
    yield "| operation | " + " | ".join(core.kinds) + " |\n|---|" + "---|" * len(core.kinds)
    for operation, row in core.effects.items():
        yield f"| {operation} | " + " | ".join(_cell(row[kind]) for kind in core.kinds) + " |"


def _cell(cell: Cell) -> str:
    return "-" if cell == "-" else "; ".join(_case(effect) for effect in cell)


def _case(effect: Effect) -> str:
    asked = [
        *([f"from {' or '.join(effect.from_)}"] if effect.from_ else []),
        *([" or ".join(effect.direction)] if effect.direction else []),
        *([f"with a scope of {', '.join(effect.scope)}"] if effect.scope else []),
        *([("" if effect.in_force else "not yet ") + "in force"] if effect.in_force is not None else []),
    ]
    moved = f"= {' '.join(effect.moves or ())}".strip()
    does = f"**{effect.set}**" if effect.set else moved
    if effect.set and effect.moves:
        does += f", else {moved}"
    if effect.resumes:
        does = f"as before the pause, else {does}"
    return f"{', '.join(asked)}: {does}" if asked else does


def _events(core: Core) -> Iterator[str]:
    yield f"""
## One event

Claims of one policy and one direction that lie within {core.days.same_event} days of the earliest are one event, and
the strongest operation says what it does. A pack may say otherwise (`same_event`). {core.corroborate} independent
publishers corroborate it (`corroborate`).

| direction | operations, the strongest first |
|---|---|"""
    for direction, order in core.strength.items():
        yield f"| {direction} | {', '.join(order)} |"
    most, reason = core.implied.confidence, core.implied.reason
    yield f"\nWhat is implied by use alone has a confidence of at most {most:g}: {reason}."


def _shifts(core: Core) -> Iterator[str]:
    yield "\n## What a step is called\n"
    yield "All rules that fit count. `supersedes` takes rules out; of the rest the one with most conditions decides.\n"
    yield "| shift | severity | rule | when | supersedes |\n|---|---|---|---|---|"
    for rule in core.shifts:
        cells = (rule.kind, rule.severity, rule.name, _when(rule.when), _listed(rule.supersedes) or "-")
        yield f"| {' | '.join(cells)} |"


def _when(when: Mapping[str, Test]) -> str:
    return "; ".join(f"{field}: {str(test).replace(chr(39), '')}" for field, test in when.items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": page,
    "records.md": records_page,
    "explanations.md": explanations_page,
    "columns.md": columns_page,
    "packs.md": packs_page,
    "sources.md": sources_page,
    "alerts.md": alerts_page,
    "alert-file.md": alert_file_page,
    "problems.md": problems_page,
    "status-model.md": model_page,
}
"""The pages by their names, each with the function that makes it."""


if __name__ == "__main__":
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")
