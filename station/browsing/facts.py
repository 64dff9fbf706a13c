"""All that is known of one part: its reviews, its seal, its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.decode import MAX_PIXELS
from engines.errors import EngineError
from engines.prediction import ImageArray
from station.browsing.pictures import Kept, KeptPicture, kept_overlay, kept_picture, layer_of
from station.domain import Record
from station.drawing.heat_layer import heat_layer
from station.errors import StationError
from station.kept_answer import read_kept
from station.sayings import Review
from station.store.pictures import let_go_up_to
from station.store.seal import Seal, seal_of
from station.store.store import Store


@dataclass(frozen=True, slots=True)
class Places:
    """Where a station keeps what is no row."""

    out: Path
    images: Path
    overlays: Path
    max_pixels: int = MAX_PIXELS


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known of one part besides its record."""

    uuid: str
    reviews: tuple[Review, ...]
    """Oldest first."""
    seal: Seal | None
    """None: no record of that uuid."""
    picture: KeptPicture
    overlay: KeptPicture
    layer_rgb: ImageArray | None = None
    """uint8 (h, w, 3): the overlay's piece that shows the frame, to be stretched over it."""
    heat_rgba: ImageArray | None = None
    """uint8 (H, W, 4) over the frame: where the network looked, of a part that did not pass."""


def facts_of(store: Store, places: Places, record: Record) -> Facts:
    """Ask the database and the disk; what is missing or damaged is said, not raised.

    Raises StoreError where the database does not answer.
    """
    seal = seal_of(store, record.uuid)
    reviews = tuple(store.reviews(record.uuid))
    with store.database.reading() as connection:
        let_go = seal is not None and seal.ref <= let_go_up_to(connection)
    picture = kept_picture(record, places.images, let_go=let_go, max_pixels=places.max_pixels)
    overlay = kept_overlay(record, places.overlays, let_go=let_go)
    layer = heat = None
    if picture.image_rgb is not None:
        size = picture.image_rgb.shape[1], picture.image_rgb.shape[0]
        if overlay.state is Kept.INTACT and overlay.image_rgb is not None:
            layer = layer_of(overlay.image_rgb, size)
        heat = _heat(places.out, record.uuid, size)
    return Facts(record.uuid, reviews, seal, picture, overlay, layer, heat)


def _heat(out: Path, uuid: str, size_px: tuple[int, int]) -> ImageArray | None:
    try:
        kept = read_kept(out, uuid)
    except (StationError, EngineError):
        return None
    return None if kept is None else heat_layer(kept.defect_heatmap, kept.box_px, size_px)
