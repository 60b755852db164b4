"""Bad input through the real commands: its place and what is wrong is told, all else is taken, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.model import Article
from policytrack.passages import LONGEST_PASSAGE, READ_AT_MOST, passages
from tests.reading import extractor

ROOT = Path(__file__).parent.parent
DAY = "2024-11-22"
NEWS = "Washington has allowed Ukraine to fire ATACMS missiles into Russia, two officials said on Sunday."
GOOD = {"id": "good", "published_at": DAY, "text": "It rained in Lisbon."}
FIVE_MEGABYTES = 5_000_000


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*words: str | Path, given: str | bytes = b"") -> Done:
    result = CliRunner().invoke(app, [str(word) for word in words], input=given, prog_name="policytrack")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output and "Unexpected error" not in result.output, result.output
    return Done(result.exit_code, result.stdout, result.stderr)


def ingest(folder: Path, *paths: Path | str, given: str | bytes = b"") -> tuple[dict[str, Any], Done]:
    """The report of an ingest, and all that was said."""
    done = run("ingest", *paths, "--db", folder / "t.db", "--format", "json", given=given)
    return json.loads(done.out), done


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def article(text: str, **others: object) -> dict[str, object]:
    return {"id": "a1", "published_at": DAY, "text": text, **others}


# --- articles


BAD_TEXTS = [
    (b"22-11-2024 (OSLO) Caf\xe9.", "bad.txt:1: is not UTF-8: byte 0xe9 at 21."),
    (b"22-11-2024 (OSLO) One.\nTwo \xff.", "bad.txt:2: is not UTF-8: byte 0xff"),
    ("22-11-2024 (OSLO) One.".encode("utf-16"), "bad.txt:1: is not UTF-8: byte 0xff at 0."),
    (b"The ministry spoke.", "bad.txt:1: has no date."),
    (b"31-02-2024 (OSLO) Text.", "bad.txt:1: there is no date '31-02-2024'."),
    (b"11/22/2024 (OSLO) Text.", "bad.txt:1: the date '11/22/2024' cannot be read here."),
    (b"", "bad.txt: is empty."),
    (b"22-11-2024 (OSLO)\n", "bad.txt:1: is empty after its dateline."),
]


@pytest.mark.parametrize(("content", "told"), BAD_TEXTS)
def test_a_bad_text_file_is_told_and_the_others_are_taken(tmp_path: Path, content: bytes, told: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bad.txt").write_bytes(content)
    (folder / "good.txt").write_text("22-11-2024 (OSLO) It rained.", encoding="utf-8")
    report, done = ingest(tmp_path, folder)
    assert done.code == 3
    assert report["read"] == 1
    assert f"{folder}/{told}" in done.err


BAD_LINES = [
    ('{"id": "b", oops}', "in.jsonl:2:13: is not JSON"),
    ("Dear reader,", "in.jsonl:2:1: is not JSON"),
    ("\0", "in.jsonl:2:1: is not JSON"),
    ('{"id": "b", "text": "a\tb"}', "in.jsonl:2:23: is not JSON: Invalid control character"),
    ("[]", "in.jsonl:2: is a list, not an object."),
    (json.dumps({"id": "b", "text": "T"}), "in.jsonl:2: has no date: published_at is missing."),
    (json.dumps(article("T", published_at="22.11.2024")), "in.jsonl:2: published_at = '22.11.2024' is not a date."),
    (json.dumps(article("T", published_at="2024-02-30")), "in.jsonl:2: published_at = '2024-02-30' is not a date."),
    (json.dumps(article(" \n")), "in.jsonl:2: is empty: its text is blank."),
    ('{"id": "b", "published_at": "2024", "text": "half \\ud83d"}', "in.jsonl:2: holds half of a surrogate pair"),
    ('{"id": "\\udc00", "published_at": "2024", "text": "t"}', "in.jsonl:2: holds half of a surrogate pair"),
    ('{"id": "b", "published_at": "2024", "text": "t", "title": "\\ud83d"}', "in.jsonl:2: holds half"),
]


@pytest.mark.parametrize(("line", "told"), BAD_LINES)
def test_a_bad_line_is_told_with_its_number_and_the_others_are_taken(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(lines(GOOD) + line + "\n" + lines({**GOOD, "id": "last"}), encoding="utf-8")
    report, done = ingest(tmp_path, path)
    assert done.code == 3
    assert report["read"] == 2
    assert f"{tmp_path}/{told}" in done.err
    assert report["errors"] == [done.err.strip()]


@pytest.mark.parametrize("published_at", ["2024", "2024-11", "2024-11-22", "2024-11-22T08:00:00Z"])
def test_a_date_of_any_precision_is_fine(tmp_path: Path, published_at: str) -> None:
    report, done = ingest(tmp_path, "-", given=lines({**GOOD, "published_at": published_at}))
    assert (done.code, report["read"]) == (0, 1)


def test_extract_takes_the_good_and_tells_the_bad_alike() -> None:
    done = run("extract", "-", "--format", "jsonl", given="{}\n" + lines(article(NEWS)))
    assert done.code == 3
    assert "-:1: has no id." in done.err
    assert {json.loads(line)["article_id"] for line in done.out.splitlines()} == {"a1"}


def test_standard_input_that_is_closed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "policytrack", "ingest", "-", "--db", str(tmp_path / "t.db")]
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    close = {"preexec_fn": lambda: os.close(0)}
    done = subprocess.run(command, env=around, capture_output=True, text=True, check=False, **close)  # type: ignore[call-overload]
    assert done.returncode == 3
    assert done.stderr == "-: standard input is closed. Pipe articles into it, or name a file.\n"


# --- very long ones


def test_an_article_of_five_megabytes_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    filler = "The harbour was quiet and it rained all day long over Lisbon. "
    text = NEWS + " " + filler * (FIVE_MEGABYTES // len(filler))
    began = time.monotonic()
    report, done = ingest(tmp_path, "-", given=lines(article(text), {**GOOD, "id": "after"}))
    assert time.monotonic() - began < 60
    assert (done.code, report["read"]) == (0, 2)
    assert report["claims"] >= 1
    assert "only the opening of a very long article is read" in done.err
    assert "article_id=a1" in done.err and f"characters={READ_AT_MOST}" in done.err


@pytest.mark.parametrize("unit", ["A", " ", "中", "\n", "\u0301", "ATACMS. "])
def test_no_text_of_five_megabytes_holds_the_tool_up(unit: str) -> None:
    text = f"ATACMS {unit * (FIVE_MEGABYTES // len(unit))}"
    began = time.monotonic()
    extractor().read(Article(id="long", text=text, published_at=DAY))
    assert time.monotonic() - began < 60


def test_a_long_paragraph_is_read_sentence_by_sentence() -> None:
    text = "Oslo lifted the ban. " * 2000
    found = passages(text)
    assert len(found) > 1
    assert {each.text for each in found} == {"Oslo lifted the ban."}
    assert all(text[each.start :].startswith("Oslo lifted the ban.") for each in found)


def test_a_paragraph_without_sentences_is_cut_between_words_and_without_words_anywhere() -> None:
    words = passages("cork " * 5000)
    assert {each.text[:4] + each.text[-4:] for each in words} == {"corkcork"}
    assert all(len(each.text) <= LONGEST_PASSAGE for each in words)
    one = passages("x" * 25_000)
    assert [(each.start, len(each.text)) for each in one] == [(0, 10_000), (10_000, 10_000), (20_000, 5_000)]


@given(st.text(st.sampled_from("a .!\n\u00a0é\U0001f600"), max_size=60), st.integers(1, 900))
@settings(max_examples=60, deadline=None)
def test_cutting_loses_nothing_but_blanks(piece: str, times: int) -> None:
    text = piece * times
    found = passages(text)
    for start, passage, _ in found:
        assert text[start : start + len(passage)].replace("\u00a0", " ") == passage
        assert len(passage) <= LONGEST_PASSAGE
    if len(text) <= READ_AT_MOST:
        assert sum(len("".join(passage.split())) for _, passage, _ in found) == len("".join(text.split()))


# --- strange characters


ODD = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(
            "\0\x07\x1b\x7f\x85\u00ad\u200b\u200f\u202e\u2066\ufeff\U0001f1fa\U0001f469\u200d\U0001d518\u0301"
        ),
    ),
    max_size=30,
)


@given(ODD, ODD, ODD)
@settings(max_examples=60, deadline=None)
def test_every_quote_is_where_its_offsets_say(before: str, between: str, after: str) -> None:
    text = f"{before}\n\n{NEWS} {between} The ban on ATACMS strikes was lifted. {after}"
    reading = extractor().read(Article(id="odd", text=text, published_at=DAY), open_mode=True)
    for claim in (*reading.claims, *reading.rejected):
        spans = [claim.evidence, claim.subject, claim.attributed_to, claim.level]
        for span in [*spans, *claim.triggers, *claim.scope, *claim.dates]:
            assert span is None or text[span.start : span.end] == span.quote


@pytest.mark.parametrize(
    "odd",
    ["\x00\x1b[31m", "\u202eלארשי\u202c", "\U0001f1fa\U0001f1e6\U0001f680", "\U0001d518\U0001d519", "e\u0301\u0302"],
)
def test_strange_characters_come_through_the_commands(tmp_path: Path, odd: str) -> None:
    text = f"{odd} said.\n\n{NEWS}"
    given = lines(article(text, title=odd, publisher=odd))
    found = [json.loads(line) for line in run("extract", "-", "--format", "jsonl", given=given).out.splitlines()]
    assert found
    for claim in found:
        assert text[claim["evidence"]["start"] : claim["evidence"]["end"]] == claim["evidence"]["quote"]
    report, done = ingest(tmp_path, "-", given=given)
    assert (done.code, report["read"]) == (0, 1)
    exported = run("ledger", "export", "--canonical", "--db", tmp_path / "t.db").out.splitlines()
    assert json.loads(exported[0])["article"]["text"] == text


# --- other languages


FOREIGN = {
    "German (de)": "Washington hat der Ukraine erlaubt, ATACMS-Raketen gegen Ziele in Russland einzusetzen.",
    "French (fr)": "Washington a autorisé l'Ukraine à tirer des missiles ATACMS sur le territoire russe dimanche.",
    "Russian (ru)": "Вашингтон разрешил Украине применять ракеты ATACMS по целям в глубине России.",
    "Ukrainian (uk)": "Вашингтон дозволив Україні застосовувати ракети ATACMS по цілях у глибині росії.",
}


def test_articles_in_other_languages_are_skipped_counted_and_said(tmp_path: Path) -> None:
    foreign = [{**article(text), "id": name} for name, text in FOREIGN.items()]
    given = lines(*foreign, {**foreign[0], "id": "again", "text": f"{foreign[0]['text']} Das war alles."})
    report, done = ingest(tmp_path, "-", given=given)
    assert done.code == 0
    assert report["claims"] == 0
    reasons = {f"the article is in {name}, not in English": 1 for name in FOREIGN}
    assert report["skipped"] == {**reasons, "the article is in German (de), not in English": 2}
    shown = run("ingest", "-", "--db", tmp_path / "other.db", given=given).out
    assert "2 not parsed: the article is in German (de), not in English" in shown


# --- rule files


PACK = """\
pack: ours
version: 1
policies:
  - id: xx.salt.export
    title: Salt
    kind: permission
    issuer: [us]
"""

BAD_PACKS = [
    (PACK + "    title: Again\n", "ours.yaml:8:5:", 'key "title" stands here twice, first on line 5.'),
    (PACK + "    titel: Again\n", "ours.yaml:8:5:", 'unknown key "titel" in "xx.salt.export". Did you mean "title"?'),
    (PACK.replace("version: 1", "version: one"), "ours.yaml:2:10:", '"version" must be a whole number'),
    (PACK.replace("title: Salt", "title: [Salt]"), "ours.yaml:5:12:", '"title" must be text'),
    (PACK + PACK.split("policies:\n")[1], "ours.yaml:8:9:", '"xx.salt.export" already names a policy'),
    (PACK.replace("[us]", "[atlantis]"), "ours.yaml:7:14:", 'issuer "atlantis" is not in actors.yaml.'),
    (PACK + "    start: {status: prohibited, on: 2024-02-30}\n", "ours.yaml:8:37:", "'2024-02-30'"),
    (PACK + "    start: {status: prohibted}\n", "ours.yaml:8:21:", 'Did you mean "prohibited"?'),
    (PACK + "    start: {status: in_force}\n", "ours.yaml:8:21:", 'status "in_force" of a permission is not one of'),
    (PACK.replace("permission", "permision"), "ours.yaml:6:11:", 'Did you mean "permission"?'),
    (b"pack: caf\xe9\n", "ours.yaml:1:10:", "byte 0xe9 is not UTF-8."),
    (b"\xff\xfep\0", "ours.yaml:1:1:", "the file is UTF-16, not UTF-8."),
    (b"pack: \0\n", "ours.yaml:1:7:", "character U+0000 may not stand in a rule file."),
    ("pack: [a\n", "ours.yaml:1:7:", "the list that begins here is not closed"),
    ("", "ours.yaml:", "the file is empty."),
]


@pytest.mark.parametrize(("content", "place", "told"), BAD_PACKS)
def test_what_is_wrong_with_a_pack_is_told_by_every_command(
    tmp_path: Path, content: str | bytes, place: str, told: str
) -> None:
    path = tmp_path / "ours.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    checked = run("rules", "check", path)
    assert checked.code == 1
    assert f"{tmp_path}/{place}" in checked.out and told in checked.out
    asked = run("states", "--pack", path, "--db", ":memory:")
    assert (asked.code, asked.out) == (2, "")
    assert f"{tmp_path}/{place}" in asked.err and told in asked.err


def rules_folder(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT / "rules", folder / "rules"))


def removed(folder: Path) -> None:
    shutil.rmtree(folder)


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def replaced(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("rules", encoding="utf-8")


def latin(folder: Path) -> None:
    (folder / "actors.yaml").write_bytes(b"version: 1\n# caf\xe9\n")


def without_core(folder: Path) -> None:
    (folder / "core.yaml").unlink()


BAD_FOLDERS: list[tuple[Callable[[Path], None], str, str]] = [
    (removed, "rules:", "the rules folder does not exist."),
    (emptied, "rules:", "the folder holds no rules."),
    (replaced, "rules:", "the rules folder is a file."),
    (latin, "rules/actors.yaml:2:6:", "byte 0xe9 is not UTF-8."),
    (without_core, "rules:", 'the rules folder lacks "core.yaml".'),
]


@pytest.mark.parametrize(("spoil", "place", "told"), BAD_FOLDERS)
@pytest.mark.parametrize("command", [("states",), ("ingest", "-"), ("extract", "-"), ("shifts",)], ids=" ".join)
def test_a_bad_rules_folder_is_told_by_every_command(
    tmp_path: Path, command: tuple[str, ...], spoil: Callable[[Path], None], place: str, told: str
) -> None:
    folder = rules_folder(tmp_path)
    spoil(folder)
    db = () if command[0] == "extract" else ("--db", tmp_path / "t.db")
    done = run(*command, "--rules", folder, *db, given=lines(GOOD))
    assert (done.code, done.out) == (2, "")
    assert f"{tmp_path}/{place}" in done.err and told in done.err
    assert not (tmp_path / "t.db").exists()


# --- ledgers


def not_sqlite(path: Path) -> None:
    path.write_text("dear diary\n" * 200, encoding="utf-8")


def a_folder(path: Path) -> None:
    path.mkdir()


def newer(path: Path) -> None:
    run("ingest", "-", "--db", path, given=lines(GOOD))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE ledger SET schema = 99, written_by = '9.9'")
    connection.close()


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()


BAD_LEDGERS: list[tuple[Callable[[Path], None], str]] = [
    (not_sqlite, "watch.db is not an SQLite file, so no ledger; it was not touched."),
    (a_folder, "watch.db is a folder; a ledger is a file."),
    (newer, "watch.db was written by policytrack 9.9 (schema 99)"),
    (foreign, "watch.db belongs to another program (tables: bookmarks); it was not touched."),
]


@pytest.mark.parametrize(("spoil", "told"), BAD_LEDGERS)
@pytest.mark.parametrize("command", [("states",), ("ingest", "-"), ("ledger", "export", "--canonical")], ids=" ".join)
def test_a_path_that_is_no_ledger_is_told_and_left_alone(
    tmp_path: Path, command: tuple[str, ...], spoil: Callable[[Path], None], told: str
) -> None:
    path = tmp_path / "watch.db"
    spoil(path)
    before = None if path.is_dir() else path.read_bytes()
    done = run(*command, "--db", path, given=lines(GOOD))
    assert (done.code, done.out) == (4, "")
    assert f"{tmp_path}/{told}" in done.err
    assert before is None or path.read_bytes() == before


def test_a_ledger_in_no_folder(tmp_path: Path) -> None:
    done = run("ingest", "-", "--db", tmp_path / "nowhere" / "watch.db", given=lines(GOOD))
    assert done.code == 4
    assert f"the folder '{tmp_path}/nowhere' is not there. Make it, or name another path." in done.err


def test_a_read_only_ledger_answers_and_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "watch.db"
    run("ingest", "-", "--db", path, given=lines(GOOD))
    # Root may write whatever the permissions say, so the test says it for the operating system.
    monkeypatch.setattr("os.access", lambda *_: False)
    assert run("states", "--db", path).code == 0
    done = run("ingest", "-", "--db", path, given=lines({**GOOD, "id": "new"}))
    assert done.code == 4
    assert f"{path} is read-only. Make the file and its folder writable, or name another path." in done.err
