"""When each part is brought, lies, and is fetched: decided before a pixel is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from station.capture.simulated.options import SimOptions

SIDES = ((0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0))
"""Where a hand comes from, as a direction in the picture: below, left, above, right."""
MOVE_S = 0.45
"""A hand takes so long for its way in or out, unless there is less time."""
LEAVE_S = 0.25
"""And so long to let go and withdraw."""
REST_S = 0.9
"""A part lies so long at least."""
PAUSE_S = 0.15
PAUSE_SHARE = 0.3
"""Of the time that is left over, the bench is empty."""
WAVE_S = 0.7
SPREAD = 0.06
"""Of the picture's shorter side: how far from the middle a part is laid."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One part's time on the bench. All times in seconds from the start of the stream."""

    number: int
    """Of the part, from 0."""
    enter_s: float
    down_s: float
    """It lies; the hand lets go."""
    free_s: float
    """The hand is out of the picture."""
    back_s: float
    """A hand comes for it."""
    up_s: float
    """It is lifted."""
    gone_s: float
    place: tuple[float, float]
    """Its middle, from the picture's, as shares of the shorter side."""
    angle_deg: float
    side_in: int
    """Index into SIDES."""
    side_out: int
    has_hand: bool
    is_broken: bool
    is_restless: bool
    nudged_s: float | None
    """When it is pushed."""
    nudge: tuple[float, float, float]
    """By how much, to the right and down as shares of the shorter side, and turned in degrees."""
    wave_s: float | None
    """When a hand begins to move through after it is gone."""
    wave_long_s: float
    """How long that takes."""

    @property
    def over_s(self) -> float:
        """When nothing of it is left to see."""
        return self.gone_s if self.wave_s is None else self.wave_s + self.wave_long_s

    def lift(self, now_s: float) -> float:
        """1 while it is out of the picture, 0 while it lies."""
        if now_s < self.down_s:
            return 1.0 - _eased((now_s - self.enter_s) / (self.down_s - self.enter_s))
        return _eased((now_s - self.up_s) / (self.gone_s - self.up_s))

    def side(self, now_s: float) -> tuple[float, float]:
        """The direction from which the hand reaches in, then."""
        return SIDES[self.side_in if now_s < 0.5 * (self.free_s + self.back_s) else self.side_out]

    def reach(self, now_s: float) -> float:
        """How far a hand is withdrawn from the part: 0 it holds it, 1 it is out of the picture."""
        if now_s <= 0.5 * (self.free_s + self.back_s):
            return _eased((now_s - self.down_s) / (self.free_s - self.down_s))
        return 1.0 - _eased((now_s - self.back_s) / (self.up_s - self.back_s))


def stays(options: SimOptions, parts: int) -> Iterator[Stay]:
    """The parts in turn, forever or once each."""
    rng = np.random.default_rng([options.seed, 1])
    period_s = 60.0 / options.rate
    start_s = 0.0 if options.lying else 0.2 + 0.3 * period_s
    number = 0
    before: Stay | None = None
    while options.loop or number < parts:
        stay = _drawn(rng, options, number, start_s, period_s)
        if number == 0 and options.lying:
            stay = replace(stay, enter_s=-3.0, down_s=-2.0, free_s=-1.0, has_hand=False)
        if before is not None and rng.random() < options.swap:
            # It comes in from the other side while the one before goes out.
            stay = replace(
                stay,
                enter_s=before.up_s + 0.3 * (before.gone_s - before.up_s),
                side_in=(before.side_out + 2) % 4,
                is_broken=stay.is_broken,
            )
            if before.wave_s is not None:
                before = replace(before, wave_s=None)
        if before is not None:
            yield before
        before = stay
        start_s += period_s
        number += 1
    if before is not None:
        yield before


def _drawn(
    rng: np.random.Generator, options: SimOptions, number: int, start_s: float, period_s: float
) -> Stay:
    """A part that takes `period_s` from its entering to the next one's."""
    has_wave = bool(rng.random() < options.wave)
    jitter = float(rng.uniform(0.85, 1.15))
    pause_s = PAUSE_S + (WAVE_S + PAUSE_S if has_wave else 0.0)
    # At a slow pace there is time; at a fast one everything is shorter alike.
    needed_s = 2.0 * (jitter * MOVE_S + LEAVE_S) + REST_S + pause_s
    pace = min(1.0, period_s / needed_s)
    pause_s += PAUSE_SHARE * max(0.0, period_s - needed_s)
    move_s, leave_s = MOVE_S * jitter * pace, LEAVE_S * pace
    enter_s = start_s
    down_s, free_s = enter_s + move_s, enter_s + move_s + leave_s
    gone_s = start_s + period_s - pause_s * pace
    up_s = gone_s - move_s
    back_s = up_s - leave_s
    nudged = bool(rng.random() < options.nudge)
    nudge_at = free_s + float(rng.uniform(0.55, 0.7)) * (back_s - free_s)
    turn = float(rng.uniform(-8.0, 8.0))
    way, far = float(rng.uniform(0.0, 2.0 * math.pi)), float(rng.uniform(0.01, 0.05))
    return Stay(
        number=number,
        enter_s=enter_s,
        down_s=down_s,
        free_s=free_s,
        back_s=back_s,
        up_s=up_s,
        gone_s=gone_s,
        place=(float(rng.normal(0, SPREAD / 2)), float(rng.normal(0, SPREAD / 2))),
        angle_deg=float(rng.uniform(0.0, 360.0)),
        side_in=int(rng.integers(4)),
        side_out=int(rng.integers(4)),
        has_hand=bool(rng.random() < options.hand),
        is_broken=bool(rng.random() < options.broken),
        is_restless=bool(rng.random() < options.restless),
        nudged_s=nudge_at if nudged else None,
        nudge=(far * math.cos(way), far * math.sin(way), turn),
        wave_s=gone_s + PAUSE_S * pace if has_wave else None,
        wave_long_s=WAVE_S * pace,
    )


def _eased(share: float) -> float:
    """0 to 1 with a gentle start and end."""
    share = min(1.0, max(0.0, share))
    return share * share * (3.0 - 2.0 * share)
