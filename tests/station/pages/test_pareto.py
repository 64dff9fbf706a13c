"""A Pareto chart's bars fall, and its line climbs to all of it."""

from __future__ import annotations

from collections import Counter

from station.domain import Decision
from station.pages.pareto import MOST_BARS, pareto

REJECT, REVIEW = Decision.REJECT, Decision.REVIEW


def found(rejected: dict[str, int], review: dict[str, int]) -> dict[Decision, Counter[str]]:
    return {REJECT: Counter(rejected), REVIEW: Counter(review)}


def test_bars_fall_and_the_line_climbs_to_one() -> None:
    bars = pareto(found({"a": 1, "b": 6, "c": 3}, {"c": 2}), (REJECT, REVIEW))
    assert [(bar.name, bar.together) for bar in bars] == [("b", 6), ("c", 5), ("a", 1)]
    assert [bar.cumulative for bar in bars] == [6 / 12, 11 / 12, 1.0]
    assert bars[1].parts == ((REJECT, 3), (REVIEW, 2))
    assert sum(bar.share for bar in bars) == 1.0


def test_what_is_told_besides_neither_orders_nor_cumulates() -> None:
    bars = pareto(found({"a": 1, "b": 2}, {"a": 50, "c": 9}), (REJECT,), also=(REVIEW,))
    assert [bar.name for bar in bars] == ["b", "a", "c"]
    assert [bar.cumulative for bar in bars] == [2 / 3, 1.0, 1.0]
    assert [bar.also for bar in bars] == [(), ((REVIEW, 50),), ((REVIEW, 9),)]
    assert bars[2].parts == ()


def test_a_long_tail_shares_the_last_bar_and_nothing_is_lost() -> None:
    counts = {f"class {n:02d}": 30 - n for n in range(25)}
    bars = pareto(found(counts, {}), (REJECT,))
    assert len(bars) == MOST_BARS
    assert bars[-1].name == f"{25 - MOST_BARS + 1} others"
    assert sum(bar.together for bar in bars) == sum(counts.values())
    assert bars[-1].cumulative == 1.0


def test_without_anything_counted_there_is_no_line() -> None:
    (bar,) = pareto(found({}, {"a": 3}), (REJECT,), also=(REVIEW,))
    assert (bar.cumulative, bar.share, bar.also) == (None, 0.0, ((REVIEW, 3),))
    assert pareto(found({}, {}), (REJECT,)) == ()
