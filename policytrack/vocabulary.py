"""What the word lists in `rules/` hold: operations, status words, trigger cues, actors.

Only types stand here; what the words do to each other is code, in `extract/`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from policytrack.model import ClaimStatus, Record, TriggerKind

Words = tuple[str, ...]

OperationClass = Literal[
    "create", "proclaim", "remove", "reduce", "increase", "prolong", "pause", "resume", "ban", "restrict", "allow",
    "approve", "open", "shut", "quit", "join", "keep", "require", "delay", "cancel", "recognise", "refuse",
]  # fmt: skip
"""What a word does to the thing that it governs; `extract/composition.py` composes it with the thing's value."""

ThingValue = Literal["restriction", "permission", "container", "rulebook", "treaty", "body", "rate", "place", "conduct"]
"""What the existence of a thing does to the conduct it is about."""


class Operations(Record):
    """`operations.yaml`: the words that change policies, and the things that they change.

    A verb of several words ("roll back", "do away with") has its particles in the order of the text.
    """

    version: int = Field(ge=1)
    verbs: dict[OperationClass, Words]
    nouns: dict[OperationClass, Words]
    adjectives: dict[OperationClass, Words] = Field(default_factory=dict)
    light_verbs: Words
    bearing_verbs: Words
    ending_verbs: Words
    things: dict[ThingValue, Words]
    conducts: dict[str, Words]
    public: Words
    tell: Words
    motions: Words
    quantities: Words
    outside: Words
    forbidding: Words
    entering: Words
    formal: Words
    papers: Words
    requesting: Words
    broad: Words
    official: Words
    unregulated: Words
    regions: Words
    warlike: Words
    bad_lists: Words
    good_lists: Words
    admitting: Words
    newcomers: Words
    physical: Words
    listed: Words
    under: Words
    changing: Words
    taken_out: Words
    put_in: Words
    easing: Words
    tightening: Words
    comparatives: Words
    partial: Words
    grants: Words
    plain: Words
    units: Words
    binding: Words
    levels: Words
    strict: Words
    commanding: Words
    violating: Words
    given: Words
    plans: Words
    forbidden: Words
    designating: Words
    labels: Words
    heads_only: Words
    judging: Words
    ruling: Words
    advising: Words
    allowances: Words
    limits: Words
    periods: Words
    state_owned: Words
    declining: Words
    shifting: Words
    grades: Words
    prices: Words
    nothing: Words
    providing: Words
    needing: Words
    freeing: Words
    handing: Words
    arms: Words
    applying: Words
    moving: dict[OperationClass, Words]
    areas: Words
    beneficiaries: Words
    parts_of_law: Words
    enforcing: Words
    keeping: Words
    becoming: Words
    exceptions: Words
    countries: Words
    setting: Words
    getting: Words


class StatusWords(Record):
    """`status.yaml`: the words that say how real a change is, who says it, and whether it is news."""

    version: int = Field(ge=1)
    verbs: dict[ClaimStatus, Words]
    nouns: dict[ClaimStatus, Words]
    adjectives: dict[ClaimStatus, Words]
    adverbs: dict[ClaimStatus, Words]
    modals: dict[str, ClaimStatus]
    negators: Words
    flipped: dict[ClaimStatus, ClaimStatus]
    say: Words
    transparent: Words
    anonymous: Words
    officials: Words
    media: Words
    chambers: Words
    deciding: Words
    voting: Words
    legislatures: Words
    unreal: Words
    drafts: Words
    private: Words
    titles: Words
    business: Words
    trading: Words
    trades: Words
    roles: Words
    penal: Words
    forces: Words
    fighting: Words
    facilities: Words
    services: Words
    courses: Words
    events: Words
    mishaps: Words
    trends: Words
    bouts: Words
    litigation: Words
    crimes: Words
    truces: Words
    blaming: Words
    careers: Words
    appeals: Words
    opinions: Words
    calm: Words
    appointments: Words
    let_be: Words
    speakers: Words
    earlier: Words
    former: Words
    authorities: Words
    institutions: Words
    announcing: Words
    repeat: Words
    reactions: Words
    still: Words
    lasting: Words
    nobody: Words
    habitual: Words
    communicating: Words
    publishing: Words
    effective: Words
    first: Words
    next: Words
    limiting: Words
    denials: Words
    printed: Words
    wrongly: Words
    untrue: Words
    right: Words
    retracting: Words
    calling: Words
    documents: Words
    bodies: Words


class Cue(Record):
    """A word or phrase that introduces a cause, or a verb whose subject or object is one."""

    cue: str
    kind: TriggerKind
    strength: Literal["strong", "weak"] = "weak"


class TriggerWords(Record):
    """`triggers.yaml`: cues by construction, nouns that refer back to a change, hedges."""

    version: int = Field(ge=1)
    prepositions: tuple[Cue, ...]
    markers: tuple[Cue, ...]
    verbs: tuple[Cue, ...]
    passives: tuple[Cue, ...]
    purposes: tuple[Cue, ...]
    accusations: tuple[Cue, ...]
    claims: tuple[Cue, ...]
    benefit: Words
    light_benefit: Words
    reasons: Words
    reason_nouns: Words
    arguing: Words
    finding: Words
    naming: Words
    statements: Words
    swaying: Words
    acting: Words
    critics: Words
    aims: Words
    punishments: Words
    no_matters: Words
    holds: Words
    procedures: Words
    processes: Words
    requests: Words
    trends: Words
    undergoing: Words
    own_steps: Words
    faults: Words
    causing: Words
    connectives: Words
    results: Words
    pledges: Words
    feelings: Words
    steps: Words
    earlier: Words
    anaphors: Words
    deeds: Words
    stand_ins: Words
    hedges: Words
    times: Words
    units: Words
    not_causal: Words
    coming: Words
    reasoning: Words
    answering: Words
    fears: Words


class Actor(Record):
    """Who can decide or be spoken of: every form is matched with its capitals as written."""

    names: Words
    adjectives: Words = ()
    people: Words = ()
    places: Words = ()
    members: Words = ()
    kind: Literal["state", "body", "group", "company", "chamber"] = "state"


class Actors(Record):
    """`actors.yaml`: actors by id, and publishers by who owns them: those of one owner are one source."""

    version: int = Field(ge=1)
    actors: dict[str, Actor]
    owners: dict[str, Words] = Field(default_factory=dict)
