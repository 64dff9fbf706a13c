"""The station's nouns: Frame -> Part -> Verdict -> Record. No SQL, no camera, no file system.

What befalls the station itself, and what people say of verdicts, is in station.sayings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from engines.prediction import ImageArray


class Decision(str, Enum):
    """What is done with a part. ERROR is a part that could not be inspected: never a PASS."""

    PASS = "PASS"
    REVIEW = "REVIEW"
    REJECT = "REJECT"
    ERROR = "ERROR"


class Code(str, Enum):
    """Why a verdict is what it is, for programs; a Reason's text says the same to people."""

    SCORE_PASS = "SCORE_PASS"
    """The defect probability is below the pass limit."""
    SCORE_BAND = "SCORE_BAND"
    """It lies between the limits."""
    SCORE_REJECT = "SCORE_REJECT"
    """It reaches the reject limit."""
    NOT_FOUND = "NOT_FOUND"
    """No part in a picture that should hold one."""
    CUT_OFF = "CUT_OFF"
    """Some of the part lies outside the picture."""
    SEVERAL_PARTS = "SEVERAL_PARTS"
    TILTED = "TILTED"
    DEFORMED = "DEFORMED"
    """Diameter or ovality, as measured at the rim, out of bounds."""
    SCALE = "SCALE"
    """The part is too small or too large in the picture."""
    BLURRED = "BLURRED"
    NEVER_STILL = "NEVER_STILL"
    """The part never came to rest and into focus before the camera."""
    DARK = "DARK"
    BRIGHT = "BRIGHT"
    FLAT = "FLAT"
    """Too little contrast to see anything."""
    UNFAMILIAR = "UNFAMILIAR"
    """Unlike anything that the network was trained with."""
    HEAT_OFF_PART = "HEAT_OFF_PART"
    """What the network looked at lies mainly beside the part."""
    UNREADABLE = "UNREADABLE"
    """No picture could be had of it."""
    ENGINE = "ENGINE"
    """The engine gave no answer."""
    INTERRUPTED = "INTERRUPTED"
    """The station was stopped in the middle, and its picture is lost."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict, twice: for programs and for people."""

    code: Code
    text: str
    """One sentence, or two: what is so, and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture as it arrived."""

    image_rgb: ImageArray
    """(H, W, 3) uint8."""
    source: str
    """File name or camera name, for people."""
    sha256: str
    """Of the picture file's bytes; empty for a camera's picture until it is encoded, without
    loss (station.sealing)."""
    captured_at: datetime
    """Aware, UTC."""
    file: bytes = b""
    """The whole picture file, as it came or as it was encoded: what the image store keeps."""

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
    doubts: tuple[Reason, ...] = ()
    """Why this part cannot pass, whatever the engine says; empty: no doubt."""
    evidence: Mapping[str, float] = field(default_factory=dict)
    """What was measured on the way, for the record: `diameter_mm`, `ovality_mm`..."""
    ignored_px: tuple[tuple[int, int, int, int], ...] = ()
    """Areas of the frame, x, y, width, height, that were painted over before the engine looked."""
    others: tuple[Ellipse, ...] = ()
    """Outlines of further parts in the frame, which this one does not speak of."""

    @property
    def doubt(self) -> str | None:
        """All doubts in sentences; None: no doubt."""
        return " ".join(reason.text for reason in self.doubts) or None


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
    defect_class: str | None = None
    """The likeliest defect, which need not be the predicted class."""
    probability: float | None = None
    """Of that class alone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a part, and why."""

    decision: Decision
    defect_probability: float | None
    """Sum over the defect classes; None for ERROR."""
    predicted_class: str | None
    confidence: float | None
    """Probability of the predicted class."""
    reasons: tuple[Reason, ...]
    """At least one; the one that decided comes first."""
    defect: DefectMark | None = None
    evidence: Mapping[str, float] = field(default_factory=dict)
    """Of the part, and what the policy measured besides: `novelty`, `heat_on_part`..."""

    @property
    def reason(self) -> str:
        """All reasons in sentences."""
        return " ".join(reason.text for reason in self.reasons)

    @property
    def codes(self) -> tuple[str, ...]:
        """All reasons' codes."""
        return tuple(reason.code.value for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Intent:
    """A part that came in: written before it is inspected, so that none can be forgotten."""

    uuid: str
    """The part's, and of its record later."""
    station: str
    feed: str
    """Where its picture came from: `folder:/path`, `v4l2:/dev/video0`, `sim:`..."""
    lot: str | None
    part_serial: str | None
    operator: str | None
    source: str
    """File name, or the camera's name and the moment, for people."""
    image_sha256: str | None
    """Of the bytes, by which the image store finds them; None where nothing could be read."""
    captured_at: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One part's row: everything that must be provable about it afterwards. Written once."""

    uuid: str
    """The same as its Intent's."""
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
    codes: tuple[str, ...] = ()
    """Codes of the reasons, the deciding one first."""
    evidence: dict[str, float] | None = None
    """What was measured: `diameter_mm`, `ovality_mm`, `novelty`, `focus`..."""
