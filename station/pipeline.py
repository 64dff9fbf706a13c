"""The main job in ten lines: where is the part, what does the engine say, what is decided."""

from __future__ import annotations

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


def inspect(frame: Frame, locate: Locate, engine: Engine, policy: Policy) -> Inspection:
    """Locate the part, ask the engine, decide. Raises EngineError when there is no answer."""
    return answer(locate(frame), engine, policy)


def answer(part: Part, engine: Engine, policy: Policy) -> Inspection:
    """The same for a part that is located already: while the engine worked on another."""
    (prediction,) = engine.predict([part.crop_rgb])
    verdict = decide(part, prediction, policy)
    return Inspection(part, prediction, verdict)
