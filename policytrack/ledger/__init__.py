"""The ledger: what was read and what follows from it, with the moments from which and until which it was known.

One public class, `Ledger`; a transaction that writes is a `Batch`.
"""

from policytrack.ledger.batch import Batch
from policytrack.ledger.changes import Cause, LedgerChange, LedgerChanges
from policytrack.ledger.checks import Finding
from policytrack.ledger.copying import Copied
from policytrack.ledger.database import MEMORY
from policytrack.ledger.falling_due import Noted
from policytrack.ledger.ledger import Announced, Ledger, Recorded, Told, Turn
from policytrack.ledger.occasions import Occasion
from policytrack.ledger.removal import Removal

__all__ = [
    "MEMORY",
    "Announced",
    "Batch",
    "Cause",
    "Copied",
    "Finding",
    "Ledger",
    "LedgerChange",
    "LedgerChanges",
    "Noted",
    "Occasion",
    "Recorded",
    "Removal",
    "Told",
    "Turn",
]
