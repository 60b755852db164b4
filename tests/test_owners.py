"""Publishers of one owner are one source, where actors.yaml says who owns them."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.codes import Code
from policytrack.packs import Rules, check_rules, load_rules
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import CORK, LIFTED, PACK, Clock, Reader, news, rules_folder

SAID = {**LIFTED, "status": "reported"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = rules_folder(tmp_path / "rules", PACK)
    text = (made / "actors.yaml").read_text(encoding="utf-8").split("\nowners:")[0]
    owners = "\nowners:\n  quay-press: [Cork Daily, Quay Times, quaytimes.pt]\n  other: [Hill Post]\n"
    (made / "actors.yaml").write_text(text + owners, encoding="utf-8")
    return made


def stage(rules: Rules, *publishers: str, **fields: str) -> str:
    """The stage of a shift that each of these publishers reports."""
    tracker: Tracker
    with open_tracker(rules=rules, clock=Clock(), extractor=Reader()) as tracker:
        for number, publisher in enumerate(publishers):
            tracker.ingest(news(f"a{number}", "2024-11-12", SAID, publisher=publisher, **fields))
        [shift] = tracker.shifts(policy=CORK)
        return shift.stage


def test_two_of_one_owner_are_one(folder: Path) -> None:
    rules = load_rules(folder)
    assert stage(rules, "Cork Daily", "QUAY TIMES ") == "reported"
    assert stage(rules, "Cork Daily", "Hill Post") == "corroborated"
    assert stage(rules, "Hill Post", "Somebody Else") == "corroborated"
    assert stage(rules, "Cork Daily", "cork daily") == "reported"


def test_a_host_is_a_name_too(folder: Path) -> None:
    with open_tracker(rules=load_rules(folder), clock=Clock(), extractor=Reader()) as tracker:
        tracker.ingest(news("a", "2024-11-12", SAID, publisher="Cork Daily"))
        tracker.ingest(news("b", "2024-11-12", SAID, url="https://www.quaytimes.pt/cork"))
        assert [shift.stage for shift in tracker.shifts()] == ["reported"]


def test_nothing_said_of_owners_is_nothing_wrong(folder: Path) -> None:
    text = (folder / "actors.yaml").read_text(encoding="utf-8").split("\nowners:")[0]
    (folder / "actors.yaml").write_text(text, encoding="utf-8")
    assert stage(load_rules(folder), "Cork Daily", "Quay Times") == "corroborated"


@pytest.mark.parametrize(
    ("owners", "code", "told"),
    [
        ("{a: [Post], b: [post]}", Code.WRONG_VALUE, '"post" stands under "a" already'),
        ("{a: [Post, Post]}", Code.WRONG_VALUE, '"Post" stands under "a" already'),
        ("[Post]", Code.WRONG_TYPE, "owners"),
        ("{a: 7}", Code.WRONG_TYPE, "7"),
        ("{a: {b: c}}", Code.WRONG_TYPE, "a"),
    ],
)
def test_rubbish(folder: Path, owners: str, code: Code, told: str) -> None:
    text = (folder / "actors.yaml").read_text(encoding="utf-8").split("\nowners:")[0]
    (folder / "actors.yaml").write_text(f"{text}\nowners: {owners}\n", encoding="utf-8")
    [problem] = check_rules([folder])
    assert problem.code == code and told in problem.render()
    assert problem.location.path == str(folder / "actors.yaml") and problem.location.line > 5


def test_the_shipped_list_is_read() -> None:
    rules = load_rules()
    assert {rules._owners[name] for name in ("the wall street journal", "wsj.com", "the times")} == {"news-corp"}
