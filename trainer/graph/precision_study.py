"""What every precision of a graph makes of the same pictures: its figures beside float32's.

The float32 graph is the reference. Verdicts are those of the run's own thresholds; extra review
counts them under thresholds tightened by the precision's own largest error, as a station does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from engines.backend import OUTPUTS
from engines.bundle import ClassInfo, Thresholds, suspected
from engines.certify import MAX_EXTRA_REVIEW, MIN_HEATMAP_MEDIAN
from engines.heat_correlation import shown_correlations
from engines.prediction import FloatArray, ImageArray
from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.metrics import IntArray, RealArray, defect_probability
from trainer.predictions import PASS, REJECT, REVIEW, decide

BINS = 15
"""Of confidence, for the calibration error."""
MAX_ACCURACY_LOSS = 0.01
"""Against float32: a precision that loses more does not suit the network."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphAnswers:
    """What one graph says about N pictures."""

    probabilities: FloatArray
    """(N, K)"""
    heatmaps: FloatArray
    """(N, h, w)"""
    features: FloatArray
    """(N, C)"""
    defect_heatmaps: FloatArray
    """(N, h, w)"""


@dataclass(frozen=True, slots=True)
class PrecisionFigures:
    """One precision on the validation pictures. Made by `measure`."""

    precision: str
    arithmetic: str
    """What was executed, and what was not, in words."""
    executed: bool = True
    """False: this processor cannot, and there are no figures."""
    pictures: int = 0
    accuracy: float = 0.0
    class_accuracy: dict[str, float] = field(default_factory=dict)
    """Share recognised of the pictures of each class that has any."""
    escapes: tuple[int, int] = (0, 0)
    """Defects passed, of so many."""
    overkill: tuple[int, int] = (0, 0)
    """Good parts rejected, of so many."""
    calibration_error: float = 0.0
    max_dp: float = 0.0
    """Largest difference of the defect probability from float32's."""
    mean_dp: float = 0.0
    differing: int = 0
    """Verdicts that differ from float32's."""
    extra_review: float = 0.0
    """Share of pictures that go to REVIEW on account of this precision and its margin."""
    heatmaps: int = 0
    """Pictures with any heat in float32's maps that a person is shown."""
    heatmap_median: float = 1.0
    """Correlation with float32's, of the worse map of each picture."""
    heatmap_min: float = 1.0
    shortcomings: tuple[str, ...] = ()
    """Why it should not be used, a clause each."""
    in_bundle: bool = False
    """Its graph is in the bundle; bf16 has none of its own."""

    def as_dict(self) -> dict[str, Any]:
        """For the bundle's metrics."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What the figures are counted against."""

    labels: IntArray
    classes: tuple[ClassInfo, ...]
    thresholds: Thresholds
    reference: GraphAnswers
    """Of the float32 graph."""


def answers(
    graph: Path, images: ImageArray, hint: str = "f32", on_picture: OnCount | None = None
) -> GraphAnswers:
    """Run a graph over uint8 (N, H, W, C), a picture at a time, by OpenVINO on the processor.

    hint: OpenVINO's name of the arithmetic of float parts. Raises TrainerError.
    """
    import openvino as ov

    found: dict[str, list[FloatArray]] = {name: [] for name in OUTPUTS}
    try:
        options = {"INFERENCE_PRECISION_HINT": hint}
        request = ov.Core().compile_model(str(graph), "CPU", options).create_infer_request()
        for index in range(len(images)):
            request.infer({0: images[index : index + 1]})
            for name, parts in found.items():
                parts.append(np.array(request.get_tensor(name).data, np.float32))
            if on_picture is not None:
                on_picture(index + 1, len(images))
    except RuntimeError as error:
        raise TrainerError(
            f"OpenVINO cannot run {graph} ({str(error).splitlines()[0]}). Nothing was written; "
            "check the installed openvino version, then report it."
        ) from error
    return GraphAnswers(*(np.concatenate(parts) for parts in found.values()))


def capabilities() -> set[str]:
    """What OpenVINO can compute in on this processor: FP32, BF16, FP16, INT8..."""
    import openvino as ov

    return set(ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def measure(
    precision: str, arithmetic: str, got: GraphAnswers, truth: Truth, in_bundle: bool = False
) -> PrecisionFigures:
    """The figures of one precision."""
    marks = np.array([c.defect for c in truth.classes])
    p, reference_p = (
        defect_probability(each.probabilities, marks) for each in (got, truth.reference)
    )
    largest = float(np.nan_to_num(np.abs(p - reference_p), nan=1.0).max())
    zones, expected = (_zones(each, truth.thresholds) for each in (p, reference_p))
    tightened = _zones(p, truth.thresholds.tightened(largest))
    is_defect = marks[truth.labels]
    right = got.probabilities.argmax(axis=1) == truth.labels
    correlation = _correlation(got, truth)
    figures = PrecisionFigures(
        precision=precision,
        arithmetic=arithmetic,
        pictures=len(p),
        accuracy=float(right.mean()),
        class_accuracy={
            c.name: float(right[truth.labels == k].mean())
            for k, c in enumerate(truth.classes)
            if (truth.labels == k).any()
        },
        escapes=(int((zones[is_defect] == PASS).sum()), int(is_defect.sum())),
        overkill=(int((zones[~is_defect] == REJECT).sum()), int((~is_defect).sum())),
        calibration_error=calibration_error(got.probabilities, truth.labels),
        max_dp=largest,
        mean_dp=float(np.nan_to_num(np.abs(p - reference_p), nan=1.0).mean()),
        differing=int((zones != expected).sum()),
        extra_review=float((tightened == REVIEW).mean() - (expected == REVIEW).mean()),
        heatmaps=len(correlation),
        heatmap_median=float(np.median(correlation)) if len(correlation) else 1.0,
        heatmap_min=float(correlation.min()) if len(correlation) else 1.0,
        in_bundle=in_bundle,
    )
    return _judged(figures, got, truth, zones, expected)


def _correlation(got: GraphAnswers, truth: Truth) -> RealArray:
    """Of the maps that a person is shown, with the reference's: one for each picture with any."""
    reference = truth.reference
    shown = [suspected(truth.classes, truth.thresholds, p) for p in reference.probabilities]
    found = shown_correlations(
        (reference.heatmaps, reference.defect_heatmaps),
        (got.heatmaps, got.defect_heatmaps),
        np.array(shown),
    )
    return found[~np.isnan(found)]


def _judged(
    figures: PrecisionFigures, got: GraphAnswers, truth: Truth, zones: IntArray, expected: IntArray
) -> PrecisionFigures:
    found = []
    values = (got.probabilities, got.heatmaps, got.defect_heatmaps)
    if not all(np.isfinite(each).all() for each in values):
        found.append("it gives values that are not finite")
    turned = int((np.abs(zones - expected) == abs(PASS - REJECT)).sum())
    if turned:
        found.append(f"it turns {turned} verdicts from PASS to REJECT or the reverse")
    if figures.extra_review > MAX_EXTRA_REVIEW:
        found.append(
            f"with its margin {figures.extra_review:.1%} more of the pictures go to REVIEW, at "
            f"most {MAX_EXTRA_REVIEW:.0%} is allowed"
        )
    if not figures.heatmap_median >= MIN_HEATMAP_MEDIAN:
        found.append(
            f"its heatmaps correlate with float32's by {figures.heatmap_median:.3f} in the median, "
            f"at least {MIN_HEATMAP_MEDIAN} is needed"
        )
    right = truth.reference.probabilities.argmax(axis=1) == truth.labels
    loss = float(right.mean()) - figures.accuracy
    if loss > MAX_ACCURACY_LOSS:
        found.append(f"it loses {loss:.1%} of accuracy, at most {MAX_ACCURACY_LOSS:.0%} is allowed")
    return replace(figures, shortcomings=tuple(found))


def _zones(p: RealArray, thresholds: Thresholds) -> IntArray:
    return decide(p, thresholds.pass_below, thresholds.reject_from)


def calibration_error(probabilities: FloatArray, labels: IntArray) -> float:
    """Expected calibration error: how far confidence lies from the share that is right, on average.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3.
    """
    confidence = np.nan_to_num(probabilities.max(axis=1).astype(np.float64), posinf=1.0)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))
