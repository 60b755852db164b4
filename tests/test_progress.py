"""How far long work is, and how many articles there are before they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.sources import counted, counting
from policytrack.terminal import Pace, how_far


@pytest.mark.parametrize(
    ("done", "total", "seconds", "rate", "shown"),
    [
        (0, None, 0.2, 0.0, "0 articles read  0:00:00"),
        (50, None, 61.0, 0.82, "50 articles read  0:01:01  0.8/s"),
        (1_500, 10_000, 10.0, 150.0, "1,500 of 10,000 articles read  0:00:10  150/s  0:00:57 left"),
        (1, 1_000_000, 1.0, 1.0, "1 of 1,000,000 articles read  0:00:01  1.0/s  277:46:39 left"),
        (12, 10, 4.0, 3.0, "12 of 10 articles read  0:00:04  3.0/s"),
        (0, 10, 4.0, 0.0, "0 of 10 articles read  0:00:04"),
    ],
)
def test_how_far_it_is(done: int, total: int | None, seconds: float, rate: float, shown: str) -> None:
    assert how_far("articles read", done, total, seconds, rate) == shown


class TestPace:
    def test_it_is_that_of_the_last_half_minute(self) -> None:
        pace = Pace()
        pace.note(0, 100.0)
        assert pace.rate() == 0.0
        pace.note(5_000, 101.0)
        assert pace.rate() == 5_000.0
        for second in range(102, 171):
            pace.note(5_000 + 2 * (second - 101), float(second))
        assert pace.rate() == pytest.approx(2.0)

    def test_it_falls_while_nothing_comes(self) -> None:
        pace = Pace()
        for second, done in [(0.0, 0), (1.0, 60), (20.0, 60)]:
            pace.note(done, second)
        assert pace.rate() == 3.0


class TestHowManyThereAre:
    @pytest.mark.parametrize(
        ("content", "number"),
        [(b"", 0), (b"{}\n", 1), (b"{}\n{}", 2), (b"\xff\xfe\n\n\x00", 3)],
    )
    def test_lines_are_counted_whatever_they_hold(self, content: bytes, number: int, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_bytes(content)
        assert counted([tmp_path / "a.jsonl"]) == number

    def test_a_folder_has_what_is_read_of_it(self, tmp_path: Path) -> None:
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "a.jsonl").write_text("{}\n{}\n")
        (tmp_path / "b.txt").write_text("22-11-2024 (WASHINGTON) It rained.\n\nIt did.\n")
        (tmp_path / "notes.md").write_text("no article\n")
        (tmp_path / ".hidden.txt").write_text("none\n")
        assert counted([tmp_path]) == 3
        assert counted([tmp_path, tmp_path / "b.txt"]) == 4

    def test_of_a_long_file_the_opening_speaks_for_the_rest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting, "COUNTED", 1 << 20)
        (tmp_path / "a.jsonl").write_text("".join(f'{{"id": "{n:090}"}}\n' for n in range(30_000)))
        assert counted([tmp_path / "a.jsonl"]) == pytest.approx(30_000, rel=0.01)

    @pytest.mark.parametrize("name", ["-", "nothing.jsonl", "https://example.org/rss.xml", "a\0b.jsonl", "a.bin"])
    def test_what_is_not_soon_seen_is_not_counted(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "a.bin").write_bytes(b"{}\n")
        assert counted([name]) is None
