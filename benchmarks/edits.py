"""What newsrooms do to a text that they reprint: each edit gives a copy of an article, or None where it cannot be made.

Written by hand after how desks edit: a place and a credit of their own, a story cut from the end to fit, a paragraph of
background put in, the lead and the headline written anew, and the spelling, numerals and titles of the house.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from policytrack.model import Article

LEFT: Final = 30
"""Words of the original that an edit leaves at least: shorter ones are too short to be told."""

Edit = Callable[[Article, random.Random], "str | None"]

_SENTENCE = re.compile(r"(?<=[.!?”\"])\s+(?=[A-Z“\"‘])")
_DATELINE = re.compile(r"^[A-Z][A-Z ,.]+[^.\n]{0,40}?(?:\([A-Za-z ]+\))?\s+[-–—]+\s+")

_PLACES = ("LONDON, Monday (Kestrel)", "BRUSSELS (Ostrava Press Agency)", "Geneva, our correspondent", "WASHINGTON")
_CREDITS = (
    "(Reporting by M. Lindqvist and T. Osei; editing by R. Calder)",
    "With agencies",
    "© Kestrel News Service. All rights reserved.",
    "This article first appeared on the website of a partner paper.",
)
_PARAGRAPHS = (
    "The question has occupied officials since the spring, when two rounds of talks ended without a joint statement. "
    "People who follow the matter expected a quiet summer; few of them thought that anything would be put on paper "
    "before the budget was through.",
    "For firms along the coast the news came late. Several had laid off staff in the meantime, and "
    "a trade body counted "
    "forty vessels lying idle in the outer harbour last week. Its chairman asked for a meeting with the minister.",
    "Analysts were divided on what comes next. One bank told its clients in a note to wait for the "
    "text itself, another "
    "called the market's first reaction overdone. By late afternoon prices had come back to where they began the day.",
    "Opposition parties called it too little. Their spokeswoman wants the matter debated in the full house, with the "
    "papers laid open, before anyone travels to the summit; a vote could be had within the month if "
    "the speaker agrees.",
)
_LEADS = (
    "It had been expected for days, and yet it took many by surprise when the news came.",
    "After a long night of meetings there is clarity at last, at least for now.",
    "What had been a rumour in the corridors is now on the record.",
)
_HEADLINES = (
    "What is known so far, and what is not",
    "A turn that few had seen coming",
    "Explained: why this matters now",
)

_HOUSE: Final[Sequence[tuple[str, str]]] = (
    (r"\bper cent\b", "percent"), (r"(?<=\d)\s?%", " per cent"), (r"\bpercent\b", "per cent"),
    (r"\b(?:Mr|Mrs|Ms|Dr)\.? (?=[A-Z])", ""), (r"\bPresident (?=[A-Z]\w+ [A-Z])", "president "),
    (r"\bU\.S\.", "US"), (r"\bU\.N\.", "UN"), (r"\bU\.K\.", "UK"), (r"\bEuropean Union\b", "EU"),
    (r"\bUnited States\b", "US"), (r"\bUnited Kingdom\b", "Britain"),
    (r"\btwo\b", "2"), (r"\bthree\b", "3"), (r"\bfour\b", "4"), (r"\bfive\b", "5"), (r"\bsix\b", "6"),
    (r"\bten\b", "10"), (r"\b12\b", "twelve"), (r"\b7\b", "seven"), (r"\b(\d+) million\b", r"\1m"),
    (r"\b(\d+) billion\b", r"\1bn"), (r"\bdefense\b", "defence"), (r"\bDefense\b", "Defence"),
    (r"\b(\w+)iz(e|ed|es|ing|ation)\b", r"\1is\2"), (r"\bprogram\b", "programme"), (r"\bcenter\b", "centre"),
    (r"\blicense\b", "licence"), (r"\blabor\b", "labour"), (r"\bfavor", "favour"), (r"\bneighbor", "neighbour"),
    (r"\b(Jan|Feb|Aug|Sept|Oct|Nov|Dec)\. ?(\d+)", r"\2 \1"), (r"\b([A-Z][a-z]+) (\d{1,2}), (\d{4})", r"\2 \1 \3"),
    (r"\btoward\b", "towards"), (r"\bamid\b", "amidst"), (r"\bwhile\b", "whilst"), (r"“([^”]*)”", r"‘\1’"),
    (r"\"([^\"]*)\"", r"“\1”"), (r" [-–] ", " — "), (r"\bgovernment's\b", "government’s"), (r"\bKiev\b", "Kyiv"),
)  # fmt: skip
_ATTRIBUTIONS: Final[Sequence[tuple[str, str]]] = (
    (r"\bsaid on (\w+day)\b", r"told reporters on \1"), (r"\bsaid in a statement\b", "said in a written statement"),
    (r"\bsaid that\b", "stated that"),
    (r"\bhe said\b", "he told journalists"), (r"\bshe said\b", "she told journalists"),
    (r"\bthey said\b", "they added"),
    (r"\bannounced on (\w+day)\b", r"made known on \1"), (r"\bsaid\b", "told reporters"),
    (r"\baccording to\b", "as reported by"), (r"\badded that\b", "went on to say that"), (r"\bon Monday\b", "Monday"),
    (r"\bon (Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b", r"\1"),
)  # fmt: skip


class Layout(NamedTuple):
    """A text by its paragraphs, each by its sentences."""

    paragraphs: list[list[str]]

    @property
    def sentences(self) -> list[str]:
        return [sentence for paragraph in self.paragraphs for sentence in paragraph]

    def printed(self) -> str:
        return "\n\n".join(" ".join(paragraph) for paragraph in self.paragraphs if paragraph)


def layout(text: str) -> Layout:
    """The paragraphs of a text; one that is printed in one piece has a paragraph every two sentences."""
    found = [_SENTENCE.split(each.strip()) for each in re.split(r"\n\s*\n|\n", text) if each.strip()]
    if len(found) == 1:
        sentences = found[0]
        found = [sentences[first : first + 2] for first in range(0, len(sentences), 2)]
    return Layout(found)


def words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def replaced(text: str, edits: Sequence[tuple[str, str]]) -> str:
    for pattern, to in edits:
        text = re.sub(pattern, to, text)
    return text


# --- the edits


def set_anew(article: Article, _: random.Random) -> str | None:
    return " ".join(article.text.split())


def dateline(article: Article, rng: random.Random) -> str | None:
    return f"{rng.choice(_PLACES)} — {_DATELINE.sub('', article.text)}\n\n{rng.choice(_CREDITS)}"


def headline(article: Article, rng: random.Random) -> str | None:
    return f"{rng.choice(_HEADLINES)}\n\n{article.text}"


def lead(article: Article, rng: random.Random) -> str | None:
    """The first sentence written anew: of its own words none is left."""
    sentences = layout(article.text).sentences
    left = " ".join(sentences[1:])
    return f"{rng.choice(_LEADS)} {left}" if words(left) >= LEFT else None


def cut_to(kept: float) -> Edit:
    """The tail cut, sentence by sentence, until no more than so much is left."""

    def cut(article: Article, _: random.Random) -> str | None:
        sentences = layout(article.text).sentences
        whole = words(article.text)
        while len(sentences) > 1 and words(" ".join(sentences)) > kept * whole:
            sentences.pop()
        left = " ".join(sentences)
        return left if LEFT <= words(left) < whole else None

    return cut


def added_at_the_end(article: Article, rng: random.Random) -> str | None:
    return f"{article.text}\n\n{rng.choice(_PARAGRAPHS)}"


def added_within(article: Article, rng: random.Random) -> str | None:
    found = layout(article.text)
    found.paragraphs.insert(len(found.paragraphs) // 2 or 1, [rng.choice(_PARAGRAPHS)])
    return found.printed()


def moved(article: Article, _: random.Random) -> str | None:
    found = layout(article.text)
    if len(found.paragraphs) < 3:
        return None
    found.paragraphs.insert(1, found.paragraphs.pop())
    return found.printed()


def thinned(article: Article, _: random.Random) -> str | None:
    """Every fourth sentence left out."""
    sentences = layout(article.text).sentences
    left = " ".join(each for number, each in enumerate(sentences, start=1) if number % 4)
    return left if LEFT <= words(left) < words(article.text) else None


def house_style(article: Article, _: random.Random) -> str | None:
    return _where_other(article, replaced(article.text, _HOUSE))


def attributions(article: Article, _: random.Random) -> str | None:
    return _where_other(article, replaced(article.text, _ATTRIBUTIONS))


def _where_other(article: Article, edited: str) -> str | None:
    return None if edited == article.text else edited


def in_turn(*edits: Edit) -> Edit:
    """All of them, one after the other; None where one of them cannot be made."""

    def made(article: Article, rng: random.Random) -> str | None:
        for edit in edits:
            text = edit(article, rng)
            if text is None:
                return None
            article = article.model_copy(update={"text": text})
        return article.text

    return made


def styled(article: Article, _: random.Random) -> str | None:
    return replaced(replaced(article.text, _HOUSE), _ATTRIBUTIONS)


EDITS: Final[dict[str, Edit]] = {
    "set anew, nothing changed": set_anew,
    "new dateline and credit": dateline,
    "another headline": headline,
    "another first sentence": lead,
    "tail cut, three quarters kept": cut_to(0.75),
    "tail cut, half kept": cut_to(0.5),
    "tail cut, a third kept": cut_to(0.34),
    "every fourth sentence left out": thinned,
    "paragraph added at the end": added_at_the_end,
    "paragraph added within": added_within,
    "paragraph moved": moved,
    "house style": house_style,
    "attributions": attributions,
    "dateline, house style, attributions": in_turn(styled, dateline),
    "dateline, house style, attributions, a third cut": in_turn(styled, cut_to(0.67), dateline),
    "another lead, house style, paragraph added": in_turn(lead, styled, added_within, dateline),
    "another lead, half cut, paragraph added": in_turn(lead, cut_to(0.5), added_at_the_end, headline),
}
"""By the name under which its figures are shown."""
