"""Records of golden parts as a bench would make them, numbered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from builders import a_record
from kept import uuid_of

from station.domain import Decision, Record
from station.shift.golden import GoldenPart, GoldenParts, taken_up

NOW = datetime(2026, 11, 21, 6, 2, 31, tzinfo=timezone.utc)
BUNDLE = "ab" * 32
LOT = "shift-start 2026-11-21 06:02:31 bench-1"
SOUND = {
    "focus": 0.60, "brightness": 0.50, "contrast": 0.55, "px_per_mm": 36.0, "centre_x_mm": 0.1,
    "centre_y_mm": -0.2, "diameter_mm": 12.01, "ovality_mm": 0.03, "novelty": 0.4,
}  # fmt: skip
WOBBLE = (-1.0, 1.0, 0.0, -0.5, 0.5)
"""In thousandths of each value: mean 0, standard deviation 0.79."""


def golden_record(
    number: int,
    decision: Decision = Decision.PASS,
    score: float | None = 0.02,
    changed: Mapping[str, float] | None = None,
    **changes: Any,
) -> Record:
    evidence: dict[str, float] | None = {**SOUND, **(changed or {})}
    if decision is Decision.ERROR:
        score, evidence = None, None
    when = NOW + timedelta(seconds=number)
    values: dict[str, Any] = {
        "uuid": uuid_of(number), "lot": LOT, "decision": decision, "defect_probability": score,
        "evidence": evidence, "bundle_sha256": BUNDLE, "captured_at": when, "decided_at": when,
        "source": f"placement-{number}.png", "image_sha256": f"{number:064x}",
    }  # fmt: skip
    return a_record(**{**values, **changes})


def placements(decision: Decision, score: float, first: int = 100) -> list[Record]:
    return [
        golden_record(
            first + index, decision, score,
            {name: value * (1.0 + 0.001 * wobble) for name, value in SOUND.items()},
        )
        for index, wobble in enumerate(WOBBLE)
    ]  # fmt: skip


def good_part(at: datetime = NOW) -> GoldenPart:
    records = placements(Decision.PASS, 0.02)
    return taken_up(GoldenPart("GOOD-1", True), records, "Ada", at, 0.997)


def bad_part(at: datetime = NOW) -> GoldenPart:
    records = placements(Decision.REJECT, 0.98, 200)
    return taken_up(GoldenPart("BAD-1", False), records, "Ada", at, 0.997)


def golden_pair() -> GoldenParts:
    return GoldenParts((good_part(), bad_part()))
