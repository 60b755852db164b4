"""What an alert of a ledger says: made of what was known when it was closed, so that a second try says the same.

Nothing that it says is kept beside the ledger: where the text of an article was removed, its words are in no alert that
is sent afterwards.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, get_args

from policytrack.alerts.channel import Message
from policytrack.alerts.payload import (
    AlertTrigger,
    Digest,
    DueAlert,
    Item,
    Payload,
    Quoted,
    ShiftAlert,
    ShiftField,
    SilentAlert,
    TestAlert,
    Told,
)
from policytrack.dates import first_day
from policytrack.dues import Due
from policytrack.ledger import Ledger
from policytrack.ledger.outbox import Alert, RecordedNews, message_id
from policytrack.model import Article, Claim, Entry, Shift, Standing, Trigger
from policytrack.packs import Rules
from policytrack.sides import says_otherwise
from policytrack.silent import SilentSource
from policytrack.wording import NONE, scheduled, scopes, status

FIELDS: Final[tuple[ShiftField, ...]] = get_args(ShiftField)


class Made(NamedTuple):
    """A piece of news as it is told, and the record that it was made of."""

    item: Item
    record: object


class Messages:
    """Makes the messages of one ledger, with what the rules say of its policies."""

    def __init__(self, ledger: Ledger, rules: Rules) -> None:
        self._ledger = ledger
        self._rules = rules
        self._entries_of = lru_cache(maxsize=16)(self._entries)

    def of(self, alert: Alert) -> Message:
        """The message of an alert that is closed."""
        assert alert.known is not None and alert.id is not None, "only what is closed is sent"
        if alert.about is not None:
            made = [self._made_of(alert, alert.about)]
        else:
            told = [item.news for item in self._ledger.outbox.items(alert.key) if item.left_out is None]
            made = [self.made(news, alert.known) for news in told]
        return _message(alert, made)

    def made(self, news: RecordedNews, known: datetime.datetime) -> Made:
        """A piece of news, as it is told with what was known at a moment."""
        shift = self.shift(news, known)
        data = self._shift_alert(news, shift, known)
        kind, name = f"shift.{_told(news, shift)}", self._name(news, shift)
        return Made(Item(type=kind, id=name, timestamp=news.recorded_at, data=data), shift)

    def name(self, news: RecordedNews, known: datetime.datetime) -> str:
        """The id by which receivers know a piece of news that is told alone."""
        return self._name(news, self.shift(news, known))

    def _name(self, news: RecordedNews, shift: Shift) -> str:
        times = 1 if news.what == "new" else self._ledger.outbox.times(news)
        return message_id(shift.id, _told(news, shift), times)

    def shift(self, news: RecordedNews, known: datetime.datetime) -> Shift:
        """The shift that news is about, as known at a moment; one that is gone as it stood last, and retracted.

        Where it has another id by then it has that.
        """
        later = [each.shift for each in self._ledger.outbox.history(news.first) if each.recorded_at <= known]
        name = later[-1] if later else news.shift
        found = self._ledger.record(name, known)
        last = found or self._ledger.record(name)
        assert last is not None, "news is recorded with its shift"
        shift: Shift = last.record
        return shift if found else shift.model_copy(update={"stage": "retracted"})

    # a shift

    def _shift_alert(self, news: RecordedNews, shift: Shift, known: datetime.datetime) -> ShiftAlert:
        policy = self._rules.policy(shift.policy)
        cited = self._cited(shift, known)
        so = [each for each in cited if not each.otherwise]
        best = so[0] if so else None
        field = changed_field(shift)
        triggers = tuple(_trigger(each, so) for each in shift.triggers)
        return ShiftAlert(
            what=news.what or "new",
            change="correction" if news.correction else "shift",
            policy=shift.policy,
            title=policy.title if policy else "",
            kind=shift.kind,
            direction=shift.direction,
            severity=shift.severity,
            tags=shift.tags,
            issuer=shift.issuer,
            field=field,
            **{"from": field_in_words(shift.before, field)},
            to=field_in_words(shift.after, field),
            on=shift.occurred_on,
            known=known,
            stage=shift.stage,
            implied=shift.implied,
            scope=tuple(scope.quote for scope in shift.scope),
            trigger=triggers[0] if triggers else AlertTrigger(stated=False),
            triggers=triggers,
            quote=best.quoted if best else None,
            against=tuple(each.quoted for each in cited if each.otherwise),
            reports=len({each.article.id for each in so}),
            sources=len({each.source for each in so}),
            pack=f"{policy.pack}@{policy.pack_version}" if policy else "",
            rule=shift.rule,
            url=next((each.article.url for each in so if each.article.url), None),
            why=f"policytrack why {shift.id}",
            shift=shift.id,
            supersedes=news.before,
        )

    def _cited(self, shift: Shift, known: datetime.datetime) -> list[_Cited]:
        """The claims of a shift as they stood: those that state the change first, then by date."""
        entries = self._entries_of(shift.policy, known)
        found = []
        for name in shift.claims:
            entry = entries.get(name) or self._gone(name)
            article = self._ledger.article_of(name)
            if entry is not None and article is not None:
                found.append(_Cited(entry.claim, article.record, entry.source, _speaks_against(entry.claim, shift)))
        return sorted(found, key=_rank)

    def _gone(self, name: str) -> Entry | None:
        """A claim that stands no longer, for a shift that is gone with it."""
        claim, article = self._ledger.record(name), self._ledger.article_of(name)
        if claim is None or article is None:
            return None
        published, source = article.record.published_at, article.record.publisher or ""
        return Entry(claim=claim.record, published_at=published, source=source, recorded_at=claim.recorded_at)

    def _entries(self, policy_id: str, known: datetime.datetime) -> Mapping[str, Entry]:
        policy = self._rules.policy(policy_id)
        names = (policy.id, *policy.aliases) if policy else (policy_id,)
        return {entry.claim.id: entry for entry in self._rules.by_owner(self._ledger.entries(known, names))}

    # what is no shift

    def _made_of(self, alert: Alert, about: Mapping[str, Any]) -> Made:
        data, record = self._told(alert, about)
        item = Item(type=_type_of(data), id=str(alert.id), timestamp=alert.send_at, data=data)
        return Made(item, record)

    def _told(self, alert: Alert, about: Mapping[str, Any]) -> tuple[Told, object]:
        assert alert.known is not None, "only what is closed is sent"
        match about["what"]:
            case "silent":
                return SilentAlert(**about), SilentSource(**about)
            case "test":
                return TestAlert(**about), None
            case _:
                due = self._due(about, alert.known)
                return self._due_alert(due, alert.known), due

    def _due(self, about: Mapping[str, Any], known: datetime.datetime) -> Due:
        record = self._ledger.record(about["state"], known) or self._ledger.record(about["state"])
        assert record is not None, "what falls due is said by a recorded state"
        return Due(policy=about["policy"], what=about["what"], on=about["on"], state=record.record)

    def _due_alert(self, due: Due, known: datetime.datetime) -> DueAlert:
        policy, plan = self._rules.policy(due.policy), due.state.scheduled
        to = scheduled(plan) if due.what == "comes_into_force" and plan else None
        title, state = policy.title if policy else "", due.state
        return DueAlert(
            what=due.what,
            policy=due.policy,
            title=title,
            on=due.on,
            status=state.status,
            to=to,
            known=known,
            state=state.id,
        )


class _Cited(NamedTuple):
    """A claim with the article that makes it, the publisher that it speaks for, and whether it speaks against."""

    claim: Claim
    article: Article
    source: str
    otherwise: bool

    @property
    def quoted(self) -> Quoted:
        """The words of the claim."""
        claim, article = self.claim, self.article
        return Quoted(
            quote=claim.evidence.quote,
            claim=claim.id,
            article_id=article.id,
            publisher=article.publisher,
            published_at=article.published_at,
            url=article.url,
            attributed_to=claim.attributed_to.quote if claim.attributed_to else None,
        )


def about_of(payload: Payload) -> str:
    """What a payload is about, in a few words."""
    match payload.data:
        case ShiftAlert(shift=shift, policy=policy):
            return f"{shift[:8]} {policy}"
        case DueAlert(what=what, policy=policy, on=on):
            return f"{policy}, which {'ends' if what == 'ends' else 'changes'} {on}"
        case SilentAlert(source=source):
            return f"{source}, which is silent"
        case Digest(alerts=alerts):
            return f"{len(alerts)} pieces of news"
        case TestAlert():
            return "a test"


def due_in_ledger(due: Due) -> dict[str, str]:
    """What the outbox keeps of what falls due."""
    return {"what": due.what, "policy": due.policy, "on": due.on, "state": due.state.id}


def changed_field(shift: Shift) -> ShiftField:
    """The first field that a shift changes; the status, where it changes none."""
    return next((name for name in FIELDS if getattr(shift.before, name) != getattr(shift.after, name)), "status")


def field_in_words(standing: Standing, name: ShiftField) -> str:
    """What one field of a standing says; a level with its status."""
    match name:
        case "status" | "level":
            return status(standing)
        case "scope":
            return scopes(standing.scope)
        case "until":
            return standing.until or NONE
        case "scheduled":
            return scheduled(standing.scheduled)


def _message(alert: Alert, made: Sequence[Made]) -> Message:
    records, name, whose = [each.record for each in made], str(alert.id), alert.subscription
    if len(made) == 1:
        item = made[0].item
        said = Payload(type=item.type, id=name, timestamp=item.timestamp, subscription=whose, data=item.data)
    else:
        told = Digest(alerts=tuple(each.item for each in made), summary=alert.gathers.startswith("summary "))
        said = Payload(type="digest", id=name, timestamp=alert.send_at, subscription=whose, data=told)
    return Message(said, records)


def _told(news: RecordedNews, shift: Shift) -> str:
    """What is told of a shift, in a word: of a new one its stage."""
    return shift.stage if news.what in ("new", None) else str(news.what)


def _type_of(data: Told) -> str:
    match data:
        case DueAlert():
            return f"policy.{data.what}"
        case SilentAlert():
            return "source.silent"
        case ShiftAlert():
            return f"shift.{data.what}"
        case TestAlert():
            return "test"


def _trigger(trigger: Trigger, cited: Sequence[_Cited]) -> AlertTrigger:
    """A stated cause, with the clause and the article that state it."""
    its = next(_stating(trigger, cited), None)
    return AlertTrigger(
        stated=True,
        text=trigger.quote,
        quote=_with_cue(trigger, its.article) if its else trigger.quote,
        kind=trigger.kind,
        cue=trigger.cue,
        attributed_to=trigger.attributed_to.quote if trigger.attributed_to else None,
        source_url=its.article.url if its else None,
    )


def _with_cue(trigger: Trigger, article: Article) -> str:
    """The words of a trigger, with its cue where that stands right before them."""
    before = article.text[: trigger.start].rstrip()
    cue = trigger.cue or ""
    if not cue or not before.casefold().endswith(cue.casefold()):
        return trigger.quote
    return article.text[len(before) - len(cue) : trigger.end]


def _stating(trigger: Trigger, cited: Sequence[_Cited]) -> Iterator[_Cited]:
    return (each for each in cited if trigger in each.claim.triggers)


def _speaks_against(claim: Claim, shift: Shift) -> bool:
    return says_otherwise(claim, shift.direction)


def _rank(cited: _Cited) -> tuple[bool, bool, datetime.date, str]:
    claim = cited.claim
    return not claim.factive, claim.background, first_day(cited.article.published_at), claim.id
