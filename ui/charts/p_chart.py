"""The p-chart: shares of subgroups in order, their limits, and what stands out, in boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import Qt

from station.figures.signals import Rule, Signal
from station.pages.control_chart import ControlChart, Point, Subgroup
from station.store.query import HistoryQuery
from ui.charts.canvas import Target
from ui.charts.look import Look
from ui.charts.marks import dots, put_text, say_axis, spread
from ui.language import tr
from ui.wording import clock, moment, number, percent


def draw_p_chart(
    plot: Any,
    look: Look,
    chart: ControlChart,
    groups: Sequence[Subgroup],
    signals: Sequence[Signal],
    wanted: Sequence[HistoryQuery],
) -> list[Target]:
    """Draw it. wanted: what each point stands for, in the history."""
    points = chart.points
    xs = [float(point.number) for point in points]
    edges = [x - 0.5 for x in xs] + [xs[-1] + 0.5]
    for name in ("upper", "lower"):
        values = [getattr(point, name) for point in points]
        if any(values):
            pen = look.pen("quiet", 1.2, Qt.PenStyle.DashLine)
            plot.plot(edges, values, stepMode="center", pen=pen)
    plot.plot([edges[0], edges[-1]], [chart.mean] * 2, pen=look.pen("quiet", 1.2))
    _changes(plot, look, groups, chart.top)
    plot.plot(xs, [p.share for p in points], pen=look.pen("accent", 1.4))
    beyond, runs = _standing_out(signals)
    size = 0.5 * look.font_px
    _scatter(plot, look, [p for p in points if p.number in runs], "d", 2.2 * size, "text")
    _scatter(plot, look, [p for p in points if p.number in beyond], "s", 2.6 * size, "bad")
    dots(plot, xs, [p.share for p in points], size, look.accent)
    for point in points:
        if point.number in beyond:
            high = point.share > 0.85 * chart.top
            place = (1.2, 0.5) if high else (0.5, 1.4)
            put_text(plot, str(point.number), (point.number, point.share), look, colour="bad",
                     anchor=place, bold=True)  # fmt: skip
    _axes(plot, look, chart, groups)
    reach = 0.02 * chart.top
    return [
        Target(p.number - 0.5, p.share - reach, p.number + 0.5, p.share + reach, tip, query)
        for p, query, group in zip(points, wanted, groups, strict=True)
        for tip in [point_said(p, group)]
    ]


def point_said(point: Point, group: Subgroup) -> str:
    """One point in words."""
    return tr(
        "Subgroup {number}: {count} of {parts} ({share}), limits {lower} to {upper}, "
        "{first} to {last}",
        number=number(point.number), count=number(point.count), parts=number(point.parts),
        share=percent(point.share), lower=percent(point.lower), upper=percent(point.upper),
        first=moment(group.first_at), last=moment(group.last_at),
    )  # fmt: skip


def _standing_out(signals: Sequence[Signal]) -> tuple[set[int], set[int]]:
    """Numbers of the points beyond their limits, and of those in runs."""
    beyond: set[int] = set()
    runs: set[int] = set()
    for signal in signals:
        found = beyond if signal.rule is Rule.BEYOND else runs
        found |= set(range(signal.first, signal.last + 1))
    return beyond, runs


def _scatter(
    plot: Any, look: Look, points: Sequence[Point], symbol: str, size: float, colour: str
) -> None:
    if points:
        plot.addItem(
            pg.ScatterPlotItem(
                [p.number for p in points], [p.share for p in points], symbol=symbol, size=size,
                brush=None, pen=look.pen(colour, 1.6), useCache=False,
            )
        )  # fmt: skip


def _changes(plot: Any, look: Look, groups: Sequence[Subgroup], top: float) -> None:
    for number_, group in enumerate(groups, start=1):
        if group.change:
            plot.addItem(
                pg.InfiniteLine(number_ - 0.5, pen=look.pen("text", 1.0, Qt.PenStyle.DotLine))
            )
            said = look.elided(group.change, 12 * look.font_px, 0.85)
            put_text(plot, said, (number_ - 0.5, top), look, anchor=(0.0, 0.0), share=0.85)


def _axes(plot: Any, look: Look, chart: ControlChart, groups: Sequence[Subgroup]) -> None:
    last = chart.points[-1]
    right = len(chart.points) + 0.5
    for text, value in ((tr("UCL"), last.upper), (tr("mean"), chart.mean), (tr("LCL"), last.lower)):
        if value > 0 or text == tr("mean"):
            put_text(plot, text, (right, value), look, anchor=(0.0, 0.5), share=0.85)
    width = plot.getViewWidget().width() - 6.0 * look.font_px
    room = 1.1 * max(look.width_of(text, 0.85) for text in (tr("UCL"), tr("mean"), tr("LCL")))
    plot.setXRange(0.5, right + (right - 0.5) * room / max(1.0, width - room), padding=0)
    plot.setYRange(0.0, chart.top, padding=0.02)
    digits = 0 if chart.top >= 0.1 else 1 if chart.top >= 0.02 else 2
    say_axis(plot.getAxis("left"), lambda share: percent(share, digits) if share >= 0 else "")
    one_day = groups[0].first_at.astimezone().date() == groups[-1].last_at.astimezone().date()
    shown = spread(len(groups), 6)
    said = clock if one_day else lambda when: moment(when, seconds=False)[5:]
    ticks = [(index + 1, said(groups[index].first_at)) for index in shown]
    plot.getAxis("bottom").setTicks([ticks, []])
