"""Regular expressions among phrases: what they fit, what is not taken and where it says so, and that none runs away."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.codes import Code
from policytrack.extract import Extractor, Reading
from policytrack.model import Article
from policytrack.packs import check_rules, load_rules
from policytrack.patterns import LONGEST_FIT, Patterns, complaint, fits, is_pattern

BROKEN = sorted((Path(__file__).parent / "broken").glob("PT17*-pattern-*.yaml"))
RUNNER = CliRunner()


# --- what they fit


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("/HIMARS-?[0-9]+/", ["HIMARS-12", "HIMARS3"], ["himars3", "HIMARS", "XHIMARS3", "HIMARS3 "]),
        ("/himars-?[0-9]+/", ["HIMARS-12", "himars3", "Himars3"], ["HIMARS"]),
        ("/guided (multiple )?rockets?/", ["guided rocket", "Guided Multiple Rockets"], ["guided  rocket"]),
        ("/type [0-9]{2,3}/", ["Type 72", "type 101"], ["type 7", "type 1010"]),
        ("/type [0-9]{2}/", ["type 72"], ["type 7", "type 723"]),
        ("/type [0-9]{2,}/", ["type 72", "type 72345"], ["type 7"]),
        (r"/su-\d\d\w?/", ["Su-35", "Su-35s"], ["Su-3", "Su-35ss", "Su-٣٥", "Su-35é"]),
        (r"/[^a-z0-9] \W\D\S/", ["É -x-"], ["a -x-", "É ax-", "É -5-", "É -x "]),
        ("/s[a-zà-ž]+n/", ["Sèvén", "SÈVÉN"], ["Sßv", "S-n"]),
        ("/(?P<kind>rock|table)(?: fine)* salt/", ["rock salt", "table fine fine salt"], ["salt"]),
        (r"/a\.b\/c\(d\)/", ["a.b/c(d)"], ["axb/c(d)"]),
        ("/a/b/", ["a/b"], ["ab"]),
        ("/[]x]y/", ["]y", "xy"], ["[y"]),
        ("/a[$^]b.?/", ["a$b", "a^b😀"], ["ab"]),
        (r"/x[\]\-^a-]/", ["x]", "x-", "x^", "xa"], ["xb"]),
        ("/ärger|Übel/", ["ärger", "Übel"], ["Ärger", "übel"]),
        ("/x(ab|cd){2}y/", ["xababy", "xabcdy"], ["xaby", "xabcdaby"]),
        ("/x(a|)y/", ["xay", "xy"], ["xaay"]),
        ("/x(a{0})y/", ["xy"], ["xay"]),
    ],
)
def test_a_pattern_fits_as_it_says(pattern: str, fitting: list[str], others: list[str]) -> None:
    assert complaint(pattern) is None
    assert [text for text in (*fitting, *others) if fits(pattern, text)] == fitting


def words(text: str) -> list[tuple[str, bool]]:
    """Words and signs, as a text is parsed, each with whether a blank stands before it."""
    found = re.finditer(r"\w+|[^\w\s]", text)
    return [(each[0], text[each.start() - 1 : each.start()].isspace()) for each in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The HIMARS3 and HIMARS-12 came", [(1, 2), (3, 6)]),
        ("HIMARS3,HIMARS4", [(0, 1), (2, 3)]),
        ("xHIMARS3 HIMARS3x", []),
        ("HIMARS -12", []),
        ("", []),
    ],
)
def test_a_pattern_fits_whole_words_also_several(text: str, found: list[tuple[int, int]]) -> None:
    hits = Patterns(["/HIMARS-?[0-9]+/"]).in_words(words(text))
    assert [(start, end) for start, end, _ in hits] == found


def test_a_stop_that_the_parser_leaves_at_a_word_is_none_of_it() -> None:
    patterns = Patterns(["/M[0-9]+[A-Z]?/", "/etc\\./"])
    assert sorted(patterns.in_words([("M142B.", False), ("etc.", True)])) == [
        (0, 1, "/M[0-9]+[A-Z]?/"), (1, 2, "/etc\\./"),
    ]  # fmt: skip


def test_any_gap_is_one_blank_and_the_longest_fit_counts() -> None:
    patterns = Patterns(["/guided (multiple )*rockets?( from the sea)?/"])
    text = words("Guided \n Multiple multiple\trockets from the sea and guided rockets from the shore")
    assert [(start, end) for start, end, _ in patterns.in_words(text)] == [(0, 7), (8, 10)]


def test_a_fit_has_at_most_so_many_words() -> None:
    patterns = Patterns(["/a( b)*( c)?/"])
    ((start, end, _),) = patterns.in_words(words("a" + " b" * 30))
    assert (start, end) == (0, LONGEST_FIT)


def test_several_patterns_are_found_at_once_also_where_they_overlap() -> None:
    patterns = Patterns(["/type [0-9]+/", "/[0-9]+ tanks?/", "/tanks?/", "/type [0-9]+/"])
    assert sorted(patterns.in_words(words("Type 72 tanks"))) == [
        (0, 2, "/type [0-9]+/"), (1, 3, "/[0-9]+ tanks?/"), (2, 3, "/tanks?/"),
    ]  # fmt: skip


def test_without_patterns_nothing_is_found() -> None:
    patterns = Patterns([])
    assert not patterns
    assert not patterns.hits("anything")
    assert list(patterns.in_words(words("any thing"))) == []


def test_offsets_are_words_also_where_characters_take_several_bytes() -> None:
    text = [("😀", False), ("\ud800", True), ("Übel", True), ("7", False), ("é.", True)]
    assert sorted(Patterns(["/Übel[0-9]/", "/é/", "/😀 ./"]).in_words(text)) == [
        (0, 2, "/😀 ./"),
        (2, 4, "/Übel[0-9]/"),
        (4, 5, "/é/"),
    ]


def test_what_fits_longest_need_not_end_with_a_word() -> None:
    assert list(Patterns(["/(ab )*a?b?/"]).in_words(words("ab ab abc"))) == [(0, 2, "/(ab )*a?b?/")]


# --- the same as the regular expressions of Python, but for the time that it takes

_ATOMS = st.sampled_from(["a", "b", "ab", ".", "[ab]", "[^a]", r"\d", "1", " ", "A"])
_REPEATS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}"])


def _bigger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    rows = st.lists(smaller, min_size=1, max_size=3).map("".join)
    choices = st.lists(rows, min_size=1, max_size=3).map("|".join)
    return st.builds(lambda inner, repeat: f"({inner}){repeat}", choices, _REPEATS)


_TREES = st.recursive(st.builds(str.__add__, _ATOMS, _REPEATS), _bigger, max_leaves=6)
_TEXTS = st.text(alphabet="abAB1 ", max_size=9)


@settings(max_examples=300, deadline=None)
@given(tree=_TREES, text=_TEXTS)
@example(tree="(a?)*b", text="aab")
@example(tree="(a*b*)*", text="abab")
@example(tree="(|a)(b|)", text="")
def test_it_fits_where_the_regular_expressions_of_python_fit(tree: str, text: str) -> None:
    flags = 0 if "A" in tree else re.IGNORECASE
    assert fits(f"/{tree}/", text) is bool(re.fullmatch(tree, text, flags))


@settings(max_examples=300, deadline=None)
@given(tree=_TREES, text=st.text(alphabet="ab1 ", max_size=14))
@example(tree="ab( ab)*( a)?", text="ab ab abb")
@example(tree="a|ab", text="ab")
def test_it_fits_words_where_the_regular_expressions_of_python_do(tree: str, text: str) -> None:
    text = " ".join(text.split())
    found = [(start, end) for start, end, _ in Patterns((f"/{tree}/",)).in_words(words(text))]
    places = [match.span() for match in re.finditer(r"\w+", text)]
    expected: list[tuple[int, int]] = []
    for start in range(len(places)):
        those = [text[places[start][0] : end] for _, end in places[start : start + LONGEST_FIT]]
        ends = [start + n for n, each in enumerate(those, 1) if re.fullmatch(tree, each, 0 if "A" in tree else re.I)]
        if ends and (not expected or start >= expected[-1][1]):
            expected.append((start, ends[-1]))
    assert found == expected


# --- none runs away

RUNAWAYS = ["(a+)+b", "(a|a)*b", "(a|aa)+b", "a*a*a*a*a*a*b", "(.*a){10}b", "(a?){30}a{30}b", "((a*)*)*b", ".*.*.*=.*b"]
"""Patterns that take others for ever on a text of a few dozen letters."""
LONG = 60
"""Seconds that none may take: a hundred times what each takes, and nothing beside what a runaway would."""


@pytest.mark.parametrize("pattern", [*RUNAWAYS, "(ab? )*a", "[ab].{200}", "(a?){500}a{500}b"])
@pytest.mark.parametrize("text", ["a" * 9_000, "a " * 4_500, "ab " * 3_000, "a" * 4_500 + "b " + "=a" * 2_000])
def test_what_runs_away_elsewhere_does_not_here(pattern: str, text: str) -> None:
    assert complaint(f"/x{pattern}/") is None
    began = time.process_time()
    patterns = Patterns([f"/{pattern}/"])
    patterns.hits(text)
    list(patterns.in_words(words(text)))
    assert time.process_time() - began < LONG


@settings(max_examples=300, deadline=None)
@given(
    body=st.text(
        alphabet=st.sampled_from("ab01(((()))||??**++{},2[]^-\\dwpQECxLi:Pn<>.$/:=!<é\n\u2028\ud800 "), max_size=24
    )
)
@example(body="(" * 5_000)
@example(body="(" * 900 + "a" + ")" * 900)
@example(body="[[:" * 9 + "^")
@example(body="a{3,1}")
@example(body="\\x{")
@example(body="(?P<")
@example(body=r"(\Q)\E")
def test_any_phrase_is_taken_or_told_why_not(body: str) -> None:
    phrase = f"/{body}/"
    found = complaint(phrase)
    if found is None:
        assert not fits(phrase, "")
        list(Patterns([phrase]).in_words(words("ab01 " * 20)))
        return
    assert found.code.name.startswith("PATTERN_")
    assert 0 <= found.start < found.start + found.width <= len(phrase)
    assert found.message.endswith(".")


def test_the_library_is_loaded_for_regular_expressions_only() -> None:
    script = (
        "import sys; from policytrack.patterns import Patterns, complaint; Patterns([]); complaint('salt'); "
        "print('re2' in sys.modules); complaint('/salt+/'); print('re2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


# --- what is not taken


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_pack_has_the_problem_of_its_name_where_it_says_so(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    here = [number for number, line in enumerate(lines, start=1) if line.endswith("# here")]
    assert [(each.code, each.location.line) for each in check_rules([path])] == [(path.stem[:5], line) for line in here]
    assert here


def test_every_problem_of_patterns_has_a_broken_pack() -> None:
    assert {code.value for code in Code if code.name.startswith("PATTERN_")} == {path.stem[:5] for path in BROKEN}


PACK = """\
pack: salt
version: 1
policies:
  - {id: zz.salt.export, title: Salt, issuer: [in], instrument: [PHRASE]}
"""


@pytest.mark.parametrize(
    ("written", "marked"),
    [
        ("'/salt(a/'", "("),
        ('"/salt(a/"', "("),
        ("/salt(a/", "("),
        ("'/it''s salt(a/'", "'/it''s salt(a/'"),
        ("'/(?=salt)x/'", "(?="),
        ("'/salt [z-a]/'", "z-a"),
        ("'/a**/'", "**"),
        (r"'/[*]\*a**/'", "**"),
        ("'/salt{1,9000}/'", "{1,9000}"),
        ("'/salt(a{1,900}|b{1,900}|c{1,900})/'", "/salt(a{1,900}|b{1,900}|c{1,900})/"),
        ("'/(salt) [)(] (a)(/'", "("),
        (r"'/salt[[:al:]]/'", "[:al:]"),
        (r"'/[^$]salt$/'", "$"),
        ("'/salt{,3}/'", "{"),
    ],
)
def test_the_caret_stands_below_the_place_in_the_pattern(tmp_path: Path, written: str, marked: str) -> None:
    path = tmp_path / "salt.yaml"
    path.write_text(PACK.replace("PHRASE", written), encoding="utf-8")
    (problem,) = check_rules([path])
    assert problem.source[problem.location.column - 1 :][: problem.width] == marked


def test_a_pattern_among_the_defaults_and_in_an_overlay_is_checked_where_it_stands(tmp_path: Path) -> None:
    pack = tmp_path / "salt.yaml"
    pack.write_text(
        "pack: salt\nversion: 1\ndefaults: {conduct: ['/a(/']}\n"
        "policies: [{id: in.salt.export, title: Salt, issuer: [in], instrument: [salt]}]\n"
    )
    overlay = tmp_path / "ours.yaml"
    overlay.write_text(
        "overlay: ours\nversion: 1\nchanges: salt\n"
        "policies: [{id: in.salt.export, add: {instrument: [halite, '/b)/']}}]\n"
    )
    found = [(Path(each.location.path).name, each.location.column, str(each.code)) for each in check_rules([tmp_path])]
    assert found == [("ours.yaml", 63, "PT175"), ("salt.yaml", 25, "PT175")]


def test_actors_are_no_patterns(tmp_path: Path) -> None:
    path = tmp_path / "salt.yaml"
    path.write_text(PACK.replace("PHRASE", "salt").replace("issuer: [in]", "issuer: ['/in|pk/']"), encoding="utf-8")
    (problem,) = check_rules([path])
    assert problem.code == Code.UNKNOWN_ACTOR
    assert "instrument and conduct" in problem.hint


def test_words_with_slashes_inside_are_words() -> None:
    assert [complaint(each) for each in ("and/or", "24/7", "HIMARS")] == [None] * 3
    assert not is_pattern("/")
    assert complaint("/") is not None


def test_rules_new_takes_words_only() -> None:
    for phrase in ("/salt+/", "/salt"):
        done = RUNNER.invoke(app, ["rules", "new", "in.salt.export", "--title", "Salt", "--instrument", phrase])
        assert done.exit_code == 2
        assert "is no name" in done.stderr


# --- what is read by them

ROCKETS = """\
pack: rockets
version: 1
policies:
  - id: us.fulmar.transfer
    title: US transfer of Fulmar sledges
    issuer: [us]
    instrument: ['/FULMAR-?[0-9]+[A-Z]?/', '/fulmar (guided )?(sledge|sleigh)s?/']
    conduct: [transfer]
  - id: zz.salt.export
    title: India's permission to export salt
    issuer: [in]
    instrument: [salt]
    conduct: ['/grade [A-C]-?[0-9]/']
tests:
  - {text: "The US has allowed the transfer of the FULMAR-12B.", policy: us.fulmar.transfer, gives: authorise}
  - {text: "The US has banned the transfer of Fulmar guided sledges.", policy: us.fulmar.transfer, gives: impose}
  - {text: "The US has allowed the transfer of the XFULMAR-12B to Ukraine.", policy: us.fulmar.transfer, gives: none}
  - {text: "The US has allowed the transfer of the fulmar-12 to Ukraine.", policy: us.fulmar.transfer, gives: none}
  - {text: "The US may allow the transfer of the FULMAR-12B to Ukraine.", policy: us.fulmar.transfer, gives: none}
  - {text: "India has banned the export of salt of grade B-2.", policy: zz.salt.export, gives: impose}
  - {text: "India has banned the export of salt of grade D-2.", policy: zz.salt.export, gives: none}
"""


@pytest.fixture(scope="module")
def rockets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rockets") / "rockets.yaml"
    path.write_text(ROCKETS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def extractor(rockets: Path) -> Extractor:
    return Extractor(load_rules(packs=[rockets]))


def read(extractor: Extractor, text: str, title: str = "") -> Reading:
    return extractor.read(Article(id="a", text=text, title=title, published_at="2024-11-22"))


def test_a_pack_with_patterns_passes_check_and_its_tests(rockets: Path) -> None:
    assert RUNNER.invoke(app, ["rules", "check", str(rockets)]).exit_code == 0
    tested = RUNNER.invoke(app, ["rules", "test", str(rockets)])
    assert (tested.stdout, tested.exit_code) == ("7 passed in 1 pack\n", 0)


@pytest.mark.parametrize(
    "thing",
    ["FULMAR-12", "FULMAR\u201112B", "FULMAR12", "Fulmar guided\u00a0sleighs", "fulmar  sledges"],
)  # fmt: skip
def test_a_claim_binds_by_a_pattern_and_its_quotes_stand_where_they_say(extractor: Extractor, thing: str) -> None:
    text = f"It rained — a lot. 😀 The United States has allowed the transfer of {thing} to Ukraine."
    (claim,) = read(extractor, text).claims
    assert (claim.policy, claim.operation, claim.direction) == ("us.fulmar.transfer", "authorise", "looser")
    assert claim.evidence.quote == text[claim.evidence.start : claim.evidence.end]
    assert thing in claim.evidence.quote
    assert claim.subject is None or claim.subject.quote == text[claim.subject.start : claim.subject.end]


def test_a_thing_that_only_the_title_names_is_in_focus(extractor: Extractor) -> None:
    reading = read(extractor, "Washington lifted the ban on their transfer on Monday.", "US on FULMAR-12 sledges")
    assert [claim.policy for claim in reading.claims] == ["us.fulmar.transfer"]


def test_articles_that_no_pattern_fits_are_not_parsed(extractor: Extractor) -> None:
    assert read(extractor, "The US has allowed the Fulmars to be sent.").skipped == "no tracked instrument is named"


def test_a_refusal_shows_the_pattern(rockets: Path, tmp_path: Path) -> None:
    note = tmp_path / "a.jsonl"
    text = "India has banned the export of salt of grade D-2."
    note.write_text(f'{{"id": "a", "published_at": "2024-11-22", "text": "{text}"}}\n', encoding="utf-8")
    words = ["why", str(note), "--policy", "zz.salt.export", "--pack", str(rockets), "--db", str(tmp_path / "no.db")]
    shown = RUNNER.invoke(app, words)
    assert "`/grade [A-C]-?[0-9]/`" in shown.stdout
