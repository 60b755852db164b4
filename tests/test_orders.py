"""The development articles in several orders: the same ledger, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.orders import DEVELOPMENT, Orders, articles_of
from tests.reading import SHARED, extractor, rules

pytestmark = pytest.mark.skipif(
    not (SHARED / "eval").is_dir(), reason="the evaluation sets are not beside this checkout"
)


@pytest.fixture(scope="module")
def orders() -> Orders:
    return Orders(list(articles_of(*DEVELOPMENT)), rules(), extractor())


@pytest.fixture(scope="module")
def expected(orders: Orders) -> list[str]:
    found = orders.export(orders.articles, 50)
    assert sum(line.startswith('{"article"') for line in found) == len(orders.articles)
    assert sum(line.startswith('{"shift"') for line in found) > 20
    return found


@pytest.mark.parametrize(("seed", "batch"), [(1, 50), (2, 7)])
def test_shuffled(orders: Orders, expected: list[str], seed: int, batch: int) -> None:
    assert orders.export(orders.shuffled(seed), batch) == expected


def test_one_by_one(orders: Orders, expected: list[str]) -> None:
    assert orders.export(orders.articles[::-1], 1) == expected


def test_by_two_writers(orders: Orders, expected: list[str], tmp_path: Path) -> None:
    assert orders.by_two_writers(str(tmp_path / "watch.db"), 3) == expected
