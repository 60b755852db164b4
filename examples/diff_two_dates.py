"""What changed between two dates, and the cause that the articles themselves give.

python examples/diff_two_dates.py
"""

from pathlib import Path

from policytrack import open_tracker

ARTICLES = Path(__file__).parent / "ukraine-arms" / "articles.jsonl"


def main() -> None:
    tracker = open_tracker(":memory:")
    tracker.ingest(ARTICLES, assume_seen="published")
    diff = tracker.diff("2024-11-01", "2024-11-22", policy="us.*")
    for shift in diff.shifts:
        print(f"{shift.occurred_on}  {shift.policy}: {shift.before.status} -> {shift.after.status} ({shift.stage})")
        for trigger in shift.triggers:
            print(f'    {trigger.kind}: {trigger.cue or ""} "{trigger.quote}"')
    print(f"{len(diff.shifts)} shifts, {len(diff.corrections)} corrections, {len(diff.rules)} changes of rules")


if __name__ == "__main__":
    main()
