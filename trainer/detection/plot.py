"""The picture of a POD study: the curve with bounds, hits and misses, and each kind beside it."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from trainer.detection.text import groups_of, millimetres
from trainer.intervals import rate_interval
from trainer.plots import DEFECT_COLOUR, GOOD_COLOUR, MUTED

INK = "#2c3e50"
BINS = 8
"""Groups of equal number, counted for the eye."""
TICKS_MM = (0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20, 50, 100)
ACROSS = 3
"""Small plots in one row."""


def draw_study(figures: Mapping[str, Any]) -> Any:
    """A matplotlib Figure: the first group large, the others small below it."""
    from matplotlib.figure import Figure

    first, *others = groups_of(figures)
    rows = math.ceil(len(others) / ACROSS)
    figure = Figure(figsize=(10.5, 5.0 + 2.9 * rows), layout="constrained")
    grid = figure.add_gridspec(1 + rows, ACROSS, height_ratios=[5.0, *[2.9] * rows])
    limits = _limits([row for _, row in (first, *others)])
    _draw(figure.add_subplot(grid[0, :]), *first, figures, limits, large=True)
    for place, (name, row) in enumerate(others):
        axes = figure.add_subplot(grid[1 + place // ACROSS, place % ACROSS])
        _draw(axes, name, row, figures, limits, large=False)
    return figure


def as_bytes(figure: Any, form: str) -> bytes:
    """The figure as `png` or `svg`."""
    stream = io.BytesIO()
    figure.savefig(stream, format=form, dpi=140)
    return stream.getvalue()


def _limits(rows: list[Mapping[str, Any]]) -> tuple[float, float]:
    sized = [row for row in rows if row["defects"]]
    low = min(row["smallest_mm"] for row in sized)
    high = max(row["largest_mm"] for row in sized)
    return low / 1.08, high * 1.08


def _draw(
    axes: Any,
    name: str,
    row: Mapping[str, Any],
    figures: Mapping[str, Any],
    limits: tuple[float, float],
    large: bool,
) -> None:
    level, curve = figures["confidence_level"], row["curve"]
    found, missed = np.array(row["found_mm"]), np.array(row["missed_mm"])
    axes.axhline(0.9, color=MUTED, linewidth=0.8, linestyle=":")
    if curve is not None:
        sizes = curve["size_mm"]
        label = f"one-sided {level:.0%} bounds" if large else None
        axes.fill_between(
            sizes, curve["low"], curve["high"], color=INK, alpha=0.14, linewidth=0, label=label
        )
        label = f"POD, {curve['link']}" if large else None
        axes.plot(sizes, curve["pod"], color=INK, linewidth=2.0, label=label)
    _counts(axes, found, missed, level, large)
    _rug(axes, found, 1.045, GOOD_COLOUR, f"{len(found)} found" if large else None)
    _rug(axes, missed, -0.045, DEFECT_COLOUR, f"{len(missed)} missed" if large else None)
    _mark(axes, row, level, large)
    axes.set_xscale("log")
    axes.set(xlim=limits, ylim=(-0.09, 1.09))
    ticks = [tick for tick in TICKS_MM if limits[0] <= tick <= limits[1]]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 0.9, 1.0], ["0", "25", "50", "75", "90", "100 %"])
    axes.grid(alpha=0.2)
    if large:
        axes.set(xlabel="size of the defect in mm", ylabel="probability of detection")
        axes.legend(frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1.0, 0.1))
        rate = figures["false_calls"]["share"]
        called = "no good part" if rate is None else f"{rate:.1%} false calls"
        axes.set_title(f"{_named(name)}, at {called}", fontsize=12)
    else:
        axes.set_title(f"{name} ({row['hits']} of {row['defects']})", fontsize=10)
        axes.tick_params(labelsize=8)


def _named(name: str) -> str:
    return "All defects" if name == "all" else f"Defects: {name}"


def _counts(axes: Any, found: Any, missed: Any, level: float, large: bool) -> None:
    """Shares of groups of equal number, with exact intervals: what the curve should go through."""
    sizes = np.concatenate((found, missed))
    hits = np.concatenate((np.ones(len(found)), np.zeros(len(missed))))
    order = np.argsort(sizes, kind="stable")
    groups = min(BINS, len(sizes) // 10)
    if groups < 2:
        return
    first = True
    for part in np.array_split(order, groups):
        count, of = int(hits[part].sum()), len(part)
        low, high = rate_interval(count, of, level)
        middle, share = float(np.exp(np.log(sizes[part]).mean())), count / of
        axes.errorbar(
            middle, share, [[share - low], [high - share]], color=MUTED, fmt="o", markersize=4,
            linewidth=1.0, capsize=2, label="counted, in groups" if large and first else None,
        )  # fmt: skip
        first = False


def _rug(axes: Any, sizes: Any, height: float, colour: str, label: str | None) -> None:
    axes.plot(
        sizes, np.full(len(sizes), height), "|", color=colour, alpha=0.5, markersize=7, label=label
    )


def _mark(axes: Any, row: Mapping[str, Any], level: float, large: bool) -> None:
    """a50, a90 and a90/95 on the curve and its lower bound."""
    bound = f"a90/{100 * level:g}"
    points = (
        ("a50", row["a50_mm"], 0.5),
        ("a90", row["a90_mm"], 0.9),
        (bound, row["a90_95_mm"], 0.9),
    )
    for name, size, pod in points:
        if size is None or size <= row["smallest_mm"] or (not large and name == "a50"):
            continue  # at or below the smallest defect the curve is not drawn
        strong = name == bound
        colour = DEFECT_COLOUR if strong else INK
        axes.plot([size, size], [-0.09, pod], color=colour, linewidth=1.0, linestyle="--")
        axes.plot([size], [pod], "o", color=colour, markersize=5)
        if large:
            side = (4, "left") if strong or name == "a50" else (-4, "right")
            height = {"a50": 0.28, "a90": 0.10, bound: 0.02}[name]
            axes.annotate(
                f"{name} {millimetres(size)} mm", (size, height), xytext=(side[0], 0),
                textcoords="offset points", fontsize=9.5, color=colour, ha=side[1],
                fontweight="bold" if strong else "normal",
            )  # fmt: skip
    if not large:
        size = row["a90_95_mm"]
        axes.text(
            0.97, 0.08, f"{bound} {'not shown' if size is None else millimetres(size) + ' mm'}",
            transform=axes.transAxes, ha="right", fontsize=9,
            color=DEFECT_COLOUR,
        )  # fmt: skip
