"""Builders of parts that wait for a person's word."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from kept import numbered, uuid_of

from station.domain import Decision, Record
from station.sayings import Review
from station.store.store import Store

DIGEST = "ab" * 32
"""Of the bundle of `builders.a_record`."""
CLASSES = [
    {"name": "normal", "defect": False},
    {"name": "crack", "defect": True},
    {"name": "chip", "defect": True},
]
NOW = datetime(2026, 3, 5, tzinfo=timezone.utc)
"""Within days of when `kept.numbered` parts were decided."""


def know_the_bundle(store: Store) -> None:
    store.add_bundle(DIGEST, "demo", {"classes": CLASSES}, NOW)


def doubtful(number: int, p: float = 0.4, **changes: Any) -> Record:
    """A REVIEW of the band between the limits."""
    values: dict[str, Any] = {
        "defect_probability": p,
        "probabilities": {"normal": 1 - p, "crack": 0.75 * p, "chip": 0.25 * p},
        "predicted_class": "normal" if p < 0.5 else "crack",
        "codes": ("SCORE_BAND",),
    }
    return numbered(number, Decision.REVIEW, **{**values, **changes})


def a_word(number: int, part: int, decision: Decision, **changes: Any) -> Review:
    values: dict[str, Any] = {"reason": "decided", "operator": "B. Jones", "at": NOW}
    return Review(
        uuid=uuid_of(800_000 + number),
        part_uuid=uuid_of(part),
        decision=decision,
        **{**values, **changes},
    )
