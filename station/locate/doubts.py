"""What was measured of a located disc, and which of it is a reason not to pass the part."""

from __future__ import annotations

import math
from collections.abc import Iterator

from station.domain import Code, Reason
from station.locate.disc import Disc
from station.locate.roundness import Roundness
from station.locate.settings import IGNORED_MAX, LocateSettings

OTHER_PART = 0.25
"""Share by which a diameter may differ: beyond, it is another part, or another camera."""


def evidence_of(
    disc: Disc, rim: Roundness | None, px_per_mm: float | None, *, scale_known: bool
) -> dict[str, float]:
    """The measures by name; those in millimetres only where there is a scale.

    scale_known: whether the scale is a calibration's. Where it comes from the disc itself, the
    diameter is no measure and left out.
    """
    measures = {"unseen": disc.unseen, "rim_support": disc.support}
    if px_per_mm is not None:
        measures["px_per_mm"] = px_per_mm
    if rim is not None:
        measures["tilt_deg"] = rim.tilt_deg
        if px_per_mm is not None:
            measures["ovality_mm"] = rim.ovality_px / px_per_mm
            measures["rim_deviation_mm"] = rim.rim_deviation_px / px_per_mm
            if scale_known:
                measures["diameter_mm"] = rim.diameter_px / px_per_mm
    return {name: float(value) for name, value in measures.items() if math.isfinite(value)}


def place_of(disc: Disc, shape: tuple[int, ...], px_per_mm: float | None) -> dict[str, float]:
    """Where the disc lies: its centre from the picture's middle, x right, y down, in mm."""
    if px_per_mm is None:
        return {}
    middle_px = 0.5 * (shape[1] - 1), 0.5 * (shape[0] - 1)
    x, y = (
        (at - mid) / px_per_mm for at, mid in zip(disc.outline.centre_px, middle_px, strict=True)
    )
    return {"centre_x_mm": float(x), "centre_y_mm": float(y)}


def doubts_of(
    disc: Disc,
    measures: dict[str, float],
    part_diameter_mm: float | None,
    settings: LocateSettings,
) -> Iterator[Reason]:
    """Why a disc of these measures cannot pass."""
    if settings.max_unseen is not None and disc.unseen > settings.max_unseen:
        yield Reason(
            Code.CUT_OFF,
            f"{disc.unseen:.0%} of the disc's rim lies outside the picture: what is there was not "
            "inspected. Move the part to the middle.",
        )
    diameter_px = math.sqrt(disc.outline.axes_px[0] * disc.outline.axes_px[1])
    least = settings.min_diameter_px
    if least is not None and diameter_px < least:
        yield Reason(
            Code.SCALE,
            f"The disc is {diameter_px:.0f} pixels wide, expected at least {least:.0f}: its "
            "defects are too small to be seen. Bring the camera closer.",
        )
    if part_diameter_mm is not None:
        yield from _diameter_doubts(measures, part_diameter_mm, settings)
        yield from _shape_doubts(disc, measures, settings)


def hidden_doubt(share: float) -> Reason | None:
    """A part that ignored areas hide too much of."""
    if share <= IGNORED_MAX:
        return None
    return Reason(
        Code.CUT_OFF,
        f"{share:.0%} of the disc lies under ignored areas, expected at most {IGNORED_MAX:.0%}: "
        "what is there was not inspected. Move the part, or correct locate.ignore_px.",
    )


def _diameter_doubts(
    measures: dict[str, float], part_diameter_mm: float, settings: LocateSettings
) -> Iterator[Reason]:
    tolerance, found = settings.diameter_tolerance_mm, measures.get("diameter_mm")
    if tolerance is None or found is None:
        return
    off = abs(found - part_diameter_mm)
    if off > max(tolerance, OTHER_PART * part_diameter_mm):
        yield Reason(
            Code.SCALE,
            f"The disc is {found:.2f} mm wide, expected {part_diameter_mm:.2f} mm: another kind of "
            "part, or the camera was moved since it was calibrated. Look, and calibrate again.",
        )
    elif off > tolerance:
        yield Reason(
            Code.DEFORMED,
            f"The disc is {found:.2f} mm wide, expected {part_diameter_mm:.2f} mm within "
            f"{tolerance:.2f} mm. Measure it.",
        )


def _shape_doubts(
    disc: Disc, measures: dict[str, float], settings: LocateSettings
) -> Iterator[Reason]:
    oval, most_oval = measures.get("ovality_mm"), settings.max_ovality_mm
    stray, most_stray = measures.get("rim_deviation_mm"), settings.max_rim_deviation_mm
    if oval is None or stray is None:
        if (most_oval, most_stray) != (None, None) and disc.unseen <= (settings.max_unseen or 0.0):
            yield Reason(
                Code.DEFORMED,
                "The disc's rim is not seen sharply enough to be measured: it may be deformed. "
                "Look at the part, the light and the focus.",
            )
        return
    if most_stray is not None and stray > most_stray:
        yield Reason(
            Code.DEFORMED,
            f"The disc's rim is off its round by {stray:.2f} mm, expected at most "
            f"{most_stray:.2f} mm: a dent, a bulge or a missing piece, or dust at the rim. Look "
            "at the part.",
        )
    elif most_oval is not None and oval > most_oval:
        yield Reason(
            Code.TILTED,
            f"The disc looks oval by {oval:.2f} mm, expected at most {most_oval:.2f} mm: it is "
            "tilted or deformed, which one picture cannot tell apart. Lay it flat and take "
            "another; if it stays oval, it is deformed.",
        )
