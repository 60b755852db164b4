"""Which policies a pile of articles is about, before anybody tracks one.

    found = discover_policies("archive/")
    print(found[0].subject, found.note)
    Path("rice.yaml").write_text(found.pack(1))

Reads in open mode, groups the claims by who decides and what is decided on, and ranks the groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from policytrack.dates import first_day, last_day
from policytrack.errors import ArticleError, ConfigError, Location
from policytrack.execute import read_through, reading
from policytrack.groups import Heard, grouped, heard
from policytrack.model import Article, Evidence, Issuer, PartialDate, Record, digest
from policytrack.packs import Rules, load_rules
from policytrack.shown import Records
from policytrack.skeleton import Skeleton, label
from policytrack.sources import ReadOptions, read_articles, storable, together
from policytrack.tracker import extractor_of


class Group(Record):
    """Claims of one issuer that are about one thing, under the name that most of them have for it.

    `live` is how many of the claims say, as news, that something changed; the others are held back. `shifts` counts the
    days on which live claims were published, the two directions apart. `example` stands in the article `example_of`.
    """

    id: str
    rank: int
    issuer: Issuer
    subject: str
    articles: int
    claims: int
    live: int
    shifts: int
    operations: dict[str, int]
    first: PartialDate
    last: PartialDate
    example: Evidence
    example_of: str


class Discovery(Records[Group]):
    """The groups by rank, out of `articles` that were read. `note` says why there are none, or what was left out."""

    def __init__(self, groups: Sequence[Group], articles: int, note: str, packs: Callable[[Group], str]) -> None:
        super().__init__(groups, Group)
        self.articles = articles
        self.note = note
        self._packs = packs

    def group(self, which: int | str) -> Group:
        """The group of that rank, or of that id or an opening of it; ConfigError where there is none."""
        wanted = str(which)
        found = [one for one in self if str(one.rank) == wanted or (len(wanted) > 2 and one.id.startswith(wanted))]
        if len(found) == 1:
            return found[0]
        if not self:
            raise ConfigError(f"there is no group {wanted!r}. {self.note}.")
        if found:
            raise ConfigError(f"{wanted!r} can be {', '.join(one.id for one in found)}. Write more of it.")
        raise ConfigError(f"there is no group {wanted!r}. Name a rank, 1 to {len(self)}, or an id as {self[0].id}.")

    def pack(self, which: int | str) -> str:
        """The beginning of a pack that tracks a group: YAML that `rules check` accepts and that finds its claims."""
        return self._packs(self.group(which))


def discover_policies(
    paths: str | Path | Article | Iterable[str | Path | Article],
    *,
    rules: str | Path | Rules | None = None,
    min_articles: int = 1,
    on_error: Callable[[ArticleError], object] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[int], object] | None = None,
    options: ReadOptions | None = None,
) -> Discovery:
    """What the articles at these paths decide on, in groups; those with most articles, shifts and news come first.

    An article counts half where all that it says of the subject is held back: asked for, denied, told as history.
    Articles that cannot be read stop no other: they are raised as one ArticleError at the end, or given to `on_error`.
    `options` says more of the sources, as of the columns of tables.
    """
    errors: list[ArticleError] = []
    read = rules if isinstance(rules, Rules) else load_rules(None if rules is None else Path(rules))
    extractor = extractor_of(read)
    found: list[Heard] = []
    skipped: Counter[str] = Counter()
    articles = 0
    with reading(read, extractor, workers, scheduler) as reader:
        through = read_through(reader, _articles(paths, options or ReadOptions()), open_mode=True, subjects=True)
        for done, each in enumerate(through, start=1):
            if isinstance(each, ArticleError):
                (on_error or errors.append)(each)
            else:
                articles += 1
                skipped.update([each[1].skipped] if each[1].skipped else [])
                found += heard(each[0], each[1].claims, each[1].subjects)
            if progress:
                progress(done)
    if errors:
        raise together(errors)
    ranked = sorted(grouped(found), key=_standing)
    kept = [members for members in ranked if len(_ids(members)) >= min_articles]
    groups = [_group(rank, members, read) for rank, members in enumerate(kept, start=1)]
    of = {group.id: members for group, members in zip(groups, kept, strict=True)}
    note = _note(articles, ranked, len(kept), min_articles, skipped)
    return Discovery(groups, articles, note, lambda group: Skeleton(of[group.id], read, extractor).text())


def _articles(
    paths: str | Path | Article | Iterable[str | Path | Article], options: ReadOptions
) -> Iterable[Article | ArticleError]:
    for path in [paths] if isinstance(paths, str | Path | Article) else paths:
        if isinstance(path, Article):
            yield storable(path, Location(path.id))
        else:
            yield from read_articles(path, options=options)


# --- ranks


def _standing(members: Sequence[Heard]) -> tuple[object, ...]:
    """What a group is sorted by: articles, shifts, recency, claims, and its name, so that the order is always one."""
    live = _ids([one for one in members if one.live])
    weight = len(live) + (len(_ids(members)) - len(live)) / 2
    latest = max(last_day(one.article.published_at).toordinal() for one in members)
    return -weight, -_shifts(members), -latest, -len(members), members[0].claim.id


def _ids(members: Sequence[Heard]) -> set[str]:
    return {one.article.id for one in members}


def _shifts(members: Sequence[Heard]) -> int:
    return len({(one.article.published_at, one.claim.direction) for one in members if one.live})


def _core(members: Sequence[Heard]) -> tuple[str, ...]:
    """What most claims of a group are about, which no other group of the issuer is."""
    counts = Counter((one.subject.measure, *sorted(one.subject.words)) for one in members)
    return max(counts, key=lambda words: (counts[words], words))


def _group(rank: int, members: Sequence[Heard], rules: Rules) -> Group:
    name = label(members, rules.actors.actors)
    issuer = members[0].issuer
    known = rules.actors.actors.get(issuer)
    live = [one for one in members if one.live]
    example = max(live or members, key=lambda one: (bool(one.subject.names), one.claim.confidence.value))
    dates = sorted((one.article.published_at for one in members), key=first_day)
    return Group(
        id="g-" + digest(issuer, *_core(members))[:8],
        rank=rank,
        issuer=Issuer(id=issuer if known else None, text=known.names[0] if known else members[0].claim.issuer.text),
        subject=name,
        articles=len(_ids(members)),
        claims=len(members),
        live=len(live),
        shifts=_shifts(members),
        operations=dict(Counter(one.claim.operation for one in live or members).most_common()),
        first=dates[0],
        last=dates[-1],
        example=example.claim.evidence,
        example_of=example.article.id,
    )


# --- what is said of nothing


def _note(articles: int, groups: Sequence[Sequence[Heard]], kept: int, min_articles: int, skipped: Counter[str]) -> str:
    """Why there is no group, or how many were left out; empty where neither is so."""
    counted = f"{articles} article{'s' * (articles != 1)}"
    why = "; ".join(f"{number} skipped: {reason}" for reason, number in skipped.most_common())
    if not groups and not articles:
        return "no article was read"
    if not groups:
        return f"{counted}, no claims: {why or 'no sentence says that somebody decides on something'}"
    most = max(len(_ids(members)) for members in groups)
    if not kept:
        return f"{counted}, no group in {min_articles} or more; the largest is in {most}"
    return f"{len(groups) - kept} in fewer articles left out" if kept < len(groups) else ""
