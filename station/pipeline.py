"""The main job in ten lines: where is the part, what does the engine say, what is decided."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from engines.engine import Engine
from engines.prediction import Prediction
from station.domain import Frame, Part, Verdict
from station.verdict import Policy, decide

Locate = Callable[[Frame], Part]


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """One frame's way from picture to verdict."""

    part: Part
    prediction: Prediction
    verdict: Verdict
    engine_ms: float = 0.0
    """What the engine took to answer."""


def inspect(frame: Frame, locate: Locate, engine: Engine, policy: Policy) -> Inspection:
    """Locate the part, ask the engine, decide. Raises EngineError when there is no answer."""
    return answer(locate(frame), engine, policy)


def answer(part: Part, engine: Engine, policy: Policy) -> Inspection:
    """The same for a part that is located already: while the engine worked on another."""
    started = time.perf_counter()
    (prediction,) = engine.predict([part.crop_rgb])
    engine_ms = 1000.0 * (time.perf_counter() - started)
    return Inspection(part, prediction, decide(part, prediction, policy), engine_ms)
