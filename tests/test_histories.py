"""A few random histories in every test run, on a file's database and on a server; `make fuzz` runs many."""

from __future__ import annotations

import pytest

from tests.histories import History, ServerHistory, run
from tests.test_tracker import LIFTED, news


def test_whatever_happens_what_was_answered_stays() -> None:
    run(History, examples=6, steps=8)


def test_so_it_does_on_a_server() -> None:
    run(ServerHistory, examples=2, steps=5)


def test_an_answer_that_changed_would_be_seen() -> None:
    history = History()
    history.take(news("a", "2024-01-12", LIFTED))
    history.an_answer_is_written_down()
    [known] = history.answers
    history.answers[known] += " and more"
    with pytest.raises(AssertionError, match="is answered otherwise"):
        history.teardown()
