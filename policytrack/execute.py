"""Where articles are read: in this process, in worker processes of this machine, or on a Dask cluster.

    with reading(rules, extractor, workers=2) as reader:
        for reading in reader.read_all(articles): ...

Only reading is handed out, in chunks, and readings come back in the order of the articles. Whoever asks writes the
ledger, alone: so it holds the same whatever read for it. Workers get the rules from here, and read by no others.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import itertools
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol, TypeVar, cast

from policytrack.behaviour import programs
from policytrack.circles import look_rarely
from policytrack.errors import ArticleError, ConfigError, Location
from policytrack.logs import collected, get_logger
from policytrack.model import Article, digest
from policytrack.version import version_of

if TYPE_CHECKING:
    from policytrack.extract import Extractor, Reading
    from policytrack.packs import Rules

CHUNK = 25
"""Articles that a worker reads at once: what its death can cost."""
AHEAD = 4 * CHUNK
"""Articles for each worker that are read ahead of those that are recorded: nobody waits, and memory stays flat."""
DEATHS = 2
"""Workers that may die of the same articles before these are given up."""

ANSWERS_WITHIN = 10
"""Seconds in which a scheduler has to answer first."""

_log = get_logger()
_WORKER = "from policytrack.execute import serve; serve()"


class Executor(Protocol):
    """What reads articles somewhere. `ahead` is how many may be asked for before the first is taken."""

    ahead: int

    def skips(self, article: Article) -> str | None:
        """Why there is nothing to read in an article, where that is soon seen."""

    def read_all(self, articles: Sequence[Article], **how: bool) -> Iterator[Reading | ArticleError]:
        """The reading of each article, in order. Where others read, they begin when this is called."""


class Answer(NamedTuple):
    """What a worker gives for a chunk: a reading for each article, and what it has logged."""

    readings: list[Reading | ArticleError]
    logged: list[logging.LogRecord]


class Died(Exception):
    """Raised where workers died of a chunk."""


@contextmanager
def reading(
    rules: Rules, extractor: Extractor, workers: int | None = None, scheduler: str | None = None
) -> Iterator[Executor]:
    """What reads by these rules: so many processes of this machine, or the Dask cluster at an address.

    Without either, or with one worker, it is the extractor, in this process. Processes are started by the first
    articles that they are needed for, and end with the block. ConfigError where both are asked for, or cannot be had.
    """
    if workers is not None and scheduler is not None:
        raise ConfigError("workers read on this machine, scheduler names a cluster that does. Choose one.")
    if workers is not None and workers < 1:
        raise ConfigError(f"workers {workers} cannot read. Write 1 or more.")
    if scheduler is not None:
        with _cluster(scheduler, rules) as cluster:
            yield Elsewhere(extractor, cluster.submit, cluster.workers)
    elif workers is None or workers == 1:
        yield Here(extractor)
    else:
        _check_is_loaded(workers)
        with Pool(workers, rules) as pool:
            yield Elsewhere(extractor, pool.submit, workers)


def _check_is_loaded(workers: int) -> None:
    """ConfigError where multiprocessing is still loading this script, for the second time: it would all run again."""
    from multiprocessing.process import current_process

    if getattr(current_process(), "_inheriting", False):
        raise ConfigError(
            f"workers={workers} is asked for while another process loads this script, which would do all of it twice. "
            'Put what the script does into a function, and call it under `if __name__ == "__main__":`.'
        )


def read_each(extractor: Extractor, articles: Sequence[Article], **how: bool) -> list[Reading | ArticleError]:
    """The reading of each article; an ArticleError for one of which the reader itself fails, and for no other."""
    try:
        return list(extractor.read_all(articles, **how))
    except Exception as error:  # noqa: BLE001 whatever it is, it is of one article
        if len(articles) > 1:
            return [one for article in articles for one in read_each(extractor, [article], **how)]
        what = f"could not be read: {type(error).__name__}: {error}."
        return [ArticleError(Location(articles[0].id), what, "This is a defect of policytrack; please report it.")]


class Here:
    """Reads in this process."""

    ahead = 0

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor

    def skips(self, article: Article) -> str | None:
        return self._extractor.skips(article)

    def read_all(self, articles: Iterable[Article], **how: bool) -> Iterator[Reading | ArticleError]:
        for part in _chunks(articles):
            self._extractor.prepare()  # what fails here is nothing that an article could be blamed for
            yield from read_each(self._extractor, part, **how)


class Elsewhere:
    """Has others read. Articles in which there is nothing to read are seen here: that takes less than sending them."""

    def __init__(self, extractor: Extractor, submit: Callable[..., Pending], workers: int) -> None:
        self._extractor = extractor
        self._submit = submit
        self.ahead = AHEAD * workers

    def skips(self, article: Article) -> str | None:
        return self._extractor.skips(article)

    def read_all(self, articles: Iterable[Article], **how: bool) -> Iterator[Reading | ArticleError]:
        sent = [(part, self._submit(part, **how)) for part in _chunks(articles)]
        return itertools.chain.from_iterable(self._taken(part, pending, how) for part, pending in sent)

    def _taken(
        self, part: Sequence[Article], pending: Pending, how: Mapping[str, bool]
    ) -> list[Reading | ArticleError]:
        """The readings of a chunk; where workers die of it those of each article, and an error for one that kills."""
        try:
            answer: Answer = pending.result()
        except Died as died:
            if len(part) == 1:
                what = f"could not be read: {died}."
                return [ArticleError(Location(part[0].id), what, "Is it very long? Then workers need more memory.")]
            return [one for article in part for one in self.read_all([article], **how)]
        for record in answer.logged:
            logging.getLogger(record.name).handle(record)
        return answer.readings


class Pending(Protocol):
    """An Answer that is on its way."""

    def result(self) -> Answer:
        """The answer, when it is there; Died where workers died of it."""


K = TypeVar("K")


class Asked(Protocol):
    """An Executor, or what stands in for one."""

    ahead: int

    def read_all(self, articles: Sequence[Article], **how: bool) -> Iterator[Any]: ...


def ahead(reader: Asked, parts: Iterable[Sequence[tuple[K, Article]]], **how: bool) -> Iterator[list[tuple[K, Any]]]:
    """Each part with readings in place of its articles, in order; later ones are read meanwhile."""
    asked: deque[tuple[Sequence[tuple[K, Article]], Iterator[Any]]] = deque()
    weight = 0
    for part in parts:
        asked.append((part, reader.read_all([article for _, article in part], **how)))
        weight += len(part)
        while weight > reader.ahead:
            weight -= len(asked[0][0])
            yield _read(*asked.popleft())
    while asked:
        yield _read(*asked.popleft())


def _read(part: Sequence[tuple[K, Article]], readings: Iterator[Any]) -> list[tuple[K, Any]]:
    return [(key, reading) for (key, _), reading in zip(part, readings, strict=True)]


def read_through(
    reader: Executor, found: Iterable[Article | ArticleError], *, one_by_one: bool = False, **how: bool
) -> Iterator[tuple[Article, Reading] | ArticleError]:
    """Each article with its reading, or why there is none, in order. Many are read together.

    With `one_by_one` this process reads each as soon as it comes, for whoever waits for the next.
    """
    waiting = iter(found)
    size = 1 if one_by_one and not reader.ahead else CHUNK
    errors: deque[tuple[int, ArticleError]] = deque()

    def articles() -> Iterator[list[tuple[tuple[int, Article], Article]]]:
        number = 0
        while part := list(itertools.islice(waiting, size)):
            numbered = list(enumerate(part, number))
            number += len(part)
            errors.extend((at, one) for at, one in numbered if isinstance(one, ArticleError))
            yield [((at, one), one) for at, one in numbered if isinstance(one, Article)]

    for part in ahead(reader, articles(), **how):
        for (at, article), reading in part:
            while errors and errors[0][0] < at:
                yield errors.popleft()[1]
            yield reading if isinstance(reading, ArticleError) else (article, reading)
    yield from (error for _, error in errors)


def tell_reading(article: Article, skipped: str | None, claims: int, rejected: int) -> None:
    """Nothing; how many claims were read of an article, or why none, is logged."""
    log = _log.bind(article_id=article.id)
    log.info("read", characters=len(article.text), published_at=article.published_at)
    if skipped:
        log.info("skipped", reason=skipped)
    else:
        log.info("parsed", claims=claims, rejected=rejected)


def _chunks(articles: Iterable[Article]) -> Iterator[list[Article]]:
    waiting = iter(articles)
    while part := list(itertools.islice(waiting, CHUNK)):
        yield part


# --- what a worker does


def answer(extractor: Extractor, articles: Sequence[Article], how: Mapping[str, bool]) -> Answer:
    """What a worker gives for a chunk."""
    with collected() as logged:
        return Answer(read_each(extractor, articles, **how), logged)


@functools.cache
def identity() -> dict[str, str]:
    """What must be the same wherever articles are read for one ledger: the programs, by version and source."""
    source = sorted(Path(__file__).parent.rglob("*.py"))
    told = dict(each.rsplit(" ", 1) for each in programs())
    told["source of policytrack"] = digest(*(path.read_text(encoding="utf-8") for path in source))[:12]
    return {**told, "spacy": version_of("spacy"), "python": ".".join(map(str, sys.version_info[:2]))}


def _mismatch(wanted: Mapping[str, str]) -> str:
    """In what this process differs from the one that asks, so that it would read otherwise; empty where in nothing."""
    own = identity()
    others = [f"{name} {own[name]} and not {wanted.get(name)}" for name in own if own[name] != wanted.get(name)]
    return f"has {', '.join(others)}. Install there what is installed here." if others else ""


def serve() -> None:
    """Nothing; reads what comes on standard input until it ends. What a process of a Pool runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks says when it is over
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    with suppress(EOFError, BrokenPipeError):
        extractor = _told_rules(asked, answers)
        while True:
            articles, how = pickle.load(asked)
            _send(answers, answer(extractor, articles, how))


def _told_rules(asked: BinaryIO, answers: BinaryIO) -> Extractor:
    from policytrack.extract import Extractor

    rules = pickle.load(asked)
    extractor = Extractor(rules)
    extractor.prepare()
    gc.collect()
    gc.freeze()
    look_rarely()
    _send(answers, "ready")
    return extractor


def _send(stream: BinaryIO, what: Any) -> None:
    pickle.dump(what, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


# --- processes of this machine


class Pool:
    """Processes that read, one for each of `size` threads, which hand them chunks and wait for the answers.

    A process is started from the interpreter alone: nothing of the caller's script is loaded in it.
    """

    def __init__(self, size: int, rules: Rules) -> None:
        self._rules = pickle.dumps(rules, pickle.HIGHEST_PROTOCOL)
        self._size = size
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="policytrack-worker")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._is_closed = True
            for process in self._processes:
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            _let_go(process)

    def submit(self, articles: Sequence[Article], **how: bool) -> Future[Answer]:
        """The answer for a chunk, when one of the processes is there."""
        return self._threads.submit(self._read, articles, how)

    def _read(self, articles: Sequence[Article], how: Mapping[str, bool]) -> Answer:
        for _ in range(DEATHS):
            process = self._process()
            with suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
                _send(cast(BinaryIO, process.stdin), (articles, how))
                return cast(Answer, pickle.load(cast(BinaryIO, process.stdout)))
            code = self._gone(process)
        raise Died(f"{DEATHS} workers ended while they read it, the last with exit code {code}")

    def _process(self) -> subprocess.Popen[bytes]:
        """The process of this thread, which is started where there is none."""
        found: subprocess.Popen[bytes] | None = getattr(self._own, "process", None)
        if found is None:
            found = self._own.process = self._started()
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise Died("the workers were let go")
            process = _worker()
            self._processes.add(process)
        with suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
            stdin, stdout = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
            stdin.write(self._rules)
            stdin.flush()
            pickle.load(stdout)
            return process
        raise ConfigError(
            f"a worker ended with exit code {self._gone(process)} before it could read. "
            f"If memory is short (each takes about 500 MB), ask for fewer workers than {self._size}."
        )

    def _gone(self, process: subprocess.Popen[bytes]) -> int:
        """The exit code of a process that has ended, or is about to."""
        self._own.process = None
        with self._lock:
            self._processes.discard(process)
        return _let_go(process)


def _worker() -> subprocess.Popen[bytes]:
    """A new process that serves; it finds what this one can import, and Ctrl-C at the terminal does not reach it."""
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=around,
        start_new_session=True,
    )


def _let_go(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process that is about to end, or is made to."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)
    process.kill()
    for stream in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):
            cast(BinaryIO, stream).close()
    return process.wait()


# --- a Dask cluster


@contextmanager
def _cluster(address: str, rules: Rules) -> Iterator[Cluster]:
    """The cluster of a scheduler; ConfigError where there is none, or where its workers would read otherwise."""
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError("scheduler needs Dask, which is not installed: pip install 'policytrack[dask]'.") from None
    try:
        client: Any = Client(address, timeout=ANSWERS_WITHIN, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise ConfigError(
            f"no scheduler answers at {address!r}: {why}. Start one: dask scheduler; dask worker ADDRESS --nthreads 1"
        ) from None
    with client:
        yield Cluster(client, address, rules)


class Cluster:
    """The workers of a Dask cluster, those that come later too. What a lost worker had is read by another."""

    def __init__(self, client: Any, address: str, rules: Rules) -> None:
        self._client = client
        self._address = address
        self.workers = self._checked()
        given = pickle.dumps(rules, pickle.HIGHEST_PROTOCOL)
        self._digest = hashlib.sha256(given).hexdigest()
        # A task of its own: each worker gets the rules once, and they are made again where all who had them are lost.
        self._rules = client.submit(bytes, given, key=f"policytrack-rules-{self._digest}")

    def _checked(self) -> int:
        """How many threads the workers have; ConfigError where there are none, or any would read otherwise."""
        found = self._client.run(_mismatch, identity(), on_error="return")
        if not found:
            start = f"dask worker {self._address} --nthreads 1"
            raise ConfigError(f"the cluster at {self._address} has no worker. Start some: {start}")
        told = [f"worker {worker} {_told(what)}" for worker, what in sorted(found.items()) if what]
        if told:
            raise ConfigError("\n".join(told))
        return sum(self._client.nthreads().values())

    def submit(self, articles: Sequence[Article], **how: bool) -> Pending:
        """The answer for a chunk, when one of the workers has read it."""
        future = self._client.submit(_read_there, self._rules, self._digest, identity(), articles, how, pure=False)
        return _There(future, self._address)


class _There(NamedTuple):
    """An answer that is on its way from a cluster."""

    future: Any
    address: str

    def result(self) -> Answer:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            return cast(Answer, self.future.result())
        except KilledWorker as error:
            raise Died(f"{error.allowed_failures + 1} workers ended while they read it") from None
        except FutureCancelledError as error:
            raise ConfigError(f"the scheduler at {self.address} was lost: {error}.") from None


class _Held(NamedTuple):
    """The rules that a worker was given, as bytes."""

    digest: str
    rules: bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


_ALONE = threading.Lock()
"""The parser and the scanner are for one thread at a time: a worker with several is one reader."""


def _read_there(
    rules: bytes, digest: str, wanted: Mapping[str, str], articles: Sequence[Article], how: Mapping[str, bool]
) -> Answer:
    """What a worker of a cluster gives for a chunk; ConfigError where it would read otherwise than who asks."""
    if found := _mismatch(wanted):
        raise ConfigError(f"a worker that came later {found}")
    with _ALONE:
        return answer(_there(_Held(digest, rules)), articles, how)


@functools.lru_cache(maxsize=2)
def _there(held: _Held) -> Extractor:
    from policytrack.extract import Extractor

    extractor = Extractor(pickle.loads(held.rules))
    extractor.prepare()
    return extractor


def _told(what: str | Exception) -> str:
    """What is wrong with a worker, in words."""
    if isinstance(what, str):
        return what
    return f"cannot run policytrack: {type(what).__name__}: {what}. Install there what is installed here."
