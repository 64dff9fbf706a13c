"""The figures of explanations as text for a terminal."""

from __future__ import annotations

from typing import Any

from trainer.tables import table


def explanations_text(figures: dict[str, Any]) -> str:
    """A table of every explanation and every baseline, and what the checks say."""
    places = figures["places"]
    head = ["explanation", "deletion", "insertion"]
    if places is not None:
        head += ["energy", "pointing"]
    rows = [_row(n, r, places) for n, r in figures["explained"].items()]
    rows += [_row(f"({n} map)", r, places) for n, r in figures["baselines"].items()]
    parts = [
        f"{figures['pictures']} test pictures, {figures['wrong']} of them taken for another class",
        "",
        table(head, rows),
        "",
        "deletion: lower is better; insertion: higher. Mean and 95 % interval.",
    ]
    if places is not None:
        parts.append(
            f"energy and pointing: {places['of']} pictures with {places['kind']}, rightly "
            f"classified; these cover {places['area']['mean']:.1%} of a picture."
        )
    for name, row in figures["explained"].items():
        last = row["randomisation"]["stages"][-1]["spearman"]
        verdict = "changes with" if row["randomisation"]["depends_on_weights"] else "IGNORES"
        parts.append(
            f"{name} {verdict} the weights: rank correlation {_of(last)} once all are random"
        )
        if "stability" in row:
            found = row["stability"]
            parts.append(
                f"{name} over {found['seeds']} seeds: Jaccard {_of(found['jaccard'])} (by chance "
                f"{found['by_chance']:.2f}), rank correlation {_of(found['spearman'])}"
            )
    return "\n".join(parts)


def _row(name: str, row: dict[str, Any], places: dict[str, Any] | None) -> list[str]:
    cells = [name, _of(row["deletion"]), _of(row["insertion"])]
    if places is not None:
        hits = row["pointing"]
        low, high = hits["interval"]
        cells += [_of(row["energy"]), f"{hits['share']:.2f} ({low:.2f} to {high:.2f})"]
    return cells


def _of(mean: dict[str, Any]) -> str:
    low, high = mean["interval"]
    return f"{mean['mean']:.2f} ({low:.2f} to {high:.2f})"
