"""Drawings of studies, as SVG for embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trainer.plots import data_uri
from trainer.studies.confidence import mean_of

COLOURS = ("#2a7f62", "#c0392b", "#2c5f8a", "#d18f00", "#6c4f8f", "#7f8c8d")
"""Told apart by lightness too."""


def draw_dots(groups: Mapping[str, Sequence[float]], label: str, scale: float = 1.0) -> str:
    """Each repeat as a dot, with mean and 95 % interval, a line for each group: a data URI."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 0.9 + 0.42 * len(groups)), layout="constrained")
    axes = figure.subplots()
    for row, (_name, values) in enumerate(groups.items()):
        if not values:
            continue
        colour = COLOURS[row % len(COLOURS)]
        shown = [scale * v for v in values]
        mean = mean_of(shown)
        axes.plot(shown, [row] * len(shown), "o", color=colour, alpha=0.45, markersize=5)
        axes.errorbar(
            mean.value, row, xerr=mean.half, fmt="D", color=colour, capsize=5, markersize=6
        )
    axes.set_yticks(range(len(groups)), list(groups))
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlabel(label)
    axes.grid(alpha=0.25, axis="x")
    return data_uri(figure)


def draw_curves(groups: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """Validation loss by epoch: every repeat thin, their mean thick: a data URI."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(9.0, 3.2), layout="constrained")
    axes = figure.subplots()
    for row, (name, curves) in enumerate(groups.items()):
        colour = COLOURS[row % len(COLOURS)]
        for curve in curves:
            axes.plot(range(1, len(curve) + 1), curve, color=colour, alpha=0.3, linewidth=1.0)
        mean = np.mean(np.array(curves), axis=0)
        # One epoch is no line: it is seen by its marks alone.
        style = ("-" if row == 0 else "--") + ("o" if len(mean) == 1 else "")
        axes.plot(range(1, len(mean) + 1), mean, style, color=colour, linewidth=2.2, label=name)
    axes.set(xlabel="epoch", ylabel="validation loss", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.legend(frameon=False, loc="upper right")
    axes.grid(alpha=0.25)
    return data_uri(figure)


def draw_lines(
    places: Sequence[str],
    lines: Mapping[str, Sequence[Sequence[float]]],
    label: str,
    marked: int | None = None,
    scale: float = 100.0,
) -> str:
    """Means with 95 % intervals over places, a line for each name; `marked` place: a data URI."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    axes = figure.subplots()
    for row, (name, groups) in enumerate(lines.items()):
        means = [mean_of([scale * v for v in g]) if g else None for g in groups]
        at = [i + 0.06 * (row - (len(lines) - 1) / 2) for i, m in enumerate(means) if m]
        values = [m.value for m in means if m]
        halves = [m.half or 0.0 for m in means if m]
        axes.errorbar(
            at,
            values,
            yerr=halves,
            marker="o",
            capsize=4,
            color=COLOURS[row % len(COLOURS)],
            label=name,
        )
    if marked is not None:
        axes.axvspan(marked - 0.3, marked + 0.3, color="#f39c12", alpha=0.18, label="advised")
    axes.set_xticks(range(len(places)), places)
    axes.set_ylabel(label)
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    axes.grid(alpha=0.25)
    return data_uri(figure)


def draw_samples(
    pictures: Sequence[Any], answers: Mapping[str, Sequence[tuple[str, str, float]]]
) -> str:
    """Sample pictures (H, W, 3) with what each network says: (truth, said, probability)."""
    from matplotlib.figure import Figure

    count, rows = len(pictures), len(answers)
    figure = Figure(figsize=(2.0 * count, 2.1 + 0.42 * rows), layout="constrained")
    for index, axes in enumerate(np.atleast_1d(figure.subplots(1, count))):
        axes.imshow(pictures[index], cmap="gray" if pictures[index].shape[-1] == 1 else None)
        axes.set_xticks([])
        axes.set_yticks([])
        truth = next(iter(answers.values()))[index][0]
        axes.set_title(truth, fontsize=9)
        lines = []
        for name, said in answers.items():
            true, answer, p = said[index]
            lines.append(f"{'✓' if true == answer else '✗'} {name}: {answer} {p:.0%}")
        axes.set_xlabel("\n".join(lines), fontsize=7)
    return data_uri(figure)
