"""Verdicts of each hour, or of each day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from station.figures.yields import Slot
from ui.charts.canvas import Target
from ui.charts.look import Look
from ui.charts.marks import STACK, say_axis, spread, stacked
from ui.wording import decision_word, number


def draw_slots(
    plot: Any,
    look: Look,
    slots: Sequence[Slot],
    said: Callable[[datetime], str],
    wanted: Callable[[Slot], object],
) -> list[Target]:
    """Draw them; said: a slot's beginning in words."""
    places = [float(index) for index in range(len(slots))]
    stacked(plot, look, places, 0.82, [slot.counts for slot in slots])
    most = max(sum(slot.counts.values()) for slot in slots)
    plot.getViewBox().invertY(False)
    plot.setXRange(-0.6, max(len(slots), 6) - 0.4, padding=0)
    plot.setYRange(0.0, max(1.0, 1.06 * most), padding=0)
    width = plot.getViewWidget().width()
    room = max(2, int(width / (7.0 * look.font_px)))
    ticks = [(index, said(slots[index].since)) for index in spread(len(slots), room)]
    plot.getAxis("bottom").setTicks([ticks, []])
    say_axis(plot.getAxis("left"), lambda n: number(n) if float(n).is_integer() else "")
    return [
        Target(index - 0.5, 0.0, index + 0.5, 1.06 * most, slot_said(slot, said), wanted(slot))
        for index, slot in enumerate(slots)
        if sum(slot.counts.values())
    ]


def slot_said(slot: Slot, said: Callable[[datetime], str]) -> str:
    """One hour, or day, in words."""
    pieces = [f"{decision_word(d)} {number(slot.counts[d])}" for d in STACK if slot.counts[d]]
    return f"{said(slot.since)}: " + ", ".join(pieces)
