"""Planning: which news goes to which subscription, and when; what waits is gathered until it is sent.

News is read once for each subscription, in the order in which it was recorded. By what was recorded, and the file of
now, the same is planned whenever it is done: moments are those of recording, not of planning.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from policytrack.alerts.closing import Wants, closed, latest
from policytrack.alerts.matching import Step, steps
from policytrack.alerts.messages import Messages
from policytrack.alerts.schedule import after_quiet, send_at
from policytrack.alerts.subscriptions import Silence, Subscription
from policytrack.ledger import Ledger
from policytrack.ledger.outbox import SUMMARY, Alert, Item, RecordedNews
from policytrack.model import Shift
from policytrack.news import Change
from policytrack.packs import Rules
from policytrack.watchfile import as_span

AT_ONCE: Final = 500
"""News that is read at once."""
LONGEST: Final = datetime.timedelta(days=9)
"""Later than a week after a wait, and a quiet day, nothing is planned to be sent."""


class Held(NamedTuple):
    """A silence, and from when on and until when it holds: one of the file always does."""

    silence: Silence
    since: datetime.datetime | None = None
    ended_at: datetime.datetime | None = None

    def holds_at(self, moment: datetime.datetime) -> bool:
        """Whether it holds at a moment."""
        ends = min(each for each in (self.silence.ends_at, self.ended_at) if each is not None)
        return moment < ends and (self.since is None or self.since <= moment)


class Decided(NamedTuple):
    """What becomes of a piece of news for a subscription, and every step of the way there.

    `wanted` is false where the subscription is not told at all; `silenced` says by which silence it is held back.
    """

    steps: tuple[Step, ...]
    wanted: bool
    silenced: str = ""
    gathers: str = ""
    send_at: datetime.datetime | None = None


class Planner:
    """Plans for the subscriptions of one file what was recorded since it was done last."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        subscriptions: Sequence[Subscription],
        silences: Sequence[Held],
        *,
        until: RecordedNews | None = None,
    ) -> None:
        self._ledger = ledger
        self._outbox = ledger.outbox
        self._rules = rules
        self._subscriptions = subscriptions
        self._silences = silences
        self._until = until
        self._messages = Messages(ledger, rules)

    def plan(self, now: datetime.datetime) -> int:
        """How many pieces of news were planned; a subscription that is new gets what is recorded from now on."""
        count = 0
        for subscription in self._subscriptions:
            with self._outbox.planning() as planning:
                read_to = (planning.subscribed(subscription.name) or planning.subscribe(subscription.name, now)).read_to
            while found := self._outbox.news_after(read_to, AT_ONCE):
                # One by one: what is planned of a shift bears on what comes after it.
                count += sum(self._planned(subscription, news, is_last=news is found[-1]) for news in found)
                read_to = found[-1].key
        return count

    def _planned(self, subscription: Subscription, news: RecordedNews, *, is_last: bool) -> bool:
        """Whether the news goes to the subscription, where it has not been read for it by another sender."""
        decided = self.decide(subscription, news)
        if not (decided.wanted or is_last):
            return False
        with self._outbox.planning() as planning:
            is_first = planning.read_to(subscription.name, news.key)
            if is_first and decided.wanted and decided.send_at is not None:
                item = Item(news, decided.silenced or None)
                planning.add(subscription.name, decided.gathers, decided.send_at, item)
        return is_first and decided.wanted

    def close(self, now: datetime.datetime) -> None:
        """Nothing; the alerts that are due are on their way, each telling what is known by now."""
        to = {subscription.name: subscription for subscription in self._subscriptions}
        known = latest(self._ledger, lambda: now)
        for alert in self._outbox.open(to):
            subscription = to[alert.subscription]
            if not _is_ripe(alert, subscription, max(now, known), now):
                continue
            told = closed(self._outbox, self._messages, alert, known, self._wants(subscription))
            with self._outbox.planning() as planning:
                planning.close(alert.key, *told, known, subscription.to)

    def _wants(self, subscription: Subscription) -> Wants:
        def why_not(shift: Shift, news: RecordedNews) -> str:
            failed = [step for step in self._steps(subscription, shift, news) if not step.passes]
            return f"{failed[0].name}: {failed[0].told}" if failed else ""

        return why_not

    # one piece of news

    def decide(self, subscription: Subscription, news: RecordedNews) -> Decided:
        """What becomes of news for a subscription, as it stood when it was recorded."""
        return self._decided(subscription, news, list(self._way(subscription, news)))

    def _decided(self, subscription: Subscription, news: RecordedNews, way: list[Step]) -> Decided:
        if not all(step.passes for step in way):
            return Decided(tuple(way), wanted=False)
        shift = self._messages.shift(news, news.recorded_at)
        silence = next(self._silencing(shift, news), None)
        told = f"silenced until {silence.until} by {silence.by}: {silence.reason}" if silence else ""
        way.append(Step("silence", not told, told or "none holds"))
        gathers, moment = self._when(subscription, news, shift, way)
        return Decided(tuple(way), True, told, gathers, moment)

    def _way(self, subscription: Subscription, news: RecordedNews) -> Iterator[Step]:
        """What is looked at before anything else, until something says no."""
        if news.what is None:
            yield Step("news", False, "nothing is new but the id of the shift")
            return
        if news.telling == "none":
            yield Step("news", False, "it was taken in late, or came of other rules: nobody is told")
            return
        before = self._told(subscription, news)
        if news.what != "new" and any(item.left_out is None for _, item in before):
            yield Step("news", True, f"it follows what was told before: {news.what}")
            follows = news.what in subscription.follow_ups
            wanted = ", ".join(subscription.follow_ups) or "none"
            yield Step("follow-up", follows, f"it is {news.what}; of these are wanted: {wanted}")
            return
        if news.what in ("retracted", "corrected"):
            yield Step("news", False, f"it is {news.what}, and nothing was told before")
            return
        if news.what != "new" and not self._was_news(news):
            yield Step("news", False, "the shift was taken in late, or came of other rules, when it was new")
            return
        yield Step("news", True, "it is the first to be told")
        yield from self._steps(subscription, self._messages.shift(news, news.recorded_at), news)

    def _told(self, subscription: Subscription, news: RecordedNews) -> list[tuple[Alert, Item]]:
        """What a subscription was told of a shift, or is going to be told; up to some news, where that is asked."""
        told = self._outbox.told(subscription.name, news.first)
        return told if self._until is None else [each for each in told if each[1].news.key < self._until.key]

    def _was_news(self, news: RecordedNews) -> bool:
        return any(each.what == "new" and each.telling != "none" for each in self._outbox.history(news.first))

    def _steps(self, subscription: Subscription, shift: Shift, news: RecordedNews) -> Iterator[Step]:
        return steps(subscription.match, shift, _change(news))

    def _silencing(self, shift: Shift, news: RecordedNews) -> Iterator[Silence]:
        """The silences that hold for a shift at the moment at which its news was recorded."""
        for held in self._silences:
            matches = all(step.passes for step in steps(held.silence.match, shift, _change(news)))
            if matches and held.holds_at(news.recorded_at):
                yield held.silence

    def _when(
        self, subscription: Subscription, news: RecordedNews, shift: Shift, way: list[Step]
    ) -> tuple[str, datetime.datetime]:
        """What gathers the news, and when it is sent."""
        wait = as_span(subscription.wait) if subscription.wait else datetime.timedelta()
        moment = self._gathered_at(subscription, news, shift, wait)
        waits = f", after a wait of {subscription.wait}" if subscription.wait else ""
        way.append(Step("send", True, f"{subscription.send}{waits}: {moment:%Y-%m-%d %H:%M:%SZ}"))
        quiet = subscription.quiet
        if quiet is not None:
            loud = quiet.except_ is not None and all(each.passes for each in steps(quiet.except_, shift, _change(news)))
            ends = moment if loud else after_quiet(moment, quiet.from_, quiet.to, quiet.tz)
            hours = f"from {quiet.from_} to {quiet.to} {quiet.tz}"
            told = "it is an exception" if loud else f"it waits until {ends:%Y-%m-%d %H:%MZ}" if ends != moment else ""
            way.append(Step("quiet", True, f"{hours}: {told or 'it is not quiet then'}"))
            moment = ends
        group = self._group(subscription, news, shift)
        way.append(Step("group", True, group))
        return f"{group} {moment.isoformat()}", moment

    def _gathered_at(
        self, subscription: Subscription, news: RecordedNews, shift: Shift, wait: datetime.timedelta
    ) -> datetime.datetime:
        """When news would be sent if no hours were quiet: with what its group waits for already, if that is so."""
        moment = send_at(subscription.send, news.recorded_at, wait)
        if subscription.send != "now" or not wait:
            return moment
        group = self._group(subscription, news, shift)
        waiting = self._outbox.gathering(subscription.name, f"{group} ")
        return min((each for each in waiting if news.recorded_at <= each <= moment), default=moment)

    def _group(self, subscription: Subscription, news: RecordedNews, shift: Shift) -> str:
        """What is told together."""
        if news.telling == "summary":
            return f"{SUMMARY}{news.recorded_at.isoformat()}"
        policy = self._rules.policy(shift.policy)
        match subscription.group_by:
            case "issuer":
                return f"issuer {shift.issuer.id or shift.issuer.text or '(not known)'}"
            case "policy":
                return f"policy {shift.policy}"
            case "kind":
                return f"kind {shift.kind}"
            case "pack":
                return f"pack {policy.pack if policy else ''}"
        return f"shift {news.first}" if subscription.send == "now" else "all"


def _is_ripe(alert: Alert, subscription: Subscription, present: datetime.datetime, now: datetime.datetime) -> bool:
    """Whether it is time to send an alert; also where it would be later than any that is planned: a clock was wrong."""
    wait = as_span(subscription.wait) if subscription.wait else datetime.timedelta()
    return alert.send_at <= present or alert.send_at > now + LONGEST + wait


def _change(news: RecordedNews) -> Change:
    return "correction" if news.correction else "shift"
