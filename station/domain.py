"""The station's nouns: Frame -> Part -> Verdict -> Record. No SQL, no camera, no file system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from engines.prediction import ImageArray


class Decision(str, Enum):
    """What is done with a part. ERROR is a part that could not be inspected: never a PASS."""

    PASS = "PASS"
    REVIEW = "REVIEW"
    REJECT = "REJECT"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture as it arrived."""

    image_rgb: ImageArray
    """(H, W, 3) uint8."""
    source: str
    """File name or camera name, for people."""
    sha256: str
    """Of the file's bytes (or of the pixels, for a camera)."""
    captured_at: datetime
    """Aware, UTC."""

    def __post_init__(self) -> None:
        if self.captured_at.tzinfo is None:
            raise ValueError("captured_at has no time zone; give an aware UTC time.")


@dataclass(frozen=True, slots=True)
class Ellipse:
    """A part's outline in frame pixels."""

    centre_px: tuple[float, float]
    axes_px: tuple[float, float]
    """Full lengths of the two axes."""
    angle_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part, cut out of its frame."""

    frame: Frame
    crop_rgb: ImageArray
    """(h, w, 3) uint8."""
    box_px: tuple[int, int, int, int]
    """x, y, width, height of the crop in the frame; may reach over the frame's edge."""
    outline: Ellipse | None
    """None for a whole frame."""
    px_per_mm: float | None
    """None where no scale is known."""
    doubt: str | None = None
    """One sentence on why this part cannot pass whatever the engine says; None: no doubt."""


@dataclass(frozen=True, slots=True)
class DefectMark:
    """Where the heat is: centre and extent of the hottest region."""

    centre_px: tuple[float, float]
    """In frame pixels."""
    radius_px: float
    """Of a circle around the region, in frame pixels."""
    x_mm: float | None
    """From the part's centre, x to the right, y down; None without a scale."""
    y_mm: float | None
    size_mm: float | None
    """Largest extent of the hot region: an estimate for finding the place, not a measurement."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a part, and why."""

    decision: Decision
    defect_probability: float | None
    """Sum over the defect classes; None for ERROR."""
    predicted_class: str | None
    confidence: float | None
    """Probability of the predicted class."""
    reason: str
    """One sentence."""
    defect: DefectMark | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One part's row: everything that must be provable about it afterwards. Written once."""

    uuid: str
    station: str
    lot: str | None
    part_serial: str | None
    operator: str | None
    source: str
    image_sha256: str | None
    image_path: str | None
    overlay_path: str | None
    bundle_sha256: str
    engine: str
    decision: Decision
    predicted_class: str | None
    confidence: float | None
    defect_probability: float | None
    probabilities: dict[str, float] | None
    """Class name -> probability."""
    defect_x_mm: float | None
    defect_y_mm: float | None
    defect_size_mm: float | None
    captured_at: datetime
    decided_at: datetime
    latency_ms: float | None
    reason: str


class Severity(str, Enum):
    """How much an event asks of a person."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the station itself, not to a part."""

    at: datetime
    """Aware, UTC."""
    station: str
    kind: str
    """What it is about: `engine`."""
    severity: Severity
    text: str
    """One sentence or two: what happened, and what to do."""
