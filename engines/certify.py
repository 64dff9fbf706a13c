"""Replays the golden set through one engine on this machine, and judges what came of it.

The reference is the trained network itself, in float32. An engine is refused when it passes what
the reference rejects or the reverse, when its error would send more than 2 points more of the parts
to REVIEW, when its heatmaps no longer show what the reference's show, or when any value is not a
number. Its largest errors, of the defect probability and of the novelty, become its margins: see
Certificate.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import numpy as np
import numpy.typing as npt

from engines.backend import Answers, Backend, Candidate, OnProgress
from engines.bundle import GOLDEN, Bundle, Thresholds
from engines.certificate import Certificate, fingerprint
from engines.errors import EngineError
from engines.golden import Golden, read_golden
from engines.heat_correlation import shown_correlations
from engines.novelty import Novelty, load_novelty
from engines.prediction import FloatArray, ImageArray
from engines.preprocess import graph_input
from engines.sentence import sentence

MAX_EXTRA_REVIEW = 0.02
MIN_HEATMAP_MEDIAN = 0.95
LEAST_PICTURES = 4
WARM_UP = 3
BATCH = 8
"""The largest batch an engine is given at once, and so the largest that is certified."""
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What one engine said about the golden set, one entry for every picture."""

    golden: Golden
    expected_p: Doubles
    """(N,) the reference's defect probability."""
    got_p: Doubles
    """(N,) the engine's; the worse of alone and in a batch."""
    got_novelty: Doubles
    """(N, 2) the engine's, the worse one too; the reference's is in `golden`."""
    heatmaps: FloatArray
    """(N, h, w) the engine's, of the predicted class."""
    defect_heatmaps: FloatArray
    """(N, h, w) the engine's, of what speaks for a defect."""
    correlation: Doubles
    """(N,) of the heatmap with the reference's, or of the defect's where one is suspected and that
    is worse; NaN where the reference has neither."""
    latency_ms: Doubles
    """(N,) of one picture alone."""

    def worst(self, count: int) -> list[int]:
        """Indices, the largest difference of the defect probability first."""
        difference = np.nan_to_num(np.abs(self.got_p - self.expected_p), nan=np.inf)
        return [int(i) for i in np.argsort(-difference, kind="stable")[:count]]


def replay(
    bundle: Bundle, backend: Backend, name: str, on_progress: OnProgress | None = None
) -> Replay:
    """Run every golden picture alone, then the worst of them in one batch.

    name: of the engine, for messages and progress. Raises BundleError, or EngineError where the
    engine gives no answer or one of another shape.
    """
    golden, novelty = read_golden(bundle.path / GOLDEN), load_novelty(bundle)
    images = _images(bundle, golden)
    expected = np.array([bundle.defect_probability(p) for p in golden.probabilities])
    for _ in range(WARM_UP):
        backend.infer(images[:1])
    alone, latency_ms = [], []
    for done in range(len(images)):
        if on_progress is not None:
            on_progress(f"certifying {name}", done, len(images))
        started = time.perf_counter()
        alone.append(backend.infer(images[done : done + 1]))
        latency_ms.append(1000.0 * (time.perf_counter() - started))
    answers = _joined(alone)
    _check_shapes(answers, golden, name)
    got = np.array([bundle.defect_probability(p) for p in answers.probabilities])
    got_novelty = novelty.distances(answers.features)
    _take_worse_in_batch(bundle, novelty, backend, images, golden, expected, got, got_novelty)
    if on_progress is not None:
        on_progress(f"certifying {name}", len(images), len(images))
    return Replay(
        golden, expected, got, got_novelty, answers.heatmaps, answers.defect_heatmaps,
        _correlation(bundle, golden, answers), np.array(latency_ms),
    )  # fmt: skip


def _correlation(bundle: Bundle, golden: Golden, answers: Answers) -> Doubles:
    return shown_correlations(
        (golden.heatmaps, golden.defect_heatmaps),
        (answers.heatmaps, answers.defect_heatmaps),
        np.array([bundle.suspected(p) for p in golden.probabilities]),
    )


def judge(
    bundle: Bundle, candidate: Candidate, facts: Mapping[str, str], found: Replay
) -> Certificate:
    """The figures of a replay, and every reason to refuse the engine. facts: of the backend."""
    difference = np.abs(found.got_p - found.expected_p)
    finite = bool(np.isfinite(difference).all() and _finite_rest(found).all())
    largest = float(np.nan_to_num(difference, nan=1.0, posinf=1.0).max())
    novelty_margin = _novelty_margin(found.golden.novelty, found.got_novelty)
    limits = bundle.thresholds
    expected = zones(found.expected_p, found.golden.novelty, limits)
    got = zones(found.got_p, found.got_novelty, limits)
    on_engine = zones(
        found.got_p, found.got_novelty, limits.tightened(largest), 1.0 - novelty_margin
    )
    weights = found.golden.weights / found.golden.weights.sum()
    to_review = np.array([zone == "REVIEW" for zone in on_engine])
    in_review = np.array([zone == "REVIEW" for zone in expected])
    extra = float((weights * (to_review.astype(float) - in_review)).sum())
    moved = to_review & ~in_review
    known = found.correlation[~np.isnan(found.correlation)]
    median = float(np.median(known)) if known.size else None
    p50, p95, p99 = (float(v) for v in np.percentile(found.latency_ms, (50, 95, 99)))
    return Certificate(
        fingerprint=fingerprint(bundle, candidate),
        bundle=bundle.digest,
        runtime=candidate.runtime,
        device=candidate.device,
        precision=candidate.precision,
        facts=dict(facts),
        certified_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        images=len(found.golden),
        max_dp=largest,
        mean_dp=float(np.nan_to_num(difference, nan=1.0, posinf=1.0).mean()),
        novelty_margin=novelty_margin,
        differing=sum(a != b for a, b in zip(expected, got, strict=True)),
        extra_review=extra,
        heatmaps=int(known.size),
        heatmap_min=float(known.min()) if known.size else None,
        heatmap_median=median,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        refusals=tuple(
            _refusals(str(candidate), limits, found, finite, extra, moved, novelty_margin, median)
        ),
    )


def zones(
    p: Doubles, novelty: Doubles, thresholds: Thresholds, novelty_limit: float = 1.0
) -> list[str]:
    """Where N pictures lie: by the thresholds, and REVIEW for a PASS that is too novel.

    p: (N,) defect probabilities. novelty: (N, 2), of which a PASS is held to the first.
    """
    found: list[str] = [thresholds.zone(each) for each in p]
    for index, far in enumerate(~(novelty[:, 0] <= novelty_limit)):
        if far and found[index] == "PASS":
            found[index] = "REVIEW"
    return found


def _novelty_margin(expected: Doubles, got: Doubles) -> float:
    """Largest error of the novelty, at most 1: a share of it beyond the limit, where errors grow
    with it, and its amount below."""
    error = np.abs(got - expected) / np.maximum(expected, 1.0)
    return min(1.0, float(np.nan_to_num(error, nan=1.0, posinf=1.0).max()))


def _finite_rest(found: Replay) -> npt.NDArray[np.bool_]:
    """(N,) where heatmaps and novelty are finite."""
    heat = np.isfinite(found.heatmaps) & np.isfinite(found.defect_heatmaps)
    return np.asarray(heat.all(axis=(1, 2)) & np.isfinite(found.got_novelty).all(axis=1))


def _refusals(
    name: str,
    limits: Thresholds,
    found: Replay,
    finite: bool,
    extra: float,
    moved: npt.NDArray[np.bool_],
    novelty_margin: float,
    median: float | None,
) -> list[str]:
    refusals: list[str] = []
    expected, got = ([limits.zone(p) for p in each] for each in (found.expected_p, found.got_p))
    if not finite:
        bad = ~np.isfinite(found.got_p) | ~_finite_rest(found)
        refusals.append(
            sentence(
                "{name} on {picture}: expected finite values, got NaN "
                "or infinity (in {bad} of {count} pictures)",
                name=name,
                picture=found.golden.names[int(bad.argmax())],
                bad=int(bad.sum()),
                count=len(bad),
            )
        )
    for index in found.worst(len(expected)):
        if {expected[index], got[index]} == {"PASS", "REJECT"}:
            refusals.append(
                f"{name} on {found.golden.names[index]}: expected {expected[index]} (defect "
                f"probability {found.expected_p[index]:.4f}), got {got[index]} "
                f"({found.got_p[index]:.4f})"
            )
            break
    if extra > MAX_EXTRA_REVIEW:
        index = next(i for i in found.worst(len(expected)) if moved[i])
        worst = found.worst(1)[0]
        refusals.append(
            f"{name}: {extra:.1%} more of the parts would go to REVIEW, at most "
            f"{MAX_EXTRA_REVIEW:.0%} is allowed; among them {found.golden.names[index]}: expected "
            f"{expected[index]} (defect probability {found.expected_p[index]:.4f}), got REVIEW "
            f"({found.got_p[index]:.4f}). The margin comes from {found.golden.names[worst]}: "
            f"expected {found.expected_p[worst]:.4f}, got {found.got_p[worst]:.4f}; that of the "
            f"novelty is {novelty_margin:.4f}"
        )
    if median is not None and not median >= MIN_HEATMAP_MEDIAN:
        index = int(np.nan_to_num(found.correlation, nan=np.inf).argmin())
        refusals.append(
            f"{name}: expected heatmaps that correlate with the reference's by "
            f"{MIN_HEATMAP_MEDIAN} in the median, got {median:.3f}; worst on "
            f"{found.golden.names[index]} ({found.correlation[index]:.3f})"
        )
    return refusals


def _images(bundle: Bundle, golden: Golden) -> ImageArray:
    """(N, H, W, C) uint8, checked against what the bundle says of itself."""
    if len(golden) < LEAST_PICTURES:
        raise EngineError(
            "the golden set of {path} holds {count} pictures; {least_pictures} are the "
            "least that show anything. Export the bundle again, with more validation "
            "pictures.",
            path=bundle.path,
            count=len(golden),
            least_pictures=LEAST_PICTURES,
        )
    images = [golden.image(index) for index in range(len(golden))]
    spec = bundle.input
    wanted = (spec.height, spec.width, 1 if spec.kind == "cxr" else 3)
    for name, image in zip(golden.names, images, strict=True):
        if image.shape != wanted:
            raise EngineError(
                "the golden picture {name} is {shape}, the graph takes {wanted}. Export "
                "the bundle again.",
                name=name,
                shape=image.shape,
                wanted=wanted,
            )
    if golden.probabilities.shape[1] != len(bundle.classes):
        raise EngineError(
            "the golden set of {path} knows {shape} classes, the bundle {count}. Export "
            "the bundle again.",
            path=bundle.path,
            shape=golden.probabilities.shape[1],
            count=len(bundle.classes),
        )
    return np.stack([graph_input(image, spec) for image in images])


def _take_worse_in_batch(
    bundle: Bundle,
    novelty: Novelty,
    backend: Backend,
    images: ImageArray,
    golden: Golden,
    expected: Doubles,
    p: Doubles,
    far: Doubles,
) -> None:
    """A runtime may choose another kernel for a batch: the worst pictures once more, together.

    p, far: (N,) and (N, 2) of each picture alone, changed to what is further off.
    """
    order = np.argsort(-np.nan_to_num(np.abs(p - expected), nan=np.inf))[:BATCH]
    answers = backend.infer(np.ascontiguousarray(images[order]))
    distances = novelty.distances(answers.features)
    for index, probabilities, distance in zip(order, answers.probabilities, distances, strict=True):
        together = bundle.defect_probability(probabilities)
        if not abs(together - expected[index]) <= abs(p[index] - expected[index]):
            p[index] = together
        reference = golden.novelty[index]
        further = ~(np.abs(distance - reference) <= np.abs(far[index] - reference))
        far[index, further] = distance[further]


def _joined(parts: list[Answers]) -> Answers:
    return Answers(
        np.concatenate([p.probabilities for p in parts]),
        np.concatenate([p.heatmaps for p in parts]),
        np.concatenate([p.features for p in parts]),
        np.concatenate([p.defect_heatmaps for p in parts]),
    )


def _check_shapes(answers: Answers, golden: Golden, name: str) -> None:
    for what, got, expected in (
        ("probabilities", answers.probabilities.shape, golden.probabilities.shape),
        ("heatmaps", answers.heatmaps.shape, golden.heatmaps.shape),
        ("defect heatmaps", answers.defect_heatmaps.shape, golden.defect_heatmaps.shape),
    ):
        if got != expected:
            raise EngineError(
                "{name} gives {what} of shape {got}, the golden set holds {expected}. "
                "Export the bundle again.",
                name=name,
                what=what,
                got=got,
                expected=expected,
            )
