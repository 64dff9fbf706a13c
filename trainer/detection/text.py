"""A POD study as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer.tables import table

GROUPS = ("all", "kinds")


def study_text(figures: Mapping[str, Any]) -> str:
    """Everything that a person asks of a study, as a page of text."""
    level = figures["confidence_level"]
    rows = groups_of(figures)
    head = ("defects", "n", "found", "sizes in mm", "a50", "a90", f"a90/{_level(level)}", "link")
    parts = [
        f"probability of detection on {figures['data']}, answered by {figures['answered_by']}",
        f"found means: {figures['hit']['says']}",
        f"false calls: {false_calls_text(figures)}",
        "",
        table(head, [_row(name, row) for name, row in rows]),
        "",
        f"a90/{_level(level)}: with {level:.0%} confidence this size is found in 90 % of cases; "
        "sizes in mm. A dash: the data do not show it.",
        *_floor(figures["all"], level),
        *(line for name, row in rows for line in remarks(name, row, level)),
    ]
    if figures["unknown_size"]:
        parts.append(f"{figures['unknown_size']} defects of unknown size are left out.")
    if figures["skipped"]:
        parts += ["", f"{len(figures['skipped'])} skipped:", *figures["skipped"]]
    return "\n".join(parts)


def groups_of(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(name, figures) of all defects and of each kind; a single kind is not shown twice."""
    kinds = figures["kinds"]
    if len(kinds) == 1 and kinds[0]["defects"] == figures["all"]["defects"]:
        return [(kinds[0]["kind"], {**figures["all"]})]
    return [("all", figures["all"]), *((row["kind"], row) for row in kinds)]


def false_calls_text(figures: Mapping[str, Any]) -> str:
    """The rate of false calls with its bounds, in words."""
    rate = figures["false_calls"]
    if not rate["of"]:
        return "unknown, there is no good part here"
    low, high = rate["interval"]
    return (
        f"{rate['share']:.2%} ({rate['count']} of {rate['of']} good parts; {low:.2%} to {high:.2%} "
        f"at {figures['confidence_level']:.0%})"
    )


def remarks(name: str, row: Mapping[str, Any], level: float) -> list[str]:
    """What a reader must know before using the figures of one group, a sentence each."""
    found = []
    advice = row["advice"]
    if not advice["supported"]:
        found.append(f"{name}: no a90/{_level(level)}: {advice['reason']}.{_more(advice)}")
    curve = row["curve"]
    if curve is not None and curve["fit_p"] is not None and curve["fit_p"] < 0.05:
        found.append(
            f"{name}: the counts stray from the curve (p = {curve['fit_p']:.2g}): misses of large "
            "defects, or several kinds in one, bend it. Look at the picture before using a90."
        )
    if row["few"] and advice["supported"]:
        found.append(f"{name}: {row['defects']} defects; MIL-HDBK-1823A asks for 60 at least.")
    if row["smallest_mm"] is not None and row["a90_mm"] == row["smallest_mm"]:
        found.append(
            f"{name}: a90 lies at the smallest defect tried or below; try smaller ones to know."
        )
    return found


def millimetres(size_mm: float | None) -> str:
    """`0.512`, or a dash."""
    return "-" if size_mm is None else f"{size_mm:.3g}"


def _more(advice: Mapping[str, Any]) -> str:
    if not advice["more"]:
        return ""
    if advice["from_mm"] is None:
        return f" At least {advice['more']} more defects are needed."
    return (
        f" About {advice['more']} more defects of {advice['from_mm']:.2g} to "
        f"{advice['to_mm']:.2g} mm should do."
    )


def _floor(row: Mapping[str, Any], level: float) -> list[str]:
    floor = row["floor"]
    if floor is None:
        return []
    return [
        f"By counting alone: {floor['hits']} of {floor['of']} defects of {floor['from_mm']:.3g} mm "
        f"and more were found, 90 % on the average of these sizes at {level:.0%} confidence."
    ]


def _row(name: str, row: Mapping[str, Any]) -> tuple[object, ...]:
    sizes = f"{millimetres(row['smallest_mm'])} to {millimetres(row['largest_mm'])}"
    curve = row["curve"]
    return (
        name, row["defects"], row["hits"], sizes, *(
            millimetres(row[key]) for key in ("a50_mm", "a90_mm", "a90_95_mm")
        ), "-" if curve is None else curve["link"],
    )  # fmt: skip


def _level(level: float) -> str:
    return f"{100 * level:g}"
