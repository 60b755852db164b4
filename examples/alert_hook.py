"""A function of yours, called once for each new shift, after it is safely recorded.

python examples/alert_hook.py
"""

from pathlib import Path

from policytrack import Shift, open_tracker

SEEDS = Path(__file__).parent.parent / "seeds"


def notify(shift: Shift) -> None:
    """Put your message, ticket or page here; an exception stops nobody else and loses no shift."""
    print(f"ALERT {shift.severity}: {shift.policy} is {shift.after.status}, was {shift.before.status} [{shift.id}]")


def main() -> None:
    tracker = open_tracker(":memory:")
    tracker.on_shift(notify)
    first = tracker.ingest(SEEDS)
    again = tracker.ingest(SEEDS)
    print(f"first time: {len(first.shifts)} new shifts; the same articles again: {len(again.shifts)}")


if __name__ == "__main__":
    main()
