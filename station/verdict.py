"""From probabilities to PASS, REVIEW or REJECT: pure, and the only place that knows a threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engines.bounds import MEASURES, Bounds
from engines.bundle import (
    Bundle,
    ClassInfo,
    InputSpec,
    Thresholds,
    defect_probability,
    suspected,
)
from engines.certificate import Certificate
from engines.errors import BundleError, EngineError
from engines.novelty import Novelty, load_novelty
from engines.prediction import Prediction
from engines.quality import measure
from engines.sentence import sentence
from station.domain import Code, Decision, DefectMark, Part, Reason, Verdict
from station.doubts import heat_doubts, novelty_doubts, picture_doubts
from station.errors import ConfigError
from station.heat import heat_on_part, mark_defect

UNFOUND = (Code.NOT_FOUND, Code.SEVERAL_PARTS)


@dataclass(frozen=True, slots=True)
class Overrides:
    """Other thresholds than the bundle's; None: the bundle's. Raises ConfigError.

    Stricter ones (a lower pass_below, a lower reject_from) are anybody's to set. Looser ones need
    a supervisor's name and reason: see `policy_of`.
    """

    pass_below: float | None = None
    reject_from: float | None = None
    supervisor: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        for name in ("pass_below", "reject_from"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and 0.0 <= value <= 1.0):
                raise ConfigError(
                    "policy.{name} is {value}; expected a defect probability from 0 to 1, "
                    "or nothing, to take the bundle's.",
                    name=name,
                    value=value,
                )
        if None not in (self.pass_below, self.reject_from) and self.pass_below > self.reject_from:  # type: ignore[operator]
            raise ConfigError(
                "policy.pass_below is {pass_below}, above policy.reject_from "
                "{reject_from}: a part could both pass and be rejected. Lower the first.",
                pass_below=self.pass_below,
                reject_from=self.reject_from,
            )

    @property
    def signed(self) -> bool:
        """Whether a supervisor stands for them, with a reason."""
        return bool((self.supervisor or "").strip() and (self.reason or "").strip())


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """By what a part is decided. Raises BundleError where no class is a defect."""

    classes: tuple[ClassInfo, ...]
    """In the order of the probabilities."""
    thresholds: Thresholds
    input: InputSpec
    """What the network gets, and so what a picture's quality is measured on."""
    quality: Mapping[str, Bounds]
    """Measure -> what a part may pass with."""
    novelty: Novelty
    novelty_limit: float = 1.0
    """1, lowered by the engine's certified error."""
    loosened: str | None = None
    """For the audit log: who made the thresholds looser than the bundle's, how, and why."""

    def __post_init__(self) -> None:
        if not any(c.defect for c in self.classes):
            names = ", ".join(c.name for c in self.classes) or "none"
            raise BundleError(
                "no class of the bundle is a defect (classes: {names}): every part would "
                "pass. Train with `--good` naming the good classes only, and export again.",
                names=names,
            )


def policy_of(
    bundle: Bundle, certificate: Certificate | None, overrides: Overrides | None = None
) -> Policy:
    """What a bundle decides by, made stricter by the engine's certified errors.

    certificate: of the engine that decides; None, before one is open, takes it for exact. Raises
    BundleError, and ConfigError for looser thresholds without a supervisor's name and reason.
    """
    thresholds, loosened = _overridden(bundle.thresholds, overrides or Overrides())
    return Policy(
        classes=bundle.classes,
        thresholds=thresholds.tightened(certificate.margin if certificate else 0.0),
        input=bundle.input,
        quality=bundle.quality,
        novelty=load_novelty(bundle),
        novelty_limit=1.0 - (certificate.novelty_margin if certificate else 0.0),
        loosened=loosened,
    )


def _overridden(limits: Thresholds, overrides: Overrides) -> tuple[Thresholds, str | None]:
    """The thresholds that hold, and the sentence for the audit log where they are looser."""
    asked = {
        name: value
        for name in ("pass_below", "reject_from")
        if (value := getattr(overrides, name)) is not None
    }
    looser = [
        f"{name} from {getattr(limits, name):.6g} to {value:.6g}"
        for name, value in asked.items()
        if value > getattr(limits, name)
    ]
    if looser and not overrides.signed:
        raise ConfigError(
            "the policy would be looser than the bundle's: {looser}. Give "
            "policy.supervisor and policy.reason, which go into the audit log, or lower "
            "the value.",
            looser=" and ".join(looser),
        )
    reject_from = asked.get("reject_from", limits.reject_from)
    pass_below = asked.get("pass_below", limits.pass_below)
    if "pass_below" in asked and pass_below > reject_from:
        raise ConfigError(
            "policy.pass_below is {pass_below:g}, above the bundle's reject_from "
            "{reject_from:g}. Lower it, or give policy.reject_from too.",
            pass_below=pass_below,
            reject_from=reject_from,
        )
    pass_below = min(pass_below, reject_from)
    told = None
    if looser:
        who, why = str(overrides.supervisor).strip(), str(overrides.reason).strip()
        told = sentence(
            "{who} loosened {looser}. Reason: {why}", who=who, looser=" and ".join(looser), why=why
        )
    return Thresholds(pass_below, reject_from), told


def measured(part: Part, policy: Policy) -> Part:
    """The part with its picture's quality among its evidence; unchanged where it is there already.

    `decide` does it too: called before, in another thread, it keeps the engine's thread free. Of a
    part that was not found there is nothing to measure.
    """
    if _unfound(part) or all(name in part.evidence for name in MEASURES):
        return part
    quality = measure(part.crop_rgb, policy.input).as_dict()
    return replace(part, evidence={**part.evidence, **quality})


def decide(part: Part, prediction: Prediction, policy: Policy) -> Verdict:
    """The defect probability p, summed over the defect classes, held against the thresholds.

    p < pass_below: PASS. p >= reject_from: REJECT. Between: REVIEW. A part in doubt never passes:
    badly located, badly pictured, unlike the good parts of the training, or decided by heat beside
    it, which is no ground to reject it either; one that was not even found is neither passed nor
    rejected. Of a part that does not pass, the place that speaks for a defect is marked where one
    is suspected at all (see engines.bundle.suspected): one that goes to REVIEW for its blur, with
    next to no p, is not marked. Raises EngineError when the answer does not fit the
    bundle.
    """
    if len(prediction.probabilities) != len(policy.classes):
        raise EngineError(
            "the engine returned {count} probabilities, expected {wanted}, one per class. "
            "Export the bundle again.",
            count=len(prediction.probabilities),
            wanted=len(policy.classes),
        )
    part = measured(part, policy)
    p = defect_probability(policy.classes, prediction.probabilities)
    zone = policy.thresholds.zone(p)
    spoken = suspected(policy.classes, policy.thresholds, prediction.probabilities)
    found, evidence = _doubts(part, prediction, policy, as_good=zone == "PASS", spoken=spoken)
    decision, reasons = _judge(part, _score(p, policy.thresholds), found)
    top = policy.classes[prediction.top]
    show = spoken and decision is not Decision.PASS and not _unfound(part)
    return Verdict(
        decision=decision,
        defect_probability=p,
        predicted_class=top.name,
        confidence=float(prediction.probabilities[prediction.top]),
        reasons=reasons,
        defect=_mark(part, prediction, policy) if show else None,
        evidence=evidence,
    )


def _mark(part: Part, prediction: Prediction, policy: Policy) -> DefectMark | None:
    """Where the heat that speaks for a defect is; None where there is none."""
    mark = mark_defect(prediction.defect_heatmap, part)
    if mark is None:
        return None
    pairs = zip(policy.classes, prediction.probabilities, strict=True)
    name, p = max(((c.name, float(p)) for c, p in pairs if c.defect), key=lambda each: each[1])
    return replace(mark, defect_class=name, probability=p)


def _unfound(part: Part) -> bool:
    """Whether nobody knows where the part is; a whole frame has no outline, but is the part."""
    return part.outline is None and any(doubt.code in UNFOUND for doubt in part.doubts)


def _doubts(
    part: Part, prediction: Prediction, policy: Policy, *, as_good: bool, spoken: bool
) -> tuple[tuple[Reason, ...], dict[str, float]]:
    """All doubts about a part, the causes before what may follow from them; and what was measured.

    spoken: whether a defect is suspected, so that its heat means something. `novelty` is the
    distance from the nearest class of the training, `novelty_good` from its good parts,
    `heat_on_part` the share of the heat of what is predicted, if that is a defect, else of what
    speaks for one.
    """
    evidence = dict(part.evidence)
    if _unfound(part):
        return part.doubts, evidence
    good, known = (float(d) for d in policy.novelty.distances(prediction.features[None])[0])
    evidence |= {"novelty": known, "novelty_good": good}
    # Of the class that is predicted, if that is a defect: Grad-CAM's wide heat tells better what
    # the network looked at than the sharp map, whose peak may stand just outside a rim.
    decided = policy.classes[prediction.top].defect
    share = heat_on_part(prediction.heatmap if decided else prediction.defect_heatmap, part)
    if share is not None:
        evidence["heat_on_part"] = share
    return (
        *part.doubts,
        *picture_doubts(evidence, policy.quality),
        *novelty_doubts(good if as_good else known, policy.novelty_limit, as_good),
        # A defect that nobody suspects is looked for nowhere in particular.
        *heat_doubts(share if spoken else None),
    ), evidence


def _judge(
    part: Part, score: Reason, doubts: tuple[Reason, ...]
) -> tuple[Decision, tuple[Reason, ...]]:
    """The decision and all its reasons, the one that decided first."""
    if _unfound(part):
        return Decision.REVIEW, doubts
    aside = tuple(d for d in doubts if d.code is Code.HEAT_OFF_PART)
    if score.code is Code.SCORE_REJECT:
        if aside:
            rest = tuple(d for d in doubts if d.code is not Code.HEAT_OFF_PART)
            return Decision.REVIEW, (*aside, score, *rest)
        return Decision.REJECT, (score, *doubts)
    if score.code is Code.SCORE_BAND:
        return Decision.REVIEW, (score, *doubts)
    return (Decision.REVIEW, doubts) if doubts else (Decision.PASS, (score,))


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
