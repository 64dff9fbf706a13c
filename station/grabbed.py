"""One picture of a stream, as a source gives it and a trigger sees it: no part, no file as yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engines.prediction import ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class Grabbed:
    """One picture of a stream. Whether a part is in it is for the trigger to say."""

    image_rgb: ImageArray
    """(H, W, 3) uint8."""
    at: datetime
    """Aware, UTC: for people and for the record. It may jump with the machine's clock."""
    monotonic_s: float
    """The source's own clock, which never runs back: for all reckoning of time."""
    index: int
    """Counted by the source from 0; a gap is a picture that came while the station was busy."""
    name: str = ""
    """File name, where the picture came from a file of its own."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at has no time zone; give an aware UTC time.")
        if self.image_rgb.ndim != 3 or self.image_rgb.shape[2] != 3:
            raise ValueError(
                f"image_rgb has shape {self.image_rgb.shape}; expected (height, width, 3)."
            )
