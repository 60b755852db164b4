"""What the steps of one article's reading leave behind: the claims are taken from it, and so is every explanation."""

from __future__ import annotations

from dataclasses import dataclass

from policytrack.extract.binding import Binder, Bound
from policytrack.extract.composition import Composer
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Mentions, PackIndex
from policytrack.extract.subjects import Subject
from policytrack.extract.triggers import TriggerReader
from policytrack.model import Claim
from policytrack.text import Document


@dataclass(frozen=True)
class Attempt:
    """One frame with one policy (in open mode with none): its claim, and what the value check says against it.

    Without a claim its clause is too short to be quoted. `subject` is there of an admitted claim,
    where it was asked for.
    """

    frame: Frame
    bound: Bound
    claim: Claim | None
    problems: tuple[str, ...]
    subject: Subject | None = None


@dataclass(frozen=True)
class Steps:
    """What was found in one document, and the readers that found it. In open mode there is no index and no binder.

    `frames` holds also those that were merged into another one, `no_policy` those that tell of no policy. An
    attempt may have a frame of its own, where use implies what nobody has stated.
    """

    document: Document
    lexicon: Lexicon
    mentions: Mentions
    index: PackIndex | None
    composer: Composer
    triggers: TriggerReader
    binder: Binder | None
    frames: tuple[Frame, ...]
    no_policy: tuple[Frame, ...]
    attempts: tuple[Attempt, ...]
