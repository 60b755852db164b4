"""The ledger: what stood at a moment stands at it for ever; a batch is whole or nothing; errors have a remedy."""

from __future__ import annotations

import datetime
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policytrack.errors import LedgerError
from policytrack.ledger import Ledger, database, migrations, tables
from policytrack.model import (
    Article,
    Claim,
    Confidence,
    Evidence,
    Issuer,
    PolicyState,
    Shift,
    Standing,
    claim_id,
    digest,
    shift_id,
)
from policytrack.version import this_version
from tests.builders import knows

TWICE = [HealthCheck.differing_executors]
"""The tests of a class run once more in `test_postgres`, on another database."""
CORK = "pt.cork.export"
SALT = "pt.salt.import"
RULES = digest("rules")
DAY = datetime.datetime(2024, 11, 22, tzinfo=datetime.UTC)


def at(hours: int) -> datetime.datetime:
    return DAY + datetime.timedelta(hours=hours)


def article(name: str = "a1", text: str = "Lisbon lifted the ban.", **fields: Any) -> Article:
    return Article(**{"id": name, "text": text, "published_at": "2024-11-22", **fields})


def claim(source: Article, policy: str = CORK, start: int = 0) -> Claim:
    quote = source.text[start : start + 6]
    return Claim(
        id=claim_id(source, start, start + 6, policy, "pt", "lift"),
        article_id=source.id,
        policy=policy,
        issuer=Issuer(id="pt"),
        operation="lift",
        direction="looser",
        status="decided",
        factive=True,
        background=False,
        evidence=Evidence(start=start, end=start + 6, quote=quote),
        confidence=Confidence(value=1),
    )


def state(status: str, since: str = "2024-01-01", until: str | None = None, policy: str = CORK) -> PolicyState:
    made = digest(policy, status, since, until)
    return PolicyState(id=f"p-{made}", policy=policy, status=status, stage="reported", valid_from=since, valid_to=until)


def shift(first_claim: str = "c-1", on: str = "2024-11-22", policy: str = CORK, **fields: Any) -> Shift:
    return Shift(
        **{
            "id": shift_id(policy, "looser", first_claim),
            "policy": policy,
            "kind": "restriction_lifted",
            "rule": "restriction-lifted@1",
            "direction": "looser",
            "issuer": Issuer(id="pt"),
            "occurred_on": on,
            "before": Standing(status="prohibited"),
            "after": Standing(status="permitted"),
            "stage": "reported",
            "confidence": Confidence(value=1),
            **fields,
        }
    )


def put(ledger: Ledger, when: datetime.datetime, *states: PolicyState, policy: str = CORK, rules: str = RULES) -> None:
    with ledger.batch(lambda _: when, rules) as batch:
        batch.put_states(policy, states)


def put_article(ledger: Ledger, when: datetime.datetime, source: Article, *claims: Claim) -> set[str]:
    with ledger.batch(lambda _: when, RULES) as batch:
        return batch.put_article(source, claims, None)


def put_shifts(ledger: Ledger, when: datetime.datetime, *shifts: Shift, corrections: Sequence[Shift] = ()) -> list[str]:
    with ledger.batch(lambda _: when, RULES) as batch:
        return [new.id for new in batch.put_shifts([CORK], shifts, corrections).news]


def whats(ledger: Ledger) -> list[str | None]:
    """What was recorded as news, in order."""
    return [each.what for each in ledger.outbox.news_after(0, 100)]


def statuses(ledger: Ledger, known: datetime.datetime, day: str | None = None) -> list[str]:
    found = ledger.states(known, datetime.date.fromisoformat(day) if day else None)
    return [one.status for one in found]


class TestTwoTimes:
    def test_a_state_stands_from_its_recording_to_its_superseding(self) -> None:
        ledger = Ledger()
        put(ledger, at(1), state("prohibited"))
        put(ledger, at(3), state("permitted"))
        moments = [at(1) - tables._MICROSECOND, at(1), at(3) - tables._MICROSECOND, at(3), at(99)]
        assert [statuses(ledger, known) for known in moments] == [
            [],
            ["prohibited"],
            ["prohibited"],
            ["permitted"],
            ["permitted"],
        ]

    def test_a_day_selects_the_state_in_force_and_its_end_is_exclusive(self) -> None:
        ledger = Ledger()
        put(ledger, at(0), state("prohibited", "2024-01", "2024-11-12"), state("permitted", "2024-11-12"))
        days = ["2023-12-31", "2024-01-01", "2024-11-11", "2024-11-12"]
        assert [statuses(ledger, at(0), day) for day in days] == [[], ["prohibited"], ["prohibited"], ["permitted"]]

    def test_what_is_the_same_is_not_recorded_again(self) -> None:
        ledger = Ledger()
        put(ledger, at(1), state("prohibited"))
        put(ledger, at(2), state("prohibited"))
        found = ledger.record(state("prohibited").id)
        assert found is not None
        assert (found.recorded_at, found.superseded_at) == (at(1), None)

    def test_a_moment_before_the_latest_is_refused(self) -> None:
        ledger = Ledger()
        put(ledger, at(2), state("prohibited"))
        with pytest.raises(LedgerError, match="is before 2024-11-22 02:00"):
            put(ledger, at(1), state("permitted"))
        assert statuses(ledger, at(2)) == ["prohibited"]

    @settings(max_examples=20, deadline=None, suppress_health_check=TWICE)
    @given(
        st.lists(
            st.tuples(st.integers(0, 2), st.lists(st.sampled_from(["prohibited", "restricted", "permitted"]))),
            max_size=8,
        )
    )
    def test_a_past_answer_never_changes(self, history: list[tuple[int, list[str]]]) -> None:
        ledger = Ledger()
        clock = 0
        answers: dict[datetime.datetime, list[str]] = {}
        for wait, wanted in history:
            clock += wait + 1
            put(ledger, at(clock), *(state(status) for status in wanted))
            answers[at(clock)] = sorted(set(wanted))
            for known, answer in answers.items():
                assert sorted(statuses(ledger, known)) == answer

    def test_later_states_are_those_that_known_did_not_know(self) -> None:
        ledger = Ledger()
        put(ledger, at(1), state("prohibited"))
        put(ledger, at(2), state("permitted"))
        later = ledger.later_states(at(1), DAY.date(), CORK)
        assert [(one.record.status, one.recorded_at) for one in later] == [("permitted", at(2))]

    def test_the_first_and_the_latest_moment_and_rules(self) -> None:
        ledger = Ledger()
        assert ledger.moments() is None
        assert ledger.rules() is None
        put(ledger, at(1), state("prohibited"))
        put(ledger, at(5), state("permitted"), rules=digest("other"))
        assert ledger.moments() == (at(1), at(5))
        assert ledger.rules() == digest("other")


class TestArticles:
    def test_text_comes_back_code_point_by_code_point(self) -> None:
        odd = article(text="22 \x00\x1b[1m \u202eright\u202c \U0001f600 e\u0301\r\n", title="T\x00", extra={"k": [1.5]})
        ledger = Ledger()
        said = claim(odd)
        put_article(ledger, at(0), odd, said)
        found = ledger.article_of(said.id)
        assert found is not None
        assert found.record == odd
        assert knows(ledger, odd)

    def test_a_new_version_supersedes_the_claims_of_the_old_one(self) -> None:
        ledger = Ledger()
        old, new = article(), article(text="Lisbon kept the ban.")
        first, second = claim(old), claim(new, SALT)
        assert put_article(ledger, at(1), old, first) == {CORK}
        assert put_article(ledger, at(2), new, second) == {CORK, SALT}
        assert [one.id for one in ledger.claims(at(1))] == [first.id]
        assert [one.id for one in ledger.claims(at(2))] == [second.id]
        assert knows(ledger, old) and knows(ledger, new)
        kept = ledger.record(first.id)
        assert kept is not None
        assert (kept.recorded_at, kept.superseded_at) == (at(1), at(2))

    def test_two_claims_of_one_id_are_one(self) -> None:
        ledger = Ledger()
        source = article()
        put_article(ledger, at(0), source, claim(source), claim(source))
        assert len(ledger.claims(at(0))) == 1

    @pytest.mark.parametrize(
        ("fields", "source"),
        [
            ({"publisher": " Cork Daily "}, "cork daily"),
            ({"publisher": "", "url": "https://www.cork.example/a?b"}, "cork.example"),
            ({"url": "http://[broken"}, ""),
            ({}, ""),
        ],
    )
    def test_a_source_is_the_publisher_else_the_host(self, fields: dict[str, str], source: str) -> None:
        ledger = Ledger()
        read = article(**fields)
        put_article(ledger, at(0), read, claim(read))
        assert [entry.source for entry in ledger.entries(at(0), [CORK])] == [source]

    def test_a_copy_speaks_for_its_original(self) -> None:
        ledger = Ledger()
        original = article("o", "Original words.", publisher="Cork Daily")
        copy = article("c1", "Copied words.", publisher="Elsewhere", copy_of="o")
        second = article("c2", "Copied again.", publisher="Third", copy_of="c1")
        put_article(ledger, at(1), copy, claim(copy))
        put_article(ledger, at(2), second, claim(second))
        assert {entry.source for entry in ledger.entries(at(2), [CORK])} == {"article o"}
        assert put_article(ledger, at(3), original) == {CORK}, "whose words they are is known only now"
        assert {entry.source for entry in ledger.entries(at(3), [CORK])} == {"cork daily"}
        assert {entry.source for entry in ledger.entries(at(2), [CORK])} == {"article o"}

    def test_copies_of_each_other_are_one_source(self) -> None:
        ledger = Ledger()
        one, other = article("x", "One text.", copy_of="y"), article("y", "Other text.", copy_of="x")
        put_article(ledger, at(0), one, claim(one))
        put_article(ledger, at(1), other, claim(other))
        assert len({entry.source for entry in ledger.entries(at(1), [CORK])}) == 1

    def test_entries_of_several_names_of_a_policy(self) -> None:
        ledger = Ledger()
        source = article()
        put_article(ledger, at(0), source, claim(source, CORK), claim(source, SALT, start=2))
        assert len(ledger.entries(at(0), [CORK, SALT])) == 2
        assert ledger.policies() == [CORK, SALT]


class TestIds:
    def test_any_opening_finds_and_only_figures_are_ids(self) -> None:
        ledger = Ledger()
        source = article()
        said = claim(source)
        put_article(ledger, at(0), source, said)
        assert ledger.ids(said.id) == ledger.ids(said.id[:3]) == ledger.ids("c-") == [said.id]
        assert ledger.ids("s-" + said.id[2:]) == []
        for nonsense in ("", "c", "x-1", "c-xyz", "c-%", said.id + "0", CORK):
            assert ledger.ids(nonsense) == []

    @given(st.sets(st.integers(0, 2**128 - 1), min_size=1, max_size=30))
    @settings(max_examples=12, deadline=None, suppress_health_check=TWICE)
    def test_the_short_form_is_unique_and_has_six_figures(self, numbers: set[int]) -> None:
        ledger = Ledger()
        near = {number >> 100 << 100 | index for index, number in enumerate(numbers)} | numbers
        made = [state("prohibited").model_copy(update={"id": f"p-{number:032x}"}) for number in near]
        put(ledger, at(0), *made)
        for one in made:
            short = ledger.short(one.id)
            assert len(short) >= 8 and one.id.startswith(short)
            assert ledger.ids(short) == [one.id]

    def test_what_a_shift_was_before_is_found_too(self) -> None:
        ledger = Ledger()
        put_shifts(ledger, at(1), shift())
        put_shifts(ledger, at(2))
        gone = ledger.record(shift().id)
        assert gone is not None
        assert gone.superseded_at == at(2)
        assert ledger.record(shift().id, at(2)) is None
        assert ledger.record(shift().id, at(1)) is not None


class TestNews:
    def test_a_shift_is_news_once(self) -> None:
        ledger = Ledger()
        assert put_shifts(ledger, at(1), shift()) == [shift().id]
        assert put_shifts(ledger, at(2), shift(stage="confirmed")) == []
        assert put_shifts(ledger, at(3)) == []
        assert put_shifts(ledger, at(4), shift()) == []
        assert whats(ledger) == ["new", "confirmed", "retracted", "corrected"]

    def test_a_correction_is_no_news_until_it_is_a_shift(self) -> None:
        ledger = Ledger()
        assert put_shifts(ledger, at(1), corrections=[shift()]) == []
        assert whats(ledger) == ["new"], "as a correction"
        assert ledger.shifts(at(1)) == []
        assert [one.id for one in ledger.shifts(at(1), corrections=True)] == [shift().id]
        assert put_shifts(ledger, at(2), shift()) == [shift().id]

    def test_a_shift_that_takes_the_place_of_another_is_no_news(self) -> None:
        ledger = Ledger()
        put_shifts(ledger, at(1), shift("c-1"))
        assert put_shifts(ledger, at(2), shift("c-2")) == []
        assert put_shifts(ledger, at(3), shift("c-2"), shift("c-3", "2025-01-01")) == [shift("c-3").id]

    def test_a_shift_the_other_way_is_news(self) -> None:
        ledger = Ledger()
        put_shifts(ledger, at(1), shift("c-1"))
        assert put_shifts(ledger, at(2), shift("c-2", direction="tighter")) == [shift("c-2").id]

    def test_shifts_are_selected_by_policy_and_kind(self) -> None:
        ledger = Ledger()
        put_shifts(ledger, at(1), shift("c-1"), shift("c-2", "2024-01-01", kind="measure_extended"))
        assert [one.occurred_on for one in ledger.shifts(at(1))] == ["2024-01-01", "2024-11-22"]
        assert [one.id for one in ledger.shifts(at(1), kind="measure_extended")] == [shift("c-2").id]
        assert ledger.shifts(at(1), [SALT]) == []


class TestBatches:
    def test_what_fails_leaves_nothing(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path / "t.db")
        put(ledger, at(1), state("prohibited"))
        with pytest.raises(RuntimeError), ledger.batch(lambda _: at(2), RULES) as batch:
            batch.put_article(article(), [claim(article())], None)
            batch.put_states(CORK, [state("permitted")])
            raise RuntimeError
        assert statuses(ledger, at(9)) == ["prohibited"]
        assert not knows(ledger, article())
        assert ledger.moments() == (at(1), at(1))

    def test_a_killed_writer_leaves_what_was_committed(self, tmp_path: Path) -> None:
        path = tmp_path / "t.db"
        script = f"""
import os
from tests.test_ledger import *
ledger = Ledger({str(path)!r})
put(ledger, at(1), state("prohibited"))
with ledger.batch(lambda _: at(2), RULES) as batch:
    batch.put_states(CORK, [state("permitted")])
    os.kill(os.getpid(), 9)
"""
        root = Path(__file__).parent.parent
        done = subprocess.run([sys.executable, "-c", script], cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
        assert done.returncode == -9
        ledger = Ledger(path)
        assert statuses(ledger, at(9)) == ["prohibited"]
        put(ledger, at(3), state("restricted"))
        assert statuses(ledger, at(9)) == ["restricted"]

    def test_two_ledgers_on_one_file_see_each_other(self, tmp_path: Path) -> None:
        one, other = Ledger(tmp_path / "t.db"), Ledger(tmp_path / "t.db")
        put(one, at(1), state("prohibited"))
        assert statuses(other, at(1)) == ["prohibited"]
        put(other, at(2), state("permitted"))
        assert statuses(one, at(2)) == ["permitted"]

    def test_the_file_is_one_file_when_it_is_closed(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path / "t.db")
        put(ledger, at(1), state("prohibited"))
        with sqlite3.connect(tmp_path / "t.db") as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()
        ledger.close()
        assert [file.name for file in tmp_path.iterdir()] == ["t.db"]


def canonical(*steps: tuple[Article, Claim]) -> list[str]:
    ledger = Ledger()
    for hours, (source, said) in enumerate(steps):
        put_article(ledger, at(hours), source, said)
    with ledger.batch(lambda _: at(99), RULES) as batch:
        batch.put_states(CORK, [state("prohibited", until="2024-11-22"), state("permitted", "2024-11-22")])
        batch.put_shifts([CORK], [shift(steps[0][1].id)], [shift("c-9", "2020-01-01")])
    return list(ledger.export_canonical())


class TestCanonical:
    def test_the_order_of_reading_does_not_show(self) -> None:
        read = [article(name, f"Text of {name}.") for name in ("a", "b", "c")]
        steps = [(one, claim(one)) for one in read]
        assert canonical(*steps) == canonical(*reversed(steps))

    def test_it_holds_what_stands_and_no_more(self) -> None:
        old, new = article(), article(text="Lisbon kept the ban.", extra={"by": "A. N."})
        lines = canonical((old, claim(old)), (new, claim(new)))
        whole = "\n".join(lines)
        assert [line.split(":")[0] for line in lines] == [
            '{"article"',
            '{"claim"',
            '{"state"',
            '{"state"',
            '{"shift"',
        ]
        assert "kept the ban" in whole and "lifted the ban" not in whole
        assert '"by":"A. N."' in whole
        assert claim(new).id in whole
        assert "s-" not in whole and "recorded" not in whole and "2020-01-01" not in whole


class TestErrors:
    def test_reading_what_is_not_there_makes_no_file(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path / "t.db")
        with pytest.raises(LedgerError, match=r"t\.db: there is no ledger\. Ingest articles first"):
            ledger.states(at(0))
        assert list(tmp_path.iterdir()) == []
        assert not knows(ledger, article())
        assert ledger.outbox.waiting() == []

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match=r"is a folder; a ledger is a file\. Write '.*policytrack\.db'"):
            Ledger(tmp_path)

    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match=r"the folder '.*nowhere' is not there\. Make it"):
            Ledger(tmp_path / "nowhere" / "t.db")

    @pytest.mark.parametrize("content", [b"not a database, but long enough to look like one " * 100, b"short"])
    def test_a_file_of_another_kind(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "t.db"
        path.write_bytes(content)
        with pytest.raises(LedgerError, match=r"t\.db is not an SQLite file, so no ledger; it was not touched"):
            Ledger(path)
        assert path.read_bytes() == content

    def test_another_programs_database(self, tmp_path: Path) -> None:
        path = tmp_path / "t.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE bookmarks (url)")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(LedgerError, match=r"belongs to another program \(tables: bookmarks\); it was not"):
            Ledger(path)
        assert path.read_bytes() == before
        assert [file.name for file in tmp_path.iterdir()] == ["t.db"]

    def test_an_empty_file_becomes_a_ledger(self, tmp_path: Path) -> None:
        (tmp_path / "t.db").touch()
        ledger = Ledger(tmp_path / "t.db")
        put(ledger, at(0), state("prohibited"))
        assert statuses(ledger, at(0)) == ["prohibited"]

    def test_a_newer_ledger_is_not_touched(self, tmp_path: Path) -> None:
        path = tmp_path / "watch.db"
        ledger = Ledger(path)
        put(ledger, at(0), state("prohibited"))
        ledger.close()
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE ledger SET schema = 14, written_by = '0.9'")
        connection.close()
        before = path.read_bytes()
        mine = rf"{this_version()} \(schema {migrations.SCHEMA_VERSION}\)"
        told = rf"watch\.db was written by policytrack 0\.9 \(schema 14\), this is {mine}\. Upgrade"
        with pytest.raises(LedgerError, match=told):
            Ledger(path)
        assert path.read_bytes() == before
        assert [file.name for file in tmp_path.iterdir()] == ["watch.db"]

    def test_a_read_only_ledger_answers_and_takes_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "t.db"
        put(Ledger(path), at(0), state("prohibited"))
        # Root may write whatever the permissions say, so the test says it for the operating system.
        monkeypatch.setattr("os.access", lambda *_: False)
        ledger = Ledger(path)
        assert statuses(ledger, at(0)) == ["prohibited"]
        with pytest.raises(LedgerError, match=r"t\.db is read-only\. Make the file and its folder writable"):
            put(ledger, at(1), state("permitted"))

    def test_a_locked_ledger(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
        path = tmp_path / "t.db"
        ledger = Ledger(path)
        put(ledger, at(0), state("prohibited"))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"t\.db is locked: another process writes to it\. Try again"):
            put(ledger, at(1), state("permitted"))
        assert statuses(ledger, at(9)) == ["prohibited"], "reading waits for nobody"
        other.close()

    def test_a_damaged_ledger(self, tmp_path: Path) -> None:
        path = tmp_path / "t.db"
        ledger = Ledger(path)
        put(ledger, at(0), *(state("prohibited", f"{year}-01-01") for year in range(1000, 1400)))
        ledger.close()
        content = path.read_bytes()
        path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
        with pytest.raises(LedgerError, match=r"t\.db is damaged .* Restore it from a copy"):
            Ledger(path).states(at(0))

    def test_a_path_with_signs_of_a_uri(self, tmp_path: Path) -> None:
        path = tmp_path / "100% #1?mode=memory.db"
        put(Ledger(path), at(0), state("prohibited"))
        assert path.exists()
