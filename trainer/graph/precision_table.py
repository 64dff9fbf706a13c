"""The figures of every precision as text for a terminal and for the model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainer.tables import table

HEAD = (
    *("precision", "accuracy", "escapes", "overkill", "cal. error", "max |dp|", "differing"),
    *("extra review", "heatmap median", "least", "in bundle"),
)


def precisions_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows of a bundle's metrics["precisions"], and below them what must be said of each."""
    pictures = next((row["pictures"] for row in rows if row["executed"]), 0)
    done = [row for row in rows if row["executed"]]
    names = list(done[0]["class_accuracy"]) if done else []
    parts = [
        f"{pictures} validation pictures",
        table(HEAD, [_row(row) for row in done]),
        table(
            ("accuracy of", *names),
            [(r["precision"], *(f"{r['class_accuracy'][n]:.2%}" for n in names)) for r in done],
        ),
        "\n".join(_remarks(rows)),
    ]
    return "\n\n".join(parts)


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        row["precision"],
        f"{row['accuracy']:.2%}",
        "{} of {}".format(*row["escapes"]),
        "{} of {}".format(*row["overkill"]),
        f"{row['calibration_error']:.4f}",
        f"{row['max_dp']:.2g}",
        row["differing"],
        f"{row['extra_review']:+.2%}",
        f"{row['heatmap_median']:.4f}",
        f"{row['heatmap_min']:.4f}",
        "yes" if row["in_bundle"] else "no",
    )


def _remarks(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        lines.append(f"{row['precision']}: {row['arithmetic']}")
        fate = "kept as asked, although" if row["in_bundle"] else "left out, because"
        lines += [f"  {fate} {each}" for each in row["shortcomings"]]
    return lines
