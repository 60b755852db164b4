"""What a change of rules does on an archive: the same articles read by the old rules and by the new ones.

changes = rules_diff(load_rules(), load_rules(Path("my-rules")), read_articles("archive/"))
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, islice
from pathlib import Path

from policytrack.errors import ArticleError
from policytrack.execute import Here
from policytrack.intake import Reader, Reading
from policytrack.model import Article
from policytrack.packs import Rules
from policytrack.shift_changes import Outcome, ShiftChanges, shift_changes
from policytrack.tracker import Tracker, extractor_of, open_tracker

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

    Both rules read into ledgers of their own, which are deleted afterwards; where they differ in core.yaml alone, each
    article is read once for both. `progress` is called with the number of articles that both have read.
    """
    reader = _Once(Here(extractor_of(new))) if old.reading == new.reading else None
    read = 0
    failed: dict[str, ArticleError] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        open_tracker(Path(folder, "old.db"), rules=old, extractor=reader) as was,
        open_tracker(Path(folder, "new.db"), rules=new, extractor=reader) as now,
    ):
        for articles in _parts(found, on_error):
            reports = [tracker.ingest(articles) for tracker in (was, now)]
            failed |= {str(error): error for report in reports for error in report.errors}
            read += len(articles)
            progress(read)
        for error in failed.values():
            on_error(error)
        return shift_changes(_outcome(was), _outcome(now), articles=read)


class _Once:
    """A reader that reads each article once, though it is asked twice."""

    ahead = 0

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._read: dict[tuple[str, str], Reading | ArticleError] = {}

    def skips(self, article: Article) -> str | None:
        return self._reader.skips(article)

    def read_all(self, articles: Sequence[Article], **how: bool) -> Iterator[Reading | ArticleError]:
        places = [(article.id, article.text_digest) for article in articles]
        new = [place not in self._read for place in places]
        readings = self._reader.read_all(list(compress(articles, new)), **how)
        for place, is_new in zip(places, new, strict=True):
            if is_new:
                self._read[place] = next(readings)
                yield self._read[place]
            else:
                yield self._read.pop(place)


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
    return tracker.ledger.outcome(moments[1]) if moments else Outcome((), (), lambda _: {}, lambda _: {})
