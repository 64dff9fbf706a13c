"""Replays the golden set through one engine on this machine, and judges what came of it.

The reference is the trained network itself, in float32. An engine is refused when it passes what
the reference rejects or the reverse, when its error would send more than 2 points more of the parts
to REVIEW, when its heatmaps no longer show what the reference's show, or when any value is not a
number. Its largest error becomes its margin: see Certificate.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

import numpy as np
import numpy.typing as npt

from engines.backend import Answers, Backend, Candidate, OnProgress
from engines.bundle import GOLDEN, Bundle
from engines.certificate import Certificate, fingerprint
from engines.errors import EngineError
from engines.golden import Golden, read_golden
from engines.heat_correlation import correlations, empty
from engines.prediction import FloatArray, ImageArray

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
    heatmaps: FloatArray
    """(N, h, w) the engine's."""
    correlation: Doubles
    """(N,) of the heatmap with the reference's; NaN where the reference has none."""
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
    golden = read_golden(bundle.path / GOLDEN)
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
    got = _worse_in_batch(bundle, backend, images, expected, got)
    if on_progress is not None:
        on_progress(f"certifying {name}", len(images), len(images))
    return Replay(
        golden, expected, got, answers.heatmaps,
        correlations(golden.heatmaps, answers.heatmaps), np.array(latency_ms),
    )  # fmt: skip


def judge(
    bundle: Bundle, candidate: Candidate, facts: Mapping[str, str], found: Replay
) -> Certificate:
    """The figures of a replay, and every reason to refuse the engine. facts: of the backend."""
    difference = np.abs(found.got_p - found.expected_p)
    finite = bool(np.isfinite(difference).all() and np.isfinite(found.heatmaps).all())
    largest = float(np.nan_to_num(difference, nan=1.0, posinf=1.0).max())
    expected = [bundle.thresholds.zone(p) for p in found.expected_p]
    got = [bundle.thresholds.zone(p) for p in found.got_p]
    tightened = bundle.thresholds.tightened(largest)
    weights = found.golden.weights / found.golden.weights.sum()
    to_review = np.array([tightened.zone(p) == "REVIEW" for p in found.got_p])
    in_review = np.array([zone == "REVIEW" for zone in expected])
    extra = float((weights * (to_review.astype(float) - in_review)).sum())
    moved = to_review & ~in_review
    known = np.nan_to_num(found.correlation[~empty(found.golden.heatmaps)], nan=0.0)
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
        differing=sum(a != b for a, b in zip(expected, got, strict=True)),
        extra_review=extra,
        heatmaps=int(known.size),
        heatmap_min=float(known.min()) if known.size else None,
        heatmap_median=median,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        refusals=tuple(
            _refusals(str(candidate), found, expected, got, finite, extra, moved, median)
        ),
    )


def _refusals(
    name: str,
    found: Replay,
    expected: Sequence[str],
    got: Sequence[str],
    finite: bool,
    extra: float,
    moved: npt.NDArray[np.bool_],
    median: float | None,
) -> list[str]:
    refusals = []
    if not finite:
        bad = ~np.isfinite(found.got_p) | ~np.isfinite(found.heatmaps).all(axis=(1, 2))
        refusals.append(
            f"{name} on {found.golden.names[int(bad.argmax())]}: expected finite values, got NaN "
            f"or infinity (in {int(bad.sum())} of {len(bad)} pictures)"
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
            f"expected {found.expected_p[worst]:.4f}, got {found.got_p[worst]:.4f}"
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
            f"the golden set of {bundle.path} holds {len(golden)} pictures; {LEAST_PICTURES} are "
            "the least that show anything. Export the bundle again, with more validation pictures."
        )
    images = [golden.image(index) for index in range(len(golden))]
    spec = bundle.input
    wanted = (spec.height, spec.width, spec.channels)
    for name, image in zip(golden.names, images, strict=True):
        if image.shape != wanted:
            raise EngineError(
                f"the golden picture {name} is {image.shape}, the graph takes {wanted}. "
                "Export the bundle again."
            )
    if golden.probabilities.shape[1] != len(bundle.classes):
        raise EngineError(
            f"the golden set of {bundle.path} knows {golden.probabilities.shape[1]} classes, the "
            f"bundle {len(bundle.classes)}. Export the bundle again."
        )
    return np.stack(images)


def _worse_in_batch(
    bundle: Bundle, backend: Backend, images: ImageArray, expected: Doubles, alone: Doubles
) -> Doubles:
    """A runtime may choose another kernel for a batch: the worst pictures once more, together."""
    order = np.argsort(-np.nan_to_num(np.abs(alone - expected), nan=np.inf))[:BATCH]
    answers = backend.infer(np.ascontiguousarray(images[order]))
    got = np.array(alone)
    for index, probabilities in zip(order, answers.probabilities, strict=True):
        together = bundle.defect_probability(probabilities)
        if not abs(together - expected[index]) <= abs(alone[index] - expected[index]):
            got[index] = together
    return np.asarray(got)


def _joined(parts: list[Answers]) -> Answers:
    return Answers(
        np.concatenate([p.probabilities for p in parts]),
        np.concatenate([p.heatmaps for p in parts]),
        np.concatenate([p.features for p in parts]),
    )


def _check_shapes(answers: Answers, golden: Golden, name: str) -> None:
    for what, got, expected in (
        ("probabilities", answers.probabilities.shape, golden.probabilities.shape),
        ("heatmaps", answers.heatmaps.shape, golden.heatmaps.shape),
    ):
        if got != expected:
            raise EngineError(
                f"{name} gives {what} of shape {got}, the golden set holds {expected}. "
                "Export the bundle again."
            )
