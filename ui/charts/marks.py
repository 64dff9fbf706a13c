"""What charts have in common: words beside lines, stacked bars, axes that say what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QColor

from station.domain import Decision
from ui.charts.look import Look, bar_brush, bar_pen

STACK = (Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.ERROR)
"""From the bottom up."""


def put_text(
    plot: Any,
    text: str,
    at: tuple[float, float],
    look: Look,
    *,
    colour: str = "quiet",
    anchor: tuple[float, float] = (0.0, 1.0),
    bold: bool = False,
    share: float = 0.9,
    on_plate: bool = False,
) -> None:
    """A word in a chart. anchor: which of its points lies there, (0, 0) its upper left. on_plate:
    what was drawn before it ends there, so that it can be read where a line would cross it."""
    plate = QColor(look.ground) if on_plate else None
    item = pg.TextItem(text, color=getattr(look, colour), anchor=anchor, fill=plate)
    item.setFont(look.font(share, bold))
    item.setPos(QPointF(*at))
    item.setZValue(0 if on_plate else 50)
    plot.addItem(item, ignoreBounds=True)


def stacked(
    plot: Any,
    look: Look,
    places: Sequence[float],
    width: float,
    counts: Sequence[Mapping[Decision, int]],
    height: Callable[[float], float] = float,
) -> None:
    """Bars of the verdicts, one upon the other. height: of a count, where it is not drawn as it
    is."""
    below = [0.0] * len(places)
    for decision in STACK:
        drawn = [at for at, found in enumerate(counts) if found[decision]]
        tops = [b + c[decision] for b, c in zip(below, counts, strict=True)]
        if drawn:
            plot.addItem(
                pg.BarGraphItem(
                    x=[places[at] for at in drawn], width=width,
                    y0=[height(below[at]) for at in drawn],
                    height=[height(tops[at]) - height(below[at]) for at in drawn],
                    brush=bar_brush(decision, look), pen=bar_pen(decision),
                )
            )  # fmt: skip
        below = tops


def say_axis(axis: Any, said: Callable[[float], str]) -> None:
    """Let an axis say its ticks by a function."""
    axis.tickStrings = lambda values, _scale, _spacing: [said(value) for value in values]


def dots(plot: Any, xs: Sequence[float], ys: Sequence[float], size: float, colour: QColor) -> None:
    """Filled circles of one size in pixels; drawn anew each time, so that paper gets no pixels."""
    plot.addItem(
        pg.ScatterPlotItem(
            list(xs), list(ys), symbol="o", size=size, brush=colour, pen=None, useCache=False
        )
    )


def spread(count: int, most: int) -> list[int]:
    """At most `most` of `count` indexes, evenly apart, from the first on."""
    if count <= most:
        return list(range(count))
    step = -(-count // most)
    return list(range(0, count, step))
