"""The certificates of a bundle on this machine as a page: figures, refusals, the worst pairs."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np

from engines.bundle import Bundle
from engines.certificate import Certificate, fastest
from engines.certify import Replay
from engines.prediction import FloatArray, ImageArray
from station.drawing.heat_layer import blend_heat
from station.pages.page import data_uri, render
from station.sinks import write_atomically
from station.wording import decimals

WORST = 6
"""So many pairs are shown for each engine."""
SIDE_PX = 280
QUALITY = 82
TEMPLATE = "certificate.html.j2"


@dataclass(frozen=True, slots=True)
class _Pair:
    """One golden picture, with the reference's heat and the engine's."""

    name: str
    label: str
    expected: str
    """Verdict of the reference."""
    expected_p: float
    got: str
    got_p: float
    correlation: float
    """NaN where the reference has no heat."""
    picture: str
    reference: str
    engine: str


def write_page(
    bundle: Bundle,
    found: Sequence[tuple[Certificate, Replay]],
    failures: Sequence[str],
    out: Path,
) -> None:
    """Write one self-contained HTML page on what was just measured. Raises StationError."""
    decides = fastest([certificate for certificate, _ in found])
    page = render(
        TEMPLATE,
        {"decimals": decimals},
        host=platform.node(),
        decides=decides,
        limits=bundle.thresholds.tightened(decides.margin if decides else 0.0),
        bundle=bundle,
        made_at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        failures=failures,
        engines=[(certificate, _pairs(bundle, replay)) for certificate, replay in found],
    )
    write_atomically(out, page)


def _pairs(bundle: Bundle, replay: Replay) -> list[_Pair]:
    golden, zone = replay.golden, bundle.thresholds.zone
    pairs = []
    for index in replay.worst(WORST):
        image = golden.image(index)
        rgb = image if image.shape[2] == 3 else np.repeat(image, 3, axis=2)
        pairs.append(
            _Pair(
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
    return pairs


def _picture(rgb: ImageArray, heatmap: FloatArray | None) -> str:
    """The crop at the page's size, under its heat if there is any."""
    height, width = rgb.shape[:2]
    size = (SIDE_PX, max(1, round(SIDE_PX * height / width)))
    picture = np.array(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if heatmap is not None:
        finite = np.nan_to_num(heatmap, nan=0.0, posinf=1.0, neginf=0.0)
        heat = cv2.resize(finite, size, interpolation=cv2.INTER_CUBIC)
        blend_heat(picture, np.asarray(heat.clip(0.0, 1.0), dtype=np.float32))
    return data_uri(picture, QUALITY)
