"""What a share of REVIEW buys: limits from validation, counted elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.limits.review_share import SHARES, at_review, choose_limits


def scores(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Two kinds that overlap: half defects round 0.7, half good parts round 0.3."""
    rng = np.random.default_rng(seed)
    is_defect = np.arange(count) % 2 == 0
    p = np.clip(rng.normal(np.where(is_defect, 0.7, 0.3), 0.15), 0.0, 1.0)
    return p, is_defect


def wrong(p: np.ndarray, is_defect: np.ndarray, low: float, high: float) -> int:
    return int((is_defect & (p < low)).sum() + (~is_defect & (p >= high)).sum())


@pytest.mark.parametrize("share", SHARES)
def test_no_other_limits_within_the_share_are_wrong_less_often(share: float) -> None:
    p, is_defect = scores(1, 60)
    found = next(each for each in choose_limits(p, is_defect) if each["share"] == share)
    low, high = found["pass_below"], found["reject_from"]
    assert ((p >= low) & (p < high)).mean() <= share
    tried = np.r_[0.0, np.sort(p), 1.1]
    least = min(
        wrong(p, is_defect, a, b)
        for a in tried
        for b in tried[tried >= a]
        if ((p >= a) & (p < b)).mean() <= share
    )
    assert wrong(p, is_defect, low, high) == least


def test_more_review_leaves_fewer_wrong_verdicts_elsewhere() -> None:
    rows = at_review(choose_limits(*scores(2)), *scores(3), level=0.95)
    counts = [row["escapes"]["count"] + row["overkill"]["count"] for row in rows]
    assert counts == sorted(counts, reverse=True) and counts[0] > 2 * counts[-1] > 0
    for row in rows:
        assert row["review"]["share"] == pytest.approx(row["share"], abs=0.05)
        assert row["escapes"]["of"] == row["overkill"]["of"] == 200
        assert row["escapes"]["upper"] > row["escapes"]["share"]


def test_equal_scores_stay_together() -> None:
    p = np.repeat([0.2, 0.5, 0.8], 10)
    is_defect = np.r_[np.zeros(10), np.tile([0, 1], 5), np.ones(10)].astype(bool)
    rows = at_review(choose_limits(p, is_defect), p, is_defect, level=0.95)
    assert [row["review"]["count"] for row in rows] == [0, 0, 0, 0]  # a third cannot be 20 %
    assert [row["escapes"]["count"] + row["overkill"]["count"] for row in rows] == [5, 5, 5, 5]


def test_one_kind_alone_has_no_limits() -> None:
    assert choose_limits(np.array([0.1, 0.9]), np.array([True, True])) == []
    assert choose_limits(np.array([0.1, 0.9]), np.array([False, False])) == []
