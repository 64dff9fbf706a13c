"""The decision is the sum over defect classes held against two limits; doubt never passes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from familiar import familiar
from policies import a_policy, part, predicted

from engines.bounds import MEASURES, Bounds
from engines.bundle import ClassInfo
from engines.errors import BundleError, EngineError
from engines.novelty import Novelty
from station.domain import Code, Decision, Part, Reason
from station.verdict import Policy, decide, measured

POLICY = a_policy()
SURE_GOOD, SURE_BAD, BETWEEN = (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.4, 0.5, 0.1)
BESIDE = (0, 0)


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
    policy = a_policy(0.25, 0.75)
    on_low, on_high = predicted(0.125, 0.75, 0.125), predicted(0.5, 0.25, 0.25)
    assert decide(part(), on_low, policy).decision is Decision.REVIEW
    assert decide(part(), on_high, policy).decision is Decision.REJECT


def test_equal_limits_leave_no_review() -> None:
    policy = a_policy(0.5, 0.5)
    assert decide(part(), predicted(0.25, 0.5, 0.25), policy).decision is Decision.REJECT
    assert decide(part(), predicted(0.24, 0.52, 0.24), policy).decision is Decision.PASS


def test_class_and_confidence_are_those_of_the_likeliest_class() -> None:
    verdict = decide(part(), predicted(0.1, 0.3, 0.6), POLICY)
    assert verdict.predicted_class == "blob"
    assert verdict.confidence == pytest.approx(0.6)


RIGHT, LEFT = (2, 3), (2, 0)
"""Cells of 8 px in a picture of 32."""


@pytest.mark.parametrize(
    ("probabilities", "decision", "name"),
    [
        ((0.8, 0.1, 0.1), Decision.REJECT, "crack"),
        ((0.1, 0.3, 0.6), Decision.REJECT, "blob"),
        ((0.31, 0.4, 0.29), Decision.REVIEW, "crack"),  # the likeliest class is a good one
        ((0.1, 0.75, 0.15), Decision.REVIEW, "blob"),
        ((0.3, 0.29999, 0.40001), Decision.REJECT, "blob"),
    ],
)
def test_what_does_not_pass_is_marked_where_the_likeliest_defect_is(
    probabilities: tuple[float, ...], decision: Decision, name: str
) -> None:
    answer = predicted(*probabilities, hot=LEFT, defect_hot=RIGHT)
    verdict = decide(part(), answer, POLICY)
    assert verdict.decision is decision
    assert verdict.defect is not None
    assert verdict.defect.defect_class == name
    assert verdict.defect.probability == pytest.approx(max(probabilities[0], probabilities[2]))
    # By the defect's own map, not by that of the predicted class.
    assert verdict.defect.centre_px[0] > 24


def test_a_pass_is_not_marked() -> None:
    assert decide(part(), predicted(0.05, 0.9, 0.05), POLICY).defect is None


@pytest.mark.parametrize("cause", ["unfamiliar", "cut off", "dark"])
def test_a_part_reviewed_for_something_else_is_not_marked_by_an_unlikely_defect(
    cause: str,
) -> None:
    """Its map is stretched to full heat like any other, whatever little it explains."""
    policy = a_policy(novelty=familiar(3, limit=0.1), quality={"brightness": Bounds(0.3, 0.7)})
    subject = part("Cut off." if cause == "cut off" else None, grey=20 if cause == "dark" else 128)
    answer = predicted(0.01, 0.98, 0.01, features=5.0 if cause == "unfamiliar" else 0.5)
    verdict = decide(subject, answer, policy)
    assert verdict.decision is Decision.REVIEW
    assert verdict.codes != ("SCORE_BAND",)
    assert verdict.defect is None
    # With enough of a defect about it, the same part is.
    suspect = predicted(0.2, 0.7, 0.1, features=5.0 if cause == "unfamiliar" else 0.5)
    assert decide(subject, suspect, policy).defect is not None


def test_a_defect_that_is_likeliest_is_marked_below_the_pass_limit_too() -> None:
    """Under loosened thresholds: a doubt sends it to a person, who is shown what was seen."""
    policy = a_policy(0.9, 0.95)
    assert decide(part(), predicted(0.6, 0.4, 0.0), policy).defect is None
    doubted = decide(part("Cut off."), predicted(0.6, 0.4, 0.0), policy)
    assert doubted.decision is Decision.REVIEW
    assert doubted.defect is not None


def test_a_cold_map_marks_nothing() -> None:
    cold = predicted(0.3, 0.4, 0.3)
    cold.defect_heatmap[:] = 0.0
    verdict = decide(part(), cold, POLICY)
    assert (verdict.decision, verdict.defect) == (Decision.REVIEW, None)
    assert "heat_on_part" not in verdict.evidence


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
        a_policy(classes=(ClassInfo("a", False), ClassInfo("b", False)))


def strange(**changes: object) -> Policy:
    """Knows features near 0.5 alone."""
    return a_policy(novelty=familiar(3, limit=0.1), **changes)


def codes(subject: Part, policy: Policy, *probabilities: float, **answer: object) -> list[str]:
    verdict = decide(subject, predicted(*probabilities, **answer), policy)  # type: ignore[arg-type]
    return [verdict.decision.value, *verdict.codes]


def test_a_picture_unlike_the_good_parts_does_not_pass_however_sure_the_engine() -> None:
    assert codes(part(), strange(), *SURE_GOOD) == ["PASS", "SCORE_PASS"]
    assert codes(part(), strange(), *SURE_GOOD, features=0.8) == ["REVIEW", "UNFAMILIAR"]
    verdict = decide(part(), predicted(*SURE_GOOD, features=0.8), strange())
    assert "unlike the good parts" in verdict.reason
    assert f"novelty {verdict.evidence['novelty_good']:.3g}, at most 1" in verdict.reason
    assert verdict.confidence == 1.0


def test_the_engine_s_error_lowers_the_limit_of_novelty() -> None:
    novelty = strange().novelty.distance(np.full(3, 0.55, np.float32), as_good=True)
    assert 0.5 < novelty < 0.6
    for limit, decision in ((1.0, "PASS"), (0.6, "PASS"), (0.5, "REVIEW"), (0.0, "REVIEW")):
        found = codes(part(), strange(novelty_limit=limit), *SURE_GOOD, features=0.55)
        assert found[0] == decision


def test_a_known_defect_is_not_called_unfamiliar_though_it_is_unlike_the_good() -> None:
    novelty = Novelty(familiar(3, limit=0.1).good, familiar(3).known)
    policy = a_policy(novelty=novelty)
    assert codes(part(), policy, *SURE_BAD, features=0.9) == ["REJECT", "SCORE_REJECT"]
    assert codes(part(), policy, *BETWEEN, features=0.9) == ["REVIEW", "SCORE_BAND"]
    assert codes(part(), policy, *SURE_GOOD, features=0.9) == ["REVIEW", "UNFAMILIAR"]
    evidence = decide(part(), predicted(*SURE_BAD, features=0.9), policy).evidence
    assert evidence["novelty_good"] > 1.0 > evidence["novelty"]


def test_a_reject_stays_one_and_its_doubts_come_after() -> None:
    found = codes(part("Cut off."), strange(), *SURE_BAD, features=5.0)
    assert found == ["REJECT", "SCORE_REJECT", "CUT_OFF", "UNFAMILIAR"]


def test_a_reject_by_heat_beside_the_part_is_reviewed() -> None:
    assert codes(part(), POLICY, *SURE_BAD, hot=BESIDE) == [
        "REVIEW", "HEAT_OFF_PART", "SCORE_REJECT",
    ]  # fmt: skip
    assert codes(part("Cut off."), strange(), *SURE_BAD, hot=BESIDE, features=5.0) == [
        "REVIEW", "HEAT_OFF_PART", "SCORE_REJECT", "CUT_OFF", "UNFAMILIAR",
    ]  # fmt: skip
    verdict = decide(part(), predicted(*SURE_BAD, hot=BESIDE), POLICY)
    assert "33% of the heat lies on it, at least 50% is needed" in verdict.reason


def test_heat_that_explains_a_good_class_may_lie_anywhere() -> None:
    assert codes(part(), POLICY, *SURE_GOOD, hot=BESIDE) == ["PASS", "SCORE_PASS"]
    on_part = {"hot": BESIDE, "defect_hot": (1, 2)}
    assert codes(part(), POLICY, *BETWEEN, **on_part) == ["REVIEW", "SCORE_BAND"]
    assert codes(part(), a_policy(0.2, 0.5), 0.3, 0.4, 0.3, **on_part)[0] == "REJECT"


def test_suspected_heat_beside_the_part_counts_whatever_the_likeliest_class() -> None:
    aside = {"hot": (1, 2), "defect_hot": BESIDE}
    # Rejected in sum, while the likeliest class is a good one.
    assert codes(part(), a_policy(0.2, 0.5), 0.3, 0.4, 0.3, **aside) == [
        "REVIEW", "HEAT_OFF_PART", "SCORE_REJECT",
    ]  # fmt: skip
    assert codes(part(), POLICY, *BETWEEN, **aside) == [
        "REVIEW", "SCORE_BAND", "HEAT_OFF_PART",
    ]  # fmt: skip
    assert codes(part(), POLICY, *SURE_GOOD, **aside) == ["PASS", "SCORE_PASS"]


@pytest.mark.parametrize(
    ("grey", "bounds", "code", "words"),
    [
        (40, {"brightness": Bounds(0.3, 0.7)}, "DARK", "brightness 0.157, at least 0.3"),
        (240, {"brightness": Bounds(0.3, 0.7)}, "BRIGHT", "brightness 0.941, at most 0.7"),
        (120, {"contrast": Bounds(0.2, None)}, "FLAT", "contrast: 0, at least 0.2"),
        (120, {"focus": Bounds(0.2, None)}, "BLURRED", "focus 0, at least 0.2"),
        (120, {"side_px": Bounds(40.0, None)}, "SCALE", "side 32, at least 40"),
        (0, {"dark_share": Bounds(None, 0.02)}, "DARK", "black: 1, at most 0.02"),
        (255, {"bright_share": Bounds(None, 0.02)}, "BRIGHT", "white: 1, at most 0.02"),
    ],
)
def test_a_picture_out_of_bounds_does_not_pass(
    grey: int, bounds: dict[str, Bounds], code: str, words: str
) -> None:
    policy = a_policy(quality=bounds)
    assert codes(part(grey=grey), POLICY, *SURE_GOOD) == ["PASS", "SCORE_PASS"]
    assert codes(part(grey=grey), policy, *SURE_GOOD) == ["REVIEW", code]
    assert codes(part(grey=grey), policy, *BETWEEN) == ["REVIEW", "SCORE_BAND", code]
    assert codes(part(grey=grey), policy, *SURE_BAD) == ["REJECT", "SCORE_REJECT", code]
    reason = decide(part(grey=grey), predicted(*SURE_GOOD), policy).reason
    assert words in reason
    assert reason.endswith(".")


def test_all_doubts_are_listed_the_causes_first() -> None:
    policy = strange(quality={"focus": Bounds(0.2, None), "brightness": Bounds(0.3, 0.7)})
    assert codes(part("Cut off.", grey=20), policy, *SURE_GOOD, features=5.0) == [
        "REVIEW", "CUT_OFF", "BLURRED", "DARK", "UNFAMILIAR",
    ]  # fmt: skip


def test_what_was_measured_is_evidence_and_finite() -> None:
    verdict = decide(part(grey=90), predicted(*SURE_GOOD), POLICY)
    assert set(verdict.evidence) == {*MEASURES, "novelty", "novelty_good", "heat_on_part"}
    assert all(type(v) is float and math.isfinite(v) for v in verdict.evidence.values())
    assert verdict.evidence["brightness"] == pytest.approx(90 / 255)
    assert verdict.evidence["heat_on_part"] == 1.0


def test_what_a_part_brings_along_is_kept_and_not_measured_again() -> None:
    known = dict.fromkeys(MEASURES, 0.25) | {"diameter_mm": 12.1}
    brought = part(grey=90, evidence=known)
    assert measured(brought, POLICY) is brought
    assert decide(brought, predicted(*SURE_GOOD), POLICY).evidence.items() >= known.items()
    fresh = measured(part(grey=90, evidence={"diameter_mm": 12.1}), POLICY)
    assert set(fresh.evidence) == {"diameter_mm", *MEASURES}


def test_of_a_part_that_was_not_found_nothing_more_is_said() -> None:
    lost = part("No disc was found.", found=False)
    policy = strange(quality={"focus": Bounds(0.2, None)})
    assert codes(lost, policy, *SURE_GOOD, features=5.0) == ["REVIEW", "NOT_FOUND"]
    assert measured(lost, policy) is lost


def test_a_whole_frame_is_measured_though_it_has_no_outline() -> None:
    policy = strange(quality={"brightness": Bounds(0.3, 0.7)})
    whole = part(found=False, grey=20)
    found = codes(whole, policy, *SURE_GOOD, features=5.0, hot=BESIDE)
    assert found == ["REVIEW", "DARK", "UNFAMILIAR"]
    assert "heat_on_part" not in decide(whole, predicted(*SURE_GOOD), policy).evidence


def test_a_doubt_about_a_whole_frame_does_not_keep_it_from_being_rejected() -> None:
    shaken = (Reason(Code.NEVER_STILL, "It never came to rest."),)
    whole = part(found=False, doubts=shaken)
    assert codes(whole, POLICY, *SURE_GOOD) == ["REVIEW", "NEVER_STILL"]
    assert codes(whole, POLICY, *SURE_BAD) == ["REJECT", "SCORE_REJECT", "NEVER_STILL"]


def test_features_of_another_network_are_no_verdict() -> None:
    with pytest.raises(EngineError, match="the bundle knows 4 of them"):
        decide(part(), predicted(*SURE_GOOD), a_policy(novelty=familiar(4)))
