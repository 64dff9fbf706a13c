"""When a90/95 is claimed, when not, and how many more defects are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_trials import drawn

from trainer.config import TrainerError
from trainer.detection.analysis import Request, analyse, figures_of
from trainer.detection.support import floor_of
from trainer.detection.trials import Trials, trials_of


def all_found(count: int) -> Trials:
    """Defects of 1 to 2 mm."""
    return trials_of(np.linspace(1.0, 2.0, count), np.ones(count, bool))


def test_29_of_29_is_the_floor() -> None:
    assert floor_of(all_found(28), 0.95) is None
    floor = floor_of(all_found(29), 0.95)
    assert floor is not None
    assert (floor.from_mm, floor.hits, floor.of) == (1.0, 29, 29)


def test_one_miss_among_46_still_shows_90_percent_and_among_45_does_not() -> None:
    """The known pairs 29/29, 45 or 46 with one miss: (1 - 0.9^n - n 0.1 0.9^(n-1)) >= 0.95."""
    for count, shown in ((45, False), (46, True)):
        sizes = np.linspace(1.0, 2.0, count)
        hits = np.ones(count, bool)
        hits[0] = False  # the smallest: the first 45 of 46 are all found
        floor = floor_of(trials_of(sizes, hits), 0.95)
        assert floor is not None
        assert (floor.of == count) is shown


def test_counting_stops_at_the_first_failure() -> None:
    hits = np.ones(200, bool)
    hits[150:155] = False  # the second miss ends it, though of all 200 only 2.5 % miss
    floor = floor_of(trials_of(np.linspace(1.0, 3.0, 200), hits), 0.95)
    assert floor is not None
    assert (floor.hits, floor.of) == (45, 46)


def test_supported_data_need_no_more() -> None:
    figures = figures_of(drawn("log-logit", 3.0, 3.0, 400, seed=1), Request())
    assert figures["advice"] == {
        "supported": True, "reason": "", "more": 0, "from_mm": None, "to_mm": None,
    }  # fmt: skip
    assert figures["a50_mm"] < figures["a90_mm"] < figures["a90_95_mm"] < 1.0


def test_no_miss_asks_for_smaller_defects() -> None:
    figures = figures_of(all_found(20), Request())
    advice = figures["advice"]
    assert figures["curve"] is None
    assert figures["a90_95_mm"] is None
    assert "smaller than 1 mm" in advice["reason"]
    assert "29 of 29" in advice["reason"]
    assert (advice["more"], advice["to_mm"]) == (40, 1.0)


def test_no_hit_asks_for_larger_defects() -> None:
    trials = trials_of(np.linspace(0.2, 0.4, 30), np.zeros(30, bool))
    advice = figures_of(trials, Request())["advice"]
    assert advice["from_mm"] == 0.4
    assert "larger than 0.4 mm" in advice["reason"]


def test_parted_sizes_ask_for_defects_between_them() -> None:
    trials = trials_of(np.array([0.3, 0.4, 0.8, 1.0]), np.array([False, False, True, True]))
    advice = figures_of(trials, Request())["advice"]
    assert advice["from_mm"] < 0.4 < 0.8 < advice["to_mm"]
    assert advice["more"] == 56


def test_a_target_below_a90_needs_a_better_network_not_more_defects() -> None:
    advice = figures_of(drawn("log-logit", 3.0, 3.0, 400, seed=1), Request(target_mm=0.4))["advice"]
    assert not advice["supported"]
    assert advice["more"] is None
    assert "the network must find smaller ones" in advice["reason"]


def test_the_number_asked_for_is_enough_and_a_quarter_of_it_is_not() -> None:
    """Judged by other random numbers than the advice was."""
    few = drawn("log-logit", 2.0, 3.0, 60, seed=11)
    first = figures_of(few, Request(link="log-logit"))
    target = 1.3 * first["a90_mm"]
    advice = figures_of(few, Request(link="log-logit", target_mm=target))["advice"]
    assert not advice["supported"]
    assert advice["more"] >= 40
    curve = first["curve"]
    rng = np.random.default_rng(99)

    def reached(more: int) -> float:
        good = 0
        for _ in range(25):
            sizes = np.exp(rng.uniform(np.log(advice["from_mm"]), np.log(advice["to_mm"]), more))
            z = curve["intercept"] + curve["slope"] * np.log(sizes)
            hits = rng.random(more) < 1 / (1 + np.exp(-z))
            whole = trials_of(np.r_[few.sizes_mm, sizes], np.r_[few.hits, hits])
            bound = figures_of(whole, Request(link="log-logit"))["a90_95_mm"]
            good += bound is not None and bound <= target
        return good / 25

    assert reached(advice["more"]) >= 0.6
    assert reached(advice["more"] // 4) < 0.6


def test_sizes_beyond_the_largest_defect_are_not_claimed() -> None:
    trials = drawn("log-logit", -3.0, 2.0, 200, seed=3)  # a90 at 13 mm, tried up to 6
    figures = figures_of(trials, Request(link="log-logit"))
    assert figures["a90_mm"] is None
    assert figures["a90_95_mm"] is None
    assert "beyond the largest defect tried" in figures["advice"]["reason"]


def test_a_falling_curve_is_called_so() -> None:
    trials = drawn("log-logit", 0.5, -2.0, 200, seed=4)
    advice = figures_of(trials, Request())["advice"]
    assert "less surely than small ones" in advice["reason"]


def test_kinds_are_told_apart_and_the_likeliest_link_is_taken() -> None:
    crack, chip = drawn("log-logit", 2.0, 3.0, 150, 1), drawn("log-logit", 4.0, 3.0, 150, 2)
    sizes = np.r_[crack.sizes_mm, chip.sizes_mm]
    order = np.argsort(sizes)
    kinds = np.array(["crack"] * 150 + ["chip"] * 150)[order]
    whole = Trials(sizes[order], np.r_[crack.hits, chip.hits][order])
    found = analyse(whole, kinds.tolist(), Request())
    rows = {row["kind"]: row for row in found["kinds"]}
    assert rows["chip"]["a90_mm"] < found["all"]["a90_mm"] < rows["crack"]["a90_mm"]
    assert (rows["crack"]["defects"], rows["crack"]["hits"]) == (150, int(crack.hits.sum()))
    for row in (found["all"], *rows.values()):
        best = max(row["links"], key=lambda name: row["links"][name]["log_likelihood"])
        assert row["curve"]["link"] == best
    assert len(rows["crack"]["found_mm"]) + len(rows["crack"]["missed_mm"]) == 150


def test_what_is_asked_for_is_checked() -> None:
    with pytest.raises(TrainerError, match="--link 'cubic'"):
        Request(link="cubic")
    with pytest.raises(TrainerError, match="--confidence is 1"):
        Request(level=1.0)
    with pytest.raises(TrainerError, match="--target is -1"):
        Request(target_mm=-1.0)
