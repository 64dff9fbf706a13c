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
    top = _drawn_top(plot, look, chart, groups)
    _changes(plot, look, groups, top)
    plot.plot(xs, [p.share for p in points], pen=look.pen("accent", 1.4))
    beyond, runs = _standing_out(signals)
    size = 0.5 * look.font_px
    _scatter(plot, look, [p for p in points if p.number in runs], "d", 2.2 * size, "text")
    _scatter(plot, look, [p for p in points if p.number in beyond], "s", 2.6 * size, "bad")
    dots(plot, xs, [p.share for p in points], size, look.accent)
    for point in points:
        if point.number in beyond:
            above_px = _height_px(plot, look) * (chart.top - point.share) / top
            place = (0.5, 1.4) if above_px > 2.6 * look.font_px else (1.2, 0.5)
            put_text(plot, str(point.number), (point.number, point.share), look, colour="bad",
                     anchor=place, bold=True)  # fmt: skip
    _axes(plot, look, chart, groups)
    reach = 0.02 * chart.top
    return [
        Target(p.number - 0.5, p.share - reach, p.number + 0.5, p.share + reach, tip, query)
        for p, query, group in zip(points, wanted, groups, strict=True)
        for tip in [point_said(p, group) + (f"\n{group.change}" if group.change else "")]
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
    """What began to decide, at the top of a line: every other one a line lower, and each as long as
    there is room; all of it is in the tip of its point."""
    end = len(groups) + 0.5
    unit_px = _width_px(plot, look) / len(groups)
    found = _changed(groups)
    for at, _ in found:
        plot.addItem(pg.InfiniteLine(at, pen=look.pen("text", 1.0, Qt.PenStyle.DotLine)))
    for index, (at, change) in enumerate(found):
        after = found[index + 2][0] if index + 2 < len(found) else end
        before = found[index - 2][0] if index >= 2 else 0.5
        said = change.split(" certificate ")[0]
        wide_px, right_px = look.width_of(said, 0.85) + look.font_px, (after - at) * unit_px
        is_left = right_px < wide_px and after == end and at - before > after - at
        room_px = (at - before) * unit_px if is_left else right_px
        said = look.elided(said, max(4.0 * look.font_px, room_px - look.font_px), 0.85)
        put_text(plot, said, (at, top), look, anchor=(float(is_left), -float(index % 2)),
                 share=0.85, on_plate=True)  # fmt: skip


def _changed(groups: Sequence[Subgroup]) -> list[tuple[float, str]]:
    """Where something else began to decide, and what."""
    return [(n - 0.5, group.change) for n, group in enumerate(groups, start=1) if group.change]


def _drawn_top(plot: Any, look: Look, chart: ControlChart, groups: Sequence[Subgroup]) -> float:
    """The top of the chart, with room for what began to decide above all points and limits."""
    rows = min(2, len(_changed(groups)))
    return chart.top * (1.0 + rows * 2.0 * look.font_px / _height_px(plot, look))


def _width_px(plot: Any, look: Look) -> float:
    """Of the points."""
    return float(max(1.0, plot.getViewWidget().width() - 6.0 * look.font_px - _names_px(look)))


def _height_px(plot: Any, look: Look) -> float:
    """Of the points, about."""
    return float(max(4.0 * look.font_px, plot.getViewWidget().height() - 3.0 * look.font_px))


def _names_px(look: Look) -> float:
    """What the names of the limits take at the right."""
    return 1.1 * max(look.width_of(text, 0.85) for text in (tr("UCL"), tr("mean"), tr("LCL")))


def _limit_names(chart: ControlChart, apart: float) -> list[tuple[str, float]]:
    """Names beside the limits, from the lowest up, none upon another."""
    last = chart.points[-1]
    found: list[tuple[str, float]] = []
    for text, value in ((tr("LCL"), last.lower), (tr("mean"), chart.mean), (tr("UCL"), last.upper)):
        if value > 0 or value == chart.mean:
            found.append((text, max(value, found[-1][1] + apart) if found else value))
    return found


def _axes(plot: Any, look: Look, chart: ControlChart, groups: Sequence[Subgroup]) -> None:
    top = _drawn_top(plot, look, chart, groups)
    right = len(chart.points) + 0.5
    apart = look.font_px * top / _height_px(plot, look)
    for text, at in _limit_names(chart, apart):
        put_text(plot, text, (right, at), look, anchor=(0.0, 0.5), share=0.85)
    room = _names_px(look) / _width_px(plot, look)
    plot.setXRange(0.5, right + (right - 0.5) * room, padding=0)
    plot.setYRange(0.0, top, padding=0.02)
    digits = 0 if chart.top >= 0.1 else 1 if chart.top >= 0.02 else 2
    say_axis(plot.getAxis("left"), lambda p: percent(p, digits) if 0 <= p <= 1 else "")
    one_day = groups[0].first_at.astimezone().date() == groups[-1].last_at.astimezone().date()
    shown = spread(len(groups), 6)
    said = clock if one_day else lambda when: moment(when, seconds=False)[5:]
    ticks = [(index + 1, said(groups[index].first_at)) for index in shown]
    plot.getAxis("bottom").setTicks([ticks, []])
