"""The histogram of defect probabilities, with the limits that they were held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QBrush, QColor
from PyQt6.QtWidgets import QGraphicsRectItem

from station.domain import Decision
from station.figures.limits import Limits
from station.figures.yields import ScoreBin
from ui.charts.canvas import Target
from ui.charts.look import Look
from ui.charts.marks import STACK, put_text, say_axis, stacked
from ui.language import tr
from ui.wording import decision_word, number


def draw_scores(
    plot: Any,
    look: Look,
    bins: Sequence[ScoreBin],
    limits: Limits | None,
    *,
    logarithmic: bool,
    by_truth: bool,
) -> list[Target]:
    """Draw it; by_truth: what people said of the parts, where they did."""
    height = _log if logarithmic else float
    counts = [_said(each) if by_truth else each.counts for each in bins]
    width = bins[0].high - bins[0].low
    stacked(plot, look, [each.low + width / 2 for each in bins], 0.92 * width, counts, height)
    most = max(height(sum(each.values())) for each in counts)
    top = max(1.0, most) * 1.22
    plot.getViewBox().invertY(False)
    plot.setXRange(0.0, 1.0, padding=0.01)
    plot.setYRange(0.0, top, padding=0)
    if limits is not None:
        _draw_limits(plot, look, limits, top)
    axis = plot.getAxis("left")
    if logarithmic:
        powers = range(math.ceil(top) + 1)
        axis.setTicks([[(_log(10**p), number(10**p)) for p in powers], []])
    else:
        say_axis(axis, lambda n: number(n) if float(n).is_integer() else "")
    say_axis(plot.getAxis("bottom"), lambda p: number(p, 1) if 0 <= p <= 1 else "")
    return [
        Target(each.low, 0.0, each.high, height(sum(found.values())), bin_said(each))
        for each, found in zip(bins, counts, strict=True)
        if sum(found.values())
    ]


def bin_said(each: ScoreBin) -> str:
    """One bar in words."""
    pieces = [f"{decision_word(d)} {number(each.counts[d])}" for d in STACK if each.counts[d]]
    if each.good or each.bad:
        pieces.append(
            tr(
                "people said PASS {good}, REJECT {bad}",
                good=number(each.good),
                bad=number(each.bad),
            )
        )
    return f"{number(each.low, 2)} – {number(each.high, 2)}: " + ", ".join(pieces)


def _said(each: ScoreBin) -> dict[Decision, int]:
    """PASS and REJECT by people."""
    zeros = dict.fromkeys(Decision, 0)
    return zeros | {Decision.PASS: each.good, Decision.REJECT: each.bad}


def _log(count: float) -> float:
    """Of a count and one, so that nothing has no height."""
    return math.log10(1.0 + count)


def _draw_limits(plot: Any, look: Look, limits: Limits, top: float) -> None:
    held = limits.held
    width = max(1.0, 0.9 * plot.getViewWidget().width())
    rows = (
        (tr("PASS below {p}", p=number(held.pass_below, 3)), limits.pass_below, held.pass_below),
        (tr("REJECT from {p}", p=number(held.reject_from, 3)), limits.reject_from,
         held.reject_from),
    )  # fmt: skip
    for _, own, tightened in rows:
        low, high = sorted((own, tightened))
        band = QGraphicsRectItem(QRectF(low, 0.0, high - low, top))
        shade = QColor(look.text)
        shade.setAlpha(60)
        band.setBrush(QBrush(shade))
        band.setPen(pg.mkPen(None))
        plot.addItem(band, ignoreBounds=True)
        plot.addItem(pg.InfiniteLine(own, pen=look.pen("quiet", 1.0, Qt.PenStyle.DotLine)))
        plot.addItem(pg.InfiniteLine(tightened, pen=look.pen("text", 1.6, Qt.PenStyle.DashLine)))
    # Each on its own side of its line where there is room; one line lower where they would meet.
    (below, _, low), (above, _, high) = rows
    wide_below, wide_above = (look.width_of(text, 0.85) / width + 0.03 for text in (below, above))
    is_left, is_right = wide_below <= low, high + wide_above <= 1.0
    ends = low if is_left else low + wide_below
    begins = high if is_right else high - wide_above
    for text, at, left, row in (
        (below, low, is_left, 0), (above, high, not is_right, int(begins < ends)),
    ):  # fmt: skip
        put_text(plot, text, (at, top), look, colour="text", anchor=(float(left), -float(row)),
                 share=0.85, on_plate=True)  # fmt: skip
