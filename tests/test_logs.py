"""stdout stays data, whatever is logged; every stage of every article is one event on stderr."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policytrack import logs

ROOT = Path(__file__).parent.parent
TEXT = "The United States has allowed Ukraine to fire ATACMS missiles into Russia, officials said on Sunday.\n"
ARTICLE = {"id": "a1", "published_at": "2024-11-18", "text": TEXT}
OTHER = {"id": "a2", "published_at": "2024-11-18", "text": "It rained in Lisbon, and the harbour was quiet.\n"}


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    logger = logging.getLogger(logs.NAME)
    handlers, level = logger.handlers, logger.level
    yield
    logger.handlers, logger.level = handlers, level
    logger.setLevel(level)


def run(*words: str, articles: tuple[dict[str, str], ...] = (ARTICLE,)) -> subprocess.CompletedProcess[str]:
    given = "".join(json.dumps(article) + "\n" for article in articles)
    command = [sys.executable, "-m", "policytrack", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, input=given, capture_output=True, text=True, env=environment, check=False)


def test_logging_leaves_stdout_as_it_is() -> None:
    silent = run("extract", "-", "--format", "jsonl")
    assert (silent.returncode, silent.stderr) == (0, "")
    assert [json.loads(line)["article_id"] for line in silent.stdout.splitlines()] == ["a1"]
    for log_format in ("text", "json"):
        loud = run("extract", "-", "--format", "jsonl", "-vv", "--log-format", log_format)
        assert (loud.returncode, loud.stdout) == (0, silent.stdout)
        assert "a1" in loud.stderr


def test_one_event_a_stage_with_the_article(tmp_path: Path) -> None:
    ledger = str(tmp_path / "t.db")
    done = run("ingest", "-", "--db", ledger, "-v", "--log-format", "json", articles=(ARTICLE, OTHER))
    events = [json.loads(line) for line in done.stderr.splitlines()]
    stages = {article: [e["event"] for e in events if e.get("article_id") == article] for article in ("a1", "a2")}
    assert stages["a1"] == ["read", "parsed", "folded", "detected", "committed"]
    assert stages["a2"] == ["read", "skipped", "folded", "detected", "committed"]
    assert all({"event", "level", "timestamp"} <= event.keys() for event in events)


def test_extract_tells_the_same_stages_of_reading() -> None:
    done = run("extract", "-", "-v", "--log-format", "json", articles=(ARTICLE, OTHER))
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(e["event"], e["article_id"]) for e in events] == [
        ("read", "a1"), ("parsed", "a1"), ("read", "a2"), ("skipped", "a2"),
    ]  # fmt: skip


def test_errors_are_json_too_where_stderr_is_json() -> None:
    done = run("extract", "/no/such/path", "--log-format", "json")
    (event,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 3
    assert "/no/such/path" in event["reason"]


def logged(verbosity: int, log_format: logs.LogFormat = "json") -> list[str]:
    stream = io.StringIO()
    logs.configure(verbosity, log_format, stream)
    log = logs.get_logger()
    for level in ("debug", "info", "warning", "error"):
        getattr(log, level)(f"a {level}", article_id="a1")
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("verbosity", "told"),
    [
        (-1, ["error"]),
        (0, ["warning", "error"]),
        (1, ["info", "warning", "error"]),
        (2, ["debug", "info", "warning", "error"]),
    ],
)
def test_how_much_is_told(verbosity: int, told: list[str]) -> None:
    assert [json.loads(line)["level"] for line in logged(verbosity)] == told
    assert len(logged(verbosity, "text")) == len(told)


def test_an_event_is_one_line_of_json_with_the_words_as_they_are() -> None:
    stream = io.StringIO()
    logs.configure(1, "json", stream)
    logs.get_logger().info("read", article_id="é’1", text="two\nlines")
    assert stream.getvalue().count("\n") == 1
    assert "é’1" in stream.getvalue()
    assert json.loads(stream.getvalue())["text"] == "two\nlines"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_shows_no_variables(log_format: logs.LogFormat) -> None:
    stream = io.StringIO()
    logs.configure(0, log_format, stream)
    whole_article = "secret of the article"
    try:
        raise ValueError("broken")
    except ValueError:
        logs.get_logger().exception("failed")
    assert "ValueError: broken" in stream.getvalue()
    assert "test_logs.py" in stream.getvalue()
    assert whole_article not in stream.getvalue()


def test_a_script_that_sets_up_nothing_hears_warnings_on_stderr_only() -> None:
    script = "from policytrack.logs import get_logger as g; g().info('read'); g().warning('odd', article_id='a1')"
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == ""
    assert "odd" in done.stderr and "a1" in done.stderr
    assert "read" not in done.stderr


def test_setting_up_again_does_not_tell_everything_twice() -> None:
    logged(0)
    assert len(logged(-1)) == 1
