"""What the engines of this machine make of a bundle: certificates, and the pairs furthest off."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from engines.backend import OnProgress
from engines.bundle import Bundle, Thresholds
from engines.certificate import Certificate, fastest, find_certificate
from engines.certify import Replay
from engines.engine import candidate_groups, certify
from engines.errors import EngineError
from engines.prediction import FloatArray, ImageArray
from engines.sentence import sentence
from station.drawing.heat_layer import blend_heat
from station.models.stopped import unless_stopped

WORST = 6
"""So many pairs are shown for each engine."""
SIDE_PX = 280


@dataclass(frozen=True, slots=True, eq=False)
class WorstPair:
    """One golden picture on which an engine is far from the reference."""

    name: str
    label: str
    """Its true class."""
    expected: str
    """Verdict of the reference, by the bundle's own limits."""
    expected_p: float
    got: str
    got_p: float
    correlation: float
    """Of the heatmaps; NaN where the reference has no heat."""
    picture: ImageArray
    """(h, w, 3) RGB, SIDE_PX wide."""
    reference: ImageArray
    """The same under the reference's heat."""
    engine: ImageArray
    """The same under the engine's heat."""


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """All engines that could run here."""

    certificates: tuple[Certificate, ...]
    failures: tuple[str, ...] = ()
    """What could not run, a sentence each."""
    unknown: tuple[str, ...] = ()
    """Engines that were never measured here, or not since something about them changed."""
    pairs: Mapping[str, tuple[WorstPair, ...]] = field(default_factory=dict)
    """Fingerprint of a certificate -> its pairs, worst first; only of what was just measured."""

    @property
    def decides(self) -> Certificate | None:
        """The one that decides; None: none may, or none was measured."""
        return fastest(self.certificates)

    def limits(self, bundle: Bundle) -> Thresholds | None:
        """Those that hold here, moved apart by the engine's margin; None: no engine decides."""
        decides = self.decides
        return None if decides is None else bundle.thresholds.tightened(decides.margin)


def known_proof(bundle: Bundle, device: str) -> Proof:
    """The certificates that this machine has already. Measures nothing."""
    failures: list[str] = []
    certificates, unknown = [], []
    try:
        groups = candidate_groups(bundle, device, failures)
    except EngineError as error:
        return Proof((), (str(error),))
    for candidate in (candidate for group in groups for candidate in group):
        certificate = find_certificate(bundle, candidate)
        if certificate is None:
            unknown.append(str(candidate))
        else:
            certificates.append(certificate)
    return Proof(tuple(certificates), tuple(failures), tuple(unknown))


def measured_proof(
    bundle: Bundle,
    device: str,
    cache_dir: Path | None = None,
    *,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> Proof:
    """Replay the golden set through every engine that can run here, one after the other.

    The certificates, and refusals, are kept. Raises BundleError, EngineError for a device that is
    not here, or StoppedError.
    """
    tell = unless_stopped(stop, on_progress, sentence("the measurement"))
    failures: list[str] = []
    certificates: list[Certificate] = []
    pairs: dict[str, tuple[WorstPair, ...]] = {}
    groups = candidate_groups(bundle, device, failures)
    for candidate in (candidate for group in groups for candidate in group):
        try:
            certificate, replay = certify(bundle, candidate, cache_dir, tell)
        except EngineError as error:
            failures.append(f"{candidate} cannot be used: {error}")
            continue
        certificates.append(certificate)
        pairs[certificate.fingerprint] = worst_pairs(bundle, replay)
    return Proof(tuple(certificates), tuple(failures), (), pairs)


def worst_pairs(bundle: Bundle, replay: Replay, most: int = WORST) -> tuple[WorstPair, ...]:
    """The pictures on which an engine's defect probability is furthest from the reference's."""
    golden, zone = replay.golden, bundle.thresholds.zone
    pairs = []
    for index in replay.worst(most):
        image = golden.image(index)
        rgb = image if image.shape[2] == 3 else np.repeat(image, 3, axis=2)
        pairs.append(
            WorstPair(
                name=golden.names[index],
                label=bundle.class_names[int(golden.labels[index])],
                expected=zone(float(replay.expected_p[index])),
                expected_p=float(replay.expected_p[index]),
                got=zone(float(replay.got_p[index])),
                got_p=float(replay.got_p[index]),
                correlation=float(replay.correlation[index]),
                picture=_picture(rgb, None),
                reference=_picture(rgb, golden.heatmaps[index]),
                engine=_picture(rgb, replay.heatmaps[index]),
            )
        )
    return tuple(pairs)


def has_heat(pair: WorstPair) -> bool:
    """Whether the reference shows any."""
    return not math.isnan(pair.correlation)


def _picture(rgb: ImageArray, heatmap: FloatArray | None) -> ImageArray:
    """The crop at the page's size, under its heat if there is any."""
    height, width = rgb.shape[:2]
    size = (SIDE_PX, max(1, round(SIDE_PX * height / width)))
    picture = np.array(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if heatmap is not None:
        finite = np.nan_to_num(heatmap, nan=0.0, posinf=1.0, neginf=0.0)
        heat = cv2.resize(finite, size, interpolation=cv2.INTER_CUBIC)
        blend_heat(picture, np.asarray(heat.clip(0.0, 1.0), dtype=np.float32))
    return picture
