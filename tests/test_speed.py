"""What reading must not do more often than it has to; the times themselves are in benchmarks/reading.py."""

from __future__ import annotations

import pytest

from policytrack import dates
from policytrack.extract import Extractor
from policytrack.extract.binding import Binder
from policytrack.model import Policy
from tests.reading import article, extractor, rules

NEWS = "Washington has allowed Ukraine to fire ATACMS missiles into Russia, two officials said."


def tried(reader: Extractor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The policies that are tried on the news."""
    found: list[str] = []
    fit = Binder._fit

    def seen(self: Binder, policy: Policy, *rest: object) -> object:
        found.append(policy.id)
        return fit(self, policy, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Binder, "_fit", seen)
        assert reader.read(article(NEWS)).claims
    return found


def test_policies_of_other_instruments_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    few = tried(extractor(), monkeypatch)
    others = [
        policy.model_copy(update={"id": f"{policy.id}.other", "instrument": ("glockenspiel",), "part_of": None})
        for policy in rules().policies
    ]
    many = tried(extractor().tracking([*rules().policies, *others]), monkeypatch)
    assert sorted(many) == sorted(few) and 0 < len(set(few)) < len(rules().policies) / 2


def test_a_policy_that_names_no_instrument_is_tried_on_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = rules().policies[0].model_copy(update={"id": "any.thing", "instrument": ()})
    assert "any.thing" in tried(extractor().tracking([*rules().policies, policy]), monkeypatch)


@pytest.mark.parametrize(
    "text",
    ["3 March 2024", "March 3", "in March", "on Sunday", "last WEDNESDAY", "3 days ago", "a year earlier", "in 1998"],
)
def test_patterns_that_are_left_out_could_not_fit(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"They met {text}."
    found = dates.mentions(text, "2024-11-22")
    monkeypatch.setattr(dates, "_NEEDED", {})
    dates._matches.cache_clear()
    assert found and found == dates.mentions(text, "2024-11-22")
