"""Some steps of every write that `make fuzz` walks over whole, and that a ledger which differs would not go unseen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import pytest

from tests import walks
from tests.test_tracker import LIFTED, news
from tests.walks import Walk, Walker, Write

COPIED = ["a copy, then its original", "copies, what they copy last"]
FIRST = ["the first batch", "later batches", "a revision", *COPIED, "late articles"]
DECIDED = ["a decision", "a removal"]
ANNOUNCED = ["what a kill left to announce", "what falls due"]
WRITES = [*FIRST, "a rerun", "a fold by changed rules", *ANNOUNCED, *DECIDED, "a migration"]
EVERY = {"a revision": 12, **dict.fromkeys(ANNOUNCED, 12)}
"""Of so many steps one is walked in every test run, else of forty-five; and all about commits and hooks."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Walker:
    return Walker(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Walker:
    return Walker(tmp_path_factory.mktemp("schemas"), on_server=True)


def named(walker: Walker, name: str) -> Write:
    [write] = [write for write in walker.house.writes() if write.name == name]
    return write


def test_every_write_is_walked_over(files: Walker) -> None:
    assert [write.name for write in files.house.writes()] == WRITES


@pytest.mark.parametrize("name", WRITES)
def test_a_write_that_is_killed_leaves_what_was_committed(files: Walker, name: str) -> None:
    walk = files.walk(named(files, name), every=EVERY.get(name, 45))
    assert walk.differences == []
    assert walk.kills >= (walk.steps // EVERY.get(name, 45)) > 0


LEFT = pytest.param("what a kill left to announce", marks=pytest.mark.long)


@pytest.mark.parametrize("name", ["a revision", "a rerun", LEFT])
def test_so_it_does_on_a_server(schemas: Walker, name: str) -> None:
    walk = schemas.walk(named(schemas, name), every=80)
    assert walk.differences == []
    assert walk.kills > 0


def test_what_differs_is_told(files: Walker) -> None:
    another = Write("another article each time", lambda _: None, lambda place, _: _ingest(files, place))
    found = files.walk(another, every=20).differences
    assert any("comes to something else" in difference for difference in found), found
    assert found[0].startswith("another article each time, step 0 (before ")


def _ingest(walker: Walker, place: str) -> None:
    with walker.house.opened(place) as tracker:
        tracker.ingest(news(f"n{os.getpid()}", "2024-11-12", LIFTED))


def test_the_answer_says_whether_all_was_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for walk, code in ((Walk("w", 9, 9), 0), (Walk("w", 9, 9, ["w"]), 1), (Walk("w"), 1)):
        monkeypatch.setattr(walks, "all_walks", partial(_only, walk))
        assert walks.main([]) == code


def _only(walk: Walk, *_: object) -> Iterator[tuple[str, Walk]]:
    yield "SQLite", walk
