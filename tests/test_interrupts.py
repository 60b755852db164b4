"""Ctrl-C while something is finished: once it waits, twice it does not, and others' ways of handling it are kept."""

from __future__ import annotations

import signal
import threading

import pytest

from policytrack.interrupts import finishing_first
from policytrack.logs import collected


@pytest.fixture(autouse=True)
def _as_python_begins() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def stop() -> None:
    signal.raise_signal(signal.SIGINT)


def test_the_first_waits_for_the_end_of_the_block_and_says_so() -> None:
    done = []
    with collected() as logged, pytest.raises(KeyboardInterrupt), finishing_first():
        stop()
        done.append("finished")
    assert done == ["finished"]
    assert ["another Ctrl-C stops at once" in str(record.msg) for record in logged] == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_does_not() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), finishing_first():
        stop()
        stop()
        done.append("finished")
    assert done == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_in_the_block_is_what_is_told() -> None:
    with pytest.raises(ValueError, match="the disk is full"), finishing_first():
        stop()
        raise ValueError("the disk is full")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_handles_it_himself_goes_on_to() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with finishing_first():
            stop()
            assert heard == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_leaves_it_alone() -> None:
    seen = []

    def work() -> None:
        with finishing_first():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
