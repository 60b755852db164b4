"""The wheel holds all that a user needs and nothing else, and runs the main job from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def tracked(folder: str, *endings: str) -> set[str]:
    """The files of a folder of the checkout, as paths from its root."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in endings)
    return {path.relative_to(ROOT).as_posix() for path in found}


def build(source: Path, kind: str, into: Path) -> Path:
    """What hatchling makes of the source: no network, no environment of its own."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(into)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what pip installs of the wheel, and no other package."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    command += ["--no-deps", "--no-compile", "--target", str(folder), str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder


def python(*words: str, installed: Path | None, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Python with the libraries of this one, but without the checkout: -S leaves out the file that points at it."""
    libraries = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    places = [*([str(installed)] if installed else []), *libraries]
    around = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    around |= {"PYTHONPATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", *words]
    return subprocess.run(command, cwd=cwd, env=around, capture_output=True, text=True, check=False, timeout=300)


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def test_the_wheel_holds_the_package_its_rules_and_seeds_and_nothing_else(wheel: Path) -> None:
    held = {name for name in names(wheel) if ".dist-info/" not in name}
    shipped = tracked("rules", ".yaml", ".lock", ".jsonl") | tracked("seeds", ".txt", ".jsonl")
    assert held == tracked("policytrack", ".py", ".typed") | {f"policytrack/_shipped/{name}" for name in shipped}
    assert {
        "policytrack/py.typed",
        "policytrack/_shipped/rules/core.yaml",
        "policytrack/_shipped/rules/rules.lock",
        "policytrack/_shipped/rules/quiet/ukraine-arms.jsonl",
    } <= held
    assert any(name.startswith("policytrack/_shipped/seeds/") for name in held)


def test_the_wheel_bears_its_licence_the_notice_and_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        told = {name.split(".dist-info/")[1]: name for name in archive.namelist() if ".dist-info/" in name}
        for name in ("LICENSE", "NOTICE"):
            assert archive.read(told[f"licenses/{name}"]) == (ROOT / name).read_bytes()
        assert "policytrack = policytrack.__main__:main" in archive.read(told["entry_points.txt"]).decode()
        metadata = archive.read(told["METADATA"]).decode()
    assert "Requires-Python: <3.13,>=3.11" in metadata
    assert "License-Expression: MIT" in metadata


def test_every_rule_file_and_seed_is_the_one_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in names(wheel):
            if name.startswith("policytrack/_shipped/"):
                assert archive.read(name) == (ROOT / name.removeprefix("policytrack/_shipped/")).read_bytes(), name


def test_without_the_wheel_there_is_no_policytrack(tmp_path: Path) -> None:
    """Else the test below would say nothing. (An editable install leaves a bare folder of that name.)"""
    done = python("-c", "import policytrack.cli", installed=None, cwd=tmp_path)
    assert "No module named 'policytrack" in done.stderr


def test_the_main_job_runs_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = python("-m", "policytrack", "demo", "--format", "json", installed=installed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["shifts"]
    assert str(installed / "policytrack" / "_shipped" / "seeds") in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_installed_rules_are_sound(installed: Path, tmp_path: Path) -> None:
    done = python("-m", "policytrack", "rules", "check", installed=installed, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert str(installed / "policytrack" / "_shipped" / "rules") in done.stdout


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build(ROOT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as source:
        source.extractall(tmp_path / "source", filter="data")
    (folder,) = (tmp_path / "source").iterdir()
    again = build(folder, "wheel", tmp_path / "again")
    assert names(again) == names(wheel)
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"pyproject.toml", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "tests/test_wheel.py"} <= held
    made = {name for name in held if name.endswith((".db", ".pyc")) or name.startswith((".venv/", ".git/"))}
    assert {name.rsplit("/", 1)[0] for name in made} == {"tests/ledgers"}
