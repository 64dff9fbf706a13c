"""Curves and histograms of a run, as SVG for embedding."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.history import EpochRow
from trainer.metrics import RealArray

GOOD_COLOUR, DEFECT_COLOUR, MUTED = "#2a7f62", "#c0392b", "#7f8c8d"
SCORE_LIMIT = 15.0
"""Log-odds beyond are drawn at the edge."""


def plot_curves(rows: Sequence[EpochRow], best_epoch: int) -> str:
    """Loss and accuracy per epoch, the best epoch and a second phase marked: a data URI."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [r.epoch for r in rows]
    style: dict[str, Any] = {"marker": ".", "linewidth": 1.6}
    left.plot(epochs, [r.loss for r in rows], color=MUTED, label="training", **style)
    left.plot(epochs, [r.val_loss for r in rows], color=DEFECT_COLOUR, label="validation", **style)
    left.set(title="Loss", xlabel="epoch", yscale="log")
    accuracy = [r.accuracy for r in rows]
    right.plot(epochs, accuracy, color=MUTED, label="training", **style)
    balanced = [r.val_balanced_accuracy for r in rows]
    right.plot(epochs, balanced, color=GOOD_COLOUR, label="validation, balanced", **style)
    right.set(title="Accuracy", xlabel="epoch", ylim=(min(0.45, *balanced, *accuracy) - 0.01, 1.01))
    later = [r.epoch for r in rows if r.phase > 1]
    for axes, corner in ((left, "upper right"), (right, "lower right")):
        if later:
            span = (later[0] - 0.5, later[-1] + 0.5)
            axes.axvspan(*span, color="#2980b9", alpha=0.1, linewidth=0, label="second phase")
        axes.axvline(best_epoch, color="#2c3e50", linestyle=":", label=f"kept: epoch {best_epoch}")
        axes.xaxis.get_major_locator().set_params(integer=True)
        # Not "best", which searches, and warns when that is slow.
        axes.legend(framealpha=0.85, edgecolor="none", fontsize=8, loc=corner)
        axes.grid(alpha=0.25)
    return data_uri(figure)


def plot_scores(
    score: RealArray,
    is_defect: np.ndarray[Any, np.dtype[np.bool_]],
    pass_below: float,
    reject_from: float,
) -> str:
    """Histogram of the log-odds (N,) of being a defect, with the two thresholds: a data URI."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 3.0), layout="constrained")
    axes = figure.subplots()
    shown = np.clip(score, -SCORE_LIMIT, SCORE_LIMIT)
    bins = np.linspace(-SCORE_LIMIT, SCORE_LIMIT, 61).tolist()
    parts = ((~is_defect, GOOD_COLOUR, "good parts"), (is_defect, DEFECT_COLOUR, "defects"))
    for chosen, colour, name in parts:
        axes.hist(shown[chosen], bins, color=colour, alpha=0.6, label=f"{name} ({chosen.sum()})")
    low, high = (_logit(p) for p in (pass_below, reject_from))
    axes.axvspan(low, high, color="#f39c12", alpha=0.2, label="REVIEW")
    axes.axvline(low, color="#2c3e50", linewidth=1.2)
    axes.axvline(high, color="#2c3e50", linewidth=1.2, linestyle="--")
    axes.set(
        xlabel=f"PASS below {pass_below:.4g}, REJECT from {reject_from:.4g} (defect probability; "
        "axis in log-odds)",
        ylabel="pictures",
        xlim=(-SCORE_LIMIT - 0.5, SCORE_LIMIT + 0.5),
        yscale="symlog",
        ylim=(0, None),
    )
    axes.legend(frameon=False, fontsize=8, loc="upper center")
    return data_uri(figure)


def _logit(p: float) -> float:
    clear = min(max(p, 1e-12), 1.0 - 1e-12)
    return float(np.clip(np.log(clear) - np.log1p(-clear), -SCORE_LIMIT, SCORE_LIMIT))


def data_uri(figure: Any) -> str:
    """A matplotlib figure as SVG."""
    stream = io.BytesIO()
    figure.savefig(stream, format="svg")
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
