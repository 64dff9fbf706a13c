"""Which defects are found, by their size: the measured points with their bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from station.models.figures import Figures, Found
from station.models.pod import Pod
from ui.charts.canvas import Target
from ui.charts.look import Key, Look
from ui.charts.marks import dots, put_text, say_axis
from ui.charts.panel import Numbers, Panel
from ui.language import mark, tr
from ui.model.overview import counted_said
from ui.model.pod_curve import draw_pod, keys_of_pod, note_on
from ui.model.tables import fit_columns
from ui.wording import number, percent

TICKS_MM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


class Detection(QWidget):
    """The chart by size, and the table by kind."""

    def __init__(self) -> None:
        super().__init__()
        self.by_size = Panel(
            mark("Found defects by size"), mark("Found: not passed, so that a person sees it")
        )
        self.by_kind = Panel(mark("Found defects by kind"), mark("The same by kind of defect"))
        self.by_size.note.show_whole(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 0)
        row.addWidget(self.by_size, 3)
        row.addWidget(self.by_kind, 2)

    def show_figures(self, figures: Figures) -> None:
        """Show what a bundle says of itself."""
        sized = [each for each in figures.by_size if each.middle_mm is not None]
        if sized:
            keys = [Key(tr("found, with exact 95 % bounds"), colour="accent")]
            promise = None if figures.escape is None else 1.0 - figures.escape.budget
            if promise is not None:
                keys.append(Key(tr("promised by the budget"), colour="quiet", dashed=True))
            from_mm = figures.escape_from_mm or 0.0
            pod = figures.pod
            if pod is None:
                note = tr(
                    "Measured points with Clopper-Pearson bounds. The bundle holds no fitted POD "
                    "curve, so none is drawn, and no a90/95 is claimed."
                )
            else:
                keys += keys_of_pod()
                note = note_on(pod)
            self.by_size.show_chart(
                lambda plot, look: draw_found(plot, look, sized, promise, from_mm, pod),
                numbers_of(tr("Size"), sized), keys, note,
            )  # fmt: skip
        else:
            self.by_size.show_message(
                tr("The bundle says of no defect how large it was. Train with sizes in mm.")
            )
        if figures.by_kind:
            self.by_kind.show_chart(None, numbers_of(tr("Kind"), figures.by_kind))
            fit_columns(self.by_kind.numbers)
        else:
            self.by_kind.show_message(tr("The bundle says of no defect of which kind it was."))


def numbers_of(first: str, rows: Sequence[Found]) -> Numbers:
    """The numbers behind the chart."""
    headers = (first, tr("Defects"), tr("Found"), tr("At least"))
    return Numbers(
        headers,
        tuple(
            (each.name, number(each.found.of), percent(each.found.share),
             percent(each.found.low),)
            for each in rows
        ),
    )  # fmt: skip


def draw_found(
    plot: Any,
    look: Look,
    rows: Sequence[Found],
    promise: float | None,
    promise_from_mm: float,
    pod: Pod | None = None,
) -> list[Target]:
    """Points at the middle of their sizes, on a logarithmic axis, with bars of both bounds; the
    fitted curve behind them."""
    targets = []
    edges = [_log(each.from_mm) for each in rows] + [_log(_end(each)) for each in rows]
    if pod is not None:
        edges += [_log(pod.sizes_mm[0]), _log(pod.sizes_mm[-1])]
        draw_pod(plot, look, pod)
    left, right = min(edges) - 0.1, max(edges) + 0.1
    low = min(min(each.found.low for each in rows), promise or 1.0)
    low = 0.0 if pod is not None else low
    bottom = max(0.0, math.floor((low - 0.02) * 20) / 20)
    for each in rows:
        x, y = _log(each.middle_mm), each.found.share or 0.0
        pen = look.pen("accent", 2.0)
        start, end = _log(each.from_mm), _log(_end(each))
        plot.addItem(pg.PlotDataItem([start, end], [y, y], pen=look.pen("accent", 1.0)))
        plot.addItem(pg.PlotDataItem([x, x], [each.found.low, each.found.high], pen=pen))
        for bound in (each.found.low, each.found.high):
            plot.addItem(pg.PlotDataItem([x - 0.02, x + 0.02], [bound, bound], pen=pen))
        tip = f"{each.name}: {counted_said(each.found)}"
        targets.append(Target(x - 0.03, each.found.low, x + 0.03, each.found.high, tip))
        # Below the lower bound, where no line runs; n tells how much the point is worth.
        put_text(plot, f"n = {number(each.found.of)}", (x, each.found.low), look,
                 anchor=(0.5, -0.1), share=0.85)  # fmt: skip
    xs = [_log(each.middle_mm) for each in rows]
    dots(plot, xs, [each.found.share or 0.0 for each in rows], 0.7 * look.font_px, look.accent)
    if promise is not None:
        begin = max(left, _log(promise_from_mm)) if promise_from_mm > 0 else left
        dashed = look.pen("quiet", 1.6, Qt.PenStyle.DashLine)
        plot.addItem(pg.PlotDataItem([begin, right], [promise, promise], pen=dashed))
    plot.getViewBox().invertY(False)
    plot.setXRange(left, right, padding=0)
    plot.setYRange(bottom - 0.08 * (1.0 - bottom), 1.02, padding=0)
    ticks = [(_log(mm), f"{number(mm, 1 if mm < 1 else 0)} mm") for mm in TICKS_MM]
    plot.getAxis("bottom").setTicks([ticks, []])
    say_axis(plot.getAxis("left"), lambda p: percent(p, 0) if 0 <= p <= 1 else "")
    return targets


def _log(mm: float | None) -> float:
    return math.log10(max(mm or 0.05, 0.05))


def _end(each: Found) -> float:
    return each.to_mm if each.to_mm is not None else 2.0 * (each.from_mm or 0.05)
