"""A record's pictures as they lie on the disk: there and intact, or why not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import cv2
import numpy as np

from engines.decode import MAX_PIXELS, decode_image
from engines.errors import ImageError
from engines.prediction import ImageArray
from station.domain import Decision, Record
from station.drawing.overlay_box import BAR_SHARE, picture_box
from station.store.pictures import place_of


class Kept(str, Enum):
    """What became of a picture."""

    INTACT = "intact"
    """It is there; the picture as it was inspected, its hash proves it."""
    ALTERED = "altered"
    """A file is there, but not the one that was inspected."""
    UNREADABLE = "unreadable"
    """It is there and cannot be read or decoded."""
    REMOVED = "removed"
    """Retention removed it: the part passed."""
    MISSING = "missing"
    """It should be there and is not."""
    NEVER = "never"
    """There never was one."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptPicture:
    """One picture of a record."""

    state: Kept
    image_rgb: ImageArray | None = None
    """uint8 (H, W, 3), where it is INTACT."""
    path: Path | None = None
    """Where it is, or was."""
    detail: str = ""
    """What the disk or the decoder said."""


def kept_picture(
    record: Record, images: Path, *, let_go: bool, max_pixels: int = MAX_PIXELS
) -> KeptPicture:
    """The picture that was inspected.

    images: folder of the image store. let_go: whether retention has been past this record.
    """
    if record.image_sha256 is None:
        return KeptPicture(Kept.NEVER)
    # A file that could not be inspected lies in quarantine; all others in the image store.
    elsewhere = record.image_path if record.decision is Decision.ERROR else None
    place = place_of(images, record.image_sha256, elsewhere)
    if place is None:
        was = None if record.image_path is None else Path(record.image_path)
        return KeptPicture(_gone(record, let_go), path=was)
    try:
        data = place.read_bytes()
    except OSError as error:
        return KeptPicture(Kept.UNREADABLE, path=place, detail=error.strerror or str(error))
    if hashlib.sha256(data).hexdigest() != record.image_sha256:
        return KeptPicture(Kept.ALTERED, path=place)
    return _decoded(data, place, max_pixels)


def kept_overlay(record: Record, overlays: Path, *, let_go: bool) -> KeptPicture:
    """The picture that the bench showed: outline, heat and mark drawn in, the verdict above.

    No hash is kept of it: it can be drawn again. overlays: the folder, where results were moved.
    """
    if record.overlay_path is None:
        return KeptPicture(Kept.NEVER)
    named = Path(record.overlay_path)
    place = next((p for p in (named, overlays / named.name) if p.is_file()), None)
    if place is None:
        return KeptPicture(_gone(record, let_go), path=named)
    try:
        data = place.read_bytes()
    except OSError as error:
        return KeptPicture(Kept.UNREADABLE, path=place, detail=error.strerror or str(error))
    return _decoded(data, place, MAX_PIXELS)


def layer_of(overlay_rgb: ImageArray, size_px: tuple[int, int]) -> ImageArray | None:
    """The piece of an overlay that shows the frame, without the bar above it; None where it was
    not drawn over a frame of that size. size_px: width and height of the frame."""
    height, width = overlay_rgb.shape[:2]
    box = picture_box(size_px, (width, height))
    if box is None:
        return None
    x, y, wide, high = box
    return np.ascontiguousarray(overlay_rgb[y : y + high, x : x + wide])


def thumbnail(record: Record, images: Path, overlays: Path, side_px: int) -> ImageArray | None:
    """A small picture of a part: uint8 (h, w, 3), its longer side at most `side_px`; None where
    no picture can be had. The overlay where there is one, for it is small and shows the mark."""
    small = _small_overlay(record, overlays)
    if small is None:
        small = kept_picture(record, images, let_go=False).image_rgb
    if small is None:
        return None
    height, width = small.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)


def _small_overlay(record: Record, overlays: Path) -> ImageArray | None:
    """At half its size: a JPEG is decoded so in a fraction of the time."""
    if record.overlay_path is None:
        return None
    named = Path(record.overlay_path)
    for place in (named, overlays / named.name):
        try:
            data = place.read_bytes()
        except OSError:
            continue
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
        if found is None:
            return None
        # The bar above the picture is as wide as the picture: what is below is what is meant.
        height, width = found.shape[:2]
        bar = round(BAR_SHARE * width)
        return np.ascontiguousarray(found[min(bar, height - 1) :, :, ::-1])
    return None


def _gone(record: Record, let_go: bool) -> Kept:
    return Kept.REMOVED if let_go and record.decision is Decision.PASS else Kept.MISSING


def _decoded(data: bytes, place: Path, max_pixels: int) -> KeptPicture:
    try:
        return KeptPicture(Kept.INTACT, decode_image(data, place.name, max_pixels), place)
    except ImageError as error:
        return KeptPicture(Kept.UNREADABLE, path=place, detail=str(error))
