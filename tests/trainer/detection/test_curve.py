"""POD curves: against a second opinion, by recovering the truth, and by the bounds' coverage."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from drawn_trials import drawn
from scipy.stats import chi2, norm

from trainer.config import TrainerError
from trainer.detection.analysis import fit_p
from trainer.detection.curve import NoCurveError, fit_curve
from trainer.detection.links import LINKS
from trainer.detection.trials import Trials, trials_of


@pytest.mark.parametrize("link", LINKS)
def test_derivatives_of_every_link_are_those_of_its_log_probability(link: str) -> None:
    form, z, h = LINKS[link], np.linspace(-9, 9, 37), 1e-5
    slope = (form.log_probability(z + h) - form.log_probability(z - h)) / (2 * h)
    np.testing.assert_allclose(form.score(z), slope, rtol=1e-6, atol=1e-9)
    bend = (form.score(z + h) - form.score(z - h)) / (2 * h)
    np.testing.assert_allclose(form.curvature(z), bend, rtol=1e-5, atol=1e-9)
    assert form.probability(np.array([form.quantile(0.9)]))[0] == pytest.approx(0.9, abs=1e-12)


def test_the_logit_fit_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    trials = drawn("log-logit", 3.0, 3.0, 300, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # how "no penalty" is spelled has changed between versions
        other = LogisticRegression(C=1e12, tol=1e-12, max_iter=10_000)
        other.fit(np.log(trials.sizes_mm)[:, None], trials.hits)
    curve = fit_curve(trials, "log-logit")
    assert curve.intercept == pytest.approx(float(other.intercept_[0]), rel=1e-4)
    assert curve.slope == pytest.approx(float(other.coef_[0, 0]), rel=1e-4)


def test_two_sizes_give_the_counts_themselves() -> None:
    """Two parameters and two sizes: the curve goes through 6 of 20 and 18 of 20."""
    trials = trials_of(np.repeat([1.0, 2.0], 20), np.r_[np.arange(20) < 6, np.arange(20) < 18])
    for link in LINKS:
        np.testing.assert_allclose(
            fit_curve(trials, link).pod(np.array([1.0, 2.0])), [0.3, 0.9], atol=1e-7
        )
    # By hand: logit 0.3 and logit 0.9 one millimetre apart.
    curve = fit_curve(trials, "logit")
    assert curve.slope == pytest.approx(np.log(9) + np.log(7 / 3), rel=1e-6)
    assert curve.size_mm(0.9) == pytest.approx(2.0, rel=1e-6)
    assert curve.size_mm(0.5) == pytest.approx(1.0 + np.log(7 / 3) / curve.slope, rel=1e-6)


def test_bounds_at_one_of_two_sizes_are_those_of_a_binomial_likelihood_ratio() -> None:
    """With two sizes each keeps a parameter of its own: its bound comes from its counts alone."""
    trials = trials_of(np.repeat([1.0, 2.0], 20), np.r_[np.arange(20) < 6, np.arange(20) < 17])
    low, high = fit_curve(trials, "probit", 0.95, rays=2000).bounds(np.array([2.0]))
    for bound in (low[0], high[0]):
        drop = 2 * (
            17 * np.log(17 / 20) + 3 * np.log(3 / 20) - 17 * np.log(bound) - 3 * np.log(1 - bound)
        )
        assert drop == pytest.approx(norm.ppf(0.95) ** 2, rel=1e-4)
    assert low[0] < 17 / 20 < high[0]
    assert chi2.ppf(0.9, 1) == pytest.approx(norm.ppf(0.95) ** 2)


@pytest.mark.parametrize(("link", "intercept", "slope"), [
    ("logit", -2.0, 2.5), ("log-logit", 2.0, 3.0), ("probit", -1.5, 1.4), ("log-probit", 1.0, 2.0),
])  # fmt: skip
def test_the_truth_is_recovered(link: str, intercept: float, slope: float) -> None:
    curve = fit_curve(drawn(link, intercept, slope, 20_000, seed=2), link)
    assert curve.intercept == pytest.approx(intercept, abs=0.12)
    assert curve.slope == pytest.approx(slope, rel=0.05)
    form = LINKS[link]
    true = form.size((form.quantile(0.9) - intercept) / slope)
    assert curve.size_mm(0.9) == pytest.approx(true, rel=0.03)
    bound = curve.size_bound_mm(0.9)
    assert bound is not None
    assert true < bound < 1.06 * true


@pytest.mark.parametrize("link", ["log-logit", "log-probit"])
def test_a90_95_covers_a90_in_95_of_100_studies(link: str) -> None:
    form, inside, studies = LINKS[link], 0, 300
    true = form.size((form.quantile(0.9) - 2.0) / 3.0)
    for seed in range(studies):
        bound = fit_curve(drawn(link, 2.0, 3.0, 120, seed), link, rays=90).size_bound_mm(0.9)
        inside += bound is None or bound >= true
    # Of 300 at 0.95, 273 to 295 are within 3.2 standard deviations.
    assert 273 <= inside <= 296


def test_a_steady_curve_is_met_by_its_own_lower_bound_at_a90_95() -> None:
    curve = fit_curve(drawn("log-logit", 2.0, 3.0, 200, seed=5), "log-logit", rays=3600)
    bound = curve.size_bound_mm(0.9)
    assert bound is not None
    assert curve.bounds(np.array([bound]))[0][0] == pytest.approx(0.9, abs=1e-5)


def test_more_confidence_asks_for_a_larger_size() -> None:
    trials = drawn("log-logit", 2.0, 3.0, 200, seed=6)
    sizes = [
        fit_curve(trials, "log-logit", level).size_bound_mm(0.9) for level in (0.8, 0.95, 0.99)
    ]
    assert sizes == sorted(sizes, key=lambda size: size or np.inf)
    assert sizes[0] != sizes[2]


def test_without_a_rise_there_is_no_bound() -> None:
    rng = np.random.default_rng(3)
    trials = trials_of(rng.uniform(0.5, 5, 80), rng.random(80) < 0.6)
    curve = fit_curve(trials, "logit")
    assert not curve.rises
    assert curve.size_bound_mm(0.9) is None


@pytest.mark.parametrize(("sizes", "hits", "says"), [
    ([1, 2, 3, 4], [0, 0, 1, 1], "up to 2 mm was missed and every one from 3 mm"),
    ([1, 2, 2, 3], [0, 0, 1, 1], "up to 2 mm was missed and every one from 2 mm"),
    ([1, 2, 3, 4], [1, 1, 0, 0], "the larger, the worse"),
    ([1, 2, 3, 4], [1, 1, 1, 1], "all 4 defects were found"),
    ([1, 2, 3, 4], [0, 0, 0, 0], "none of the 4 defects was found"),
    ([2, 2, 2, 2], [0, 1, 0, 1], "one size, 2 mm"),
    ([], [], "no defect of known size"),
])  # fmt: skip
def test_data_that_admit_no_curve_are_refused_by_their_reason(
    sizes: list[float], hits: list[int], says: str
) -> None:
    trials = trials_of(np.array(sizes, float), np.array(hits, bool))
    with pytest.raises(NoCurveError, match=says):
        fit_curve(trials, "log-logit")


def test_sizes_must_be_above_nothing() -> None:
    with pytest.raises(TrainerError, match="no size above 0"):
        trials_of([0.0, 1.0], [True, False])
    with pytest.raises(TrainerError, match="one each"):
        trials_of([1.0], [True, False])


def test_the_check_of_the_fit_tells_a_ceiling_from_a_curve() -> None:
    """One in eight of all sizes missed, beside a steep curve, bends the counts off any curve."""
    good = drawn("log-logit", 3.0, 4.0, 800, seed=8)
    p = fit_p(good, fit_curve(good, "log-logit"))
    assert p is not None
    assert p > 0.05
    lost = np.random.default_rng(9).random(800) < 0.125
    bent = Trials(good.sizes_mm, good.hits & ~lost)
    p = fit_p(bent, fit_curve(bent, "log-logit"))
    assert p is not None
    assert p < 0.01
