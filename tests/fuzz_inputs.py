"""Feeds rubbish to the real entry points: `python -m tests.fuzz_inputs --runs 100000`, part of `make fuzz`.

Random bytes, random YAML, rule files and articles with random changes, random words on the command line. An error that
is meant for the user (PolicytrackError, a problem, an exit code with a message) is what should come; anything else is a
failure, shown with what repeats it. Runs come in blocks that share a ledger. Most articles are read by a stand-in that
makes up claims, a few by the parser.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from policytrack import logs
from policytrack.cli import app
from policytrack.dates import precision
from policytrack.errors import ArticleError, PolicytrackError
from policytrack.extract import Extractor, Reading
from policytrack.limits import engine_problems
from policytrack.model import CLAIM_STATUSES, DIRECTIONS, FACTIVE, OPERATIONS, Article, Claim, Record, claim_id
from policytrack.packfile import PackFile
from policytrack.packs import FILES, Rules, check_rules, load_rules
from policytrack.records import as_record
from policytrack.sources import ReadOptions, read_articles
from policytrack.status_model import Core
from policytrack.tracker import Tracker, open_tracker, read_text
from policytrack.vocabulary import Actors, Operations, StatusWords, TriggerWords
from policytrack.watchfile import read_watch_file
from policytrack.yamlfile import read_yaml
from tests.builders import OneByOne

ROOT = Path(__file__).parent.parent
BLOCK = 100
"""Runs that share a ledger, and are repeated together."""
SLOW = 20.0
"""Seconds after which a run counts as a failure: no input may hold the tool up."""
MODELS: dict[str, type[Record]] = dict(zip(FILES, (Core, Operations, StatusWords, TriggerWords, Actors), strict=True))

PACK = """
pack: fuzz
version: 1
policies:
  - {id: us.atacms.strikes, title: Strikes, kind: permission, issuer: [us], instrument: [ATACMS], conduct: [strikes],
     start: {status: prohibited, on: 2023-10-17}}
  - {id: us.cork.tariff, title: Tariff, kind: restriction, issuer: [us], instrument: [cork]}
  - {id: uk.rate, title: Rate, kind: rate, issuer: [gb], instrument: [Bank Rate],
     start: {status: set, level: {value: 4.5}}}
"""
WATCHED = """
sources:
  - {name: wire, url: "https://wire.example/feed", every: 15m, silent_after: 3d, full_text: true, publisher: Wire}
  - {name: inbox, path: inbox, every: 1h, columns: {text: body, id: uri}, published_at: 2024-11, allow_private: false}
"""
PAGE = """<!DOCTYPE html><html><head><title>Cork</title><link rel="canonical" href="https://post.example/cork">
<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "datePublished": "2024-11-22"}]}</script>
<meta property="article:published_time" content="2024-11-22T23:30:00-08:00"><meta charset="utf-8"></head><body>
<article><time datetime="2024-11-22">today</time><p>The tariff on cork was raised on Tuesday, they said.</p></article>
<link rel="alternate" type="application/rss+xml" href="/rss.xml"></body></html>"""
RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Wire</title><item><title>Cork</title>
<link>https://wire.example/1</link><guid>17</guid><pubDate>Fri, 22 Nov 2024 23:30:00 -0800</pubDate>
<description>&lt;p&gt;The tariff on cork was raised.&lt;/p&gt;</description></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:wire.example,2024:1</id><updated>2024-11-22</updated>
<content type="html">&lt;p&gt;Cork&lt;/p&gt;</content><link href="/1"/></entry></feed>"""
WARC = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://post.example/cork\r\nContent-Length: {}\r\n"
    "Content-Type: application/http; msgtype=response\r\n\r\n{}\r\n\r\n"
)
ANSWER = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{PAGE}"
SOURCES = {
    "a.csv": 'id,published_at,text,title\r\na1,2024-11-22,"Cork, ""they"" said","One\nTwo"\r\na2,2024,Rain,\r\n',
    "a.html": PAGE,
    "a.xml": RSS,
    "a.atom": ATOM,
    "a.unknown": RSS,
    "a.warc": WARC.format(len(ANSWER), ANSWER) * 2,
    "a.parquet": "PAR1 and nothing else PAR1",
}
TEXTS = (
    "Washington has allowed Ukraine to fire ATACMS into Russia on Sunday, two officials said, in response to troops.",
    "The tariff on cork was raised from 25 to 50 per cent. “It’s over,” the minister said on 3 May 2024.",
    "The Bank Rate was cut by 0.25 points; the ban on ATACMS will be lifted next week unless strikes stop.",
)
ODD = (
    "\0", "\x1b[2J", "\u200f", "\u202e", "\u2066", "\ufeff", "\u2028", "\x85", "\U0001f1fa\U0001f1e6", "\U0001d518",
    "\u0301" * 9, "\u00a0", "\\ud83d", "\\udc00", "\\u0000", "“", "”", "—", "ATACMS", "no longer ", "lifted the ban ",
    "31-02-2024 (", "22-11-2024 (OSLO) ", "0000-00-00", "9999-12-31", "\n", "\r", "\t", '"', "'", "{", "}", "[", "]",
    ":", ": ", "- ", ",", "&a ", "*a", "!!python/object:os.system ", "<<: ", "? ", "|", ">", "%", "@", "`", "#", "~",
    "null", "NaN", "1e999", "-0", "9" * 400, "\n---\n", "0x1F", "12:30", "\t- ", "(" * 50, "A" * 3000, " " * 3000,
)  # fmt: skip
DATES = ("2024-11-17", "2024-11", "2024", "0001-01-01", "9999-12-31", "2024-02-29")
WORDS = (
    "ingest", "extract", "state", "states", "shifts", "diff", "why", "policies", "version", "rules", "check", "ledger",
    "export", "--canonical", "--on", "--known", "--since", "--until", "--kind", "--format", "json", "jsonl", "text",
    "--db", ":memory:", "-", "us.*", "[", "us.atacms.strikes-in-russia", "c-", "s-000000", "p-zz", "2024-11-17", "0001",
    "9999-12-31T23:59Z", "12/11/2024", "2024-11-17T12:00", "--open", "--rejected", "-q", "-v", "--exit-code", "", "\0",
    "\u202e", "--assume-seen", "published", "--pack", "--rules", ".", "nowhere", "--exec", "--help", "-9", "1" * 5000,
)  # fmt: skip

Target = Callable[["World", random.Random], object]


class Invented(OneByOne):
    """Makes claims up: about anything that is tracked, with spans from anywhere in the text."""

    def __init__(self, rules: Rules, chance: random.Random) -> None:
        self._policies = [policy.id for policy in rules.policies]
        self._chance = chance

    def read(self, article: Article) -> Reading:
        if not article.text.strip() or self._chance.random() < 0.2:
            return Reading((), skipped="nobody looked")
        return Reading(tuple(self._claim(article) for _ in range(self._chance.randint(0, 2))))

    def _claim(self, article: Article) -> Claim:
        chance = self._chance
        status, operation = chance.choice(CLAIM_STATUSES), chance.choice(OPERATIONS)
        policy, evidence = chance.choice(self._policies), self._span(article)
        return Claim.model_validate(
            {
                "id": claim_id(article, evidence["start"], evidence["end"], policy, "us", operation),
                "article_id": article.id,
                "policy": policy,
                "issuer": {"id": chance.choice(("us", None)), "text": None},
                "operation": operation,
                "direction": chance.choice(DIRECTIONS),
                "status": status,
                "factive": status in FACTIVE,
                "background": chance.random() < 0.2,
                "implied": chance.random() < 0.1,
                "level": {**self._span(article), "to": 4.0, "unit": "%"} if chance.random() < 0.3 else None,
                "dates": [self._date(article)] if chance.random() < 0.5 else [],
                "scope": [{"kind": "place", **self._span(article)}] if chance.random() < 0.3 else [],
                "evidence": evidence,
                "triggers": [{"kind": "primary", **self._span(article)}] if chance.random() < 0.3 else [],
                "confidence": {"value": 0.5},
            }
        )

    def _span(self, article: Article) -> dict[str, Any]:
        start = self._chance.randrange(len(article.text))
        end = self._chance.randint(start + 1, len(article.text))
        return {"start": start, "end": end, "quote": article.text[start:end]}

    def _date(self, article: Article) -> dict[str, Any]:
        day = self._chance.choice((*DATES, article.published_at))
        role = self._chance.choice(("decided", "announced", "in_force", "expires"))
        return {**self._span(article), "role": role, "date": day, "precision": precision(day)}


# --- what is made


def odd_text(chance: random.Random, longest: int = 40) -> str:
    """Pieces that tools trip over, and characters of any kind."""
    pieces = [chance.choice(ODD) if chance.random() < 0.7 else any_character(chance) for _ in range(longest)]
    return "".join(pieces[: chance.randint(0, longest)])


def any_character(chance: random.Random) -> str:
    code = chance.randrange(0x110000)
    return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"


def changed(whole: str, chance: random.Random) -> str:
    """The text with one to four cuts, repeats or strange pieces in it."""
    for _ in range(chance.randint(1, 4)):
        start, end = sorted((chance.randint(0, len(whole)), chance.randint(0, len(whole))))
        end = min(end, start + chance.choice((1, 5, 50, 500)))
        piece = chance.choice(("", whole[start:end] * 2, chance.choice(ODD), any_character(chance), whole[-50:]))
        whole = whole[:start] + piece + whole[end:]
    return whole


def changed_bytes(whole: str, chance: random.Random) -> bytes:
    """The changed text as bytes, of which now and then some are wrong."""
    raw = bytearray(changed(whole, chance).encode("utf-8", "surrogatepass"))
    for _ in range(chance.choice((0, 0, 0, 1, 5))):
        if raw:
            raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def reworded(whole: str, chance: random.Random) -> str:
    """The text with one word of it put in the place of another: mostly sound YAML, and now and then sound rules."""
    spots = list(re.finditer(r"[\w.-]+", whole))
    spot, other = chance.choice(spots), chance.choice(spots)
    return f"{whole[: spot.start()]}{chance.choice((other[0], 'x', '2024', 'no'))}{whole[spot.end() :]}"


def random_yaml(chance: random.Random) -> str:
    """Lines that look like YAML, mostly."""
    keys = ("pack", "version", "policies", "id", "kind", "start", "on", "tests", "when", "shifts", "words", "x")
    lines = []
    for _ in range(chance.randint(0, 12)):
        value = chance.choice(("", "1", "[a, b]", "{a: 1}", "text", "2024-02-30", odd_text(chance, 3)))
        lines.append(f"{'  ' * chance.randint(0, 4)}{chance.choice(('', '- '))}{chance.choice(keys)}: {value}")
    return "\n".join(lines)


def an_article(chance: random.Random) -> dict[str, Any]:
    text = changed(" ".join(chance.choices(TEXTS, k=chance.randint(1, 3))), chance)
    day = chance.choice(DATES)
    return {"id": f"a{chance.randint(0, 30)}", "text": text, "published_at": day, "title": odd_text(chance, 2)}


def some_input(chance: random.Random) -> bytes:
    """What might be read as articles: nonsense, a text, lines of JSON."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.randint(0, 300))
    if kind == 1:
        return changed_bytes(f"22-11-2024 (OSLO) {chance.choice(TEXTS)}\n", chance)
    lines = "".join(json.dumps(an_article(chance), ensure_ascii=chance.random() < 0.5) + "\n" for _ in range(2))
    return lines.encode("utf-8", "surrogatepass") if kind == 2 else changed_bytes(lines, chance)


# --- where it is fed


class World:
    """The rules and a ledger that the runs of a block share."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.rules_folder = folder / "rules"
        if not self.rules_folder.exists():
            shutil.copytree(ROOT / "rules", self.rules_folder)
            shutil.rmtree(self.rules_folder / "packs")
            (folder / "fuzz.yaml").write_text(PACK, encoding="utf-8")
        self.rules = _loaded(str(self.rules_folder), str(folder / "fuzz.yaml"))
        self.tracker = open_tracker(":memory:", rules=self.rules, extractor=Invented(self.rules, chance))

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return path


_RULES: dict[tuple[str, str], Rules] = {}
_EXTRACTORS: dict[str, Extractor] = {}


def _loaded(folder: str, pack: str) -> Rules:
    if (folder, pack) not in _RULES:
        _RULES[folder, pack] = load_rules(Path(folder), [Path(pack)])
    return _RULES[folder, pack]


def articles(world: World, chance: random.Random) -> None:
    name = chance.choice(("a.txt", "a.jsonl", "a", "-"))
    content = some_input(chance)
    if name == "-":
        list(read_articles("-", io.BytesIO(content)))
    else:
        list(read_articles(world.file(name, content)))


def source_files(world: World, chance: random.Random) -> None:
    """Tables, pages, feeds and web archives with changes in them, packed now and then, under any of their endings."""
    name, whole = chance.choice(list(SOURCES.items()))
    content = changed_bytes(whole, chance) if chance.random() < 0.9 else chance.randbytes(chance.randint(0, 300))
    if chance.random() < 0.2:
        name, content = f"{name}.gz", changed_bytes(gzip.compress(content).decode("latin-1"), chance)
    options = ReadOptions(published_at=chance.choice((None, "2024")), columns=chance.choice(({}, {"text": "title"})))
    for found in read_articles(world.file(name, content), options=options):
        str(found).encode("utf-8", "surrogatepass") if isinstance(found, ArticleError) else found.model_dump_json()


def watch_file(world: World, chance: random.Random) -> None:
    content = changed_bytes(WATCHED, chance) if chance.random() < 0.7 else reworded(WATCHED, chance)
    read_watch_file(world.file("sources.yaml", content))


def ingest(world: World, chance: random.Random) -> None:
    assume_seen = chance.choice((None, None, "published"))
    world.tracker.ingest("-", stdin=io.BytesIO(some_input(chance)), assume_seen=assume_seen)  # type: ignore[arg-type]


def questions(world: World, chance: random.Random) -> None:
    tracker: Tracker = world.tracker

    def word() -> Any:
        return chance.choice((None, *DATES, *WORDS, odd_text(chance, 3), "uk.rate", "us.atacms.strikes"))

    known = chance.choice((None, None, word()))
    ask: Callable[[], object] = chance.choice(
        (
            lambda: tracker.state(str(word()), on=word(), known=known),
            lambda: tracker.states(on=word(), known=known, policy=word()),
            lambda: tracker.shifts(since=word(), until=word(), policy=word(), known=known),
            lambda: tracker.diff(word(), word(), known=known),
            lambda: [str(tracker.why(shift.id)) for shift in tracker.shifts()[:2]],
            lambda: str(tracker.why(str(word()), known=known)),
        )
    )
    ask()


def yaml(world: World, chance: random.Random) -> None:
    content = chance.choice((chance.randbytes(100), random_yaml(chance), odd_text(chance), changed_bytes(PACK, chance)))
    document, problems = read_yaml(world.file("x.yaml", content))
    if document is not None:
        _, more = as_record(document, PackFile)
        problems = problems + more
    for problem in problems:
        problem.render().encode("utf-8", "surrogatepass")


def rule_file(world: World, chance: random.Random) -> None:
    name = chance.choice(FILES)
    whole = (world.rules_folder / name).read_text(encoding="utf-8")
    start = chance.randint(0, max(0, len(whole) - 3000))
    shown = changed_bytes(whole if len(whole) < 3000 else whole[:500] + whole[start : start + 2000], chance)
    document, problems = read_yaml(world.file(name, shown))
    if document is not None:
        problems = problems + as_record(document, MODELS[name])[1]
    for problem in problems:
        problem.render().encode("utf-8", "surrogatepass")


def rules(world: World, chance: random.Random) -> None:
    """A whole folder with one changed file, or a changed pack beside it, or both."""
    folder = world.folder / "changed"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(world.rules_folder, folder)
    name = chance.choice(FILES)
    path = folder / name
    which = chance.choice(("file", "pack", "both"))
    if which != "pack":
        whole = path.read_text(encoding="utf-8")
        path.write_bytes(changed_bytes(whole, chance) if chance.random() < 0.3 else reworded(whole, chance).encode())
    pack = world.file("pack.yaml", PACK if which == "file" else changed_bytes(PACK, chance))
    for problem in check_rules([folder, pack], folder, further=engine_problems):
        problem.render()
    Extractor(load_rules(folder, [pack]))


def packs(world: World, chance: random.Random) -> None:
    content = changed_bytes(PACK, chance) if chance.random() < 0.5 else reworded(PACK, chance)
    load_rules(world.rules_folder, [world.file("pack.yaml", content)])


def command(world: World, chance: random.Random) -> None:
    words = [chance.choice(WORDS) for _ in range(chance.randint(1, 6))]
    if "ingest" in words or "extract" in words:
        words.append("-")  # else it would read whatever the word before happens to name
    with contextlib.chdir(world.folder):
        result = CliRunner().invoke(app, words, input=chance.choice((b"", b"{}", b"\xff")), prog_name="policytrack")
    logs.configure(-1, "text", sys.stderr)  # the command's own stderr has gone
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code not in (0, 1, 2, 3, 4) or "Traceback" in result.output:
        raise AssertionError(f"{words!r} ended with {result.exit_code}: {result.output[-300:]}")


def parser(world: World, chance: random.Random) -> None:
    given = an_article(chance)
    if str(world.rules_folder) not in _EXTRACTORS:
        _EXTRACTORS[str(world.rules_folder)] = Extractor(world.rules)
    article = Article(id="x", text=given["text"], published_at=given["published_at"], title=given["title"])
    reading = _EXTRACTORS[str(world.rules_folder)].read(article, open_mode=chance.random() < 0.5)
    for claim in (*reading.claims, *reading.rejected):
        for span in (claim.evidence, *claim.triggers, *claim.scope, *claim.dates):
            assert article.text[span.start : span.end] == span.quote, (claim, article)


def explained(world: World, chance: random.Random) -> None:
    """An article from anywhere, of one policy or all, as text and as data."""
    given = an_article(chance)
    article = Article(id="x", text=given["text"], published_at=given["published_at"], title=given["title"])
    open_mode = chance.random() < 0.3
    policy = None if open_mode else chance.choice((None, "us.atacms.strikes", "uk.rate"))
    source: Any = article if chance.random() < 0.8 else "-"
    found = world.tracker.why_article(source, policy=policy, open_mode=open_mode, stdin=io.BytesIO(some_input(chance)))
    assert not any(char in str(found) for char in "\x1b\u202e\0")
    found.model_dump_json().encode("utf-8")


def library(world: World, chance: random.Random) -> None:
    read_text(odd_text(chance, 5), chance.choice(DATES), rules=world.rules, title=odd_text(chance, 2))


SHARES: dict[Target, int] = {
    articles: 212, source_files: 60, watch_file: 20,
    ingest: 200, questions: 140, yaml: 220, rule_file: 80, command: 30, packs: 8, parser: 8, library: 8,
    explained: 8, rules: 6,
}  # fmt: skip
"""How many of a thousand runs each gets: what is slow gets few."""


# --- running


@dataclass
class Tally:
    """How many runs each target had, how many ended with an error that is meant for the user, and what failed."""

    runs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def add(self, other: Tally) -> None:
        self.runs += other.runs
        self.refused += other.refused
        self.failures += other.failures
        self.slowest = max(self.slowest, other.slowest)

    def __str__(self) -> str:
        each = ", ".join(f"{name} {count} ({self.refused[name]} refused)" for name, count in self.runs.most_common())
        return (
            f"{self.runs.total()} runs, {len(self.failures)} failures: {each}; slowest {self.slowest[0]:.1f} s "
            f"({self.slowest[1]})"
        )


def run_block(seed: int, block: int, runs: int, folder: Path) -> Tally:
    """The tally of one block; the same seed and block give the same runs."""
    tally, chance = Tally(), random.Random(f"{seed}:{block}")
    targets, weights = list(SHARES), list(SHARES.values())
    own = folder / str(os.getpid())
    own.mkdir(exist_ok=True)
    world = World(own, chance)
    for number in range(runs):
        target = chance.choices(targets, weights)[0]
        name, began = target.__name__, time.monotonic()
        place = f"--seed {seed} --first {block} --runs {BLOCK} (run {number}, {name})"
        tally.runs[name] += 1
        try:
            target(world, chance)
        except PolicytrackError as error:
            str(error).encode("utf-8", "surrogatepass")
            tally.refused[name] += 1
        except Exception:  # noqa: BLE001  whatever it is, it is what is looked for
            tally.failures.append(f"FAILURE {place}\n{traceback.format_exc()}")
        seconds = time.monotonic() - began
        tally.slowest = max(tally.slowest, (seconds, place))
        if seconds > SLOW:
            tally.failures.append(f"SLOW {place}: {seconds:.0f} s")
    world.tracker.close()
    return tally


def run(seed: int, first: int, runs: int, workers: int = 1) -> Tally:
    """The tally of so many runs from block `first` on."""
    tally = Tally()
    sizes = [min(BLOCK, runs - done) for done in range(0, runs, BLOCK)]
    with tempfile.TemporaryDirectory(prefix="policytrack-fuzz-") as folder:
        jobs = ([seed] * len(sizes), range(first, first + len(sizes)), sizes, [Path(folder)] * len(sizes))
        if workers == 1:
            for done in map(run_block, *jobs):
                tally.add(done)
            return tally
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for done in pool.map(run_block, *jobs, chunksize=10):
                tally.add(done)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing failed; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_inputs", description="Feeds rubbish to policytrack.")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first block")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    began = time.monotonic()
    tally = run(options.seed, options.first, options.runs, options.workers)
    sys.stdout.write("".join(f"{failure}\n" for failure in tally.failures[:20]))
    sys.stdout.write(f"{tally} in {time.monotonic() - began:.0f} s (seed {options.seed})\n")
    return 0 if tally.runs and not tally.failures else 1


if __name__ == "__main__":
    sys.exit(main())
