"""From an alert file to the ledger: a secret is in no log, message, error or file, though a receiver repeats it."""

from __future__ import annotations

import base64
import logging
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.tracker import open_tracker
from tests.sites import answer, site
from tests.test_tracker import LIFTED, Reader, house, news, rules_folder

KEY = "whsec_" + base64.b64encode(b"a key that nobody may see").decode()
TOKEN = "T0KENofTheDesk"
WORDS = (KEY, KEY.removeprefix("whsec_"), TOKEN)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rules_folder(tmp_path / "rules")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEY", KEY)
    return tmp_path


def run(*words: str) -> str:
    """All that a command says."""
    done = CliRunner().invoke(app, [*words])
    return done.output + done.stderr


@pytest.mark.parametrize("fails", [False, True])
def test_they_are_nowhere(
    folder: Path, fails: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def echo(handler: BaseHTTPRequestHandler) -> None:
        answer(500 if fails else 200, f"{handler.path} {dict(handler.headers)}".encode())(handler)

    with site() as served:
        path = f"/services/{TOKEN}/in"
        served.pages[path] = echo
        monkeypatch.setenv("HOOK", served.address(path))
        monkeypatch.setenv("PUSH", f"json://user:{TOKEN}@127.0.0.1:{served.port}{path}")
        (folder / "alerts.yaml").write_text(
            "channels:\n"
            "  hook: {webhook: 'env:HOOK', secret: 'env:KEY', allow_private: [127.0.0.1]}\n"
            "  push: {apprise: 'env:PUSH'}\n"
            "subscriptions:\n  - {name: all, to: [hook, push]}\n"
        )
        flags = ["alerts.yaml", "--rules", "rules", "--db", "watch.db", "-vv"]
        said = run("alerts", "run", "--once", *flags)
        with open_tracker("watch.db", rules=house(), extractor=Reader()) as tracker:
            tracker.ingest(news("a", "2024-11-12", LIFTED))
        for _ in range(2):
            said += run("alerts", "run", "--once", *flags)
        said += run("alerts", "log", "--db", "watch.db", "--format", "json")
        for channel in ("hook", "push"):
            said += run("alerts", "test", channel, "--rules", "rules", "-vv")
        assert len(served.posted) >= 4, "they were used"
    assert ("HTTP 500" in said) is fails
    kept = "".join(file.read_bytes().decode("latin-1") for file in folder.glob("watch.db*"))
    for word in WORDS:
        assert word not in said and word not in kept and word not in caplog.text
        assert all(word.encode() not in body for body in served.posted)


@pytest.mark.parametrize(
    "channel",
    [
        f"{{webhook: 'https://desk.example/', secret: {KEY}}}",
        f"{{apprise: 'slack://{TOKEN}/a/b'}}",
        f"{{webhook: 'https://me:{TOKEN}@desk.example/'}}",
        f"{{webhook: 'https://desk.example/', secrt: {KEY}}}",
    ],
)
def test_one_that_is_written_out_is_refused_and_not_shown(folder: Path, channel: str) -> None:
    (folder / "alerts.yaml").write_text(f"channels:\n  desk: {channel}\nsubscriptions: []\n")
    said = run("alerts", "check", "--rules", "rules", "-vv")
    assert "alerts.yaml:2" in said
    assert not any(word in said for word in WORDS)
