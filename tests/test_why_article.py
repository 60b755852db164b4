"""How an article was read, and why a sentence was not: each step that can say no, the text, the data, the command."""

from __future__ import annotations

import inspect
import io
import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from policytrack import why_article
from policytrack.errors import ArticleError, ConfigError
from policytrack.extract import Extractor
from policytrack.extract.check import ValueCheck
from policytrack.extract.told import ArticleExplanation, lines
from policytrack.extract.trace import No, RunnerUp, SentenceTrace, Statement, Step
from policytrack.model import Article, Policy
from policytrack.packs import load_rules
from policytrack.sources import read_articles
from policytrack.tracker import Tracker, open_tracker
from tests.reading import ROOT, article, extractor, rules
from tests.test_cli import Done, leaves, run

ATACMS, SHADOW, TRANSFER = "us.atacms.strikes-in-russia", "uk.storm-shadow.strikes-in-russia", "us.atacms.transfer"
LIFTED = "Washington has let Ukraine fire ATACMS into Russia."
DATED = "22-11-2024 (OSLO) "


def explained(text: str, policy: str | None = None, title: str = "", open_mode: bool = False) -> ArticleExplanation:
    asked = rules().policy(policy) if policy else None
    return extractor().explain(article(text, title=title), open_mode, asked)


def sentence(found: ArticleExplanation, number: int = 1) -> SentenceTrace:
    return next(each for each in found.sentences if each.number == number)


def statement(found: ArticleExplanation, number: int = 1, word: str = "") -> Statement:
    """The statement of a sentence, or the one of several that a word carries."""
    several = sentence(found, number).statements
    return next(s for s in several if not word or word in [span.quote for span in s.composition.words])


def no_of(found: ArticleExplanation, number: int = 1, word: str = "") -> tuple[str, str]:
    no = statement(found, number, word).no
    assert no is not None
    return no.step, no.reason


# --- the same steps as reading


@pytest.mark.parametrize("open_mode", [False, True], ids=["policy", "open"])
def test_what_is_explained_is_what_is_read(open_mode: bool) -> None:
    for each in read_articles(ROOT / "examples" / "ukraine-arms" / "articles.jsonl"):
        assert isinstance(each, Article)
        reading = extractor().read(each, open_mode=open_mode)
        found = extractor().explain(each, open_mode)
        assert found.skipped == reading.skipped
        assert {c.id: c for c in found.claims} == {c.id: c for c in reading.claims}
        for traced in found.sentences:
            words = [span for told in traced.statements for span in told.composition.words]
            assert all(each.text[span.start : span.end] == span.quote for span in (traced, *words))


# --- what was read


def test_a_claim_is_told_with_the_words_that_decided_each_step() -> None:
    found = explained(f"{LIFTED} The decision came after troops from the north arrived.")
    told = statement(found)
    assert told.no is None
    assert (told.composition.entry, told.composition.kind) == ("let", "allow")
    assert told.composition.rule == f"operations.allow@{load_rules().operations.version}"
    assert told.status is not None
    assert (told.status.status, told.status.words) == ("decided", ())
    (binding,) = told.bindings
    assert (binding.policy, binding.issuer.id, binding.admitted, binding.problems) == (ATACMS, "us", True, ())
    parts = {part.part: (part.layer, part.words) for part in binding.parts}
    assert parts["issuer"] == ("agent", ("Washington",))
    assert parts["instrument"][0] in ("theme", "clause")
    assert parts["instrument"][1] == ("ATACMS",)
    assert "fire" in parts["conduct"][1]
    assert binding.claim is not None
    assert [(t.cue, n) for t, n in zip(binding.claim.triggers, binding.trigger_sentences, strict=True)] == [
        ("came after", 2)
    ]
    assert sentence(found, 2).adds_to == (1,)
    assert sentence(found, 2).no is None


def test_class_and_value_are_told_and_what_turned_them() -> None:
    lifted = statement(explained("Washington lifted the ban on ATACMS strikes in Russia.")).composition
    assert (lifted.kind, lifted.value, lifted.operation) == ("remove", "restriction", "lift")
    ended = statement(explained("Washington no longer allows strikes in Russia with ATACMS."))
    assert (ended.composition.operation, ended.operation) == ("authorise", "revoke")
    assert any("no longer" in reason for reason in ended.composition.turned)


def test_what_is_found_in_the_focus_says_where() -> None:
    found = explained("Washington spoke of ATACMS strikes in Russia. It has lifted the ban.")
    parts = {part.part: part for part in statement(found, 2).bindings[0].parts}
    assert (parts["instrument"].layer, parts["instrument"].words, parts["instrument"].sentence) == (
        "focus",
        ("ATACMS",),
        1,
    )


def twins(text: str, asked: str | None = None) -> ArticleExplanation:
    """The explanation of a text by two policies that ask for the same, `us.cork.a` and `us.cork.b`."""
    ids = ("us.cork.a", "us.cork.b")
    policies = tuple(Policy(id=i, title=i, issuer=("us",), instrument=("cork",), conduct=("export",)) for i in ids)
    reader = Extractor(replace(rules(), policies=policies))
    reader.__dict__["_parser"] = extractor()._parser  # loading another takes seconds
    return reader.explain(article(text), policy=next((p for p in policies if p.id == asked), None))


def test_the_next_policy_is_told_where_it_is_near() -> None:
    (binding,) = statement(twins("Washington has banned the export of cork.")).bindings
    assert (binding.policy, binding.runner_up) == ("us.cork.b", RunnerUp(policy="us.cork.a", score=binding.score))
    assert "next would be us.cork.a" in str(twins("Washington has banned the export of cork."))


def test_use_that_implies_a_permission_is_told() -> None:
    text = "For the first time Ukraine has struck a depot in Russia with Storm Shadow missiles, Kyiv said."
    told = statement(explained(text), word="struck")
    assert told.bindings[0].claim is not None
    assert told.bindings[0].claim.implied
    assert {part.layer for part in told.bindings[0].parts} >= {"pack", "use"}


# --- each step that says no


def test_no_operation_where_no_word_of_change_stands() -> None:
    found = explained(f"{LIFTED} ATACMS are heavy.")
    assert sentence(found, 2).no == No(step="operation", reason="names ATACMS, no word of change")
    assert sentence(found, 2).instruments == ("ATACMS",)


def test_no_operation_where_a_conduct_is_told_and_no_change() -> None:
    no = sentence(explained("Nobody knows how far ATACMS can be fired."), 1)
    assert no.instruments == ("ATACMS",)


def test_no_operation_where_word_and_thing_say_nothing_together() -> None:
    found = explained(f"{LIFTED} Talks on ATACMS were suspended.")
    assert sentence(found, 2).no == No(
        step="operation", reason="names ATACMS, `suspended` (pause) with `Talks` (unknown) says nothing of a policy"
    )


def test_no_operation_where_nobody_who_makes_policy_acts() -> None:
    found = explained("The company lifted its ban on ATACMS.")
    assert no_of(found) == ("operation", "`lifted`, by `company`, is done by one who decides for nobody else")
    assert statement(found).status is None


def test_no_change_where_all_stays_as_it_was() -> None:
    step, reason = no_of(explained("Washington maintained its ban on ATACMS strikes in Russia."))
    assert step == "operation"
    assert reason.startswith("reaffirm, by `maintained`")


def test_status() -> None:
    found = explained("Washington is weighing lifting the ban on ATACMS strikes in Russia.")
    assert no_of(found) == ("status", "considered, by `weighing`")
    assert [word.quote for word in statement(found).status.words] == ["weighing"]  # type: ignore[union-attr]
    assert sentence(found).no == statement(found).no


def test_background() -> None:
    found = explained("London had lifted its ban on Storm Shadow strikes in Russia.")
    assert no_of(found) == ("background", "past perfect: had lifted")
    assert statement(found).background.background  # type: ignore[union-attr]


def test_merging() -> None:
    found = explained("Washington eased the limits, allowing Ukraine to fire ATACMS into Russia.")
    assert statement(found, word="eased").no is None
    merged = statement(found, word="allowing")
    assert merged.no == No(
        step="merging", reason="merged into `eased` of this sentence: a participle that tells its result"
    )
    assert (merged.merged_into, merged.bindings) == (1, ())


def test_the_same_claim_twice() -> None:
    found = explained("Washington has given the green light for ATACMS to be fired into Russia.")
    several = [s.no.step for s in sentence(found).statements if s.no]
    assert set(several) <= {"claim", "merging"}
    assert len(found.claims) == 1


def test_binding_names_what_no_policy_has() -> None:
    step, reason = no_of(explained("France has allowed Ukraine to fire ATACMS into Russia."))
    assert step == "binding"
    assert reason.startswith("no policy of the packs has issuer `fr` (France) with instrument `ATACMS`; nearest us.")


def test_binding_where_no_instrument_is_named() -> None:
    found = explained(
        "ATACMS are heavy. Bread is dear. It rained. Trains were late. Mali has lifted the ban on imported cars."
    )
    assert no_of(found, 5) == ("binding", "names no tracked instrument, and refers to none")


def test_quote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policytrack.extract.extractor.clause_words", lambda frame, _: (frame.head,))
    found = explained(LIFTED)
    assert no_of(found) == ("quote", "its clause has fewer than two words")
    assert statement(found).bindings[0].claim is None


def test_value_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ValueCheck, "problems", lambda *_: ["date: 'Sunday' does not read as 2024-11-17"])
    found = explained(LIFTED)
    assert no_of(found) == ("value check", "date: 'Sunday' does not read as 2024-11-17")
    (binding,) = statement(found).bindings
    assert (binding.admitted, binding.problems) == (False, ("date: 'Sunday' does not read as 2024-11-17",))
    assert found.claims == ()
    assert "value check  refused: date:" in str(found)


def test_the_first_no_counts_and_the_others_are_told_too() -> None:
    found = explained("ATACMS are heavy. Paris is weighing lifting its ban on bread.")
    assert no_of(found, 2)[0] == "status"
    assert statement(found, 2).unbound == "names no tracked instrument, and refers to none"


def test_a_cue_that_ties_nothing_is_told() -> None:
    found = explained("ATACMS are heavy because they carry much fuel.")
    assert sentence(found).unlinked_cues == ("because",)


# --- with a policy: the part that said no


@pytest.mark.parametrize(
    ("text", "policy", "part", "reason"),
    [
        ("France has allowed Ukraine to fire ATACMS.", ATACMS, "issuer", "asks for `us`, here it is `fr` (France)"),
        ("Washington allowed strikes with HIMARS in Russia.", SHADOW, "issuer", "here it is `us` (Washington)"),
        ("Washington allowed strikes with HIMARS in Russia.", ATACMS, "instrument", "the sentence names `HIMARS`"),
        ("Washington has sent ATACMS to Ukraine.", ATACMS, "conduct", "the clause tells of `sent`"),
        ("Russia may now fire ATACMS into Russia.", ATACMS, "subject", "none of its beneficiaries"),
    ],
)
def test_the_first_part_of_a_policy_that_is_missing(text: str, policy: str, part: str, reason: str) -> None:
    (refusal,) = statement(explained(text, policy)).refusals
    assert (refusal.policy, refusal.part) == (policy, part)
    assert reason in refusal.reason
    assert statement(explained(text, policy)).bindings == ()


def test_a_policy_that_fits_no_better_than_another() -> None:
    (refusal,) = statement(twins("Washington has banned the export of cork.", "us.cork.a")).refusals
    assert (refusal.part, refusal.instead) == ("score", ("us.cork.b",))
    assert "us.cork.b comes first" in refusal.reason


def test_what_concerns_another_policy_is_left_out() -> None:
    text = f"{LIFTED} London has allowed Ukraine to fire Storm Shadow into Russia. HIMARS are heavy. Bread was banned."
    found = explained(text, SHADOW)
    assert [claim.policy for claim in found.claims] == [SHADOW]
    assert sentence(found, 1).instruments == ()
    assert {each.number for each in found.sentences} >= {1, 2}
    assert 3 not in {each.number for each in found.sentences}
    assert "read for uk.storm-shadow.strikes-in-russia" in str(found)


# --- articles that nothing is read of


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("A choir sang in Bergen.", "no tracked instrument is named"),
        ("  \n", "the article is empty"),
        (
            "Le gouvernement a levé hier les restrictions sur les missiles ATACMS, ont déclaré plusieurs responsables.",
            "the article is in French (fr), not in English",
        ),
    ],
)
def test_an_article_that_is_not_read_says_why(text: str, skipped: str) -> None:
    found = explained(text)
    assert (found.skipped, found.sentences, found.sentence_count) == (skipped, (), 0)
    assert f"not read: {skipped}" in str(found)


def test_what_no_pack_tracks_can_be_read_without_packs() -> None:
    text = "Mali has lifted its ban on imported cars. It rained."
    assert "--open" in explained(text).note
    found = explained(text, open_mode=True)
    (binding,) = statement(found).bindings
    assert (binding.policy, binding.parts, binding.issuer.text, found.mode) == (None, (), "Mali", "open")
    assert [each.number for each in found.sentences] == [1]
    assert "issuer       " in str(found)


def test_an_article_in_which_nothing_is_done_says_so() -> None:
    assert explained("It rained. It snowed.", open_mode=True).note == "no sentence says that anything is done"
    found = explained("Mr Tank is a tenor.", policy=ATACMS)
    assert found.skipped or found.sentences or found.note


# --- as text and as data


def test_the_text_fits_a_terminal_and_obeys_nothing_in_it() -> None:
    found = explained(
        f"{LIFTED} \x1b[2JParis is weighing a ban on ATACMS\u202e because of an attack.", title="A\x1b[1mB"
    )
    told = str(found)
    assert max(len(line) for line in told.splitlines()) <= 96
    assert all(len(line.text) <= 60 for line in lines(found, 60) if " " in line.text.strip())
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_the_data_has_all_that_the_text_has_and_reads_back() -> None:
    found = explained(LIFTED)
    assert ArticleExplanation.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_every_step_can_say_no() -> None:
    assert get_args(Step) == (
        "operation", "status", "background", "merging", "binding", "quote", "value check", "claim",
    )  # fmt: skip


# --- in the library


def test_the_library_takes_an_article_a_path_and_an_id_of_the_ledger(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text(DATED + LIFTED, encoding="utf-8")
    with open_tracker(rules=rules()) as tracker:
        from_path = tracker.why_article(note)
        assert from_path.article_id == "note"
        assert tracker.why_article(str(note)) == from_path
        assert tracker.why_article(Article(id="note", text=DATED + LIFTED, published_at="2024-11-22")) == from_path
        assert tracker.why_article("-", stdin=io.BytesIO((DATED + LIFTED).encode())).claims
        tracker.ingest([note, Article(id="notes", text="It rained.", published_at="2024-11-22")])
        assert tracker.why_article("note") == from_path
        assert tracker.why_article("notes").skipped
        with pytest.raises(ConfigError, match=r"not can be note, notes\. Write more of it"):
            tracker.why_article("not")
    assert why_article(note, rules=rules(), policy=ATACMS).claims == from_path.claims


def test_the_version_of_an_article_is_the_one_that_was_known() -> None:
    with open_tracker(rules=rules()) as tracker:
        for day, text in (("2024-11-20", "It rained."), ("2024-11-22", LIFTED)):
            tracker.ingest(Article(id="a", text=text, published_at=day), assume_seen="published")
        assert tracker.why_article("a").claims
        assert tracker.why_article("a", known="2024-11-21").skipped == "no tracked instrument is named"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"policy": "us.atacms.strikes-in-rusia"}, "Did you mean 'us.atacms.strikes-in-russia'?"),
        ({"policy": ATACMS, "open_mode": True}, "leave out the one or the other"),
        ({"known": "2024-11-22"}, "leave known out"),
    ],
)
def test_arguments_that_cannot_be_meant(tmp_path: Path, arguments: dict[str, str], told: str) -> None:
    note = tmp_path / "note.txt"
    note.write_text(DATED + LIFTED, encoding="utf-8")
    with open_tracker(rules=rules()) as tracker, pytest.raises(ConfigError, match=re.escape(told)):
        tracker.why_article(note, **arguments)  # type: ignore[arg-type]


def test_half_a_character_is_no_article_and_no_id() -> None:
    with open_tracker(rules=rules()) as tracker:
        with pytest.raises(ArticleError, match="surrogate"):
            tracker.why_article(Article.model_construct(id="a", text="\ud83d", published_at="2024"))
        tracker.ingest(Article(id="a", text="It rained.", published_at="2024"))
        with pytest.raises(ConfigError, match="there is no file, article in :memory:"):
            tracker.why_article("\udc00")


# --- the command


def test_the_command_takes_what_the_method_takes() -> None:
    (command,) = [command for words, command in leaves() if words == ("why",)]
    names = {parameter.name for parameter in command.params}
    assert set(inspect.signature(Tracker.why_article).parameters) - {"self", "source", "stdin"} <= names
    assert set(inspect.signature(why_article).parameters) - {"source", "rules", "packs"} <= names


def written(folder: Path, *texts: str) -> str:
    """A JSONL file of articles a1, a2 ..., of the texts."""
    path = folder / "articles.jsonl"
    told = [{"id": f"a{n}", "published_at": "2024-11-22", "text": text} for n, text in enumerate(texts, start=1)]
    path.write_text("".join(json.dumps(each) + "\n" for each in told), encoding="utf-8")
    return str(path)


def why(*words: str, given: str = "") -> Done:
    return run("why", *words, given=given)


def test_text_and_data_of_the_command(tmp_path: Path) -> None:
    path = written(tmp_path, LIFTED)
    text, data, line = why(path), why(path, "--format", "json"), why(path, "--format", "jsonl")
    assert (text.code, data.code, line.code) == (0, 0, 0)
    assert "authorise, looser: news of a change" in text.out
    assert f"--policy {ATACMS}" in text.err
    told = json.loads(data.out)
    assert told["schema"] == 1
    assert told["sentences"][0]["statements"][0]["bindings"][0]["policy"] == ATACMS
    assert {**json.loads(line.out), "schema": 1} == told
    assert line.out.count("\n") == 1


def test_one_of_several(tmp_path: Path) -> None:
    path = written(tmp_path, "It rained.", LIFTED)
    assert why(path, "--article", "a2").out.startswith("article a2")
    assert why("-", "--article", "a2", given=Path(path).read_text(encoding="utf-8")).out.startswith("article a2")
    several = why(path)
    assert several.code == 2
    assert "holds 2 articles: a1, a2. Name one, as --article 'a1'." in several.err
    wrong = why(path, "--article", "a22")
    assert (wrong.code, wrong.out) == (2, "")
    assert "Did you mean 'a2'?" in wrong.err


def test_one_good_line_among_bad_ones_must_be_named(tmp_path: Path) -> None:
    path = Path(written(tmp_path, LIFTED))
    path.write_text(path.read_text(encoding="utf-8") + "rubbish\n", encoding="utf-8")
    assert why(str(path), "--article", "a1").code == 0
    done = why(str(path))
    assert done.code == 2
    assert "holds 1 article and 1 that cannot be read: a1." in done.err


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(DATED + LIFTED, encoding="utf-8")
    assert why(str(tmp_path)).out.startswith("article note")
    (tmp_path / "other.txt").write_text(DATED + LIFTED, encoding="utf-8")
    assert why(str(tmp_path)).code == 2
    assert why(str(tmp_path), "--article", "other").out.startswith("article other")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert why(str(empty)).code == 3


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.txt", b"", "is empty"),
        ("empty.jsonl", b"", "holds no article"),
        ("rubbish.txt", b"\x00\xff\xfe\x9c", "is not UTF-8"),
        ("rubbish.jsonl", b"\x01\x02 {{{\n", "is not JSON"),
        ("undated.txt", b"Washington has let Ukraine fire ATACMS.", "has no date"),
    ],
)
def test_what_is_no_article_is_named_and_ends_with_3(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = why(str(path))
    assert (done.code, done.out) == (3, "")
    assert name in done.err
    assert told in done.err


def test_what_is_neither_an_id_nor_an_article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    misspelt = why("us.atacms.strikes-in-rusia")
    assert misspelt.code == 2
    assert "there is no file, article in policytrack.db, policy, claim, shift or state" in misspelt.err
    assert f"Did you mean '{ATACMS}'?" in misspelt.err
    missing = why("nowhere.txt")
    assert missing.code == 3
    assert "nowhere.txt: there is no such file or folder" in missing.err
    assert why("note", "--article", "a1").code == 2
    assert why("x" * 5000).code == 2


def test_an_id_and_a_file_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("ingest", written(tmp_path, LIFTED))
    claim = run("extract", "articles.jsonl", "--format", "jsonl").out
    short = json.loads(claim.splitlines()[0])["id"][:8]
    for name in (short, "c-fade0000", ATACMS):
        Path(name).write_text(DATED + LIFTED, encoding="utf-8")
    assert why(short).out.startswith("claim c-")
    assert why("./" + short).out.startswith(f"article {short}")
    assert why("c-fade0000").out.startswith("article c-fade0000"), "no record is called so"
    assert why(ATACMS).out.startswith(f"policy {ATACMS}")
    assert why("a1").out.startswith("article a1")
    wrong = why(ATACMS, "--open")
    assert wrong.code == 2
    assert f"A file of that name is ./{ATACMS}" in wrong.err


def test_an_article_that_is_not_read_is_no_failure(tmp_path: Path) -> None:
    done = why(written(tmp_path, "A choir sang in Bergen."))
    assert done.code == 0
    assert "not read: no tracked instrument is named" in done.out


def test_colour_only_on_a_terminal(tmp_path: Path) -> None:
    path = written(tmp_path, "A choir sang in Bergen.")
    assert "\x1b" not in why(path).out
    command = [sys.executable, "-m", "policytrack", "why", path]
    for plain in (False, True):
        around = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **({"NO_COLOR": "1"} if plain else {})}
        leader, follower = pty.openpty()
        with subprocess.Popen(command, stdout=follower, stderr=subprocess.DEVNULL, env=around) as process:
            os.close(follower)
            told = b""
            while True:
                try:
                    part = os.read(leader, 4096)
                except OSError:  # how Linux says that the other side has gone
                    break
                if not part:
                    break
                told += part
        os.close(leader)
        assert process.returncode == 0
        assert b"not read" in told
        assert (b"\x1b[31m" in told) is not plain
