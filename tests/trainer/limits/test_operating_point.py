"""The operating point keeps what it promises, and promises no more than the sample shows."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from trainer.config import TrainerError
from trainer.limits.operating_point import OperatingPoint, choose_operating_point


def _choose(
    defects: object, goods: object, escape: float = 0.02, overkill: float = 0.02
) -> OperatingPoint:
    bad, good = np.asarray(defects, float), np.asarray(goods, float)
    truth = np.repeat([True, False], [len(bad), len(good)])
    return choose_operating_point(np.concatenate((bad, good)), truth, escape, overkill, 0.95)


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p)


def test_a_small_sample_is_told_what_it_shows_and_what_to_collect() -> None:
    rng = np.random.default_rng(0)
    point = _choose(rng.normal(5, 1, 128), rng.normal(-5, 1, 400), escape=0.01)
    assert "0 escapes in 128 defects shows at most 2.3% at 95%" in point.statement
    assert "for 1.0% collect 171 more" in point.statement
    assert not point.escape.supported
    assert point.escape.count == 0
    assert point.overkill.supported
    assert "within the budget of 2.0%" in point.statement


def test_299_defects_support_one_percent_and_298_do_not() -> None:
    goods = np.linspace(-6, -4, 400)
    assert not _choose(np.linspace(4, 6, 298), goods, escape=0.01).escape.supported
    enough = _choose(np.linspace(4, 6, 299), goods, escape=0.01)
    assert enough.escape.supported
    assert enough.escape.upper <= 0.01


def test_the_promise_holds_in_at_least_95_of_100_samples() -> None:
    rng = np.random.default_rng(1)
    kept_escape = kept_overkill = 0
    for _ in range(400):
        point = _choose(rng.normal(2, 1.5, 300), rng.normal(-2, 1.5, 300), 0.05, 0.05)
        # The true rates, from the distributions that the samples were drawn from.
        escape = 0.5 * math.erfc((2 - _logit(point.pass_below)) / (1.5 * math.sqrt(2)))
        overkill = 0.5 * math.erfc((_logit(point.reject_from) + 2) / (1.5 * math.sqrt(2)))
        kept_escape += escape <= 0.05
        kept_overkill += overkill <= 0.05
    assert kept_escape >= 0.93 * 400
    assert kept_overkill >= 0.93 * 400


def test_overlapping_scores_use_their_budget_and_leave_a_review_band() -> None:
    rng = np.random.default_rng(2)
    defects, goods = rng.normal(1, 1, 1000), rng.normal(-1, 1, 1000)
    point = _choose(defects, goods)
    low, high = _logit(point.pass_below), _logit(point.reject_from)
    assert low < high
    assert point.escape.count == (defects < low).sum() == 12
    assert point.overkill.count == (goods >= high).sum() == 12
    assert point.escape.upper <= 0.02
    assert point.review_good == pytest.approx(((goods >= low) & (goods < high)).mean())
    assert point.review_defect == pytest.approx(((defects >= low) & (defects < high)).mean())


def test_no_budget_is_spent_where_it_buys_nothing() -> None:
    defects, goods = np.linspace(2, 8, 1000), np.linspace(-8, -2, 1000)
    point = _choose(defects, goods, 0.1, 0.1)
    assert point.escape.count == 0
    assert point.overkill.count == 0
    assert -2 < _logit(point.pass_below) <= _logit(point.reject_from) < 2


def test_between_separate_classes_the_middle_third_is_review() -> None:
    # 59 pictures of each cannot spare one at 5 %, so both thresholds fall into the one gap.
    point = _choose(np.linspace(3, 8, 59), np.linspace(-8, -3, 59), 0.05, 0.05)
    assert _logit(point.pass_below) == pytest.approx(-1.0)
    assert _logit(point.reject_from) == pytest.approx(1.0)
    assert point.review_good == point.review_defect == 0.0


def test_generous_budgets_need_no_review() -> None:
    rng = np.random.default_rng(3)
    defects, goods = rng.normal(2.5, 1, 2000), rng.normal(-2.5, 1, 2000)
    point = _choose(defects, goods, 0.2, 0.2)
    assert point.pass_below == point.reject_from
    assert point.escape.upper <= 0.2
    assert point.overkill.upper <= 0.2
    # With both budgets slack the one threshold goes where the two errors together are least.
    t = _logit(point.pass_below)
    cost = (defects < t).mean() + (goods >= t).mean()
    best = min((defects < s).mean() + (goods >= s).mean() for s in np.linspace(-2, 2, 401))
    assert cost <= best + 1e-9


def test_thresholds_keep_clear_of_the_scores_they_part() -> None:
    rng = np.random.default_rng(4)
    defects, goods = rng.normal(2, 1, 500), rng.normal(-2, 1, 500)
    point = _choose(defects, goods)
    scores = np.sort(np.concatenate((defects, goods)))
    for threshold in (_logit(point.pass_below), _logit(point.reject_from)):
        above = np.searchsorted(scores, threshold)
        middle = (scores[above - 1] + scores[above]) / 2
        assert threshold == pytest.approx(middle, abs=1e-9)


def test_where_every_good_part_scores_above_a_defect_nothing_passes() -> None:
    point = _choose([-3.0, *np.linspace(1, 5, 60)], np.linspace(-2, 0, 60), 0.02, 0.02)
    assert _logit(point.pass_below) == pytest.approx(-4.0)
    assert "0.0% of the good parts pass" in point.statement
    assert point.escape.count == 0


def test_saturated_scores_leave_thresholds_that_float32_can_tell_from_one() -> None:
    point = _choose(np.linspace(60, 69, 60), np.linspace(40, 50, 60))
    assert point.pass_below < 1.0 - 5e-7
    assert point.reject_from < 1.0 - 5e-7
    assert point.pass_below <= point.reject_from
    # The good parts now score above the limit: said aloud, not hidden.
    assert point.overkill.count == 60
    assert "over the budget" in point.statement


def test_without_a_good_class_every_part_is_rejected_and_it_says_so() -> None:
    truth = np.ones(30, bool)
    point = choose_operating_point(np.full(30, np.inf), truth, 0.02, 0.02, 0.95)
    assert point.pass_below == 0.0
    assert point.reject_from < 1.0
    assert "No class is marked as good" in point.statement


def test_without_a_defect_there_is_no_operating_point() -> None:
    with pytest.raises(TrainerError, match="no defect among the validation pictures"):
        choose_operating_point(np.zeros(9), np.zeros(9, bool), 0.02, 0.02, 0.95)


def test_it_goes_into_json_as_it_is() -> None:
    body = _choose(np.linspace(2, 8, 90), np.linspace(-8, -2, 90)).as_dict()
    assert json.loads(json.dumps(body, allow_nan=False)) == body
