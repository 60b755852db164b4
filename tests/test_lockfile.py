"""rules.lock: what it holds, everything that can be wrong with it, and the way back to one that is up to date."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.codes import Code
from policytrack.errors import Problem
from policytrack.lockfile import NAME, lock_problems, unraised, write_locks
from policytrack.packs import FILES, Rules, load_rules

ROOT = Path(__file__).parent.parent
SALT = """\
pack: salt
version: 3
policies:
  - id: in.salt.export
    title: India's permission to export salt
    issuer: [in]
    instrument: [salt]
"""
PEPPER = SALT.replace("salt", "pepper")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rules folder with the shipped words and one pack, locked."""
    folder = tmp_path / "rules"
    (folder / "packs").mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / "rules" / name, folder / name)
    (folder / "packs" / "salt.yaml").write_text(SALT, encoding="utf-8")
    write_locks(load_rules(folder), [folder])
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(*paths: Path) -> list[Problem]:
    home = paths[0] if (paths[0] / "core.yaml").exists() else None
    return lock_problems(load_rules(home, () if home else paths), paths)


def told(*paths: Path) -> list[tuple[str, str, int]]:
    return [(each.code, Path(each.location.path).name, each.location.line) for each in problems(*paths)]


def test_the_lock_of_the_shipped_rules_is_up_to_date() -> None:
    found = lock_problems(load_rules(ROOT / "rules"), [ROOT / "rules"], wanted=True)
    assert found == [], "rules/rules.lock is stale; run: policytrack rules lock --raise rules/"


def test_a_lock_is_one_line_a_file_by_name_and_stays_the_same_when_written_again(rules: Path) -> None:
    text = (rules / NAME).read_text(encoding="utf-8")
    lines = [line.split(":")[0].strip() for line in text.splitlines() if line.startswith("  ")]
    assert lines == sorted([*FILES, "packs/salt.yaml"])
    assert write_locks(load_rules(rules), [rules]) == []
    assert (rules / NAME).read_text(encoding="utf-8") == text
    assert problems(rules) == []


def test_a_folder_without_a_lock_is_not_looked_after_unless_a_lock_is_wanted(rules: Path) -> None:
    (rules / NAME).unlink()
    assert problems(rules) == []
    (problem,) = lock_problems(load_rules(rules), [rules], wanted=True)
    assert (problem.code, problem.location.path) == (Code.STALE_LOCK, str(rules / NAME))
    assert f"policytrack rules lock {rules}" in problem.hint


# --- what is not as it was locked


def test_another_behaviour_under_the_same_version(rules: Path) -> None:
    edit(rules / "operations.yaml", "[cancellation]", "[cancellation, cancelling]")
    (problem,) = problems(rules)
    version = load_rules(rules).operations.version
    assert problem.code == Code.SAME_VERSION
    assert problem.source == f"version: {version}"
    assert f"still {version}" in problem.message
    assert f"policytrack rules lock {rules}" in problem.hint
    assert unraised(load_rules(rules), [rules]) == [problem]


def test_a_remark_a_title_and_a_test_need_no_new_version(rules: Path) -> None:
    edit(rules / "core.yaml", "version:", "# A remark.\nversion:")
    edit(rules / "packs" / "salt.yaml", "India's permission", "The permission")
    assert problems(rules) == []


def test_a_version_above_the_locked_one_wants_a_new_lock(rules: Path) -> None:
    edit(rules / "packs" / "salt.yaml", "version: 3", "version: 4")
    edit(rules / "packs" / "salt.yaml", "[salt]", "[salt, rock salt]")
    assert told(rules) == [(Code.STALE_LOCK, "salt.yaml", 2)]
    (change,) = write_locks(load_rules(rules), [rules])
    assert (change.file, change.before, change.version) == ("packs/salt.yaml", 3, 4)
    assert problems(rules) == []


def test_a_version_never_goes_down(rules: Path) -> None:
    edit(rules / "packs" / "salt.yaml", "version: 3", "version: 2")
    assert told(rules) == [(Code.OLDER_VERSION, "salt.yaml", 2)]
    assert len(unraised(load_rules(rules), [rules])) == 1


def test_a_file_that_is_not_in_the_lock_and_one_that_is_gone(rules: Path) -> None:
    (rules / "packs" / "salt.yaml").rename(rules / "packs" / "pepper.yaml")
    lines = (rules / NAME).read_text(encoding="utf-8").splitlines()
    line = next(number for number, line in enumerate(lines, start=1) if "packs/salt.yaml" in line)
    assert told(rules) == [(Code.STALE_LOCK, "pepper.yaml", 2), (Code.STALE_LOCK, NAME, line)]
    changes = write_locks(load_rules(rules), [rules])
    assert [(each.file, each.before, each.version) for each in changes] == [
        ("packs/pepper.yaml", None, 3), ("packs/salt.yaml", 3, None),
    ]  # fmt: skip
    assert problems(rules) == []


def test_all_files_are_told_of_at_once(rules: Path) -> None:
    edit(rules / "operations.yaml", "[cancellation]", "[cancellation, cancelling]")
    edit(rules / "status.yaml", "may: considered", "may: proposed")
    edit(rules / "packs" / "salt.yaml", "version: 3", "version: 2")
    assert [code for code, _, _ in told(rules)] == [Code.SAME_VERSION, Code.OLDER_VERSION, Code.SAME_VERSION]
    asked = lock_problems(load_rules(rules), [rules / "status.yaml"])
    assert [Path(each.location.path).name for each in asked] == ["status.yaml"]


# --- packs elsewhere


def test_packs_elsewhere_have_their_lock_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "salt.yaml").write_text(SALT, encoding="utf-8")
    (folder / "pepper.yaml").write_text(PEPPER, encoding="utf-8")
    write_locks(load_rules(None, [folder]), [folder])
    assert [line.split(":")[0].strip() for line in (folder / NAME).read_text("utf-8").splitlines()[3:]] == [
        "pepper.yaml", "salt.yaml",
    ]  # fmt: skip
    edit(folder / "salt.yaml", "[salt]", "[salt, rock salt]")
    edit(folder / "pepper.yaml", "version: 3", "version: 4")
    assert told(folder) == [(Code.STALE_LOCK, "pepper.yaml", 2), (Code.SAME_VERSION, "salt.yaml", 2)]
    assert told(folder / "salt.yaml") == [(Code.SAME_VERSION, "salt.yaml", 2)]
    write_locks(load_rules(None, [folder / "pepper.yaml"]), [folder / "pepper.yaml"])
    assert told(folder) == [(Code.SAME_VERSION, "salt.yaml", 2)]


def test_a_pack_that_extends_another_follows_it(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("pack: base\nversion: 1\ndefaults: {issuer: [in]}\n", encoding="utf-8")
    own = SALT.replace("    issuer: [in]\n", "").replace("policies:", "extends: [base]\npolicies:")
    (tmp_path / "salt.yaml").write_text(own, encoding="utf-8")
    write_locks(load_rules(None, [tmp_path]), [tmp_path])
    edit(tmp_path / "base.yaml", "[in]", "[pk]")
    assert told(tmp_path) == [(Code.SAME_VERSION, "base.yaml", 2), (Code.SAME_VERSION, "salt.yaml", 2)]


def test_any_file_name_can_be_locked(tmp_path: Path) -> None:
    for number, name in enumerate(
        ("- a: b.yaml", "#1.yml", "ünï \U0001f9c2.yaml", '"q".yaml', "null.yaml", "123.yaml")
    ):
        (tmp_path / name).write_text(SALT.replace("salt", f"salt{number}"), encoding="utf-8")
    write_locks(load_rules(None, [tmp_path]), [tmp_path])
    assert problems(tmp_path) == []
    assert write_locks(load_rules(None, [tmp_path]), [tmp_path]) == []


# --- rubbish

GOOD = "version: 1, behaviour: 0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.EMPTY),
        ("files:\n", Code.WRONG_TYPE),
        ("[1, 2]\n", Code.WRONG_TYPE),
        ("<<<<<<< HEAD\nfiles:\n=======\n", Code.SYNTAX),
        ("files: {}\nmore: 1\n", Code.UNKNOWN_KEY),
        (f"files:\n  a.yaml: {{{GOOD}}}\n  a.yaml: {{{GOOD}}}\n", Code.DUPLICATE_KEY),
        (f"files:\n  ../a.yaml: {{{GOOD}}}\n", Code.WRONG_VALUE),
        (f"files:\n  /etc/a.yaml: {{{GOOD}}}\n", Code.WRONG_VALUE),
        (f'files:\n  "a\\0.yaml": {{{GOOD}}}\n', Code.WRONG_VALUE),
        ("files:\n  a.yaml: {version: 0, behaviour: 0123456789abcdef0123456789abcdef}\n", Code.WRONG_VALUE),
        ("files:\n  a.yaml: {version: '1', behaviour: 0123456789abcdef0123456789abcdef}\n", Code.WRONG_TYPE),
        ("files:\n  a.yaml: {version: 1, behaviour: 17}\n", Code.WRONG_TYPE),
        ("files:\n  a.yaml: {version: 1, behaviour: abc}\n", Code.WRONG_VALUE),
        ("files:\n  a.yaml: {version: 1}\n", Code.MISSING_KEY),
        ("files:\n  a.yaml: 1\n", Code.WRONG_TYPE),
    ],
)
def test_a_lock_that_is_rubbish_is_told_with_its_place_and_written_anew(rules: Path, text: str, code: Code) -> None:
    (rules / NAME).write_text(text, encoding="utf-8")
    found = problems(rules)
    assert {(each.code, Path(each.location.path).name) for each in found} == {(code, NAME)}
    assert all(f"policytrack rules lock {rules}" in each.hint for each in found)
    assert len(write_locks(load_rules(rules), [rules])) == len(FILES) + 1
    assert problems(rules) == []


def test_a_lock_of_bytes_that_are_no_text_or_that_is_a_folder(rules: Path) -> None:
    (rules / NAME).write_bytes(b"\xff\xfe\x00files")
    assert [code for code, _, _ in told(rules)] == [Code.NOT_UTF8]
    (rules / NAME).unlink()
    (rules / NAME).mkdir()
    assert [code for code, _, _ in told(rules)] == [Code.UNREADABLE]
    done = run("lock", rules)
    assert (done.code, done.out) == (2, "")
    assert "cannot be written" in done.err


def test_a_locked_name_that_no_file_can_have_is_gone(rules: Path) -> None:
    with (rules / NAME).open("a", encoding="utf-8") as lock:
        lock.write(f"  {'a' * 900}.yaml: {{{GOOD}}}\n")
    assert [code for code, _, _ in told(rules)] == [Code.STALE_LOCK]
    assert len(write_locks(load_rules(rules), [rules])) == 1


@pytest.fixture
def salt(tmp_path: Path) -> Rules:
    (tmp_path / "salt.yaml").write_text(SALT, encoding="utf-8")
    return load_rules(None, [tmp_path])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_break_the_check(salt: Rules, tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    assert lock_problems(salt, [tmp_path])


# --- the command


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*words: str | Path) -> Done:
    result = CliRunner().invoke(app, ["rules", *map(str, words)], prog_name="policytrack")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def test_check_and_lock_refuse_a_change_without_a_version_and_one_command_mends_it(rules: Path) -> None:
    edit(rules / "operations.yaml", "[cancellation]", "[cancellation, cancelling]")
    edit(rules / "packs" / "salt.yaml", "version: 3", "version: 2  # three")
    before = (rules / NAME).read_text(encoding="utf-8")
    for words in (("check", rules), ("lock", rules), ("lock", "--check", rules)):
        done = run(*words)
        assert done.code == 1
        assert f"{rules}/operations.yaml:" in done.out and "PT170" in done.out and "PT171" in done.out
        assert "rules explain-error PT170" in done.err
    assert (rules / NAME).read_text(encoding="utf-8") == before
    version = load_rules(rules).operations.version
    done = run("lock", "--raise", rules)
    assert (done.code, done.out.splitlines()) == (
        0, [f"operations.yaml  version {version} -> {version + 1}", "packs/salt.yaml  version 3 -> 4"],
    )  # fmt: skip
    assert load_rules(rules).operations.version == version + 1
    assert (rules / "packs" / "salt.yaml").read_text("utf-8") == SALT.replace("version: 3", "version: 4  # three")
    assert run("lock", "--check", rules).code == run("check", rules).code == 0
    assert run("lock", "--raise", rules) == Done(0, "", "up to date\n")


def test_raising_changes_nothing_else_of_a_file(tmp_path: Path) -> None:
    pack = tmp_path / "salt.yaml"
    text = "\r\n".join(["# Salz, für später", "version:   3", *SALT.splitlines()[:1], *SALT.splitlines()[2:]])
    pack.write_bytes(text.encode())
    write_locks(load_rules(None, [pack]), [pack])
    pack.write_bytes(text.replace("[salt]", "[rock salt]").encode())
    assert run("lock", "--raise", pack).code == 0
    assert pack.read_bytes() == text.replace("[salt]", "[rock salt]").replace("   3", "   4").encode()


def test_check_wants_a_lock_and_rules_check_does_not(rules: Path) -> None:
    (rules / NAME).unlink()
    assert run("check", rules).code == 0
    done = run("lock", "--check", rules, "--format", "json")
    (problem,) = json.loads(done.out)["problems"]
    assert (done.code, problem["code"]) == (1, "PT172")
    assert run("lock", rules).code == 0
    assert run("lock", "--check", rules).code == 0


def test_what_was_locked_as_data(rules: Path) -> None:
    (rules / NAME).unlink()
    found = json.loads(run("lock", rules, "--format", "json").out)["files"]
    assert [each["file"] for each in found] == sorted([*FILES, "packs/salt.yaml"])
    (rules / NAME).unlink()
    lines = run("lock", rules, "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == found


def test_unsound_files_are_not_locked(rules: Path) -> None:
    edit(rules / "packs" / "salt.yaml", "title:", "tile:")
    before = (rules / NAME).read_text(encoding="utf-8")
    done = run("lock", "--raise", rules)
    assert (done.code, done.out) == (2, "")
    assert "PT120" in done.err
    assert (rules / NAME).read_text(encoding="utf-8") == before
    assert run("check", rules).out.count("PT1") == 1  # nothing of the lock beside it


def test_check_and_raise_do_not_go_together(rules: Path) -> None:
    assert run("lock", "--check", "--raise", rules).code == 2
