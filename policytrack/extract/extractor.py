"""The steps of reading in their order; each step is a module beside this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from policytrack.extract.background import BackgroundReader
from policytrack.extract.binding import Binder, Bound
from policytrack.extract.check import ValueCheck
from policytrack.extract.choosing import Chooser
from policytrack.extract.composition import Composer
from policytrack.extract.evidence import clause_words
from policytrack.extract.focus import FocusReader
from policytrack.extract.frames import Frame
from policytrack.extract.implied import ImpliedReader
from policytrack.extract.levels import LevelReader
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Mentions, PackIndex, forms_of, mentions_of, recalled_values
from policytrack.extract.merging import merge
from policytrack.extract.operations import OperationReader
from policytrack.extract.repairs import repair
from policytrack.extract.rereading import Rereader
from policytrack.extract.scopes import ScopeReader
from policytrack.extract.speakers import SpeakerReader
from policytrack.extract.status import StatusReader
from policytrack.extract.steps import Attempt, Steps
from policytrack.extract.subjects import Subject, SubjectReader
from policytrack.extract.timing import TimingReader
from policytrack.extract.triggers import TriggerReader
from policytrack.extract.used import Use, WordIndex
from policytrack.language import other_than_english
from policytrack.logs import get_logger
from policytrack.model import (
    FACTIVE,
    Article,
    Claim,
    ClaimLevel,
    Confidence,
    Evidence,
    Issuer,
    Policy,
    Scope,
    Span,
    Trigger,
    claim_id,
)
from policytrack.passages import READ_AT_MOST, folded
from policytrack.patterns import Patterns, is_pattern
from policytrack.screen import Screen
from policytrack.text import Document, Parser, Part, Sentence, Word, span_of

if TYPE_CHECKING:
    from policytrack.extract.told import ArticleExplanation
    from policytrack.packs import Rules

AT_ONCE = 32
"""Articles that are parsed together."""
_IMPLIED_AT_MOST = 0.4

_log = get_logger()


@dataclass(frozen=True)
class Reading:
    """What was read of one article: admitted claims, those that the value check refused, and why nothing was read.

    `subjects` has what each claim is about, by the claim's id, where that was asked for.
    """

    claims: tuple[Claim, ...]
    rejected: tuple[Claim, ...] = ()
    skipped: str | None = None
    subjects: Mapping[str, Subject] = field(default_factory=dict)


class Extractor:
    """Reads articles by a set of rules. The parser is loaded at the first article that passes the screen."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def tracking(self, policies: Sequence[Policy]) -> Extractor:
        """An extractor for other policies by the same words, which shares the parser: loading one takes seconds."""
        other = Extractor(replace(self._rules, policies=tuple(policies)))
        other.__dict__["_parser"] = self._parser
        return other

    def prepare(self) -> None:
        """Nothing; the parser is loaded, which takes seconds at the first call."""
        _ = self._parser

    @cached_property
    def _parser(self) -> Parser:
        return Parser()

    @cached_property
    def _screen(self) -> Screen:
        return Screen(self._names())

    @cached_property
    def _patterns(self) -> Patterns:
        return Patterns(phrase for phrase in self._instruments() if is_pattern(phrase))

    def _instruments(self) -> Iterator[str]:
        return (phrase for policy in self._rules.policies for phrase in policy.instrument)

    def _names(self) -> Iterator[str]:
        """What is tracked, in all its forms, but for patterns."""
        return (form for phrase in self._instruments() if not is_pattern(phrase) for form in forms_of(phrase))

    def _is_named(self, text: str) -> bool:
        """Whether the text may name a tracked thing."""
        return self._screen.hits(text) or (bool(self._patterns) and self._patterns.hits(folded(text)))

    @cached_property
    def _lexicon(self) -> Lexicon:
        rules = self._rules
        return Lexicon(rules.operations, rules.status, rules.triggers, rules.actors, self._parser.tokens)

    @cached_property
    def _index(self) -> PackIndex:
        return PackIndex(self._rules.policies, self._lexicon, self._parser.tokens)

    @cached_property
    def _rereader(self) -> Rereader:
        return Rereader(self._lexicon)

    def read(self, article: Article, open_mode: bool = False, subjects: bool = False) -> Reading:
        """The claims of an article in text order; in open mode those of any subject, without policies.

        With `subjects` the reading also has what each claim is about.
        """
        return next(self.read_all([article], open_mode, subjects))

    def read_all(
        self, articles: Iterable[Article], open_mode: bool = False, subjects: bool = False
    ) -> Iterator[Reading]:
        """The reading of each article, in order, which costs half of reading one after the other."""
        waiting = iter(articles)
        while part := list(islice(waiting, AT_ONCE)):
            reasons = [self._left_out(article, open_mode) for article in part]
            wanted = [article for article, reason in zip(part, reasons, strict=True) if reason is None]
            parsed = self._parsed(wanted, whole=open_mode)
            for article, reason in zip(part, reasons, strict=True):
                if reason is not None:
                    yield Reading((), skipped=reason)
                else:
                    yield _reading(self._steps(article, *next(parsed), open_mode, subjects).attempts)

    def _parsed(self, articles: Iterable[Article], *, whole: bool) -> Iterator[tuple[Document, Document]]:
        """The text and the title of each article; where not `whole` the sentences that can bear on what is tracked."""
        parts: list[Part] = []
        for article in articles:
            text, title = Part.all_of(article.text), Part.all_of(article.title)
            parts += [text if whole else text.only(self._chooser.chosen(article.title, text.passages)), title]
        documents = map(self._repaired, self._parser.documents(parts))
        return zip(documents, documents, strict=True)

    def _repaired(self, document: Document) -> Document:
        return repair(document, self._parser.form, self._lexicon.predicates)

    @cached_property
    def _chooser(self) -> Chooser:
        rules = self._rules
        return Chooser(rules.operations, rules.triggers, rules.actors, self._is_named, self._names())

    def explain(self, article: Article, open_mode: bool = False, policy: Policy | None = None) -> ArticleExplanation:
        """Sentence by sentence what `read` reads, what decided it, and what said no; of one policy, where given."""
        from policytrack.extract.tracing import explanation

        skipped = self._left_out(article, open_mode)
        steps = None if skipped else self._steps_of(article, open_mode)
        return explanation(article, steps, skipped, open_mode, policy)

    def use(self, article: Article) -> Use:
        """Which entries of the word lists and which phrases of policies `read` rests on; nothing where it skips."""
        return Use() if self._left_out(article, False) else self._words.use(self._steps_of(article, False))

    @cached_property
    def _words(self) -> WordIndex:
        return WordIndex(self._lexicon)

    def skips(self, article: Article, open_mode: bool = False) -> str | None:
        """Why there is nothing to read in an article, as far as that is soon seen; None where there may be."""
        if not article.text.strip():
            return "the article is empty"
        if not open_mode and not self._is_named(f"{article.title}\n{article.text}"):
            return "no tracked instrument is named"
        return None

    def _left_out(self, article: Article, open_mode: bool) -> str | None:
        """Why an article is not parsed at all; None where it is."""
        if reason := self.skips(article, open_mode):
            return reason
        language = other_than_english(article.text)
        return f"the article is in {language}, not in English" if language else None

    def _steps_of(self, article: Article, open_mode: bool) -> Steps:
        return self._steps(article, *next(self._parsed([article], whole=True)), open_mode)

    def _steps(
        self, article: Article, document: Document, title: Document, open_mode: bool, subjects: bool = False
    ) -> Steps:
        if len(article.text) > READ_AT_MOST:
            _log.warning(
                "only the opening of a very long article is read", article_id=article.id, characters=READ_AT_MOST
            )
        return _ArticleReader(self, article, document, title, open_mode, subjects).steps()


def _reading(attempts: Iterable[Attempt]) -> Reading:
    """The claims that the attempts came to, each once."""
    claims: dict[str, Claim] = {}
    rejected: dict[str, Claim] = {}
    subjects: dict[str, Subject] = {}
    for attempt in attempts:
        claim = attempt.claim
        if claim is not None and attempt.problems:
            reasons = (*claim.confidence.reasons, *attempt.problems)
            rejected[claim.id] = claim.model_copy(update={"confidence": Confidence(value=0, reasons=reasons)})
        elif claim is not None:
            claims.setdefault(claim.id, claim)
            if attempt.subject is not None:
                subjects.setdefault(claim.id, attempt.subject)
    return Reading(tuple(claims.values()), tuple(rejected.values()), subjects=subjects)


class _ArticleReader:
    """One article's reading: holds what its steps share."""

    def __init__(
        self,
        extractor: Extractor,
        article: Article,
        document: Document,
        title: Document,
        open_mode: bool,
        with_subjects: bool = False,
    ) -> None:
        self._article = article
        self._document = document
        self._with_subjects = with_subjects
        self._parser_name = extractor._parser.name
        self._rereader = extractor._rereader
        self._lexicon = lexicon = extractor._lexicon
        index = None if open_mode else extractor._index
        self._index = index
        self._title = title
        self._mentions = mentions_of(document, lexicon, index)
        self._speakers = SpeakerReader(lexicon)

    # What only a frame needs is made for the first one: most articles have none.

    @cached_property
    def _titles(self) -> Mentions:
        return mentions_of(self._title, self._lexicon, self._index)

    @cached_property
    def _focus(self) -> FocusReader:
        return FocusReader(self._document, self._mentions, self._title, self._titles)

    @cached_property
    def _triggers(self) -> TriggerReader:
        return TriggerReader(self._lexicon, self._document, self._speakers, with_goals=self._index is not None)

    @cached_property
    def _timing(self) -> TimingReader:
        published = self._article.published_at
        return TimingReader(self._lexicon, self._document, self._mentions, self._triggers, published)

    @cached_property
    def _scopes(self) -> ScopeReader:
        return ScopeReader(self._lexicon, self._document, self._mentions, self._speakers, self._triggers)

    @cached_property
    def _levels(self) -> LevelReader:
        return LevelReader(self._lexicon, self._document, self._known, self._article.published_at)

    @cached_property
    def _check(self) -> ValueCheck:
        mentions, published = (self._mentions, self._titles), self._article.published_at
        return ValueCheck(self._lexicon, self._rereader, self._document, mentions, self._known, published)

    @cached_property
    def _subjects(self) -> SubjectReader:
        return SubjectReader(self._lexicon, self._document, self._mentions, self._focus)

    def steps(self) -> Steps:
        """What every step of the reading left: `read` takes the claims of it, `explain` all."""
        frames = self._frames()
        binder = Binder(self._index, self._lexicon, self._mentions, self._focus) if self._index else None
        bound = self._bound_frames(frames, binder)
        others = [frame for frame, _ in bound]
        return Steps(
            self._document, self._lexicon, self._mentions, self._index, self._composer, self._triggers, binder,
            tuple(frames), tuple(self._operations.no_policy),
            tuple(self._attempt(frame, binding, others) for frame, binding in bound),
        )  # fmt: skip

    def _attempt(self, frame: Frame, bound: Bound, others: list[Frame]) -> Attempt:
        claim = self._claim(frame, bound, others)
        problems = tuple(self._check.problems(claim)) if claim else ()
        subject = None
        if self._with_subjects and claim is not None and not problems:
            subject = self._subjects.read(frame, claim.issuer.id)
        return Attempt(frame, bound, claim, problems, subject)

    # ---- frames

    def _frames(self) -> list[Frame]:
        """Every frame with its status, background and speaker; those that only elaborate another one are marked."""
        status = StatusReader(self._lexicon)
        background = BackgroundReader(self._lexicon, self._article.published_at)
        frames = self._operations.frames()
        for frame in frames:
            frame.clause = clause_words(frame, self._lexicon)
            status.read(frame)
            background.read(frame)
            self._speakers.read(frame, self._following(frame))
        merge(frames)
        return frames

    @cached_property
    def _operations(self) -> OperationReader:
        return OperationReader(
            self._lexicon, self._document, self._known, self._mentions.families, self._mentions.instrument_at
        )

    @cached_property
    def _composer(self) -> Composer:
        return Composer(self._lexicon, self._known, self._mentions.families)

    @cached_property
    def _known(self) -> dict[int, str]:
        return self._known_values()

    def _known_values(self) -> dict[int, str]:
        if self._index is None:
            return {}
        named = frozenset().union(*(actor.ids() for actor in (*self._mentions.actors, *self._titles.actors)))
        known = {
            i: self._index.value_among(mention.policies, named)
            for mention in self._mentions.instruments
            for i in range(mention.start, mention.end)
        }
        stood_for = recalled_values(self._document, self._lexicon, known)
        for i in self._mentions.families:
            if not self._counts_only(self._document.words[i]):
                known.setdefault(i, "permission")
        return known | stood_for

    def _counts_only(self, word: Word) -> bool:
        """ "the cash rate target": a word that only counts what is tracked names no conduct."""
        counted = word.lemma in self._lexicon.quantities and word.pos == "NOUN"
        return counted and any(c.dep == "compound" and c.i in self._mentions.instrument_at for c in word.children)

    def _following(self, frame: Frame) -> list[Sentence]:
        return self._document.near(frame.sentence, 1, 1)

    # ---- policies

    def _bound_frames(self, frames: list[Frame], binder: Binder | None) -> list[tuple[Frame, Bound]]:
        own = [frame for frame in frames if frame.absorbed_by is None]
        if self._index is None or binder is None:
            return [(frame, Bound("", self._open_issuer(frame), 0.0, ())) for frame in own]
        bound = binder.bind_all(own)
        bound += binder.bind_apart([frame for frame in frames if frame.absorbed_by is not None], bound)
        stated = {found.policy for _, found in bound}
        implied = ImpliedReader(self._document, self._lexicon, self._mentions, self._index)
        for frame, found in implied.read(stated):
            frame.clause = clause_words(frame, self._lexicon)
            frame.speaker = self._speakers.of_word(frame.head)
            bound.append((frame, found))
        return bound

    def _open_issuer(self, frame: Frame) -> Issuer:
        if frame.agent is None:
            return Issuer()
        words = frame.agent.subtree()
        ids = self._mentions.actors_in(words, ("person", "name")) or self._mentions.actors_in(words)
        return Issuer(id=min(ids) if ids else None, text=self._quote([frame.agent]))

    # ---- claims

    def _claim(self, frame: Frame, bound: Bound, others: list[Frame]) -> Claim | None:
        if len([word for word in frame.clause if any(c.isalnum() for c in word.text)]) < 2:
            return None
        start, end = span_of(frame.clause)
        level = self._levels.read(frame)
        triggers = self._triggers.read(frame, others) if frame.live and not frame.implied else []
        referring = self._referring(frame, others)
        policy = bound.policy or None
        status, issuer = self._status(frame, bound), self._issuer_of(frame, bound)
        return Claim(
            id=claim_id(self._article, start, end, policy, issuer.id, frame.operation),
            article_id=self._article.id,
            policy=policy,
            issuer=issuer,
            subject=self._subject(frame),
            operation=frame.operation,  # type: ignore[arg-type]
            direction=self._direction(frame, bound),  # type: ignore[arg-type]
            status=status,  # type: ignore[arg-type]
            factive=status in FACTIVE,
            background=frame.background,
            implied=frame.implied,
            level=level,
            dates=tuple(self._timing.read(frame, triggers, referring)),
            scope=tuple(s for s in self._scopes.read(frame, triggers, referring) if not _overlaps(s, level)),
            attributed_to=self._span(frame.speaker),
            evidence=Evidence(start=start, end=end, quote=self._document.text[start:end]),
            triggers=tuple(triggers),
            rule=(*frame.rules, *self._further_rules(bound, triggers), self._parser_name),
            confidence=self._confidence(frame, bound),
        )

    def _further_rules(self, bound: Bound, triggers: list[Trigger]) -> list[str]:
        """The pack, its overlays and the trigger cues that took part, with their versions."""
        found = []
        if self._index is not None and bound.policy:
            policy = self._index.policies[bound.policy]
            found.append(f"packs.{policy.pack}@{policy.pack_version}")
            found += [f"overlays.{overlay}" for overlay in policy.overlays]
        version = self._lexicon.triggers.version
        cues = dict.fromkeys(trigger.cue for trigger in triggers if trigger.cue)
        return found + [f"triggers.{cue.replace(' ', '-')}@{version}" for cue in cues]

    def _direction(self, frame: Frame, bound: Bound) -> str:
        if self._index is None:
            return frame.direction
        return self._index.direction(bound.policy, frame.operation, frame.direction)

    def _status(self, frame: Frame, bound: Bound) -> str:
        """The frame's status; what another state says of the issuer is reported, not announced."""
        foreign = frame.status == "announced" and bound.policy and self._others(frame, bound)
        return "reported" if foreign else frame.status

    def _issuer_of(self, frame: Frame, bound: Bound) -> Issuer:
        """Who decides; of what another state denies that state, since its word is not the issuer's."""
        others = self._others(frame, bound) if frame.status == "denied" and bound.policy else frozenset()
        return Issuer(id=min(others), text=self._quote(list(frame.speaker))) if others else bound.issuer

    def _others(self, frame: Frame, bound: Bound) -> frozenset[str]:
        """The actors that the speaker names, where the issuer is not among them."""
        speakers = self._mentions.actors_in(frame.speaker, ("name", "person", "adjective"))
        foreign = bound.issuer.id is not None and bound.issuer.id not in speakers
        return frozenset(speakers) if foreign else frozenset()

    def _referring(self, frame: Frame, others: list[Frame]) -> list[Sentence]:
        """Later sentences that speak of the change again, up to the next live frame of another direction."""
        if not frame.live or frame.implied:
            return []
        live = {other.sentence.index for other in others if other.live}
        return [s for s in self._speaking_again if s.index > frame.sentence.index and s.index not in live]

    @cached_property
    def _speaking_again(self) -> list[Sentence]:
        """The sentences that mean a change told before: "the decision", "this shift"."""
        return [s for s in self._document.sentences if any(self._means_change(word) for word in s.words)]

    def _means_change(self, word: Word) -> bool:
        if word.lemma not in self._lexicon.anaphors or word.pos not in ("NOUN", "PROPN"):
            return False
        return any(c.dep == "det" and c.lower in ("the", "this", "that") for c in word.children)

    def _subject(self, frame: Frame) -> Span | None:
        words = [word for theme in frame.themes for word in theme.subtree() if word in frame.clause]
        return self._span(tuple(words))

    def _span(self, words: tuple[Word, ...]) -> Span | None:
        if not words:
            return None
        start, end = span_of(words)
        return Span(start=start, end=end, quote=self._document.text[start:end])

    def _quote(self, words: list[Word]) -> str:
        start, end = span_of(word for head in words for word in head.subtree())
        return self._document.text[start:end]

    @staticmethod
    def _confidence(frame: Frame, bound: Bound) -> Confidence:
        """0.9, less 0.1 for each part that was not read from the clause itself."""
        far = ("focus", "sentence", "named", "article", "pack")
        reasons = [*frame.reasons, *(r for r in bound.reasons if r.endswith(far))]
        value = max(0.1, 0.9 - 0.1 * len(reasons))
        return Confidence(
            value=round(min(value, _IMPLIED_AT_MOST) if frame.implied else value, 2), reasons=tuple(reasons)
        )


def _overlaps(scope: Scope, level: ClaimLevel | None) -> bool:
    """Whether an amount is the claim's level, so that it limits nothing."""
    return level is not None and scope.kind == "amount" and scope.start < level.end and level.start < scope.end
