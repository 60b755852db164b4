"""What `rules new` asks at a terminal: all that was not said, with a default where there is a sane one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import typer

from policytrack.cli.showing import check_new
from policytrack.errors import ConfigError
from policytrack.model import POLICY_KINDS, PolicyKind
from policytrack.scaffold import Checks, Wanted, pack_name

if TYPE_CHECKING:
    from policytrack.packs import Rules

_KINDS = """permission   to do something: exports, strikes, the use or transfer of a thing
restriction  a measure: sanctions, tariffs, mandates, bans
programme    what goes on or stops: aid, subsidies, cooperation
membership   of a treaty or a club
rate         a number that somebody sets: an interest rate, a floor price, a quota"""

_NONE: tuple[str, ...] = ()

T = TypeVar("T")


def somebody_is_there() -> bool:
    """Whether questions can be put and answered."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class Asker:
    """Completes what is wanted. Each question is put again until the answer can be used; Enter takes the default."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._checks = Checks(rules)

    def completed(self, wanted: Wanted, kind: PolicyKind | None) -> Wanted:
        """What is wanted, with answers for all that was not said."""
        checks = self._checks
        policy_id = wanted.policy_id or _ask("ID: issuer, thing, conduct, as in.salt.export", checks.policy_id)
        asked = replace(wanted, policy_id=checks.policy_id(policy_id), kind=kind or self._kind())
        if not checks.issuer(asked.issuer, policy_id):
            who = _ask("Who decides, as in actors.yaml; empty: anybody", _or_empty(self._actors, _NONE), "")
            asked = replace(asked, issuer=who)
        if not asked.instrument:
            names = _ask("Names of the thing, in the singular, with commas", lambda typed: checks.instrument([typed]))
            asked = replace(asked, instrument=names)
        if not asked.conduct:
            done = _ask(
                "What is done with it, or whom it is against; may be empty", _or_empty(self._conduct, _NONE), ""
            )
            asked = replace(asked, conduct=done)
        if not asked.title:
            asked = replace(asked, title=_ask("What it is, in words", checks.title, self._title(asked)))
        return self._stood(asked)

    def file(self, policy_id: str) -> Path:
        """A file that is not there yet."""
        taken = {pack.pack for pack in self._rules.packs}
        return _ask("File", _new_file, f"{pack_name(policy_id, taken)}.yaml")

    def _stood(self, wanted: Wanted) -> Wanted:
        """How it stood when tracking begins, which nobody has to know."""
        checks = self._checks
        start = wanted.start or ("set" if wanted.kind == "rate" and wanted.level else "")
        if not start:
            statuses = ", ".join(self._rules.core.statuses(wanted.kind))
            start = _ask(f"How it stands: {statuses}", lambda typed: checks.start(typed, wanted.kind), "unknown")
        if start == "unknown":
            return replace(wanted, start=start)
        level, since, source = wanted.level, wanted.since, wanted.source
        if start == "set" and not level:
            level = _ask("At which level, as 4.25 per cent", self._level)
        since = since or _ask("Since when, as 2011-09-09; empty: not known", _or_empty(checks.since, ""), "")
        source = source or _ask("Known from where; empty: to be written later", _or_empty(checks.source, ""), "")
        return replace(wanted, start=start, level=level, since=since, source=source)

    def _level(self, typed: str) -> str:
        """What was typed, where it is a level."""
        self._checks.level(typed)
        return typed

    def _kind(self) -> PolicyKind:
        typer.echo(_KINDS, err=True)
        return _ask("Which kind", _one_of_kinds, "permission")

    def _title(self, wanted: Wanted) -> str:
        ids = self._checks.issuer(wanted.issuer, wanted.policy_id)
        names = [self._rules.actors.actors[actor].names[0] for actor in ids[:1]]
        told = ", ".join([wanted.instrument[0], *wanted.conduct[:1]])
        return ": ".join([*names, told])

    def _actors(self, typed: str) -> tuple[str, ...]:
        return self._checks.issuer([typed], "")

    def _conduct(self, typed: str) -> tuple[str, ...]:
        return self._checks.words("--conduct", [typed])


def _one_of_kinds(typed: str) -> PolicyKind:
    if typed.strip() not in POLICY_KINDS:
        raise ConfigError(f"{typed!r} is not one of: {', '.join(POLICY_KINDS)}.")
    return cast(PolicyKind, typed.strip())


def _new_file(typed: str) -> Path:
    path = Path(typed.strip())
    check_new(path)
    return path


def _or_empty(check: Callable[[str], T], empty: T) -> Callable[[str], T]:
    """The check, for what may be left out."""
    return lambda typed: check(typed) if typed.strip() else empty


def _ask(question: str, check: Callable[[str], T], default: str | None = None) -> T:
    """What somebody answers, as the check gives it."""

    def checked(typed: str) -> T:
        try:
            return check(typed)
        except ConfigError as error:
            raise typer.BadParameter(str(error)) from None

    try:
        return cast(
            T, typer.prompt(question, default=default, show_default=bool(default), value_proc=checked, err=True)
        )
    except typer.Abort:
        typer.echo(err=True)
        raise KeyboardInterrupt from None
