"""Commands that alerts are given to: what they get, how they are run, and what their failure says."""

from __future__ import annotations

import datetime
import json
import shlex
import sys
import time
from pathlib import Path

import pytest

from policytrack.alerts import Command, Message, Payload, Undelivered
from policytrack.alerts.payload import TestAlert
from policytrack.errors import ConfigError

MESSAGE = Message(
    Payload(
        type="test",
        id="t-1",
        timestamp=datetime.datetime(2024, 11, 22, tzinfo=datetime.UTC),
        subscription="desk",
        data=TestAlert(text="Does it arrive?"),
    )
)


def command(script: str, **options: float) -> Command:
    return Command(f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}", **options)


def test_a_command_gets_the_payload_as_json_on_its_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "payload.json"
    command(f"import sys; open({str(out)!r}, 'w').write(sys.stdin.read())").send(MESSAGE)
    record = json.loads(out.read_text())
    assert record["schema"] == 1
    assert record["data"] == {"what": "test", "text": "Does it arrive?"}
    assert Payload.model_validate(record) == MESSAGE.payload


def test_no_shell_runs_the_command(tmp_path: Path) -> None:
    out = tmp_path / "words"
    script = f"import sys; open({str(out)!r}, 'w').write(repr(sys.argv[1:]))"
    Command(f"{shlex.quote(sys.executable)} -c {shlex.quote(script)} $HOME '*' 'two words' ';' false").send(MESSAGE)
    assert out.read_text() == repr(["$HOME", "*", "two words", ";", "false"])


def test_a_command_that_reads_nothing_is_fine() -> None:
    command("pass").send(MESSAGE)


def test_what_a_command_prints_stays_out_of_our_output(capfd: pytest.CaptureFixture[str]) -> None:
    command("import sys; print('out'); print('err', file=sys.stderr)").send(MESSAGE)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_fails_says_its_code_and_its_last_line() -> None:
    with pytest.raises(Undelivered, match="exit code 3, its last line: no such desk"):
        command("import sys; print('trying'); print('no such desk', file=sys.stderr); sys.exit(3)").send(MESSAGE)


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    late = tmp_path / "late"
    child = f"import time; time.sleep(2); open({str(late)!r}, 'w')"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    started = time.monotonic()
    with pytest.raises(Undelivered, match=r"took longer than 0\.5 s and was ended"):
        command(script, seconds=0.5).send(MESSAGE)
    assert time.monotonic() - started < 2
    time.sleep(2.2)
    assert not late.exists()


def test_what_a_command_leaves_running_holds_nothing_up() -> None:
    started = time.monotonic()
    command("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)'])").send(
        MESSAGE
    )
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "exec is empty"),
        ("   ", "exec is empty"),
        ("notify 'unclosed", "cannot be split into words: No closing quotation"),
        ("no-such-command-here --now", "there is no command 'no-such-command-here'"),
    ],
)
def test_a_command_that_cannot_be_is_refused_at_once(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Command(line)


def test_a_command_that_has_gone_fails_as_a_hook(tmp_path: Path) -> None:
    script = tmp_path / "notify"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    hook = Command(str(script))
    script.unlink()
    with pytest.raises(Undelivered, match="cannot be started: No such file or directory"):
        hook.send(MESSAGE)
