"""Alerts by a file: who is told what and when, once, in order, and what becomes of it while it waits."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from policytrack import intake
from policytrack.alerting import Alerting
from policytrack.alerts.sending import Outcome
from policytrack.errors import ConfigError
from policytrack.health import Keeper, Kept
from policytrack.model import Article
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.test_tracker import BANNED, CORK, LIFTED, SALT, TAXED, Clock, Reader, house, news
from tests.walks import Told

HEARD = {**LIFTED, "status": "reported"}
"""What nobody of the issuer is named for."""

FILE = """
channels:
  desk: {file: desk.jsonl}
  other: {file: other.jsonl}
subscriptions:
"""


class Desk:
    """A ledger, an alert file, and what was sent; `place` is where the ledger is."""

    def __init__(self, folder: Path, place: str) -> None:
        self.folder, self.place = folder, place
        self.clock = Clock()
        self.tracker: Tracker = open_tracker(place, rules=house(), clock=self.clock, extractor=Reader())
        self.path = folder / "alerts.yaml"

    def subscribes(self, *subscriptions: str, more: str = "", channels: str = "") -> None:
        """Nothing; these are the subscriptions of the file from now on, and they begin now."""
        head = FILE.replace("subscriptions:", f"{channels}subscriptions:")
        self.path.write_text(head + "".join(f"  - {each}\n" for each in subscriptions) + more, encoding="utf-8")
        self.round()

    def alerting(self) -> Alerting:
        return self.tracker.alerts(self.path, kept=self.folder / "kept")

    def round(self) -> list[Outcome]:
        return list(self.alerting().round())

    def passes(self, **time: float) -> None:
        self.clock.wind(**time)

    def takes(self, *articles: Article) -> None:
        self.tracker.ingest(list(articles))
        self.passes(seconds=1)

    def sent(self, channel: str = "desk") -> list[dict[str, Any]]:
        path = self.folder / f"{channel}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def types(self, channel: str = "desk") -> list[str]:
        return [each["type"] for each in self.sent(channel)]


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.long)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, str(tmp_path / "watch.db") if request.param == "file" else postgres.url())
    yield made
    assert made.tracker.doctor().is_sound
    made.tracker.close()


def lifted(name: str = "a", day: str = "2025-12-01", **more: Any) -> Article:
    return news(name, day, HEARD, **more)


class TestOnce:
    def test_a_shift_is_told_once(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: desk}")
        desk.takes(lifted())
        for _ in range(3):
            desk.round()
            desk.passes(hours=1)
        [told] = desk.sent()
        [shift] = desk.tracker.shifts()
        assert (told["type"], told["id"]) == ("shift.reported", f"{shift.id}-reported")
        assert (told["subscription"], told["schema"]) == ("all", 1)
        data = told["data"]
        assert (data["policy"], data["from"], data["to"], data["field"]) == (CORK, "prohibited", "permitted", "status")
        assert (data["on"], data["stage"], data["reports"], data["sources"]) == ("2025-12-01", "reported", 1, 1)
        assert data["quote"]["quote"] and data["trigger"] == {**dict.fromkeys(data["trigger"]), "stated": False}

    def test_what_was_recorded_before_is_not_for_it(self, desk: Desk) -> None:
        desk.takes(lifted())
        desk.subscribes("{name: all, to: desk}")
        desk.takes(news("b", "2025-12-02", TAXED))
        desk.round()
        assert [each["data"]["policy"] for each in desk.sent()] == [SALT]

    def test_each_subscription_and_channel_is_told(self, desk: Desk) -> None:
        desk.subscribes("{name: one, to: [desk, other]}", "{name: two, to: other}")
        desk.takes(lifted())
        desk.round()
        assert [each["subscription"] for each in desk.sent()] == ["one"]
        assert [each["subscription"] for each in desk.sent("other")] == ["one", "two"]
        assert len({each["id"] for each in desk.sent("other")}) == 1, "a receiver can tell that it is the same"

    def test_only_what_matches(self, desk: Desk) -> None:
        desk.subscribes("{name: salt, match: {policy: 'pt.salt.*'}, to: desk}")
        desk.takes(lifted(), news("b", "2025-12-02", TAXED))
        desk.round()
        assert [each["data"]["policy"] for each in desk.sent()] == [SALT]

    def test_late_articles_tell_nobody_then_nor_later(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: desk}")
        desk.tracker.ingest([lifted()], backfill=True)
        desk.passes(hours=1)
        desk.takes(lifted("b", publisher="Other"))
        desk.round()
        assert desk.sent() == []

    def test_late_articles_are_told_in_one_summary_where_that_is_asked_for(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(intake, "BATCH", 1)
        desk.subscribes("{name: all, to: desk}", "{name: salt, match: {policy: 'pt.salt.*'}, to: other}")
        heard: list[str] = []
        desk.tracker.on_shift(lambda shift: heard.append(shift.policy))
        late = [lifted(), news("b", "2025-12-01", TAXED)]
        desk.tracker.ingest(late, backfill=True, notify=True)
        for _ in range(2):
            desk.passes(hours=1)
            desk.round()
        [told] = desk.sent()
        assert told["type"] == "digest" and told["data"]["summary"] is True
        assert [each["data"]["policy"] for each in told["data"]["alerts"]] == [CORK, SALT]
        assert desk.types("other") == ["shift.confirmed"]
        assert heard == [CORK, SALT]
        with pytest.raises(ConfigError, match="notify is for articles that are taken in late"):
            desk.tracker.ingest(late, notify=True)

    def test_what_other_rules_make_is_told_in_one_summary_where_that_is_asked_for(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: desk}")
        desk.takes(news("a", "2025-12-01"), news("b", "2025-12-01"))
        desk.passes(hours=1)
        by_others = Told({"a": LIFTED, "b": TAXED})
        with open_tracker(desk.place, rules=house(), clock=desk.clock, extractor=by_others) as tracker:
            tracker.rerun(notify=True)
        desk.round()
        assert desk.types() == ["digest"] and desk.sent()[0]["data"]["summary"] is True

    def test_a_channel_that_cannot_be_opened_stops_no_other(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: [desk, later]}", channels="  later: {exec: 'sh -c true', template: none.j2}\n")
        assert len(desk.alerting().unopened) == 1
        desk.takes(lifted())
        found = desk.round()
        assert desk.types() == ["shift.reported"]
        [failed] = [each for each in found if each.channel == "later"]
        assert failed.status == "waiting" and "none.j2" in failed.told
        (desk.folder / "none.j2").write_text("{{ short }}")
        desk.passes(minutes=1)
        assert [(each.channel, each.status) for each in desk.round()] == [("later", "sent")]


class TestWhatFollows:
    def test_a_confirmation_goes_to_whoever_was_told(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: desk}")
        desk.takes(lifted())
        desk.round()
        desk.takes(lifted("b", publisher="Other"))
        desk.round()
        assert desk.types() == ["shift.reported"], "that it is corroborated is told to whoever asks for it"
        desk.takes(news("c", "2025-12-02", {**LIFTED, "status": "implemented"}, publisher="Third"))
        desk.round()
        assert desk.types() == ["shift.reported", "shift.confirmed"]
        first, second = desk.sent()
        assert first["id"] != second["id"] and second["data"]["shift"] == first["data"]["shift"]

    def test_corroboration_where_it_is_asked_for(self, desk: Desk) -> None:
        desk.subscribes("{name: all, follow_ups: [corroborated], to: desk}")
        desk.takes(lifted())
        desk.round()
        desk.takes(lifted("b", publisher="Other"))
        desk.round()
        assert desk.types() == ["shift.reported", "shift.corroborated"]

    def test_one_who_wants_it_corroborated_is_told_then(self, desk: Desk) -> None:
        desk.subscribes("{name: sure, match: {stage: corroborated}, to: desk}")
        desk.takes(lifted())
        desk.round()
        assert desk.sent() == []
        desk.takes(lifted("b", publisher="Other"))
        desk.round()
        assert desk.types() == ["shift.corroborated"]

    def test_what_an_article_takes_back_is_retracted(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: desk}", "{name: none, follow_ups: [], to: other}")
        desk.takes(lifted())
        desk.round()
        desk.takes(news("a", "2025-12-01", text="It was not so."))
        desk.round()
        assert desk.types() == ["shift.reported", "shift.retracted"]
        assert desk.types("other") == ["shift.reported"]
        assert desk.sent()[1]["data"]["quote"] is not None, "as it stood last"

    def test_nothing_follows_for_whoever_was_not_told(self, desk: Desk) -> None:
        desk.subscribes("{name: salt, match: {policy: 'pt.salt.*'}, to: desk}")
        desk.takes(lifted())
        desk.round()
        desk.takes(news("a", "2025-12-01", text="It was not so."))
        desk.round()
        assert desk.sent() == []

    def test_a_correction_by_a_person(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: desk}")
        desk.takes(lifted())
        desk.round()
        [claim] = desk.tracker.ledger.claims(desk.tracker.shifts().known)
        desk.tracker.correct(claim.id, {"decided": "2025-11-20"}, by="Ana")
        desk.passes(seconds=1)
        desk.round()
        assert desk.types() == ["shift.reported", "shift.corrected"]
        assert desk.sent()[1]["data"]["on"] == "2025-11-20"


class TestWaiting:
    def test_what_is_disputed_while_it_waits_is_not_told_to_one_who_wants_it_sure(self, desk: Desk) -> None:
        desk.subscribes(
            "{name: sure, match: {stage: corroborated}, wait: 10m, to: desk}", "{name: any, wait: 10m, to: other}"
        )
        desk.takes(lifted(), lifted("b", publisher="Other"))
        desk.round()
        denied = {**LIFTED, "status": "denied"}
        desk.takes(news("c", "2025-12-01", denied, publisher="Third"))
        [shift] = desk.tracker.shifts()
        assert shift.stage == "disputed"
        desk.passes(minutes=11)
        desk.round()
        assert desk.types() == []
        assert desk.types("other") == ["shift.disputed"]
        assert [each["quote"] != "" for each in desk.sent("other")[0]["data"]["against"]] == [True]

    def test_what_is_taken_back_while_it_waits_is_not_told(self, desk: Desk) -> None:
        desk.subscribes("{name: all, wait: 10m, to: desk}")
        desk.takes(lifted())
        desk.round()
        desk.takes(news("a", "2025-12-01", text="It was not so."))
        desk.passes(minutes=11)
        desk.round()
        assert desk.sent() == []

    def test_what_belongs_together_is_told_together(self, desk: Desk) -> None:
        desk.subscribes("{name: all, wait: 10m, group_by: issuer, to: desk}")
        desk.takes(lifted())
        desk.passes(minutes=5)
        desk.takes(news("b", "2025-12-01", TAXED))
        desk.passes(minutes=6)
        desk.round()
        [told] = desk.sent()
        assert told["type"] == "digest" and [each["data"]["policy"] for each in told["data"]["alerts"]] == [CORK, SALT]
        desk.takes(news("d", "2025-12-03", BANNED))
        desk.passes(minutes=11)
        desk.round()
        assert desk.types() == ["digest", "shift.confirmed"]

    def test_a_daily_digest_has_a_day_each(self, desk: Desk) -> None:
        desk.clock.now = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.UTC)
        desk.subscribes("{name: all, send: 'daily 07:30 Europe/London', to: desk}")
        desk.takes(lifted())
        desk.passes(hours=1)
        desk.takes(news("b", "2025-12-01", TAXED))
        desk.passes(days=1)
        desk.takes(news("d", "2025-12-03", BANNED))
        desk.round()
        assert desk.types() == ["digest"]
        desk.passes(days=3)
        desk.round()
        assert desk.types() == ["digest", "shift.confirmed"]
        assert [each["timestamp"][:16] for each in desk.sent()] == ["2026-01-06T07:30", "2026-01-06T10:00"]

    def test_a_quiet_night_ends_with_all_of_it(self, desk: Desk) -> None:
        desk.clock.now = datetime.datetime(2026, 1, 5, 23, tzinfo=datetime.UTC)
        quiet = "{from: '22:00', to: '06:30', tz: Europe/London, except: {policy: 'pt.oil.*'}}"
        desk.subscribes(f"{{name: all, quiet: {quiet}, to: desk}}")
        desk.takes(news("b", "2025-12-01", TAXED), news("o", "2025-12-01", {**LIFTED, "policy": "pt.oil.export"}))
        desk.round()
        assert [each["data"]["policy"] for each in desk.sent()] == ["pt.oil.export"]
        desk.passes(hours=7, minutes=29)
        desk.round()
        assert len(desk.sent()) == 1
        desk.passes(minutes=1)
        desk.round()
        assert [each["data"]["policy"] for each in desk.sent()] == ["pt.oil.export", SALT]


class TestHealth:
    def test_a_source_that_is_quiet_for_too_long_is_told_of_once(self, desk: Desk) -> None:
        keeper = Keeper(desk.folder / "kept")
        began = desk.clock.now
        for name in ("post", "wire"):
            keeper.keep(Kept(name=name, address=f"https://{name}.example/feed", watched_at=began, new_at=began))
        health = "health:\n  - {when: source quiet for 12h, to: other, sources: 'p*'}\n"
        desk.subscribes("{name: all, to: desk}", more=health)
        desk.passes(hours=12)
        desk.round()
        assert desk.sent("other") == []
        for _ in range(3):
            desk.passes(hours=1)
            desk.round()
        [told] = desk.sent("other")
        assert (told["type"], told["data"]["source"], told["data"]["silent_after"]) == ("source.silent", "post", "12h")
        assert told["data"]["new_at"].startswith(f"{began:%Y-%m-%dT%H:%M}")
        [line] = desk.tracker.alerts().log(channel="other")
        assert (line.status, line.about) == ("sent", ("post",))
        keeper.keep(Kept(name="post", address="https://post.example/feed", watched_at=began, new_at=desk.clock.now))
        desk.passes(hours=13)
        desk.round()
        assert desk.types("other") == ["source.silent"] * 2, "it is another silence"


class TestSilence:
    def test_nothing_is_told_while_it_holds_and_the_log_says_so(self, desk: Desk) -> None:
        until = (desk.clock.now + datetime.timedelta(days=1)).isoformat()
        held = f"silences:\n  - {{match: {{policy: {CORK}}}, until: '{until}', by: Ana, reason: briefed}}\n"
        desk.subscribes("{name: all, to: desk}", more=held)
        desk.takes(lifted(), news("b", "2025-12-01", TAXED))
        desk.round()
        assert [each["data"]["policy"] for each in desk.sent()] == [SALT]
        [line] = desk.tracker.alerts().log(status="held_back")
        assert line.told.startswith("silenced until") and line.told.endswith("by Ana: briefed")
        assert line.about == (CORK,)

    def test_one_that_was_asked_for_ends(self, desk: Desk) -> None:
        desk.subscribes("{name: all, to: desk}")
        until = (desk.clock.now + datetime.timedelta(days=1)).isoformat()
        number = desk.tracker.alerts().silence("pt.*", until=until, by="Ana", reason="briefed")
        desk.takes(lifted())
        desk.round()
        desk.tracker.alerts().end_silence(number)
        desk.passes(seconds=1)
        desk.takes(news("b", "2025-12-01", TAXED))
        desk.round()
        assert [each["data"]["policy"] for each in desk.sent()] == [SALT]


Failing = Callable[[], None]


class TestWhy:
    def test_every_step_of_the_way(self, desk: Desk) -> None:
        desk.subscribes("{name: sure, match: {policy: 'pt.*', stage: corroborated}, to: desk}")
        desk.takes(lifted())
        desk.round()
        [shift] = desk.tracker.shifts()
        [way] = desk.alerting().why(shift.id).ways
        assert [(step.name, step.passes) for step in way.steps] == [
            ("news", True), ("change", True), ("policy", True), ("stage", False),
        ]  # fmt: skip
        assert way.steps[-1].told == "it is reported, and corroborated at least is wanted"
        assert way.came_to == "not sent"
        desk.takes(lifted("b", publisher="Other"))
        desk.round()
        first, second = desk.alerting().why(shift.id, "sure").ways
        assert (first.came_to, second.what) == ("not sent", "corroborated")
        assert second.came_to.startswith("desk: sent at ")
        assert [step.name for step in second.steps][-3:] == ["silence", "send", "group"]
