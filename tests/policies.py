"""A policy for tests of the verdict, and parts and answers to decide by it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import numpy as np
from familiar import familiar

from engines.bundle import ClassInfo, InputSpec, Thresholds
from engines.prediction import Prediction
from station.domain import Code, Ellipse, Frame, Part, Reason
from station.verdict import Policy

CLASSES = (ClassInfo("crack", True), ClassInfo("ok", False), ClassInfo("blob", True))


def a_policy(low: float = 0.2, high: float = 0.7, **changes: Any) -> Policy:
    """Of a network with three features, all familiar, and no bounds on the picture."""
    values: dict[str, Any] = {
        "classes": CLASSES,
        "thresholds": Thresholds(low, high),
        "input": InputSpec(32, 32, 3, "disc"),
        "quality": {},
        "novelty": familiar(3),
    }
    return Policy(**{**values, **changes})


def part(doubt: str | None = None, found: bool = True, grey: int = 0, **changes: Any) -> Part:
    image = np.full((32, 32, 3), grey, np.uint8)
    frame = Frame(image, "a.png", "0" * 64, datetime(2026, 1, 2, tzinfo=timezone.utc))
    outline = Ellipse((15.5, 15.5), (24.0, 24.0), 0.0) if found else None
    doubts = (Reason(Code.CUT_OFF if found else Code.NOT_FOUND, doubt),) if doubt else ()
    values: dict[str, Any] = {"px_per_mm": 2.0, "doubts": doubts, **changes}
    return Part(frame, image, (0, 0, 32, 32), outline, **values)


def predicted(
    *probabilities: float,
    hot: tuple[int, int] = (1, 2),
    defect_hot: tuple[int, int] | None = None,
    features: float = 0.5,
) -> Prediction:
    """hot: row and column of the one hot cell of 4 x 4; (0, 0) lies beside the disc. defect_hot:
    that of the map which speaks for a defect, if it is another."""
    heat = np.zeros((4, 4), np.float32)
    heat[hot] = 1.0
    defect = heat if defect_hot is None else np.zeros((4, 4), np.float32)
    if defect_hot is not None:
        defect[defect_hot] = 1.0
    known = np.full(3, features, np.float32)
    return Prediction(np.array(probabilities, np.float32), heat, known, defect)
