"""Measures how well copies are told from independent reports, and what looking for them costs; writes its page.

Copies are real articles of the labelled sets, edited as newsrooms edit (`benchmarks.edits`). What must stay apart are
the other articles of the same sets, those of the same days among them; the same articles given a quotation, a
paragraph of background or a publisher's notice in common; and notices that fill in one template. The limits in
`policytrack.copies` were chosen on `TUNED`; the page shows `SHOWN`, which had no part in that.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from benchmarks.accuracy import EVAL, ROOT, half_of, lines, put
from benchmarks.edits import EDITS, layout, words
from policytrack import copies
from policytrack.dates import first_day, last_day
from policytrack.model import Article
from policytrack.sources import read_articles

PAGE = ROOT / "docs" / "explanation" / "copies.md"
SHORTEST = 40
"""Words that an article has at least to be edited."""

AT_MOST = 400
"""Pairs of a set that are given something in common."""

TUNED = ("events_train", "written_a", "releases A")
SHOWN = ("arms_dev", "subjects_dev", "events_dev", "golden", "written_b", "releases B")

_SAYINGS = (
    "“We have said from the first day that we would look at this with open eyes, and nobody who has "
    "read the papers can "
    "be surprised by where we have come out,” the minister told a crowded room. “There is no going "
    "back from here, and I "
    "would ask all sides to keep a cool head.”",
    '"It is a dark day for everyone who has worked for this over so many years, and I want to thank them," the head of '
    'the delegation said. "We will use every means that the treaty gives us, and we will not rest '
    'until it is put right."',
    "‘The people of this region have waited long enough for an answer, and today they have been "
    "given half of one,’ said "
    "the governor. ‘What they were promised was something else, and I shall go on saying so until it is kept.’",
)
_BACKGROUND = (
    "The two countries have been at odds over the matter since 2019, when a first agreement fell apart within weeks. A "
    "court in The Hague is to hear the case in the autumn.",
    "Talks on a successor to the accord began three years ago and have stalled twice, most lately "
    "over who should watch "
    "over the border crossings.",
)
_NOTICE = (
    "About us: Kestrel is an independent news service with offices in eleven countries. It is owned by its readers and "
    "takes no money from governments. Write to the desk with corrections; all rights reserved."
)
_TEMPLATES = (
    (
        "The Monetary Policy Committee of the Bank of {0} decided today by {1} votes to {2} to keep "
        "its main rate at {3} "
        "per cent. Inflation stood at {4} per cent in {5}, which is in line with the path that the "
        "Committee had laid out "
        "in its last report. The Committee will go on watching wages and the prices of services, "
        "and stands ready to act "
        "where the outlook asks for it. The minutes of the meeting of {6} will be published in two weeks.",
        [
            ("Norland", "seven", "two", "4.25", "3.1", "March", "9 April"),
            ("Norland", "six", "three", "4.5", "3.4", "April", "7 May"),
            ("Norland", "nine", "none", "4.75", "2.9", "May", "11 June"),
            ("Sunda", "five", "one", "6.5", "5.2", "March", "16 April"),
            ("Sunda", "four", "two", "6.25", "4.8", "May", "4 June"),
        ],
    ),
    (
        "The Office today added {0} to its list of designated persons under the regulations of {1}. "
        "{0}, born in {2}, is "
        "held to have moved funds for {3} by way of companies in {4}. All property of {0} that is in the country is "
        "frozen, and nobody may deal with it without a licence. Firms have to look through their "
        "books and to report what "
        "they hold within {5} days. The full entry stands in list number {6}.",
        [
            ("Arman Veltri", "2014", "Batumi", "the Orlan group", "Limassol", "ten", "118"),
            ("Dana Okuyama", "2019", "Osaka", "Halcyon Freight", "Labuan", "seven", "121"),
            ("Piet van Roon", "2014", "Breda", "Zapad Marine", "Tallinn", "ten", "122"),
            ("Selim Cakmak", "2021", "Izmir", "the Red Delta network", "Dubai and Mersin", "thirty", "130"),
        ],
    ),
    (
        "Licence {0} of {1} lets holders take part, until {2}, in dealings with {3} that are needed "
        "to wind down contracts "
        "made before {4}. It does not let anyone open new accounts, nor pay out dividends to {3}. "
        "Whoever makes use of it "
        "keeps records for five years and sends a report to the {5} desk at the end of each quarter.",
        [
            ("13A", "5 March", "4 June 2024", "Volga Savings Bank", "1 February", "Eastern"),
            ("14", "19 March", "1 July 2024", "Nizhny Pipe Works", "24 February", "Metals"),
            ("13B", "28 May", "3 September 2024", "Volga Savings Bank", "1 February", "Eastern"),
            ("15", "2 April", "30 June 2024", "Amur Timber", "10 March", "Forestry"),
        ],
    ),
)
"""Notices of one template each, with what is filled in."""


class Pair(NamedTuple):
    """Two texts, of what kind they are, and whether one is a copy of the other."""

    kind: str
    one: str
    other: str
    is_copy: bool


class Found(NamedTuple):
    """What became of a pair: whether its signatures met, and whether its words said that one is a copy."""

    pair: Pair
    met: bool
    share: float | None

    @property
    def is_right(self) -> bool:
        return (self.met and self.share is not None) == self.pair.is_copy


# --- the sets


def articles_of(name: str) -> list[Article]:
    """The articles of a set that are long enough, each text once."""
    found = _releases(name[-1]) if name.startswith("releases") else _set(name)
    return list({each.text: each for each in found if words(each.text) >= SHORTEST}.values())


def _set(name: str) -> Iterator[Article]:
    own = ROOT / "tests" / name
    folder = own if own.is_dir() else EVAL / name
    return (each for each in read_articles(folder / "articles.jsonl") if isinstance(each, Article))


def _releases(half: str) -> Iterator[Article]:
    with gzip.open(EVAL / "more" / "us_releases.jsonl.gz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            if "AB"[half_of(row)] == half:
                yield Article.model_validate(row)


def duplicates(name: str) -> set[frozenset[str]]:
    """The pairs that the labels of a set call near-duplicates: they are neither copies nor apart."""
    path = EVAL / name / "gold.jsonl"
    groups: dict[str, set[str]] = defaultdict(set)
    for row in lines(path) if path.exists() else ():
        groups[row.get("near_duplicate_of") or row["id"]].add(row["id"])
    return {frozenset(pair) for group in groups.values() for pair in itertools.combinations(group, 2)}


# --- the pairs


def edited(articles: Sequence[Article]) -> Iterator[Pair]:
    for article in articles:
        for kind, edit in EDITS.items():
            original = f"{article.title}\n\n{article.text}" if kind == "another headline" else article.text
            copy = edit(article, random.Random(f"{article.id} {kind}"))
            if copy is not None:
                yield Pair(kind, original, copy, True)


def apart(name: str, articles: Sequence[Article]) -> list[tuple[Article, Article]]:
    """Pairs of different articles that a ledger would compare, in no order; no near-duplicates by the labels."""
    left = duplicates(name)
    pairs = [
        pair
        for pair in itertools.combinations(articles, 2)
        if days_between(*pair) <= copies.WINDOW and frozenset(each.id for each in pair) not in left
    ]
    random.Random(name).shuffle(pairs)
    return pairs


def days_between(one: Article, other: Article) -> int:
    first, last = sorted((one, other), key=lambda each: first_day(each.published_at))
    return max(0, (first_day(last.published_at) - last_day(first.published_at)).days)


def with_something_in_common(pairs: Sequence[tuple[Article, Article]]) -> Iterator[Pair]:
    """The same articles with a quotation, background or a notice that both print."""
    for number, (one, other) in enumerate(pairs):
        rng = random.Random(number)
        saying, background = rng.choice(_SAYINGS), rng.choice(_BACKGROUND)
        yield Pair("a quotation in common", *(within(each.text, saying, rng) for each in (one, other)), False)
        yield Pair("background in common", *(f"{each.text}\n\n{background}" for each in (one, other)), False)
        both = (f"{within(each.text, saying, rng)}\n\n{_NOTICE}" for each in (one, other))
        yield Pair("a quotation and the publisher's notice in common", *both, False)


def within(text: str, paragraph: str, rng: random.Random) -> str:
    found = layout(text)
    found.paragraphs.insert(rng.randrange(1, len(found.paragraphs) + 1), [paragraph])
    return found.printed()


def from_templates() -> Iterator[Pair]:
    for template, fillings in _TEMPLATES:
        for one, other in itertools.combinations(fillings, 2):
            yield Pair("notices of one template", template.format(*one), template.format(*other), False)


def outcome(pair: Pair) -> Found:
    met = bool({*copies.bands(pair.one)} & {*copies.bands(pair.other)})
    return Found(pair, met, copies.share(pair.one, pair.other))


def pairs_of(name: str) -> Iterator[Pair]:
    """All pairs that a set gives: its articles edited, and what must stay apart."""
    articles = articles_of(name)
    yield from edited(articles)
    others = apart(name, articles)
    kind = "releases of two offices" if name.startswith("releases") else "other articles of the same month"
    yield from (Pair(kind, one.text, other.text, False) for one, other in others)
    yield from with_something_in_common(others[:AT_MOST])


# --- the tables


def by_kind(found: Sequence[Found]) -> list[str]:
    shown = ["| what was done to the article | pairs | signatures met | found to be copies |", "|---|--:|--:|--:|"]
    kinds = grouped((each for each in found if each.pair.is_copy), lambda each: each.pair.kind)
    return shown + [
        f"| {kind} | {len(kinds[kind]):,} | {share(each.met for each in kinds[kind])} "
        f"| {share(each.is_right for each in kinds[kind])} |"
        for kind in EDITS
    ]


def by_apart(found: Sequence[Found]) -> list[str]:
    shown = ["| what must stay apart | pairs | taken for copies |", "|---|--:|--:|"]
    kinds = grouped((each for each in found if not each.pair.is_copy), lambda each: each.pair.kind)
    return shown + [
        f"| {kind} | {len(those):,} | {sum(not each.is_right for each in those)} |" for kind, those in kinds.items()
    ]


def by_set(found: dict[str, list[Found]]) -> list[str]:
    shown = ["| set | copies | recall | pairs that must stay apart | precision |", "|---|--:|--:|--:|--:|"]
    whole = [each for those in found.values() for each in those]
    return shown + [set_row(name, those) for name, those in [*found.items(), ("all", whole)]]


def set_row(name: str, found: Sequence[Found]) -> str:
    real = [each for each in found if each.pair.is_copy]
    right = sum(each.is_right for each in real)
    false = sum(not each.is_right for each in found) - (len(real) - right)
    precision = f"{right / (right + false):.3f}" if right else "-"
    recall = share(each.is_right for each in real)
    return f"| {name} | {len(real):,} | {recall} | {len(found) - len(real):,} | {precision} |"


def by_length(found: Sequence[Found]) -> list[str]:
    """Recall by the words of the article that was edited, over all kinds of edit and for the hardest."""
    shown = ["| words of the article | copies | recall | of the last kind above |", "|---|--:|--:|--:|"]
    hardest = [*EDITS][-1]
    for low, high in itertools.pairwise((SHORTEST, 80, 160, 320, 10**6)):
        those = [each for each in found if each.pair.is_copy and low <= words(each.pair.one) < high]
        told = share(each.is_right for each in those if each.pair.kind == hardest)
        name = f"{low} to {high - 1}" if high < 10**6 else f"{low} and more"
        shown.append(f"| {name} | {len(those):,} | {share(each.is_right for each in those)} | {told} |")
    return shown


def cost(found: Sequence[Found]) -> list[str]:
    """What the two steps take, each text seen for the first time."""
    texts = [each.pair.one for each in found if each.pair.is_copy][:2000]
    signing = timed(copies.bands, [(text,) for text in texts])
    comparing = timed(copies.share, [(each.pair.one, each.pair.other) for each in found if each.pair.is_copy][:2000])
    length = sum(map(words, texts)) // len(texts)
    return [
        "| step | ms | |",
        "|---|--:|---|",
        f"| signature of an article | {signing:.2f} | of {length} words, mean |",
        f"| comparison of two articles | {comparing:.2f} | whose signatures met |",
    ]


def timed(function: Callable[..., object], calls: Sequence[tuple[str, ...]]) -> float:
    """Milliseconds a call: the median of five runs."""
    runs = []
    for _ in range(5):
        copies.wording.cache_clear()
        began = time.perf_counter()
        for call in calls:
            function(*call)
        runs.append(1000 * (time.perf_counter() - began) / len(calls))
    return sorted(runs)[2]


def grouped(found: Iterable[Found], key: Callable[[Found], str]) -> dict[str, list[Found]]:
    groups: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        groups[key(each)].append(each)
    return groups


def share(right: Iterable[bool]) -> str:
    those = [*right]
    return f"{sum(those) / len(those):.3f}" if those else "-"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the tables; those of the sets that had no part in choosing the limits go into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copies", description="How well copies are found.")
    parser.add_argument("--tuned", action="store_true", help="the sets on which the limits were chosen; prints alone")
    options = parser.parse_args(arguments)
    if not EVAL.is_dir():
        raise SystemExit(f"the labelled sets are not at {EVAL}; nothing was measured.")
    found = {name: [outcome(pair) for pair in pairs_of(name)] for name in (TUNED if options.tuned else SHOWN)}
    found["templates"] = [outcome(pair) for pair in from_templates()]
    whole = [each for those in found.values() for each in those]
    tables = {
        "sets": by_set(found), "edits": by_kind(whole), "apart": by_apart(whole), "length": by_length(whole),
        "cost": cost(whole),
    }  # fmt: skip
    for mark, table in tables.items():
        sys.stdout.write("\n".join(table) + "\n\n")
        if not options.tuned:
            put(PAGE, table, mark)


if __name__ == "__main__":
    main()
