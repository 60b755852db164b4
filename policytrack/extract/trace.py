"""Records of how an article was read: sentence by sentence what was found, what decided it, and what said no."""

from __future__ import annotations

from typing import Literal

from policytrack.model import Claim, ClaimStatus, Direction, Issuer, Operation, Record, Span

Step = Literal["operation", "status", "background", "merging", "binding", "quote", "value check", "claim"]
"""The steps that can say no, in the order in which they are asked.

operation: nothing is done, or by nobody who makes policy, or all stays as it was; status: it is not told as a fact;
background: it is told as history; merging: another statement says it; binding: no policy fits; quote: its clause is
too short to be quoted; value check: it does not re-read from its quote; claim: it is the same claim as another's.
"""

Part = Literal["subject", "issuer", "instrument", "conduct", "score", "part"]
"""What a statement can lack for a policy; `score`: another policy fits better; `part`: the article means its part."""

Layer = Literal[
    "agent", "theme", "clause", "speaker", "sentence", "focus", "named", "article", "unsaid", "exception",
    "use", "pack", "any",
]  # fmt: skip
"""Where a part of a policy was found: who acts, what it is done to, the statement's clause, who says so, its sentence,
the sentences before with title and lead; named: in them, but not as one who decides; article: anywhere in it; unsaid:
no conduct is named, so any may be meant; exception: a licence out of the restriction; use: implied by use; pack: taken
from the pack; any: the policy asks for none.
"""


class No(Record):
    """The first step that said no to a sentence or a statement, and why."""

    step: Step
    reason: str


class Composition(Record):
    """How an operation and its direction came about: a class of predicate and the value of its thing."""

    entry: str
    kind: str
    form: str
    value: str | None = None
    operation: Operation
    direction: Direction
    turned: tuple[str, ...] = ()
    words: tuple[Span, ...]
    rule: str


class StatusReading(Record):
    """How far a change has come, as the article has it, with the words that say so."""

    status: ClaimStatus
    words: tuple[Span, ...] = ()
    said_by: Span | None = None
    rules: tuple[str, ...] = ()


class BackgroundReading(Record):
    """Whether a change is told as history. One weak reason alone is not enough."""

    background: bool
    reasons: tuple[str, ...] = ()


class BoundPart(Record):
    """One part of a policy, where it was found, and by which words."""

    part: Literal["issuer", "instrument", "conduct"]
    layer: Layer
    words: tuple[str, ...] = ()
    sentence: int | None = None


class RunnerUp(Record):
    """The policy that would have fitted next."""

    policy: str
    score: float


class Binding(Record):
    """A policy that a statement is about, and the claim that came of the two."""

    policy: str | None
    title: str = ""
    issuer: Issuer
    score: float
    parts: tuple[BoundPart, ...] = ()
    runner_up: RunnerUp | None = None
    claim: Claim | None = None
    trigger_sentences: tuple[int, ...] = ()
    admitted: bool = False
    problems: tuple[str, ...] = ()


class Refusal(Record):
    """The part of a policy that a statement lacks. `instead` are the policies that it is about."""

    policy: str
    part: Part
    reason: str
    instead: tuple[str, ...] = ()


class Statement(Record):
    """What one predicate of a sentence says, step by step; `no` is the first step that said no."""

    operation: Operation
    direction: Direction
    composition: Composition
    status: StatusReading | None = None
    background: BackgroundReading | None = None
    merged_into: int | None = None
    bindings: tuple[Binding, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unbound: str = ""
    no: No | None = None


class SentenceTrace(Span):
    """One sentence that names a tracked instrument or an operation, or that adds to what another sentence says."""

    number: int
    instruments: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    adds_to: tuple[int, ...] = ()
    unlinked_cues: tuple[str, ...] = ()
    no: No | None = None
