"""Attribute agreement: is the same part decided alike, by the same operator and by all? Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from station.distributions import beta_share, normal_tail
from station.domain import Decision
from station.errors import ConfigError

Verdicts = Sequence[Sequence[Sequence[Decision]]]
"""By part, operator and trial."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and between which bounds the true share lies with 95 % confidence."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """From 0 to 1."""
        return self.hits / self.of


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance: 1 complete, 0 as by chance; from 0.75 on good, below 0.4 poor."""

    value: float | None
    """None: all verdicts are the same, so that there is no chance to beat."""
    p: float | None
    """Of chance alone, one-sided."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a study says about the verdicts."""

    within: dict[str, Share]
    """Operator -> parts that were always decided alike."""
    within_kappa: dict[str, Kappa]
    between: Share
    """Parts that all operators always decided alike."""
    between_kappa: Kappa
    effectiveness: Share | None
    """Verdicts that agree with what is known; None where nothing is."""
    escapes: Share | None
    """Known bad parts' verdicts that were PASS."""
    overkill: Share | None
    """Known good parts' verdicts that were REJECT."""


def agreement(
    verdicts: Verdicts, operators: Sequence[str], known_good: Sequence[bool | None]
) -> Agreement:
    """Verdicts by part, operator and trial. Raises ConfigError for a study with gaps."""
    shapes = {tuple(len(trials) for trials in part) for part in verdicts}
    even = len(shapes) == 1 and len(set(next(iter(shapes)))) == 1
    if not even or len(next(iter(shapes))) != len(operators) or len(known_good) != len(verdicts):
        raise ConfigError("the study is not complete: each operator each part as often.")
    by_operator = {name: [part[index] for part in verdicts] for index, name in enumerate(operators)}
    together = [[verdict for trials in part for verdict in trials] for part in verdicts]
    judged = [
        (good, verdict)
        for good, part in zip(known_good, together, strict=True)
        if good is not None
        for verdict in part
    ]
    return Agreement(
        {name: _alike(rows) for name, rows in by_operator.items()},
        {name: fleiss(rows) for name, rows in by_operator.items()},
        _alike(together),
        fleiss(together),
        _share([_agrees(good, verdict) for good, verdict in judged]),
        _share([verdict is Decision.PASS for good, verdict in judged if not good]),
        _share([verdict is Decision.REJECT for good, verdict in judged if good]),
    )


def _agrees(good: bool, verdict: Decision) -> bool:
    """A known bad part that a person must look at is no escape."""
    caught = verdict in (Decision.REJECT, Decision.REVIEW)
    return verdict is Decision.PASS if good else caught


def fleiss(rows: Sequence[Sequence[Decision]]) -> Kappa:
    """Fleiss' kappa of verdicts, one row for each part, as many in each (Fleiss 1971).

    p: by the normal approximation of Fleiss, Nee and Landis (1979).
    """
    return fleiss_of([[row.count(decision) for decision in Decision] for row in rows])


def fleiss_of(counts: Sequence[Sequence[int]]) -> Kappa:
    """The same from how often each category was said, one row for each part."""
    parts, ratings = len(counts), sum(counts[0])
    shares = [sum(c[k] for c in counts) / (parts * ratings) for k in range(len(counts[0]))]
    alike = sum(n * (n - 1) for c in counts for n in c) / (parts * ratings * (ratings - 1))
    chance = sum(share**2 for share in shares)
    if math.isclose(chance, 1.0):
        return Kappa(None, None)
    value = (alike - chance) / (1.0 - chance)
    spread = sum(share * (1.0 - share) for share in shares)
    skew = sum(s * (1.0 - s) * (1.0 - 2.0 * s) for s in shares)
    variance = 2.0 * (spread**2 - skew) / (spread**2 * parts * ratings * (ratings - 1))
    return Kappa(value, normal_tail(value / math.sqrt(variance)) if variance > 0.0 else None)


def _alike(rows: Sequence[Sequence[Decision]]) -> Share:
    found = _share([len(set(row)) == 1 for row in rows])
    assert found is not None
    return found


def _share(hits: Sequence[bool]) -> Share | None:
    """With Clopper and Pearson's bounds (1934)."""
    count, of = sum(hits), len(hits)
    if not of:
        return None
    low = 0.0 if count == 0 else _beta_quantile(0.025, count, of - count + 1)
    high = 1.0 if count == of else _beta_quantile(0.975, count + 1, of - count)
    return Share(count, of, low, high)


def _beta_quantile(probability: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if beta_share(a, b, middle) < probability else (low, middle)
    return 0.5 * (low + high)
