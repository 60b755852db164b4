"""Hooks: every one is called, a failing one harms nobody, and its failure says what to look at."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path

import pytest

from policytrack.alerts import Command, announce
from policytrack.errors import AlertError, ConfigError
from policytrack.model import Confidence, Issuer, Shift, Standing, shift_id

SHIFT = Shift(
    id=shift_id("pt.cork.export", "looser", "c-" + "0" * 32),
    policy="pt.cork.export",
    kind="restriction_lifted",
    rule="restriction-lifted@1",
    direction="looser",
    issuer=Issuer(id="pt", text="Lisbon"),
    occurred_on="2024-11-22",
    before=Standing(status="prohibited"),
    after=Standing(status="permitted"),
    stage="reported",
    confidence=Confidence(value=0.8),
)


def command(script: str, **options: float) -> Command:
    return Command(f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}", **options)


def test_a_command_gets_the_shift_as_json_on_its_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "shift.json"
    command(f"import sys; open({str(out)!r}, 'w').write(sys.stdin.read())")(SHIFT)
    record = json.loads(out.read_text())
    assert record["schema"] == 1
    assert record["before"]["status"] == "prohibited"
    assert Shift.model_validate(record) == SHIFT


def test_no_shell_runs_the_command(tmp_path: Path) -> None:
    out = tmp_path / "words"
    script = f"import sys; open({str(out)!r}, 'w').write(repr(sys.argv[1:]))"
    Command(f"{shlex.quote(sys.executable)} -c {shlex.quote(script)} $HOME '*' 'two words' ';' false")(SHIFT)
    assert out.read_text() == repr(["$HOME", "*", "two words", ";", "false"])


def test_a_command_that_reads_nothing_is_fine() -> None:
    command("pass")(SHIFT)


def test_what_a_command_prints_stays_out_of_our_output(capfd: pytest.CaptureFixture[str]) -> None:
    command("import sys; print('out'); print('err', file=sys.stderr)")(SHIFT)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_fails_says_its_code_and_its_last_line() -> None:
    with pytest.raises(AlertError, match="exit code 3, its last line: no such desk"):
        command("import sys; print('trying'); print('no such desk', file=sys.stderr); sys.exit(3)")(SHIFT)


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    late = tmp_path / "late"
    child = f"import time; time.sleep(2); open({str(late)!r}, 'w')"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    started = time.monotonic()
    with pytest.raises(AlertError, match=r"took longer than 0\.5 s and was ended"):
        command(script, seconds=0.5)(SHIFT)
    assert time.monotonic() - started < 2
    time.sleep(2.2)
    assert not late.exists()


def test_what_a_command_leaves_running_holds_nothing_up() -> None:
    started = time.monotonic()
    command("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)'])")(SHIFT)
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
    (failure,) = announce(SHIFT, [hook])
    assert "cannot be started: No such file or directory" in str(failure)


def test_a_failing_hook_stops_no_other() -> None:
    called: list[str] = []

    def broken(shift: Shift) -> None:
        called.append("broken")
        raise KeyError(shift.policy)

    failures = announce(SHIFT, [broken, command("import sys; sys.exit(1)"), lambda shift: called.append(shift.id)])
    assert called == ["broken", SHIFT.id]
    first, second = (str(failure) for failure in failures)
    assert "broken" in first and "KeyError: 'pt.cork.export'" in first
    assert "exit code 1" in second and "-c" in second
    for told in (first, second):
        assert SHIFT.id[:8] in told and "The shift is recorded." in told


def test_stopping_by_hand_is_no_failure_of_a_hook() -> None:
    def stopped(_: Shift) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        announce(SHIFT, [stopped])
