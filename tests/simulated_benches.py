"""Simulated benches for tests: discs that are drawn once, the trigger run over them, the truth."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from station.capture.settings import CaptureSettings
from station.capture.simulated.bench import Laid, SimulatedBench
from station.capture.source import open_source
from station.grabbed import Grabbed
from station.trigger.automatic import automatic
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Shot, no_presses

if TYPE_CHECKING:
    from engines.prediction import ImageArray

SMALL = "size=320x240&real_time=0"
Change = Callable[[Grabbed], Grabbed | None]


@lru_cache(maxsize=1)
def discs() -> tuple[tuple[str, ImageArray], ...]:
    """Seven discs of one product: rings and spokes alike, scratches and tints their own."""
    return tuple((f"disc-{i}", _disc(np.random.default_rng(i))) for i in range(7))


def _disc(rng: np.random.Generator) -> ImageArray:
    image = np.full((300, 300, 3), 40, np.uint8)
    tint = rng.integers(-12, 12, 3)
    for radius, level in ((130, 190), (104, 120), (70, 205), (34, 90)):
        colour = tuple(int(v) for v in np.clip(level + tint, 0, 255))
        cv2.circle(image, (150, 150), radius, colour, -1, cv2.LINE_AA)
    for _ in range(9):
        angle, radius = rng.uniform(0, 2 * np.pi), rng.uniform(20, 115)
        at = 150 + radius * np.cos(angle), 150 + radius * np.sin(angle)
        grey = int(rng.integers(30, 230))
        centre = int(at[0]), int(at[1])
        cv2.circle(image, centre, int(rng.integers(3, 12)), (grey,) * 3, -1, cv2.LINE_AA)
    return np.asarray(image, np.uint8)


@dataclass(frozen=True)
class Run:
    """What the trigger made of a bench, and what was on it."""

    shots: list[Shot]
    laid: list[Laid]
    """Those parts that were laid before the end."""

    def parts_of_shots(self) -> list[int | None]:
        """For each shot the number of the part that lay there alone; None: none did."""
        return [self._part_at(shot.frames[0].monotonic_s) for shot in self.shots]

    def _part_at(self, now_s: float) -> int | None:
        for number, part in enumerate(self.laid):
            if part.free_s - 0.05 <= now_s <= part.until_s + 0.05:
                return number
        return None

    def codes(self) -> list[str]:
        """Of all shots' doubts."""
        return [reason.code.value for shot in self.shots for reason in shot.doubts]


def open_bench(query: str, parts: Iterable[tuple[str, ImageArray]] | None = None) -> SimulatedBench:
    source = open_source(
        f"sim:?{query}", CaptureSettings(), sim_parts=lambda: discs() if parts is None else parts
    )
    assert isinstance(source, SimulatedBench)
    return source


def run_bench(
    query: str,
    until_s: float,
    settings: TriggerSettings | None = None,
    change: Change = lambda grabbed: grabbed,
) -> Run:
    """Run the automatic trigger over the parts that are laid on a simulated bench until then.

    change: what is done to each picture before the trigger sees it; None drops it.
    """
    stop_event = threading.Event()

    def kept(bench: SimulatedBench) -> list[Laid]:
        return [part for part in bench.laid if part.at_s <= until_s]

    with open_bench(query) as bench:

        def pictures() -> Iterator[Grabbed]:
            for grabbed in bench.frames(stop_event):
                if grabbed.monotonic_s > max([until_s, *(p.gone_s + 0.3 for p in kept(bench))]):
                    return
                if (changed := change(grabbed)) is not None:
                    yield changed

        shots = list(automatic(pictures(), settings or TriggerSettings(), no_presses))
        parts = kept(bench)
    end_s = max([until_s, *(part.gone_s for part in parts)])
    later = [part.at_s for part in bench.laid[len(parts) :]]
    end_s = min([end_s, *later])
    return Run([shot for shot in shots if shot.frames[0].monotonic_s <= end_s], parts)
