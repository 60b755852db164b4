"""Secrets: said by where they are kept, refused where they are written out, and blanked out of what is told."""

from __future__ import annotations

import base64
import logging
import os
import pickle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policytrack.alerts.channel import ChannelSettings
from policytrack.alerts.secrets import (
    BLANK,
    LARGEST,
    Secret,
    blanked,
    is_reference,
    keep_out_of_logs,
    may_hold_secret,
    resolved,
    without_secrets,
)
from policytrack.channels import apprise, kinds, webhook
from policytrack.errors import ConfigError, Location, Problem
from policytrack.model import Record
from policytrack.records import as_record
from policytrack.yamlfile import read_yaml

WRITTEN_OUT = [
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "slack://TokenA123/TokenB123/TokenC123",
    "hunter2",
    "env:",
    "env:1ST",
    "env:A B",
    "ENV:A",
    "file:",
    "file: x",
    "environment:A",
    "file:a\nb",
    "",
    " env:A",
    12345678,
    1.5,
    True,
    None,
    ["env:A", ["x"]],
    {"env": "A"},
]


class TestReferences:
    @pytest.mark.parametrize("written", ["env:GRC_SECRET", "env:_x1", "file:secret.txt", "file:/run/a b.txt", "file:é"])
    def test_a_reference_says_where(self, written: str) -> None:
        assert is_reference(written)

    @pytest.mark.parametrize("written", WRITTEN_OUT)
    def test_nothing_else_is_one(self, written: object) -> None:
        assert not is_reference(written)

    def test_what_the_environment_holds(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GRC_SECRET", " s3cret \n")
        assert resolved("env:GRC_SECRET", tmp_path).reveal() == "s3cret"

    def test_what_a_file_holds_beside_the_alert_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("s3cret\n")
        assert resolved("file:secret.txt", tmp_path).reveal() == "s3cret"
        assert resolved(f"file:{tmp_path / 'secret.txt'}", Path("elsewhere")).reveal() == "s3cret"

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "is empty"),
            (b" \n\t", "is empty"),
            (b"s3cret\nmore", "a line break"),
            (b"s3cret\x00", "a control character"),
            (b"s3cret\xff", "is not UTF-8"),
            (b"s3cret" * LARGEST, "larger than"),
        ],
    )
    def test_rubbish_is_said_with_the_reference_and_without_the_value(
        self, content: bytes, told: str, tmp_path: Path
    ) -> None:
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(ConfigError, match=told) as caught:
            resolved("file:x", tmp_path)
        assert "file:x" in str(caught.value) and "s3cret" not in str(caught.value)

    def test_what_is_not_there_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NOT_THERE", raising=False)
        monkeypatch.setenv("EMPTY", "")
        for reference in ("env:NOT_THERE", "env:EMPTY", "file:not-there", "file:.", "file:a/b/c", "file:" + "x" * 5000):
            with pytest.raises(ConfigError, match=reference.replace(".", r"\.")):
                resolved(reference, tmp_path)

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ConfigError, match="not a regular file"):
            resolved("file:pipe", tmp_path)

    def test_a_secret_shows_its_reference_alone(self) -> None:
        secret = Secret("env:X", "s3cret")
        assert f"{secret} {secret!r} {[secret]}" == "Secret('env:X') Secret('env:X') [Secret('env:X')]"
        assert b"s3cret" not in repr(vars(type(secret))).encode()
        with pytest.raises(TypeError, match="not sent"):
            pickle.dumps(secret)


class _File(Record):
    """A file of two channels."""

    hook: webhook.Settings | None = None
    chat: apprise.Settings | None = None


def shown(tmp_path: Path, text: str) -> str:
    """Every problem of a file, as a terminal shows it."""
    file = tmp_path / "alerts.yaml"
    file.write_text(text)
    document, problems = read_yaml(file)
    if document is not None:
        problems += as_record(document, _File)[1]
    return "\n".join(problem.render() for problem in without_secrets(problems))


class TestWrittenOut:
    @pytest.mark.parametrize(
        "line",
        [
            'hook: {webhook: "https://grc.example/h", secret: "S3CRET"}',
            "hook: {webhook: https://grc.example/h, secret: [env:NEW, S3CRET]}",
            "hook: {webhook: S3CRET}",
            "hook: {webhook: https://me:S3CRET@grc.example/h}",
            "hook:\n  webhook: https://grc.example/h\n  secret:\n    - S3CRET\n    - env:OLD\n",
            "chat: {apprise: S3CRET}",
            "chat: {apprise: slack://S3CRET/b/c}",
            "chat:\n  apprise: slack://S3CRET/b/c\n",
            "chat: {apprise: S3CRET, text: shrot, seconds: many}",
        ],
    )
    @pytest.mark.parametrize("value", ["hunter2", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "a/b+c=="])
    def test_it_is_refused_and_not_shown(self, line: str, value: str, tmp_path: Path) -> None:
        told = shown(tmp_path, line.replace("S3CRET", value))
        assert value not in told and "env:NAME" in told
        assert "alerts.yaml:" in told and "PT124" in told

    @pytest.mark.parametrize("value", [12345678, True, 1.5])
    def test_nor_where_it_is_no_text(self, value: object, tmp_path: Path) -> None:
        told = shown(tmp_path, f"hook: {{webhook: https://grc.example/h, secret: {str(value).lower()}}}")
        assert str(value).lower() not in told and "env:NAME" in told

    @pytest.mark.parametrize(
        "line",
        [
            'chat: {apprise: "slack://S3CRET, text: short}',
            "hook: {webhook: https://grc.example/h, secret: S3CRET, secret: S3CRET}",
            "hook: {webhook: https://grc.example/h, secret: S3CRET\n",
            "hook: {sercet: whsec_S3CRET}",
            "hook: {webhook: https://grc.example/h, sercet: S3CRET}",
            "chat: {aprise: S3CRET}",
            "hook: {apprise: S3CRET}",
            "chat:\n\tapprise: S3CRET",
            "hook:\n  secret: &a S3CRET",
            "hook:\n  secret: !!str S3CRET",
        ],
    )
    def test_nor_where_the_line_cannot_be_read(self, line: str, tmp_path: Path) -> None:
        told = shown(tmp_path, line.replace("S3CRET", "hunter2"))
        assert "alerts.yaml:" in told and "hunter2" not in told

    def test_other_lines_are_shown_with_their_caret(self, tmp_path: Path) -> None:
        told = shown(tmp_path, 'chat: {apprise: "env:SLACK_URL", text: shrot}')
        assert '1 | chat: {apprise: "env:SLACK_URL", text: shrot}' in told and "^^^^^" in told

    @pytest.mark.parametrize("written", WRITTEN_OUT)
    def test_python_does_not_show_it_either(self, written: Any) -> None:
        for settings in ({"apprise": written}, {"webhook": "https://x.example", "secret": written}):
            if settings.get("secret", 0) in (["env:A", ["x"]],):
                continue
            kind = kinds()[next(iter(settings))]
            with pytest.raises(ValidationError) as caught:
                kind.settings.model_validate(settings)
            assert "input_value" not in str(caught.value)

    def test_no_settings_of_a_channel_show_what_they_were_given(self) -> None:
        assert ChannelSettings.model_config["hide_input_in_errors"]

    @pytest.mark.parametrize(
        ("line", "may"),
        [
            ("secret: hunter2", True),
            ("'apprise' : hunter2", True),
            ("- whsec_abc", True),
            ("  - MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", True),
            ("to: tgram://123/456", True),
            ("secret: env:A", False),
            ("secret: [env:A, file:b.txt]", False),
            ("secret: [env:A, hunter2]", True),
            ("webhook: https://grc.example/hooks/policy", False),
            ("apprise:", False),
            ("{file: alerts.jsonl, text: short}", False),
            ("", False),
        ],
    )
    def test_how_a_line_looks_that_may_hold_one(self, line: str, may: bool) -> None:
        assert may_hold_secret(line) is may

    def test_the_rest_of_a_problem_stays(self) -> None:
        problem = Problem(Location("a", 1, 2), "PT105", "m", "h", "secret: hunter2", 3)
        (left,) = without_secrets([problem])
        assert (str(left), left.source) == (str(problem), "")


ADDRESS = Secret("env:X", "slack://bot%40me:hunter22@T0KENaaa/T0KENbbb/short?key=qu3ryvalue&v=1")


class TestBlanked:
    @pytest.mark.parametrize(
        "told",
        [
            ADDRESS.reveal(),
            quote(ADDRESS.reveal(), safe=""),
            "user hunter22",
            "T0KENaaa",
            "t0kenAAA",
            "/T0KENbbb/",
            "key=qu3ryvalue",
            base64.b64encode(b"bot@me:hunter22").decode(),
        ],
    )
    def test_a_secret_is_blanked_however_it_is_written(self, told: str) -> None:
        left = blanked(f"no: {told}!", [ADDRESS])
        assert left.startswith("no: ") and BLANK in left
        assert not [part for part in ("hunter22", "t0ken", "qu3ry") if part in left.lower()]

    def test_words_that_are_no_secret_stay(self) -> None:
        assert blanked("short v=1 slack: cannot be reached", [ADDRESS]) == "short v=1 slack: cannot be reached"
        assert blanked("anything", []) == "anything"

    def test_the_host_of_a_web_address_stays_and_its_path_does_not(self) -> None:
        secret = Secret("env:X", "https://hooks.chat.example/services/T0000000/B0000000")
        told = "hooks.chat.example refused /services/T0000000/B0000000"
        assert blanked(told, [secret]) == f"hooks.chat.example refused /{BLANK}/{BLANK}/{BLANK}"

    def test_a_signing_secret_is_blanked_without_its_mark_too(self) -> None:
        assert blanked("key C2FVsBQIhrscChlQ", [Secret("env:X", "whsec_C2FVsBQIhrscChlQ")]) == f"key {BLANK}"

    @given(st.text(min_size=1, max_size=60), st.text(max_size=20), st.text(max_size=20))
    def test_no_secret_is_left_whatever_it_is(self, value: str, before: str, after: str) -> None:
        left = blanked(f"{before}{value}{after}", [Secret("env:X", value)])
        assert value not in left or value in BLANK or value in before + BLANK + after

    @pytest.mark.parametrize("value", ["https://[x", "https://", "://", "a://b://c", "https:///x", "x" * 10_000])
    def test_what_is_no_address_is_blanked_whole(self, value: str) -> None:
        assert blanked(f"a {value} b", [Secret("env:X", value)]) == f"a {BLANK} b"


class TestLogs:
    def test_a_library_logs_without_the_secret(self, caplog: pytest.LogCaptureFixture) -> None:
        keep_out_of_logs([ADDRESS], ["policytrack-tests.talkative"])
        keep_out_of_logs([Secret("env:Y", "another1")], ["policytrack-tests.talkative"])
        logger = logging.getLogger("policytrack-tests.talkative")
        with caplog.at_level(logging.DEBUG):
            logger.debug("POST %s with %s", ADDRESS.reveal(), {"token": "T0KENaaa"})
            logger.info("another1 and %d%%", 100)
            try:
                raise ValueError("T0KENbbb")
            except ValueError:
                logger.exception("broken")
        assert len(logger.filters) == 1
        assert "T0KEN" not in caplog.text and "another1" not in caplog.text
        assert "ValueError" in caplog.text and "100%" in caplog.text
