"""A new pack: it is sound, its tests pass, and what it cannot know it says."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.errors import ConfigError
from policytrack.extract import Extractor
from policytrack.model import POLICY_KINDS
from policytrack.packs import check_rules, load_rules
from policytrack.scaffold import MODELINE, Wanted, pack_text, policy_of
from policytrack.testing import run_tests

RUNNER = CliRunner()
WHEAT = "wheat, wheat export, wheat shipment, durum wheat, wheat flour, atta"
NEW = {
    "in.salt.export": ["--title", "India's permission to export salt", "--instrument", "salt", "--conduct", "export"],
    "eu.sanctions.belarus": ["--title", "EU sanctions: Belarus", "--kind", "restriction", "--instrument", "sanction",
                             "--conduct", "Belarus"],
    "us.paris.membership": ["--title", "Paris", "--kind", "membership", "--instrument", "Paris Agreement"],
    "gb.aid.kenya": ["--title", "Aid", "--kind", "programme", "--instrument", "aid", "--conduct", "Kenya"],
    "ecb.rate": ["--title", "Rate", "--kind", "rate", "--instrument", "deposit rate"],
    "us.drones.yemen": ["--title", "Drones", "--instrument", "drone", "--conduct", "strikes in Yemen"],
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def parser() -> Iterator[None]:
    """One parser for all extractors: loading one takes seconds."""
    held = Extractor(load_rules())._parser
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Extractor, "_parser", held)
        yield


def new(*words: str) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, ["rules", "new", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    "policy", [pytest.param(each, marks=[pytest.mark.long] * (number % 2)) for number, each in enumerate(NEW)]
)
def test_a_new_pack_is_sound_and_its_tests_pass(policy: str, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    code, printed, told = new(policy, *NEW[policy], "--output", str(path))
    assert (code, printed) == (0, "")
    assert f"policytrack rules check {path}" in told
    assert check_rules([path]) == []
    results = run_tests(load_rules(packs=[path]), [path])
    assert [result.problem for result in results if result.problem] == []
    given = [result.test.gives for result in results]
    assert len(given) >= 3
    assert "none" in given
    assert path.read_text(encoding="utf-8").startswith(MODELINE)


def test_what_is_known_of_the_start_is_written_and_what_is_not_is_marked() -> None:
    known = ["--start", "permitted", "--since", "2011-09-09", "--source", "public record"]
    assert (
        "start: {status: permitted, on: 2011-09-09, source: public record}"
        in new("in.salt.export", *NEW["in.salt.export"], *known)[1]
    )
    assert "start: {status: unknown, source: TODO}" in new("in.salt.export", *NEW["in.salt.export"])[1]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("4.25 per cent", "{value: 4.25, unit: per cent}"),
        ("2%", "{value: 2, unit: per cent}"),
        ("-0.5 %", "{value: -0.5, unit: per cent}"),
        ("800", "{value: 800}"),
    ],
)
def test_a_rate_with_a_level_is_set(typed: str, written: str) -> None:
    printed = new("ecb.rate", *NEW["ecb.rate"], "--level", typed)[1]
    assert f"start: {{status: set, level: {written}, source: TODO}}" in printed


def test_what_cannot_be_read_in_any_sentence_is_marked_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tests of a thing of which nothing is read yet fail, as they say, and so the pack passes."""
    bare = {"permission": [("{who} likes {what}.", "impose"), ("{who} eats {what}.", "lift")]}
    monkeypatch.setattr("policytrack.scaffold._SENTENCES", bare)
    path = tmp_path / "new.yaml"
    assert new("in.salt.export", *NEW["in.salt.export"], "--output", str(path))[0] == 0
    written = path.read_text(encoding="utf-8")
    assert ("# No such sentence is read yet" in written, written.count("todo: not read so yet")) == (True, 2)
    assert passes(path)


def test_a_thing_that_another_pack_tracks_names_its_policy() -> None:
    words = ["--title", "Rate", "--kind", "rate", "--instrument", "reference rate", "--level", "5.75 per cent"]
    written = new("pl.rate", *words)[1]
    assert "# Such sentences are read for pl.reference_rate." in written
    assert written.count("todo: not read so yet") == 2


def passes(path: Path) -> bool:
    results = run_tests(load_rules(packs=[path]), [path])
    return bool(results) and all(result.passed for result in results)


TITLED = ["--title", "Salt", "--instrument", "salt"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["in.salt", "--title", "Salt"], "--instrument: missing"),
        (["in.salt", "--instrument", "salt"], "--title: missing"),
        ([], "ID, --title, --instrument: missing"),
        (["In Salt", *TITLED], "ID: 'In Salt' cannot be an id"),
        (["in.rice.export", *TITLED], "ID: 'in.rice.export' is tracked already, by the pack 'food-exports'"),
        (["in.salt", *TITLED, "--issuer", "zz"], "--issuer: 'zz' is not in actors.yaml"),
        (["in.salt", *TITLED, "--issuer", "Indja"], 'Did you mean "in"?'),
        (["in.salt", "--title", " ", "--instrument", "salt"], "--title is empty"),
        (["in.salt", "--title", "\x07", "--instrument", "salt"], "--title: '\\x07' has a character"),
        (["in.salt", "--title", "Salt", "--instrument", ""], "--instrument is empty"),
        (["in.salt", "--title", "Salt", "--instrument", "!?"], "--instrument: '!?' is no name"),
        (["in.salt", *TITLED, "--conduct", ","], "--conduct is empty"),
        (["in.salt", *TITLED, "--start", "prohibted"], 'Did you mean "prohibited"?'),
        (["in.salt", *TITLED, "--start", "in_force"], "--start: 'in_force' is no status of a permission: permitted"),
        (["in.salt", *TITLED, "--start", "permitted", "--since", "9/9/2011"], "--since: '9/9/2011' is no date"),
        (["in.salt", *TITLED, "--start", "permitted", "--since", "2011-13"], "--since: '2011-13' is no date"),
        (["in.salt", *TITLED, "--since", "2011"], "--start is missing"),
        (["in.salt", *TITLED, "--start", "permitted", "--source", " "], "--source is empty"),
        (["ecb.rate", *NEW["ecb.rate"], "--start", "set"], "--level is missing"),
        (["ecb.rate", *NEW["ecb.rate"], "--level", "two"], "--level: 'two' is no number"),
        (["ecb.rate", *NEW["ecb.rate"], "--level", "9" * 400], "is no number"),
        (["in.wheat.x", "--title", "Wheat", "--instrument", WHEAT, "--conduct", "export"], "has the same words"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_said(arguments: list[str], told: str) -> None:
    code, printed, error = new(*arguments)
    assert (code, printed) == (2, "")
    assert told in error


def test_all_that_is_wrong_is_said_at_once() -> None:
    told = new("in.rice.export", "--title", "T", "--instrument", "!", "--issuer", "zz", "--start", "open")[2]
    assert [line.split(":")[0] for line in told.splitlines()] == ["ID", "--issuer", "--instrument", "--start"]


def test_no_file_is_overwritten_and_nothing_is_read_first(tmp_path: Path) -> None:
    path = tmp_path / "salt.yaml"
    path.write_text("mine", encoding="utf-8")
    code, _, error = new("in.salt.export", *NEW["in.salt.export"], "--output", str(path), "--rules", "nowhere")
    assert (code, error) == (2, f"{path} is there already. Name another file.\n")
    assert path.read_text(encoding="utf-8") == "mine"
    code, _, error = new("in.salt.export", *NEW["in.salt.export"], "--output", str(tmp_path / "no" / "salt.yaml"))
    assert code == 2
    assert "the folder" in error


def test_the_ids_of_further_packs_are_taken_too(tmp_path: Path) -> None:
    path = tmp_path / "salt.yaml"
    new("in.salt.export", *NEW["in.salt.export"], "--output", str(path))
    told = new("in.salt.export", *NEW["in.salt.export"], "--pack", str(path))[2]
    assert "'in.salt.export' is tracked already, by the pack 'in-salt-export'" in told


# --- at a terminal


def answered(monkeypatch: pytest.MonkeyPatch, *answers: str, flags: Sequence[str] = ()) -> tuple[int, str, str]:
    monkeypatch.setattr("policytrack.cli.asking.somebody_is_there", lambda: True)
    done = RUNNER.invoke(app, ["rules", "new", *flags], input="".join(f"{answer}\n" for answer in answers))
    return done.exit_code, done.stdout, done.stderr


def test_somebody_at_a_terminal_is_asked_for_all_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ("in.salt.export", "", "salt, rock salt", "export", "", "permitted", "2011-09-09", "public record")
    code, printed, asked = answered(monkeypatch, *answers)
    assert code == 0, asked
    for line in (
        'title: "India: salt, export"', "kind: permission", "issuer: [in]", "instrument: [salt, rock salt]",
        "conduct: [export]", "start: {status: permitted, on: 2011-09-09, source: public record}",
    ):  # fmt: skip
        assert line in printed


def test_an_answer_that_cannot_be_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (
        "In Salt", "zz.rate", "rates", "rate", "Nobody", "ecb", "!", "deposit rate", "", "", "sett", "set", "two",
        "2 per cent", "11/6/2025", "", "",
    )  # fmt: skip
    code, printed, asked = answered(monkeypatch, *answers)
    assert code == 0, asked
    assert asked.count("Error: ") == 7
    assert "start: {status: set, level: {value: 2, unit: per cent}, source: TODO}" in printed


def test_nothing_is_asked_where_all_that_is_needed_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, asked = answered(monkeypatch, flags=["in.salt.export", *NEW["in.salt.export"]])
    assert (code, asked.startswith("Next:")) == (0, True)


def test_one_may_go_away(monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = answered(monkeypatch, "in.salt.export")
    assert code == 130
    assert told.splitlines()[-1].startswith("Stopped.")


# --- whatever is typed

PIECES = [
    "salt", "rock salt", "export", "sanction", "Paris Agreement", "NO", "on", "null", "~", "1.5", "a: b", "x #y", '"q"',
    "it's", "\\", "[a]", "{b}", "&c", "*d", "!e", "%f", "@g", "`h`", "- i", "? j", "Kenya", "the", "ban", "日本",
    "a\tb", "--", "🚀 rocket", "ban on bans", "s", "U.S.", "", "\x85", "\u2028x", "é", "deposit rate", "100",
]  # fmt: skip
IDS = [
    "in.salt.export",
    "1.5",
    "2024.11.22",
    "-.inf",
    "_._",
    "null.yes",
    "0x1.f",
    "1e3.5",
    "-.-",
    "ukraine.arms",
    "no.x",
]
WORDS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=2)


@pytest.mark.long
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    policy_id=st.sampled_from(IDS) | st.from_regex(r"[a-z0-9_-]{1,4}(\.[a-z0-9_-]{1,4}){1,2}", fullmatch=True),
    title=st.sampled_from(PIECES), kind=st.sampled_from(POLICY_KINDS), instrument=WORDS,
    conduct=st.just([]) | WORDS, start=st.sampled_from(["", "", "unknown", "none", "set"]),
    level=st.sampled_from(["", "", "-0.5 %", "1" + "0" * 14, "0.00001 tonnes"]),
)  # fmt: skip
def test_whatever_is_written_passes_and_reads_back(**typed: Any) -> None:
    rules = load_rules()
    try:
        policy = policy_of(Wanted(**typed), rules)
    except ConfigError as error:
        assert re.match(r"(ID|--\w+)", str(error))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.yaml"
        path.write_text(pack_text(policy, rules), encoding="utf-8")
        assert check_rules([path]) == []
        read = load_rules(packs=[path])
        found = read.policy(policy.id)
        assert found is not None
        assert [getattr(found, key) for key in KEPT] == [getattr(policy, key) for key in KEPT]
        assert (found.start and found.start.level) == (policy.start and policy.start.level)
        results = run_tests(read, [path])
        assert results and [result.problem for result in results if result.problem] == []


KEPT = ("id", "title", "kind", "issuer", "instrument", "conduct")
