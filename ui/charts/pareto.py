"""The Pareto chart: what happens most often first, with the share of it and all above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyqtgraph as pg

from station.pages.pareto import Bar
from ui.charts.canvas import Target
from ui.charts.look import Look, bar_brush, bar_pen
from ui.charts.marks import dots, say_axis
from ui.language import tr
from ui.wording import decision_word, number, percent

NAMES_SHARE = 0.42
"""Most of the width that names may take."""
ROW = 1.9
"""Least height of a row, in heights of a letter."""


def draw_pareto(
    plot: Any,
    look: Look,
    bars: Sequence[Bar],
    said: Callable[[str], str],
    wanted: Callable[[Bar], object],
) -> list[Target]:
    """Draw it; said: the words for a bar's name."""
    axis = plot.getAxis("left")
    size = plot.getViewWidget().size()
    most = max(3, int((size.height() - 2.5 * look.font_px) / (ROW * look.font_px)))
    shown = [bar for bar in bars if bar.together][:most]
    names_px = NAMES_SHARE * size.width()
    ticks = []
    targets = []
    for row, bar in enumerate(shown):
        left = 0.0
        for decision, count in bar.parts:
            width = bar.share * count / bar.together
            plot.addItem(
                pg.BarGraphItem(
                    x0=[left], y=[row], width=[width], height=0.62, brush=bar_brush(decision, look),
                    pen=bar_pen(decision),
                )
            )  # fmt: skip
            left += width
        told = f"   {number(bar.together)}"
        name = look.elided(said(bar.name), names_px - look.width_of(told, 0.9), 0.9)
        ticks.append((row, name + told))
        tip = bar_said(bar, said)
        targets.append(Target(0.0, row - 0.45, 1.0, row + 0.45, tip, wanted(bar)))
    cumulative = [bar.cumulative for bar in shown if bar.cumulative is not None]
    if len(cumulative) > 1:
        rows = list(range(len(cumulative)))
        plot.plot(cumulative, rows, pen=look.pen("quiet", 1.0))
        dots(plot, cumulative, rows, 0.45 * look.font_px, look.quiet)
    axis.setTicks([ticks, []])
    axis.setWidth(max((look.width_of(text, 0.9) for _, text in ticks), default=0) + 12)
    plot.getViewBox().invertY(True)
    plot.setXRange(-0.005, 1.08, padding=0)
    plot.setYRange(-0.5, max(len(shown), 3) - 0.5, padding=0.0)
    say_axis(plot.getAxis("bottom"), lambda share: percent(share, 0) if 0 <= share <= 1 else "")
    return targets


def bar_said(bar: Bar, said: Callable[[str], str]) -> str:
    """One bar in words."""
    pieces = ", ".join(f"{decision_word(d)} {number(n)}" for d, n in (*bar.parts, *bar.also))
    if bar.cumulative is None:
        return f"{said(bar.name)}: {pieces}"
    return tr(
        "{name}: {pieces}; {share} of all, {cumulative} with those above",
        name=said(bar.name), pieces=pieces, share=percent(bar.share),
        cumulative=percent(bar.cumulative),
    )  # fmt: skip
