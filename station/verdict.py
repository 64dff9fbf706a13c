"""From probabilities to PASS, REVIEW or REJECT: pure, and the only place that knows a threshold."""

from __future__ import annotations

from dataclasses import dataclass

from engines.bundle import Bundle, ClassInfo, Thresholds, defect_probability
from engines.errors import BundleError, EngineError
from engines.prediction import Prediction
from station.domain import Code, Decision, Part, Reason, Verdict
from station.heat import mark_defect


@dataclass(frozen=True, slots=True)
class Policy:
    """The operating point. Raises BundleError where no class is a defect."""

    classes: tuple[ClassInfo, ...]
    """In the order of the probabilities."""
    thresholds: Thresholds

    def __post_init__(self) -> None:
        if not any(c.defect for c in self.classes):
            names = ", ".join(c.name for c in self.classes) or "none"
            raise BundleError(
                f"no class of the bundle is a defect (classes: {names}): every part would pass. "
                "Train with `--good` naming the good classes only, and export again."
            )


def policy_of(bundle: Bundle, margin: float) -> Policy:
    """The operating point written into a bundle, tightened by the engine's certified margin."""
    return Policy(bundle.classes, bundle.thresholds.tightened(margin))


def decide(part: Part, prediction: Prediction, policy: Policy) -> Verdict:
    """The defect probability p, summed over the defect classes, held against the thresholds.

    p < pass_below: PASS. p >= reject_from: REJECT. Between: REVIEW. A part in doubt never passes;
    one that was not even found is neither passed nor rejected. Raises EngineError when there are
    not as many probabilities as classes.
    """
    if len(prediction.probabilities) != len(policy.classes):
        raise EngineError(
            f"the engine returned {len(prediction.probabilities)} probabilities, expected "
            f"{len(policy.classes)}, one per class. Export the bundle again."
        )
    p = defect_probability(policy.classes, prediction.probabilities)
    decision, reasons = _judge(p, part, policy.thresholds)
    top = policy.classes[prediction.top]
    # The heat explains the predicted class: of a good class it shows no defect.
    show = decision is not Decision.PASS and top.defect and not _unfound(part)
    return Verdict(
        decision=decision,
        defect_probability=p,
        predicted_class=top.name,
        confidence=float(prediction.probabilities[prediction.top]),
        reasons=reasons,
        defect=mark_defect(prediction.heatmap, part) if show else None,
        evidence=part.evidence,
    )


def _unfound(part: Part) -> bool:
    return bool(part.doubts) and part.outline is None


def _judge(p: float, part: Part, limits: Thresholds) -> tuple[Decision, tuple[Reason, ...]]:
    score = _score(p, limits)
    if _unfound(part):
        return Decision.REVIEW, part.doubts
    if score.code is Code.SCORE_REJECT:
        return Decision.REJECT, (score, *part.doubts)
    if part.doubts:
        return Decision.REVIEW, part.doubts
    return Decision(limits.zone(p)), (score,)


def _score(p: float, limits: Thresholds) -> Reason:
    low, high = f"{limits.pass_below:.3g}", f"{limits.reject_from:.3g}"
    text = f"Defect probability {p:.3f} "
    zone = limits.zone(p)
    if zone == "REJECT":
        return Reason(Code.SCORE_REJECT, text + f"reaches the reject limit {high}.")
    if zone == "PASS":
        return Reason(Code.SCORE_PASS, text + f"is below the pass limit {low}.")
    return Reason(
        Code.SCORE_BAND, text + f"is between the pass limit {low} and the reject limit {high}."
    )
