"""From what the steps of a reading left to an explanation of it, sentence by sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import get_args

from policytrack.extract import clauses
from policytrack.extract.binding import Bound
from policytrack.extract.composition import EFFECTS
from policytrack.extract.deciders import why_no_policy
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Operator
from policytrack.extract.refusals import RefusalReader
from policytrack.extract.steps import Attempt, Steps
from policytrack.extract.told import ArticleExplanation
from policytrack.extract.trace import (
    BackgroundReading,
    Binding,
    BoundPart,
    Composition,
    No,
    Refusal,
    RunnerUp,
    SentenceTrace,
    Statement,
    StatusReading,
    Step,
)
from policytrack.model import FACTIVE, Article, Claim, Policy, Span
from policytrack.text import Sentence, Word, span_of

_NEAR = 1.0
"""By how much the next policy may fit worse and still be shown."""

_STEPS: tuple[Step, ...] = get_args(Step)


def explanation(
    article: Article, steps: Steps | None, skipped: str | None, open_mode: bool, policy: Policy | None
) -> ArticleExplanation:
    """The explanation of an article; without steps it was not read, and `skipped` says why."""
    found = tuple(_Tracer(steps, policy).sentences()) if steps else ()
    return ArticleExplanation(
        article_id=article.id, published_at=article.published_at, title=article.title,
        mode="open" if open_mode else "policy", policy=policy.id if policy else None, skipped=skipped,
        note=_note(found, skipped, open_mode, policy), sentence_count=len(steps.document.sentences) if steps else 0,
        sentences=found,
    )  # fmt: skip


def _note(found: tuple[SentenceTrace, ...], skipped: str | None, open_mode: bool, policy: Policy | None) -> str:
    """What to try where there is nothing to show."""
    if skipped == "no tracked instrument is named":
        return "the names of the instruments of all packs were looked for; --open reads it without packs"
    if skipped or found:
        return ""
    if policy is not None:
        return f"no sentence names an instrument of {policy.id}, and none makes a statement that could be about it"
    return "no sentence says that anything is done" if open_mode else "no sentence names an instrument or an operation"


class _Tracer:
    """Explains one article; with a policy only what concerns that one."""

    def __init__(self, steps: Steps, policy: Policy | None) -> None:
        self._steps = steps
        self._policy = policy
        self._document, self._lexicon, self._mentions = steps.document, steps.lexicon, steps.mentions
        self._refusals = None
        if steps.index is not None and steps.binder is not None:
            self._refusals = RefusalReader(steps.document, steps.mentions, steps.index, steps.binder)
        self._first_claims: dict[str, Frame] = {}
        for attempt in steps.attempts:
            if attempt.claim is not None and not attempt.problems:
                self._first_claims.setdefault(attempt.claim.id, attempt.frame)

    def sentences(self) -> Iterator[SentenceTrace]:
        """The sentences that name an instrument or an operation, or that add to another's claim, in text order."""
        for sentence in self._document.sentences:
            traced = self._sentence(sentence)
            if traced is not None:
                yield traced

    # ---- a sentence

    def _sentence(self, sentence: Sentence) -> SentenceTrace | None:
        frames = self._frames.get(sentence.index, [])
        instruments = self._instruments(sentence)
        adds_to = self._adds_to(sentence)
        unread = [] if frames or self._policy else self._operators(sentence)
        if not (frames or instruments or adds_to or unread):
            return None
        statements = tuple(self._statement(frame) for frame in frames)
        quote = self._document.text[sentence.start : sentence.end]
        return SentenceTrace(
            start=sentence.start, end=sentence.end, quote=quote, number=sentence.index + 1,
            instruments=tuple(instruments), statements=statements, adds_to=tuple(adds_to),
            unlinked_cues=tuple(self._unlinked(sentence)),
            no=self._sentence_no(statements, adds_to, instruments, sentence),
        )  # fmt: skip

    @cached_property
    def _frames(self) -> dict[int, list[Frame]]:
        """All frames by the index of their sentence, in text order, each once."""
        steps = self._steps
        found = {id(f): f for f in (*steps.frames, *steps.no_policy, *(a.frame for a in steps.attempts))}
        by_sentence: dict[int, list[Frame]] = {}
        for frame in sorted(found.values(), key=lambda frame: frame.head.i):
            by_sentence.setdefault(frame.sentence.index, []).append(frame)
        return by_sentence

    def _instruments(self, sentence: Sentence) -> list[str]:
        found = self._mentions.instruments_in(sentence.words)
        wanted = [m for m in found if self._policy is None or self._policy.id in m.policies]
        words = self._document.words
        quotes = (self._document.text[words[m.start].start : words[m.end - 1].end] for m in wanted)
        return list(dict.fromkeys(quotes))

    def _adds_to(self, sentence: Sentence) -> list[int]:
        """The numbers of the earlier sentences whose claims have a trigger, date or scope from this one."""
        found = set()
        for attempt in self._shown_attempts:
            claim, own = attempt.claim, attempt.frame.sentence
            if claim is not None and own is not sentence and not attempt.problems:
                spans = (*claim.triggers, *claim.dates, *claim.scope)
                if any(sentence.start <= span.start < sentence.end for span in spans):
                    found.add(own.index + 1)
        return sorted(found)

    @cached_property
    def _shown_attempts(self) -> list[Attempt]:
        wanted = self._policy.id if self._policy else None
        return [a for a in self._steps.attempts if wanted is None or a.bound.policy == wanted]

    def _unlinked(self, sentence: Sentence) -> Iterator[str]:
        """The cues of a sentence that tie no cause to any claim."""
        linked = {
            trigger.cue
            for attempt in self._steps.attempts
            if attempt.claim is not None
            for trigger in attempt.claim.triggers
            if sentence.start <= trigger.start < sentence.end
        }
        for hit in self._steps.triggers.hits(sentence):
            cue = " ".join(word.lower for word in hit.words)
            if cue not in linked:
                yield cue

    def _sentence_no(
        self, statements: tuple[Statement, ...], adds_to: list[int], instruments: list[str], sentence: Sentence
    ) -> No | None:
        """None where a sentence gives or adds anything; else what said no, of several statements the last step."""
        refused = [statement.no for statement in statements if statement.no is not None]
        if adds_to or len(refused) < len(statements):
            return None
        if refused:
            return max(refused, key=lambda no: _STEPS.index(no.step))
        return No(step="operation", reason=self._no_operation(instruments, sentence))

    # ---- no operation

    def _operators(self, sentence: Sentence) -> list[tuple[Word, Operator]]:
        """The words of a sentence that are in the lists of operations."""
        found = ((word, self._operator(word)) for word in sentence.words)
        return [(word, operator) for word, operator in found if operator is not None]

    def _operator(self, word: Word) -> Operator | None:
        if clauses.is_verb(word):
            return self._lexicon.verb(word)
        if word.pos in ("NOUN", "PROPN"):
            return self._lexicon.noun(word)
        return self._lexicon.adjective(word) if word.pos == "ADJ" else None

    def _no_operation(self, instruments: list[str], sentence: Sentence) -> str:
        named = f"names {', '.join(instruments)}, " if instruments else ""
        operators = self._operators(sentence)
        if operators:
            return named + "; ".join(self._says_nothing(word, operator) for word, operator in operators[:2])
        conducts = [word.text for word in sentence.words if word.i in self._mentions.families]
        told = f"tells of {_ticked(conducts)}, " if conducts else ""
        return f"{named}{told}no word of change"

    def _says_nothing(self, word: Word, operator: Operator) -> str:
        """Why a word of the lists of operations makes no statement."""
        name = f"`{word.text}` ({operator.kind})"
        if self._steps.composer.effect(word, operator) is not None:
            if clauses.is_verb(word):
                return f"{name} is used as a modifier"
            return f"{name} is a thing here: nothing tells that it is made, changed or ended"
        themes = self._steps.composer.themes(word, operator)
        if not themes:
            return f"{name} has nothing that it is done to"
        values = [f"`{theme.text}` ({self._steps.composer.value(theme).value})" for theme in themes[:2]]
        return f"{name} with {', '.join(values)} says nothing of a policy"

    # ---- a statement

    def _statement(self, frame: Frame) -> Statement:
        attempts = [attempt for attempt in self._shown_attempts if attempt.frame is frame]
        refusals = self._refused(frame, attempts)
        is_none = any(frame is other for other in self._steps.no_policy)
        into = frame.absorbed_by
        unbound = "" if is_none else self._unbound(frame, attempts)
        return Statement(
            operation=frame.operation,  # type: ignore[arg-type]
            direction=frame.direction,  # type: ignore[arg-type]
            composition=self._composition(frame),
            status=None if is_none else self._status(frame),
            background=None if is_none else _background(frame),
            merged_into=into.sentence.index + 1 if into else None,
            bindings=tuple(self._binding(attempt) for attempt in attempts),
            refusals=refusals,
            unbound=unbound,
            no=self._no(frame, attempts, refusals, unbound),
        )

    def _refused(self, frame: Frame, attempts: list[Attempt]) -> tuple[Refusal, ...]:
        """With a policy, what a frame lacks for it."""
        if self._policy is None or self._refusals is None or attempts:
            return ()
        bound = [attempt.bound for attempt in self._steps.attempts if attempt.frame is frame]
        refusal = self._refusals.refusal(frame, self._policy, bound)
        return (refusal,) if refusal else ()

    def _unbound(self, frame: Frame, attempts: list[Attempt]) -> str:
        """Without a policy, why a frame is about none at all."""
        if self._policy is not None or self._refusals is None or attempts or frame.absorbed_by is not None:
            return ""
        return self._refusals.none(frame)

    def _composition(self, frame: Frame) -> Composition:
        operation, direction = frame.composed
        return Composition(
            entry=frame.entry, kind=frame.kind, form=frame.form, value=self._value(frame),
            operation=operation, direction=direction,  # type: ignore[arg-type]
            turned=tuple(frame.reasons), words=tuple(self._span([word]) for word in frame.words), rule=frame.rules[0],
        )  # fmt: skip

    def _value(self, frame: Frame) -> str | None:
        """The value of the frame's thing; None where it was composed through what the thing, or "may", holds."""
        if frame.form == "modal":
            return None
        values = [self._steps.composer.value(theme).value for theme in frame.themes if clauses.is_noun(theme)]
        fitting = [value for value in values if EFFECTS.get((frame.kind, value)) == frame.composed]
        return fitting[0] if fitting else None

    def _status(self, frame: Frame) -> StatusReading:
        return StatusReading(
            status=frame.status,  # type: ignore[arg-type]
            words=tuple(self._span([word]) for word in frame.status_words),
            said_by=self._span(frame.speaker) if frame.speaker else None,
            rules=tuple(rule for rule in frame.rules if rule.startswith("status.")),
        )

    def _span(self, words: Iterable[Word]) -> Span:
        start, end = span_of(words)
        return Span(start=start, end=end, quote=self._document.text[start:end])

    # ---- what said no

    def _no(self, frame: Frame, attempts: list[Attempt], refusals: tuple[Refusal, ...], unbound: str) -> No | None:
        """The first step that said no to a statement; None where it gave a claim that counts as news."""
        own = self._no_of_its_own(frame)
        if own is not None:
            return own
        if frame.absorbed_by is not None:
            other = frame.absorbed_by
            reason = f"merged into `{other.head.text}` of {_place(other, frame)}: {frame.absorbed_because}"
            return No(step="merging", reason=reason)
        if refusals:
            return No(step="binding", reason=f"not {refusals[0].policy}, {refusals[0].part}: {refusals[0].reason}")
        if unbound:
            return No(step="binding", reason=unbound)
        return self._no_claim(frame, attempts)

    def _no_of_its_own(self, frame: Frame) -> No | None:
        """What speaks against a frame in its own words."""
        if any(frame is other for other in self._steps.no_policy):
            who = f", by `{frame.agent.text}`" if frame.agent else ""
            return No(step="operation", reason=f"`{frame.head.text}`{who}, {why_no_policy(frame, self._lexicon)}")
        if frame.operation == "reaffirm":
            told = _ticked(word.text for word in frame.words)
            return No(step="operation", reason=f"reaffirm, by {told}: says that nothing changes")
        if frame.status not in FACTIVE:
            words = _ticked(word.text for word in frame.status_words)
            return No(step="status", reason=f"{frame.status}, by {words}" if words else frame.status)
        if frame.background:
            return No(step="background", reason="; ".join(frame.background_words))
        return None

    def _no_claim(self, frame: Frame, attempts: list[Attempt]) -> No | None:
        """Why none of the attempts came to a claim of its own."""
        made = [(attempt, attempt.claim) for attempt in attempts if attempt.claim is not None]
        if not made:
            return No(step="quote", reason="its clause has fewer than two words")
        admitted = [(attempt, claim) for attempt, claim in made if not attempt.problems]
        if not admitted:
            return No(step="value check", reason="; ".join(made[0][0].problems))
        if all(self._is_told_before(attempt, claim) for attempt, claim in admitted):
            first = self._first_claims[admitted[0][1].id]
            return No(step="claim", reason=f"merged into the claim of {_place(first, frame)}, by `{first.head.text}`")
        return None

    def _is_told_before(self, attempt: Attempt, claim: Claim) -> bool:
        return self._first_claims[claim.id] is not attempt.frame

    # ---- binding

    def _binding(self, attempt: Attempt) -> Binding:
        bound, claim = attempt.bound, attempt.claim
        policy = self._steps.index.policies[bound.policy] if self._steps.index and bound.policy else None
        return Binding(
            policy=policy.id if policy else None,
            title=policy.title if policy else "",
            issuer=bound.issuer,
            score=round(bound.score, 2),
            parts=tuple(self._parts(attempt.frame, bound, policy)) if policy else (),
            runner_up=self._runner_up(attempt) if policy else None,
            claim=claim,
            trigger_sentences=tuple(self._number(trigger.start) for trigger in claim.triggers) if claim else (),
            admitted=claim is not None and not attempt.problems,
            problems=attempt.problems,
        )

    def _runner_up(self, attempt: Attempt) -> RunnerUp | None:
        """The next policy, where it fits nearly as well; the whole of a part is none."""
        if self._steps.binder is None or attempt.frame.implied:
            return None
        taken = {other.bound.policy for other in self._steps.attempts if other.frame is attempt.frame}
        fits = self._steps.binder.fits(attempt.frame).values()
        others = [fit for fit in fits if isinstance(fit, Bound) and fit.policy not in taken]
        best = max(others, key=lambda fit: fit.score, default=None)
        if best is None or best.score < attempt.bound.score - _NEAR:
            return None
        return RunnerUp(policy=best.policy, score=round(best.score, 2))

    def _parts(self, frame: Frame, bound: Bound, policy: Policy) -> Iterator[BoundPart]:
        for told in bound.reasons:
            part, _, layer = told.partition(": ")
            if layer:
                words, sentence = self._found(frame, bound, policy, part, layer)
                yield BoundPart.model_validate({"part": part, "layer": layer, "words": words, "sentence": sentence})

    def _found(
        self, frame: Frame, bound: Bound, policy: Policy, part: str, layer: str
    ) -> tuple[tuple[str, ...], int | None]:
        """The words by which a part of a policy was found, and the number of their sentence where it is another."""
        if layer == "agent":
            return ((bound.issuer.text,) if bound.issuer.text else ()), None
        names = self._namer(policy, part)
        if layer in ("theme", "clause"):
            reach = {word.i: word for theme in frame.themes for word in theme.subtree()}
            reach.update((word.i, word) for word in frame.clause)
            return self._named([word for _, word in sorted(reach.items())], names), None
        if layer == "sentence":
            return self._named(frame.sentence.words, names), None
        if layer == "speaker":
            return self._named(frame.speaker, names), None
        if layer not in ("focus", "named", "article"):
            return (), None
        index = frame.sentence.index
        for number in dict.fromkeys((*range(index - 1, max(-1, index - 4), -1), 0)):
            words = self._named(self._document.sentences[number].words, names) if number < index else ()
            if words:
                return words, number + 1
        return (), None

    def _named(self, words: Iterable[Word], names: Callable[[Word], bool]) -> tuple[str, ...]:
        """The stretches of words that a name is made of, each once."""
        return tuple(dict.fromkeys(self._span(run).quote for run in _runs(words, names)))

    def _namer(self, policy: Policy, part: str) -> Callable[[Word], bool]:
        """Whether a word belongs to the name of a part of a policy."""
        mentions = self._mentions
        if part == "issuer":
            return lambda w: w.i in mentions.actor_at and bool(mentions.actor_at[w.i].ids() & set(policy.issuer))
        if part == "instrument":
            return lambda w: w.i in mentions.instrument_at and policy.id in mentions.instrument_at[w.i].policies
        conducts = self._steps.index.conducts[policy.id] if self._steps.index else ()
        families = frozenset(family for conduct in conducts for family in conduct.families)
        actors = frozenset(actor for conduct in conducts for actor in conduct.actors)
        others = frozenset(word for conduct in conducts for word in conduct.words)
        return lambda w: (
            bool(mentions.families.get(w.i, frozenset()) & families)
            or (w.i in mentions.actor_at and bool(mentions.actor_at[w.i].ids() & actors))
            or bool(mentions.patterns.get(w.i, frozenset()) & others)
        )

    def _number(self, offset: int) -> int:
        """The number of the sentence that holds an offset."""
        return bisect_right(self._starts, offset)

    @cached_property
    def _starts(self) -> list[int]:
        return [sentence.start for sentence in self._document.sentences]


def _place(other: Frame, frame: Frame) -> str:
    """Where another frame stands, seen from a frame."""
    return "this sentence" if other.sentence is frame.sentence else f"sentence {other.sentence.index + 1}"


def _background(frame: Frame) -> BackgroundReading:
    return BackgroundReading(background=frame.background, reasons=frame.background_words)


def _runs(words: Iterable[Word], names: Callable[[Word], bool]) -> list[list[Word]]:
    """The stretches of words that a name is made of."""
    found: list[list[Word]] = []
    for word in words:
        if names(word) and found and found[-1][-1].i == word.i - 1:
            found[-1].append(word)
        elif names(word):
            found.append([word])
    return found


def _ticked(words: Iterable[str]) -> str:
    return " and ".join(f"`{word}`" for word in dict.fromkeys(words))
