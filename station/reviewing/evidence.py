"""What a person looks at before they decide: picture, heat, and training pictures like it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from engines.bundle import MANIFEST, load_bundle
from engines.decode import decode_image
from engines.errors import BundleError, EngineError, ImageError
from engines.examples import Examples, load_examples
from engines.prediction import FloatArray, ImageArray
from station.config import StationConfig
from station.domain import Record
from station.drawing.heat_layer import heat_layer
from station.errors import StationError
from station.kept_answer import KeptAnswer, read_kept
from station.store.pictures import place_of

log = logging.getLogger(__name__)
Box = tuple[int, int, int, int]
MOST_ALIKE = 4
"""Training pictures of each class."""


class Lack(str, Enum):
    """Why something cannot be shown."""

    NEVER = "never"
    """There never was a picture."""
    GONE = "gone"
    """It is not where it was: removed by retention, or by somebody."""
    ALTERED = "altered"
    """The file is not what was inspected."""
    UNREADABLE = "unreadable"
    """It cannot be read or decoded."""
    NOT_KEPT = "not kept"
    """Of this part it was not kept."""
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """A training picture that the engine finds like the part."""

    picture_rgb: ImageArray
    """uint8 (h, w, 3), small."""
    distance: float
    """Smaller is more alike; comparable within one part only."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that can be shown of one part; what cannot says why."""

    uuid: str
    picture_rgb: ImageArray | None
    """uint8 (h, w, 3): the crop, or the whole frame where the crop's place is not known."""
    frame_rgb: ImageArray | None
    """uint8 (H, W, 3): the whole frame."""
    lack: Lack | None
    """Why there is no picture."""
    heat_rgba: ImageArray | None = None
    """uint8 (h, w, 4) over the picture: where the network looked for the predicted class."""
    defect_heat_rgba: ImageArray | None = None
    """Likewise for the likeliest defect class; None where that is the same map."""
    heat_lack: Lack | None = None
    overlay_rgb: ImageArray | None = None
    """What the bench showed when it decided, the verdict drawn into it."""
    alike: Mapping[str, Sequence[Likeness]] = field(default_factory=dict)
    """Class -> training pictures, the most alike first; empty where none are known."""


def evidence_of(config: StationConfig, record: Record) -> Evidence:
    """Read and decode what is there of a part; what is missing or damaged is said, not raised."""
    frame, lack = _frame(config, record)
    kept, heat_lack = _kept(config, record)
    box = None if kept is None else kept.box_px
    picture = frame if frame is None or box is None else cut_box(frame, box)
    heat = other = None
    if kept is not None and picture is not None:
        heat = _over(picture, kept.heatmap)
        if not np.array_equal(kept.heatmap, kept.defect_heatmap):
            other = _over(picture, kept.defect_heatmap)
    return Evidence(
        uuid=record.uuid,
        picture_rgb=picture,
        frame_rgb=frame,
        lack=lack,
        heat_rgba=heat,
        defect_heat_rgba=other,
        heat_lack=heat_lack,
        overlay_rgb=_overlay(record),
        alike={} if kept is None else _alike(config, record, kept),
    )


def cut_box(image_rgb: ImageArray, box_px: Box) -> ImageArray:
    """A box of a picture, x, y, width, height; what lies outside repeats the edge, as it did when
    the part was cut out."""
    x, y, wide, high = box_px
    height, width = image_rgb.shape[:2]
    left, top = max(0, -x), max(0, -y)
    right, bottom = max(0, x + wide - width), max(0, y + high - height)
    inside = image_rgb[max(0, y) : max(0, y + high), max(0, x) : max(0, x + wide)]
    if inside.size == 0:
        return image_rgb
    if left or top or right or bottom:
        inside = np.asarray(
            cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8
        )
    return np.ascontiguousarray(inside)


def _frame(config: StationConfig, record: Record) -> tuple[ImageArray | None, Lack | None]:
    if record.image_sha256 is None:
        return None, Lack.NEVER
    place = place_of(config.images, record.image_sha256, record.image_path)
    if place is None:
        return None, Lack.GONE
    try:
        data = place.read_bytes()
    except OSError:
        return None, Lack.UNREADABLE
    if hashlib.sha256(data).hexdigest() != record.image_sha256:
        return None, Lack.ALTERED
    try:
        return decode_image(data, place.name, config.max_pixels), None
    except ImageError:
        return None, Lack.UNREADABLE


def _kept(config: StationConfig, record: Record) -> tuple[KeptAnswer | None, Lack | None]:
    try:
        kept = read_kept(config.out, record.uuid)
    except StationError:
        return None, Lack.DAMAGED
    return kept, None if kept is not None else Lack.NOT_KEPT


def _over(picture_rgb: ImageArray, heatmap: FloatArray) -> ImageArray:
    height, width = picture_rgb.shape[:2]
    return heat_layer(heatmap, (0, 0, width, height), (width, height))


def _overlay(record: Record) -> ImageArray | None:
    if record.overlay_path is None:
        return None
    try:
        data = Path(record.overlay_path).read_bytes()
        return decode_image(data, Path(record.overlay_path).name)
    except (OSError, ImageError):
        return None


def _alike(config: StationConfig, record: Record, kept: KeptAnswer) -> dict[str, list[Likeness]]:
    """By the examples of the very bundle that decided; empty where it is another one, or has
    none."""
    try:
        changed_ns = (config.bundle / MANIFEST).stat().st_mtime_ns
        digest, examples = _examples(config.bundle, changed_ns)
        if examples is None or digest != record.bundle_sha256:
            return {}
        found = examples.nearest(kept.features, MOST_ALIKE)
        return {
            name: [Likeness(example.image(), example.distance) for example in nearest]
            for name, nearest in found.items()
            if nearest
        }
    except (OSError, BundleError, EngineError) as error:
        log.warning("no training pictures can be shown: %s", error)
        return {}


@lru_cache(maxsize=2)
def _examples(bundle: Path, _changed_ns: int) -> tuple[str, Examples | None]:
    """Digest and training pictures of a bundle: read once, for its hashes take a while."""
    loaded = load_bundle(bundle)
    return loaded.digest, load_examples(loaded)
