"""What a change of rules does on an archive: the same articles read by the old rules and by the new ones.

changes = rules_diff(load_rules(), load_rules(Path("my-rules")), read_articles("archive/"))
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from policytrack.errors import ArticleError
from policytrack.model import Article
from policytrack.packs import Rules
from policytrack.shift_changes import Outcome, ShiftChanges, shift_changes
from policytrack.tracker import Tracker, open_tracker

AT_ONCE = 50
"""Articles that are held in memory."""


def rules_diff(
    old: Rules,
    new: Rules,
    found: Iterable[Article | ArticleError],
    *,
    on_error: Callable[[ArticleError], object],
    progress: Callable[[int], object] = lambda _: None,
) -> ShiftChanges:
    """What becomes of the shifts that articles make; those that cannot be read are given to `on_error`.

    Both rules read into ledgers of their own, which are deleted afterwards. `progress` is called with the number of
    articles that both have read.
    """
    read = 0
    failed: dict[str, ArticleError] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        open_tracker(Path(folder, "old.db"), rules=old) as was,
        open_tracker(Path(folder, "new.db"), rules=new) as now,
    ):
        for articles in _parts(found, on_error):
            reports = [tracker.ingest(articles) for tracker in (was, now)]
            failed |= {str(error): error for report in reports for error in report.errors}
            read += len(articles)
            progress(read)
        for error in failed.values():
            on_error(error)
        return shift_changes(_outcome(was), _outcome(now), articles=read)


def _parts(
    found: Iterable[Article | ArticleError], on_error: Callable[[ArticleError], object]
) -> Iterator[list[Article]]:
    """The articles in lists of a few; the errors are given away."""
    left = iter(found)
    while part := list(islice(left, AT_ONCE)):
        articles: list[Article] = []
        for each in part:
            on_error(each) if isinstance(each, ArticleError) else articles.append(each)
        yield articles


def _outcome(tracker: Tracker) -> Outcome:
    moments = tracker.ledger.moments() if tracker.ledger.is_there() else None
    return tracker.ledger.outcome(moments[1]) if moments else Outcome((), {}, ())
