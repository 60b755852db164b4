"""The text of an article, forgotten on demand: out of every record and every file of the ledger."""

from __future__ import annotations

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.derive import derive, follow_rules
from policytrack.detect import Detector
from policytrack.errors import ConfigError
from policytrack.events import told_words
from policytrack.intake import Moments
from policytrack.ledger import Ledger
from policytrack.model import SCHEMA, Record
from policytrack.moments import Clock
from policytrack.packs import Rules
from policytrack.printable import printable
from policytrack.rerun import without_readings


class Forgotten(Record):
    """What was removed of one article: how many versions of its text, by whom, why and when.

    `recorded_at` is that of the first removal where nothing was left to remove. `left` says what still keeps bytes of
    the words in the ledger's own files, or empty: ask again when that has ended.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    article_id: str
    versions: int
    by: str
    why: str
    recorded_at: AwareDatetime
    left: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


def forget(
    ledger: Ledger, rules: Rules, detector: Detector, clock: Clock, article: str, *, by: str, why: str
) -> Forgotten:
    """What was removed of an article. ConfigError where there is none of that id, or nobody or no reason is named.

    All versions of it that still have a text lose it, and what follows from its claims is recorded as it is without
    their words. Nobody is alerted.
    """
    for name, value in (("by", by), ("why", why)):
        if not value.strip() or any("\ud800" <= char <= "\udfff" for char in value):
            raise ConfigError(f"{name} {value!r} says nothing. Say who removes the text, and why: it cannot be undone.")
    article_id = article_named(ledger, article)
    moments = Moments(clock)
    with without_readings(ledger):
        if _has_text(ledger, article_id):
            follow_rules(ledger, rules, detector, lambda latest: moments.next(latest, None))
            with ledger.batch(lambda latest: moments.next(latest, None), rules.behaviour, "removal") as batch:
                made, touched = batch.remove_text(
                    article_id, by.strip(), why.strip(), lambda quote: told_words(quote, rules.core.ignored)
                )
                found = {policy.id: policy for name in sorted(touched) if (policy := rules.policy(name))}
                for policy in found.values():
                    derive(batch, policy, rules, detector)
            versions = len(made)
        else:
            versions = 0
        left = ledger.scrub()
    first = ledger.removals(article_id)[-max(versions, 1)]
    return Forgotten(
        article_id=article_id,
        versions=versions,
        by=first.by,
        why=first.why,
        recorded_at=first.recorded_at,
        left=left,
    )


def article_named(ledger: Ledger, opening: str) -> str:
    """The id of the article that opens so; ConfigError where none does, or several do."""
    found = ledger.article_ids(opening) if opening else []
    if len(found) == 1 or (found and found[0] == opening):
        return found[0]
    if found:
        raise ConfigError(f"{opening} can be {', '.join(map(printable, found))}. Write more of it.")
    told = f"no article in {ledger.path} has an id that opens with {printable(opening)!r}"
    raise ConfigError(f"{told}. `policytrack why` names the article of each claim.")


def _has_text(ledger: Ledger, article_id: str) -> bool:
    removed = {each.text_digest for each in ledger.removals(article_id)}
    return bool(ledger.texts([article_id]).get(article_id, set()) - removed)
