"""The decision is the sum over defect classes held against two limits; doubt never passes."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pytest

from engines.bundle import ClassInfo, Thresholds
from engines.errors import BundleError, EngineError
from engines.prediction import Prediction
from station.domain import Code, Decision, Ellipse, Frame, Part, Reason
from station.verdict import Policy, decide

CLASSES = (ClassInfo("crack", True), ClassInfo("ok", False), ClassInfo("blob", True))
POLICY = Policy(CLASSES, Thresholds(0.2, 0.7))


def part(doubt: str | None = None, found: bool = True) -> Part:
    image = np.zeros((32, 32, 3), np.uint8)
    frame = Frame(image, "a.png", "0" * 64, datetime(2026, 1, 2, tzinfo=timezone.utc))
    outline = Ellipse((15.5, 15.5), (24.0, 24.0), 0.0) if found else None
    doubts = (Reason(Code.CUT_OFF, doubt),) if doubt else ()
    return Part(frame, image, (0, 0, 32, 32), outline, 2.0, doubts)


def predicted(*probabilities: float) -> Prediction:
    heat = np.zeros((4, 4), np.float32)
    heat[1, 2] = 1.0
    return Prediction(np.array(probabilities, np.float32), heat, np.zeros(3, np.float32))


@pytest.mark.parametrize(
    ("probabilities", "decision"),
    [
        ((0.05, 0.9, 0.05), Decision.PASS),
        ((0.1, 0.8, 0.1), Decision.REVIEW),  # 0.2 is not below the pass limit
        ((0.35, 0.4, 0.25), Decision.REVIEW),
        ((0.25, 0.25, 0.5), Decision.REJECT),
        ((0.4, 0.2, 0.4), Decision.REJECT),  # no single class reaches 0.7
        ((0.0, 1.0, 0.0), Decision.PASS),
        ((1.0, 0.0, 0.0), Decision.REJECT),
    ],
)
def test_defect_classes_are_summed(probabilities: tuple[float, ...], decision: Decision) -> None:
    verdict = decide(part(), predicted(*probabilities), POLICY)
    assert verdict.decision is decision
    expected = probabilities[0] + probabilities[2]
    assert verdict.defect_probability == pytest.approx(expected, abs=1e-6)
    assert f"{expected:.3f}" in verdict.reason
    assert verdict.reason.endswith(".")


def test_a_probability_on_a_limit_belongs_to_the_worse_side() -> None:
    policy = Policy(CLASSES, Thresholds(0.25, 0.75))
    on_low, on_high = predicted(0.125, 0.75, 0.125), predicted(0.5, 0.25, 0.25)
    assert decide(part(), on_low, policy).decision is Decision.REVIEW
    assert decide(part(), on_high, policy).decision is Decision.REJECT


def test_equal_limits_leave_no_review() -> None:
    policy = Policy(CLASSES, Thresholds(0.5, 0.5))
    assert decide(part(), predicted(0.25, 0.5, 0.25), policy).decision is Decision.REJECT
    assert decide(part(), predicted(0.24, 0.52, 0.24), policy).decision is Decision.PASS


def test_class_and_confidence_are_those_of_the_likeliest_class() -> None:
    verdict = decide(part(), predicted(0.1, 0.3, 0.6), POLICY)
    assert verdict.predicted_class == "blob"
    assert verdict.confidence == pytest.approx(0.6)


def test_the_heat_marks_a_defect_only_where_it_explains_one() -> None:
    assert decide(part(), predicted(0.8, 0.1, 0.1), POLICY).defect is not None
    assert decide(part(), predicted(0.05, 0.9, 0.05), POLICY).defect is None
    # Rejected in sum, but the heat is that of `ok`: it points at nothing bad.
    split = decide(part(), predicted(0.35, 0.29999, 0.35001), POLICY)
    assert split.decision is Decision.REJECT
    hidden = decide(part(), predicted(0.3, 0.4, 0.3), POLICY)
    assert hidden.decision is Decision.REVIEW
    assert hidden.defect is None


def test_a_part_that_was_not_found_is_reviewed_whatever_the_engine_says() -> None:
    for probabilities in ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)):
        lost = part("No disc was found.", found=False)
        verdict = decide(lost, predicted(*probabilities), POLICY)
        assert verdict.decision is Decision.REVIEW
        assert verdict.reason == "No disc was found."
        assert verdict.defect is None


def test_a_part_half_seen_never_passes_but_may_be_rejected() -> None:
    half = part("20% of the rim is outside.")
    assert decide(half, predicted(0.0, 1.0, 0.0), POLICY).decision is Decision.REVIEW
    assert decide(half, predicted(0.0, 1.0, 0.0), POLICY).reason == "20% of the rim is outside."
    assert decide(half, predicted(0.9, 0.1, 0.0), POLICY).decision is Decision.REJECT


def test_another_number_of_classes_is_no_verdict() -> None:
    with pytest.raises(EngineError, match="2 probabilities, expected 3"):
        decide(part(), predicted(0.5, 0.5), POLICY)


def test_a_policy_under_which_all_would_pass_is_refused() -> None:
    with pytest.raises(BundleError, match="no class of the bundle is a defect"):
        Policy((ClassInfo("a", False), ClassInfo("b", False)), Thresholds(0.2, 0.7))
