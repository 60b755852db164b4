"""A frame: one place of the text that says that something is done to a policy, with all that was read of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from policytrack.model import FACTIVE
from policytrack.text import Sentence, Word


@dataclass
class Frame:
    """What one predicate says. `words` carry the operation and its direction; `reasons` say what lowered confidence.

    `status_words` and `background_words` are the words that decided status and background, for `why` and the
    value check; `called_wrong` says that what it tells is called an error. `beside` are other things that the same
    verb moves, each to a level of its own. `age` is the weight of the reasons for background. `absorbed_by` is the
    frame that says this one already, with the reason; `composed` are operation and direction before "no longer",
    "only" and the like turned them.
    """

    head: Word
    entry: str
    kind: str
    operation: str
    direction: str
    words: tuple[Word, ...]
    themes: tuple[Word, ...] = ()
    agent: Word | None = None
    form: str = "verb"
    beside: tuple[Word, ...] = ()
    status: str = "decided"
    status_words: tuple[Word, ...] = ()
    called_wrong: bool = False
    age: int = 0
    background: bool = False
    background_words: tuple[str, ...] = ()
    implied: bool = False
    speaker: tuple[Word, ...] = ()
    clause: tuple[Word, ...] = ()
    reasons: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    absorbed_by: Frame | None = field(default=None, repr=False, compare=False)
    absorbed_because: str = ""
    composed: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.composed = (self.operation, self.direction)

    @property
    def sentence(self) -> Sentence:
        return self.head.sentence

    @property
    def live(self) -> bool:
        """Whether it says, as news, that something changed."""
        return self.status in FACTIVE and not self.background and self.operation != "reaffirm"
