"""Which articles speak for another: copies that were found, and those that the input names.

Versions of articles that are alike are recorded once, when the later of them is compared with all before it. All
articles that hang together, by what was found and by what was given, speak with one voice: that of the one that was
published first. Who speaks for whom is recorded with its moments, so that a past moment is answered as it was.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from policytrack import copies as finding
from policytrack.dates import first_day, last_day
from policytrack.ledger.queries import AT_ONCE, Voice, parts, standing, stood_at
from policytrack.ledger.tables import Moment, articles, bands, claims, compared, copies, decisions, likenesses
from policytrack.model import PartialDate, Record
from policytrack.printable import printable

_LONGEST: Final = 366
"""Days of a publication date that names no more than its year."""


class Version(NamedTuple):
    """A version of an article, as it is recorded."""

    key: int
    id: str
    text: str
    published_at: str


class Folded(NamedTuple):
    """The policies to fold again, and how many more articles speak for another than before."""

    policies: set[str]
    more: int


class Settled(NamedTuple):
    """The articles that speak for another than they did, or no longer, and how many more do so than before."""

    otherwise: set[str]
    more: int


# --- articles that are alike


COMPARED: Final = 30
"""Articles with which one is compared: those that share the most of its bands. A comparison takes 0.2 to 1 ms, and of
the texts of a month one in a hundred shares some band by chance."""

_MET = (
    select(bands.c.article)
    .where(
        bands.c.band.in_(bindparam("bands", expanding=True)),
        bands.c.first_day.between(bindparam("earliest"), bindparam("until")),
        bands.c.last_day >= bindparam("since"),
    )
    .group_by(bands.c.article)
    .order_by(func.count().desc(), bands.c.article)
    .limit(AT_ONCE)
)
"""Those that share a band, those that share most first; a thousand papers may print one story."""
_OTHERS = select(articles.c.key, articles.c.id).where(
    articles.c.key.in_(bindparam("keys", expanding=True)), articles.c.id != bindparam("id"), articles.c.text != ""
)
_TEXT = select(articles.c.text).where(articles.c.key == bindparam("key"))


_NAMED = select(articles.c.key).where(articles.c.copy_of == bindparam("id")).limit(1)


def compare(connection: Connection, version: Version, moment: datetime.datetime) -> set[str]:
    """The articles that the version is like: of those that hang together already one.

    What comes later is compared with it, while it has its text.
    """
    connection.execute(insert(compared), {"article": version.key, "recorded_at": moment})
    its = finding.bands(version.text)
    if not its:
        return set()
    first, last = days_of(version.published_at)
    since, until = first - finding.WINDOW, last + finding.WINDOW
    asked = {"bands": its, "earliest": since - _LONGEST, "until": until, "since": since}
    met = connection.scalars(_MET, asked).all()
    alike = dict(_alike(connection, version, met, moment))
    if alike:
        connection.execute(insert(likenesses), [{**each, "recorded_at": moment} for each in alike.values()])
    row = {"article": version.key, "first_day": first, "last_day": last}
    connection.execute(insert(bands), [{**row, "band": band} for band in sorted({*its})])
    return {*alike}


def _alike(
    connection: Connection, version: Version, met: Sequence[int], moment: datetime.datetime
) -> Iterator[tuple[str, dict[str, int]]]:
    """What to record of the articles that a version is like, by id: of those that hang together already one.

    `met` are those that share a band with it, those that share most first.

    To compare and record all pairs of a story that a thousand papers print would take a million comparisons.
    """
    others = {row.key: row.id for part in parts(met) for row in connection.execute(_OTHERS, _of(version, part))}
    speaking = {row.article: row.original for row in _asked(connection, _SPEAKING, {*others.values()}, moment)}
    joined: set[str] = set()
    left = COMPARED
    for key in met:
        article_id = others.get(key)
        if article_id is not None and article_id not in joined and left:
            left -= 1
            share = finding.share(version.text, connection.scalar(_TEXT, {"key": key}) or "")
            if share is not None:
                one, other = sorted((version.key, key))
                yield article_id, {"one": one, "other": other, "percent": percent(share)}
                original = speaking.get(article_id, article_id)
                if connection.execute(_ANY_GIVEN, {"original": original, "known": moment}).first():
                    # What it says of itself may be taken back: only what was found holds for good.
                    joined |= _hanging_together(connection, [article_id], moment, FOUND).keys()
                else:
                    joined |= {each for each in others.values() if speaking.get(each, each) == original}


def _of(version: Version, keys: Sequence[int]) -> dict[str, object]:
    return {"keys": keys, "id": version.id}


def percent(share: float) -> int:
    """A share as it is recorded."""
    return int(100 * share)


def days_of(published_at: str) -> tuple[int, int]:
    """The first and the last day of a date of publication, as day numbers."""
    return first_day(published_at).toordinal(), last_day(published_at).toordinal()


def compare_left(connection: Connection, keys: Collection[int], moment: datetime.datetime) -> None:
    """Nothing; those of the versions that make a claim, and were not compared with others yet, are."""
    said = exists(select(claims.c.key).where(claims.c.article == articles.c.key, claims.c.superseded_at.is_(None)))
    columns = (articles.c.key, articles.c.id, articles.c.text, articles.c.published_at)
    left = articles.c.key.not_in(select(compared.c.article).where(compared.c.article.in_(keys)))
    query = select(*columns).where(articles.c.key.in_(keys), left, said, articles.c.text != "")
    rows = [Version(*row) for row in connection.execute(query.order_by(articles.c.key))]
    found = {row.id for row in rows if compare(connection, row, moment)}
    if found:
        settle(connection, found, moment)


# --- who speaks for whom


def put(connection: Connection, version: Version, moment: datetime.datetime, *, claims: bool, settled: bool) -> Folded:
    """The policies to fold again, now that a version is recorded: those of articles that speak for another since.

    It is compared with others where it makes `claims`. `settled` is false where it names its original, or took the
    place of another version: then nothing of what was known of its group may hold any more.
    """
    alike = compare(connection, version, moment) if claims else set()
    if settled and not _is_named(connection, version.id):
        done = _join(connection, version, alike, moment) if alike else Settled(set(), 0)
    else:
        done = settle(connection, {version.id}, moment)
    return Folded(_policies_of(connection, done.otherwise), done.more)


def _is_named(connection: Connection, article_id: str) -> bool:
    """Whether an article says that it is a copy of this one."""
    return connection.scalar(_NAMED, {"id": article_id}) is not None


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_ORIGINALS = select(copies.c.original).where(
    stood_at(copies), or_(copies.c.article.in_(_IDS), copies.c.original.in_(_IDS))
)
_SPEAKING_FOR = select(copies.c.article).where(stood_at(copies), copies.c.original.in_(_IDS))
_SPEAKING = select(copies).where(stood_at(copies), copies.c.article.in_(_IDS))
_PRINTED = select(articles.c.id, articles.c.copy_of, articles.c.published_at, articles.c.source).where(
    stood_at(articles), articles.c.id.in_(_IDS)
)
_GIVEN = select(articles.c.id, articles.c.copy_of).where(
    stood_at(articles), articles.c.copy_of.is_not(None), or_(articles.c.id.in_(_IDS), articles.c.copy_of.in_(_IDS))
)
_CLAIMED = (
    standing(claims, "policy")
    .join(articles, claims.c.article == articles.c.key)
    .where(articles.c.id.in_(_IDS), claims.c.policy.is_not(None))
    .distinct()
)
_ANY_GIVEN = (
    select(articles.c.key)
    .join(copies, copies.c.article == articles.c.id)
    .where(stood_at(articles), stood_at(copies), articles.c.copy_of.is_not(None))
    .where(copies.c.original == bindparam("original"))
    .limit(1)
)
_MOVED_TO = standing(decisions, "to_policy").where(decisions.c.article.in_(_IDS), decisions.c.to_policy.is_not(None))


def _beside(my: str, their: str) -> Select[Any]:
    mine, theirs = articles.alias(), articles.alias()
    joined = likenesses.join(mine, mine.c.key == likenesses.c[my]).join(theirs, theirs.c.key == likenesses.c[their])
    alike = select(mine.c.id, theirs.c.id.label("other"), likenesses.c.percent).select_from(joined)
    return alike.where(mine.c.id.in_(_IDS), likenesses.c.recorded_at <= bindparam("known", type_=Moment()))


_ALIKE = union_all(_beside("one", "other"), _beside("other", "one"))

Ties = Sequence[Any]
"""Queries that give articles that hang together, in pairs."""

GIVEN: Final[Ties] = (_GIVEN,)
FOUND: Final[Ties] = (_ALIKE,)


def _asked(connection: Connection, query: Any, ids: Collection[str], known: datetime.datetime) -> Iterator[Any]:
    """The rows of a query about articles."""
    for part in parts(ids):
        yield from connection.execute(query, {"ids": part, "known": known})


def settle(connection: Connection, ids: Collection[str], moment: datetime.datetime) -> Settled:
    """What became of all articles that hang together with these, now that it is recorded who speaks for whom."""
    known = {*ids, *_group_before(connection, ids, moment)}
    members, due = voices(connection, known, moment)
    rows = {row.article: row for row in _asked(connection, _SPEAKING, members, moment)}
    gone = [row for row in rows.values() if due.get(row.article) != voice_of(row)]
    new = {name: voice for name, voice in due.items() if name not in rows or voice_of(rows[name]) != voice}
    return _recorded(connection, gone, new, moment)


def _join(connection: Connection, version: Version, alike: Collection[str], moment: datetime.datetime) -> Settled:
    """What becomes of the groups that a new article joins, which names no original, and which none names.

    It comes to what `settle` makes, without a look at all that a group holds.
    """
    before = {row.article: row.original for row in _asked(connection, _SPEAKING, alike, moment)}
    originals = {before.get(name, name) for name in alike} | {version.id}
    there = {row.id: row for row in _asked(connection, _PRINTED, originals, moment)}
    if any(row.copy_of for row in there.values()):  # articles that name each other: none of them is an original
        return settle(connection, {version.id}, moment)
    voice = _first(there.values())
    others = originals - {voice.original}
    gone = [*_asked(connection, _SPEAKING, _speaking_for(connection, others, moment), moment)]
    names = {row.article for row in gone} | (others & there.keys())
    return _recorded(connection, gone, dict.fromkeys(names, voice), moment)


def _recorded(
    connection: Connection, gone: Sequence[Row[Any]], new: Mapping[str, Voice], moment: datetime.datetime
) -> Settled:
    for keys in parts([row.key for row in gone]):
        connection.execute(update(copies).where(copies.c.key.in_(keys)).values(superseded_at=moment))
    if new:
        said = [{"article": name, **voice._asdict(), "recorded_at": moment} for name, voice in sorted(new.items())]
        connection.execute(insert(copies), said)
    return Settled({row.article for row in gone} | new.keys(), len(new) - len(gone))


def _first(rows: Iterable[Any]) -> Voice:
    """The voice of the article that was published first; of one day that with the smaller id."""
    first = min(rows, key=lambda row: (last_day(row.published_at), row.id))
    return Voice(first.id, first.source, first.published_at)


def _speaking_for(connection: Connection, originals: Collection[str], known: datetime.datetime) -> set[str]:
    return {row.article for row in _asked(connection, _SPEAKING_FOR, originals, known)}


def _group_before(connection: Connection, ids: Collection[str], known: datetime.datetime) -> set[str]:
    """All that spoke with one voice with these."""
    originals = {row.original for row in _asked(connection, _ORIGINALS, ids, known)}
    return originals | _speaking_for(connection, originals, known)


def voice_of(row: Row[Any]) -> Voice:
    """What a row of the table says."""
    return Voice(row.original, row.source, row.told_first)


def _policies_of(connection: Connection, ids: Collection[str]) -> set[str]:
    """The policies that these articles speak about, and those that people moved claims of them to."""
    queries = (_CLAIMED, _MOVED_TO)
    return {policy for part in parts(ids) for each in queries for policy in connection.scalars(each, {"ids": part})}


def voices(
    connection: Connection, ids: Collection[str], known: datetime.datetime, ties: Ties = (*GIVEN, *FOUND)
) -> tuple[set[str], dict[str, Voice]]:
    """All articles that hang together with these at `known`, and the voice of each that speaks for another."""
    beside = _hanging_together(connection, ids, known, ties)
    rows: dict[str, Any] = {row.id: row for row in _asked(connection, _PRINTED, beside, known)}
    told: dict[str, Voice] = {}
    for group in _groups(beside):
        told |= _told(group, rows)
    return {*beside}, told


def given(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> dict[str, Voice]:
    """Those of the articles that speak for another at `known` by what was given alone, with its voice."""
    return voices(connection, ids, known, GIVEN)[1]


def _told(group: Collection[str], rows: Mapping[str, Any]) -> dict[str, Voice]:
    """The voice of each article of a group that speaks for another; an article that names another is no original."""
    there = [rows[name] for name in group if name in rows]
    named = min((name for name in group if name not in rows), default=None)
    own = [row for row in there if not row.copy_of] or ([] if named else there)
    if own:
        voice = _first(own)
    else:
        assert named is not None, "a group without an original names one"
        voice = Voice(named, f"article {named}", None)
    return {row.id: voice for row in there if row.id != voice.original}


def _hanging_together(
    connection: Connection, ids: Collection[str], known: datetime.datetime, ties: Ties
) -> dict[str, set[str]]:
    """What stands beside each article, by id, for all that can be reached from these."""
    beside: dict[str, set[str]] = {}
    ahead = {*ids}
    while ahead:
        beside |= {name: set() for name in ahead}
        pairs = [(row[0], row[1]) for tie in ties for row in _asked(connection, tie, ahead, known)]
        ahead = {name for pair in pairs for name in pair} - beside.keys()
        beside |= {name: set() for name in ahead}
        for one, other in pairs:
            beside[one].add(other)
            beside[other].add(one)
    return beside


def _groups(beside: Mapping[str, set[str]]) -> Iterator[set[str]]:
    left = {*beside}
    while left:
        ahead, group = {left.pop()}, set()
        while ahead:
            group |= ahead
            ahead = {other for name in ahead for other in beside[name]} - group
        left -= group
        yield group


# --- asked for


class Copied(Record):
    """An article that speaks for another: for which, who published that and when; None where nobody knows.

    `given` says that it names its original itself. `percent` of the shorter's words stand in both it and `like`: the
    original, or where it is not like that a copy between them; both are None where no likeness was found.
    """

    article_id: str
    original: str
    source: str
    told_first: PartialDate | None
    given: bool
    percent: int | None = None
    like: str | None = None

    def __str__(self) -> str:
        return f"{printable(self.original)} ({', '.join(self._told())})"

    def _told(self) -> Iterator[str]:
        yield f"published first by {printable(self.source)}" if self.told_first else "which the ledger does not hold"
        yield from [self.told_first] if self.told_first else []
        yield from ["as it says itself"] if self.given else []
        if self.percent is not None:
            way = "" if self.like == self.original else f", by way of {printable(self.like or '')}"
            yield f"{self.percent}% of the words{way}"


def copied(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> list[Copied]:
    """Those of the articles that spoke for another at `known`, by id."""
    rows = sorted(_asked(connection, _SPEAKING, ids, known), key=lambda row: str(row.article))
    return [_copied(connection, known, row.article, voice_of(row)) for row in rows]


def copied_as_given(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> list[Copied]:
    """The same of a ledger of a schema that keeps no copies."""
    found = sorted(given(connection, known, ids).items())
    return [Copied(article_id=name, given=True, **voice._asdict()) for name, voice in found]


def copies_of(connection: Connection, known: datetime.datetime, article_id: str) -> list[Copied]:
    """The articles that spoke for this one at `known`, by id."""
    return copied(connection, known, _speaking_for(connection, [article_id], known))


def _copied(connection: Connection, known: datetime.datetime, article_id: str, voice: Voice) -> Copied:
    is_given = any(row.copy_of for row in _asked(connection, _PRINTED, [article_id], known))
    percent, like = _likeness(connection, known, article_id, voice.original)
    return Copied(article_id=article_id, given=is_given, percent=percent, like=like, **voice._asdict())


def _likeness(
    connection: Connection, known: datetime.datetime, article_id: str, original: str
) -> tuple[int | None, str | None]:
    """How alike an article is to its original, in any versions; else to one that it was found to be like."""
    ours, theirs = (
        connection.scalars(select(articles.c.text).where(articles.c.id == name, articles.c.recorded_at <= known)).all()
        for name in (article_id, original)
    )
    shares = [share for one in ours for other in theirs if (share := finding.share(one, other)) is not None]
    if shares:
        return percent(max(shares)), original
    found = max(((row.percent, row.other) for row in _asked(connection, _ALIKE, [article_id], known)), default=None)
    return found or (None, None)


# --- what an older schema had


def derive_given(connection: Connection) -> None:
    """Nothing; who speaks for whom by what was given is recorded for all past moments, as it would have been."""
    given = select(articles.c.id, articles.c.copy_of).where(articles.c.copy_of.is_not(None))
    ids = {name for row in connection.execute(given) for name in row}
    at: dict[datetime.datetime, set[str]] = {}
    recorded = select(articles.c.id, articles.c.recorded_at)
    for row in (row for part in parts(ids) for row in connection.execute(recorded.where(articles.c.id.in_(part)))):
        at.setdefault(row.recorded_at, set()).add(row.id)
    for moment in sorted(at):
        settle(connection, at[moment], moment)
