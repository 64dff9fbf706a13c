"""The fitted POD curve of a bundle in the chart of found defects, and what it claims in words."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import Qt

from station.models.pod import Pod
from ui.charts.look import Key, Look
from ui.charts.marks import put_text
from ui.language import tr
from ui.wording import number, percent


def keys_of_pod() -> list[Key]:
    """What the lines mean."""
    return [
        Key(tr("fitted POD curve"), colour="text"),
        Key(tr("its one-sided bounds"), colour="quiet", dashed=True),
    ]


def note_on(pod: Pod) -> str:
    """The three sizes, or that they are not shown, and at what price."""
    unshown = tr("not shown by the data")
    sizes = ", ".join(
        f"{name} {unshown if size is None else _mm(size)}"
        for name, size in (
            ("a50", pod.a50_mm), ("a90", pod.a90_mm), (bound_name(pod), pod.a90_bound_mm),
        )
    )  # fmt: skip
    text = tr("POD curve after MIL-HDBK-1823A over {count} defects: {sizes}.").format(
        count=number(pod.defects), sizes=sizes
    )
    if pod.false_calls is not None:
        text += " " + tr(
            "{share} of the good parts are called defective by the same limit."
        ).format(share=percent(pod.false_calls))
    if pod.found_means == "reject":
        text += " " + tr("The curve counts what is rejected, not what goes to REVIEW.")
    elif pod.found_means == "false-calls":
        text += " " + tr("The curve has a limit of its own, not that of the points.")
    return text


def bound_name(pod: Pod) -> str:
    """`a90/95`."""
    return f"a90/{100 * pod.level:g}"


def draw_pod(plot: Any, look: Look, pod: Pod) -> None:
    """The curve and its bounds over the logarithm of the size; a90/95 where it is shown."""
    xs = [math.log10(size) for size in pod.sizes_mm]
    dashed = look.pen("quiet", 1.2, Qt.PenStyle.DashLine)
    for values in (pod.low, pod.high):
        plot.addItem(pg.PlotDataItem(xs, list(values), pen=dashed))
    plot.addItem(pg.PlotDataItem(xs, list(pod.pod), pen=look.pen("text", 2.0)))
    if pod.a90_bound_mm is not None:
        x = math.log10(pod.a90_bound_mm)
        plot.addItem(pg.PlotDataItem([x, x], [0.0, 0.9], pen=look.pen("text", 1.2)))
        text = f"{bound_name(pod)} {_mm(pod.a90_bound_mm)}"
        put_text(plot, text, (x, 0.03), look, colour="text", anchor=(-0.05, 1.0), bold=True)


def _mm(size_mm: float) -> str:
    return f"{number(size_mm, 2)} mm"
