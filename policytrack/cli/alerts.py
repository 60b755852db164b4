"""Commands for alerts: who is told of what by a file, what became of it, and what is held back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from policytrack.cli.app import alerts_app
from policytrack.cli.options import LEDGER, Db, FormatFlag, Packs, RulesDir, policy_ids
from policytrack.cli.showing import print_lines, print_record, print_records, same_flags, tracker_of, width
from policytrack.cli.stopping import Stop, stopping
from policytrack.errors import ConfigError
from policytrack.terminal import ExitCode, Talk, command

if TYPE_CHECKING:
    from policytrack.alerting import Alerting
    from policytrack.alerts.sending import Outcome

ALERTS = Path("alerts.yaml")
AlertPath = Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file of channels and subscriptions.")]
AlertFlag = Annotated[Path, typer.Option("--file", metavar="FILE", help="The YAML file of channels and subscriptions.")]
KeptFolder = Annotated[
    Path | None,
    typer.Option("--kept", metavar="FOLDER", help="Where `watch` keeps how sources do. [default: DB.sources]"),
]


@command(
    alerts_app,
    "check",
    "policytrack alerts check",
    "policytrack alerts check alerts.yaml --pack my-packs",
)
def check(talk: Talk, file: AlertPath = ALERTS, rules: RulesDir = None, pack: Packs = None) -> None:
    """Check an alert file: all that is wrong with it, with its place.

    Secrets are looked up and channels opened, and nothing is sent: `alerts test` does that.
    """
    from policytrack.alertfile import read_alert_file, unopened
    from policytrack.render.words import counted

    with tracker_of(":memory:", rules, pack) as tracker:
        found = read_alert_file(file, tracker.rules)
    if problems := unopened(found.places()):
        raise ConfigError("\n".join(problems))
    for note in found.notes:
        talk.say(f"note: {note.render()}")
    told = f"{counted(len(found.channels), 'channel')}, {counted(len(found.subscriptions), 'subscription')}"
    typer.echo(f"{file}: {told}, {counted(len(found.silences), 'silence')}: fine")
    if not (found.subscriptions or found.health):
        talk.say("note: there is no subscription, so that nobody is told of anything")
    talk.say("Next:  policytrack alerts test NAME")


@command(
    alerts_app,
    "run",
    "policytrack alerts run",
    "policytrack alerts run alerts.yaml --db desk.db",
    "policytrack alerts run --once",
)
def run(
    talk: Talk,
    file: AlertPath = ALERTS,
    once: Annotated[bool, typer.Option("--once", help="Send what is due and end, for cron.")] = False,
    every: Annotated[
        int, typer.Option("--every", metavar="SECONDS", min=1, help="How often the ledger is looked at.")
    ] = 10,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    kept: KeptFolder = None,
    format: Annotated[Literal["text", "jsonl"], typer.Option("--format", help="How stdout is written.")] = "text",
) -> None:
    """Send what subscriptions want of what is recorded, on and on.

    A subscription begins when it is first used here: what was recorded before is not for it. What another process
    records is sent too, and of several senders one sends and the others wait. Ctrl-C ends it after the messages in
    hand. With --once the exit code is 3 where anything failed.
    """
    with tracker_of(db, rules, pack) as tracker, stopping() as stop:
        alerting = tracker.alerts(file, kept=kept, stopped=stop.is_asked)
        for note in alerting.notes:
            talk.say(f"note: {note}")
        for problem in alerting.unopened:
            talk.fail(problem)
        failed = _rounds(talk, alerting, stop, once, every, format) or bool(alerting.unopened)
    if stop.by_hand:
        talk.fail("Stopped. What waits is sent by the next run.")
        raise typer.Exit(ExitCode.STOPPED)
    if once and failed:
        raise typer.Exit(ExitCode.INPUT_FAILED)


def _rounds(talk: Talk, alerting: Alerting, stop: Stop, once: bool, every: int, format: str) -> bool:
    """Whether anything failed, when the rounds have ended."""
    from policytrack.alerting import AnotherSends

    failed = waits = False
    while not stop.asked:
        try:
            for outcome in alerting.round():
                failed = _show(talk, outcome, format) or failed
            waits = False
        except AnotherSends as error:
            if once:
                raise
            if not waits:
                talk.say(str(error))
            waits = True
        if once:
            _say_next(talk, alerting)
            break
        stop.wait(every)
    return failed


def _show(talk: Talk, outcome: Outcome, format: str) -> bool:
    """Whether the try failed; what came of it is shown."""
    from policytrack.render import data, text

    told = outcome.line
    print_lines([text.sending(told) if format == "text" else data.line(told)])
    if outcome.failure is not None and format != "text":
        talk.fail(str(outcome.failure))
    return outcome.failure is not None


def _say_next(talk: Talk, alerting: Alerting) -> None:
    from policytrack.moments import minutes

    next_at = alerting.next_at()
    talk.say(f"the next is due at {minutes(next_at)[0]}" if next_at else "nothing waits")


@command(
    alerts_app,
    "test",
    "policytrack alerts test slack-desk",
    "policytrack alerts test europe-desk --file alerts.yaml",
)
def test(
    talk: Talk,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A channel, or a subscription for all of its channels.")],
    file: AlertFlag = ALERTS,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Send a test for real, and show what the channels say.

    The message says that it is a test. The exit code is 1 where a channel did not take it. No ledger is needed, and
    nothing is recorded.
    """
    from policytrack.render import text

    with tracker_of(":memory:", rules, pack) as tracker:
        alerting = tracker.alerts(file, only=name)
        found = []
        for tried in alerting.test(name):
            found.append(tried)
            if format == "text":
                typer.echo(text.tried(tried))
    if format != "text":
        print_records(talk, "tried", found, format)
    if not all(tried.sent for tried in found):
        raise typer.Exit(ExitCode.FOUND)


@command(
    alerts_app,
    "why",
    "policytrack alerts why s-41ab2c",
    "policytrack alerts why s-41ab2c --for europe-desk",
)
def why(
    talk: Talk,
    shift: Annotated[str, typer.Argument(metavar="SHIFT", help="The id of a shift; any unique opening will do.")],
    for_: Annotated[str | None, typer.Option("--for", metavar="NAME", help="Only this subscription.")] = None,
    file: AlertFlag = ALERTS,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Why somebody was told of a shift, or was not.

    For each subscription what was looked at, in order: what it wants, silences, when it sends, quiet hours, what is
    told together; and what became of it with each channel.
    """
    from policytrack.render import text

    with tracker_of(db, rules, pack) as tracker:
        alerting = tracker.alerts(file, sends=False)
        tracker.ledger.rules()  # LedgerError where there is no ledger
        found = alerting.why(_shift_id(tracker.ledger.ids(shift), shift, db), for_)
        if format == "text":
            typer.echo(text.alert_why(found, width()))
            talk.say(f"Next:  policytrack why {tracker.ledger.short(found.shift)}{same_flags(db, rules, pack)}")
        else:
            print_record(found, format)


def _shift_id(ids: list[str], opening: str, db: str) -> str:
    found = [each for each in ids if each.startswith("s-")]
    if len(found) > 1:
        raise ConfigError(f"{opening} can be {', '.join(found)}. Write more of it.")
    if not found:
        raise ConfigError(f"there is no shift {opening!r} in {db}. `policytrack shifts` lists them.")
    return found[0]


@command(
    alerts_app,
    "log",
    "policytrack alerts log",
    "policytrack alerts log --status dead",
    "policytrack alerts log --channel slack-desk --last 20 --format json",
)
def log(
    talk: Talk,
    subscription: Annotated[
        str | None, typer.Option("--subscription", metavar="NAME", help="Only of this subscription.")
    ] = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Only to this channel.")] = None,
    status: Annotated[
        Literal["gathering", "held_back", "waiting", "sent", "dead", "dropped"] | None,
        typer.Option("--status", help="Only what has got there."),
    ] = None,
    last: Annotated[int | None, typer.Option("--last", metavar="N", min=1, help="Only the last so many.")] = 50,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 where anything is dead.")] = False,
    db: Db = LEDGER,
    format: FormatFlag = "text",
) -> None:
    """What was sent, waits, failed or was held back, the latest last.

    Functions and commands that are called by `ingest` and `watch` are in it too, under their names.
    """
    from policytrack.render import text

    with tracker_of(db, None, None) as tracker:
        tracker.ledger.rules()  # LedgerError where there is no ledger
        found = tracker.alerts().log(subscription=subscription, channel=channel, status=status, last=last)
        if format == "text":
            typer.echo(text.alert_log(found, found.note))
        else:
            print_records(talk, "alerts", found, format, note=found.note)
    if exit_code and any(line.status == "dead" for line in found):
        raise typer.Exit(ExitCode.FOUND)


@command(
    alerts_app,
    "resend",
    "policytrack alerts resend s-41ab2c",
    "policytrack alerts resend s-41ab2c --channel slack-desk",
)
def resend(
    talk: Talk,
    alert: Annotated[str, typer.Argument(metavar="ID", help="The id of an alert; any unique opening will do.")],
    channel: Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Only to this channel.")] = None,
    db: Db = LEDGER,
) -> None:
    """Have an alert sent once more, whatever became of it.

    It keeps its id, by which a receiver can tell that it is the same. `alerts run` sends it.
    """
    from policytrack.render.words import counted

    with tracker_of(db, None, None) as tracker:
        tracker.ledger.rules()  # LedgerError where there is no ledger
        count = tracker.alerts().resend(alert, channel=channel)
    typer.echo(f"{counted(count, 'delivery', 'deliveries')} to be sent again")
    talk.say("Next:  policytrack alerts run")


@command(
    alerts_app,
    "silence",
    "policytrack alerts silence",
    "policytrack alerts silence 'us.atacms.*' --until 2026-12-01 --by duty-editor --reason 'briefed on 18 Nov'",
    "policytrack alerts silence --end 3",
)
def silence(
    talk: Talk,
    policy: Annotated[
        str | None,
        typer.Argument(metavar="POLICY", help="A policy, or a pattern of ids.", autocompletion=policy_ids),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="A day, or a moment.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who wants it.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why.")] = None,
    end: Annotated[int | None, typer.Option("--end", metavar="NUMBER", help="The silence that ends now.")] = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
) -> None:
    """Hold back what is news of a policy until a moment; list, or end.

    What is held back is not sent later, and stands in `alerts log`. Without a policy the silences are listed that
    hold; those of an alert file are in the file.
    """
    from policytrack.render import text

    said = {"--until": until, "--by": by, "--reason": reason}
    given = [flag for flag, value in said.items() if value is not None]
    if end is not None and (policy is not None or given):
        raise ConfigError(f"--end {end} goes alone. End one silence, then begin another.")
    if policy is None and given:
        raise ConfigError(
            f"{given[0]} needs a policy: policytrack alerts silence 'us.*' --until ... --by ... --reason ..."
        )
    with tracker_of(db, rules, pack) as tracker:
        tracker.ledger.rules()  # LedgerError where there is no ledger
        alerts = tracker.alerts()
        if end is not None:
            alerts.end_silence(end)
            typer.echo(f"silence {end} has ended")
        elif policy is None:
            typer.echo(text.silences(alerts.silences()))
        elif until is None or by is None or reason is None:
            lacks = ", ".join(flag for flag in said if flag not in given)
            raise ConfigError(f"a silence says when it ends, who wants it, and why; {lacks} is missing.")
        else:
            number = alerts.silence(policy, until=until, by=by, reason=reason)
            typer.echo(f"silence {number}: {policy} until {until}")
            talk.say(f"To end it:  policytrack alerts silence --end {number}{same_flags(db, None, None)}")
