"""The ledger: what was read and what follows from it, with the moments from which and until which it was known.

One public class, `Ledger`; a transaction that writes is a `Batch`.
"""

from policytrack.ledger.batch import Batch
from policytrack.ledger.changes import Cause, LedgerChange, LedgerChanges
from policytrack.ledger.copying import Copied
from policytrack.ledger.database import MEMORY
from policytrack.ledger.finding import Finding
from policytrack.ledger.ledger import Ledger, Recorded, Told
from policytrack.ledger.occasions import Occasion
from policytrack.ledger.outbox import Telling
from policytrack.ledger.removal import Removal

__all__ = [
    "MEMORY",
    "Batch",
    "Cause",
    "Copied",
    "Finding",
    "Ledger",
    "LedgerChange",
    "LedgerChanges",
    "Occasion",
    "Recorded",
    "Removal",
    "Telling",
    "Told",
]
