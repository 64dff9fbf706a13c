"""A finished gauge study as a page: values, table of variance, verdicts; complete in itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.atomic_file import write_atomically
from station.errors import StationError
from station.gauge.agreement import Share
from station.gauge.book import KeptStudy
from station.pages.page import render

TEMPLATE = "gauge.html.j2"
WIDE, HIGH, LEFT, TOP = 760.0, 230.0, 64.0, 12.0
"""Of the chart of values, in its own units."""
SHAPES = ("circle", "square", "triangle")
"""An operator is told by shape, not by colour alone."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One placement in the chart."""

    x: float
    y: float
    operator: int
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the grid, or one part below the chart."""

    at: float
    text: str


def write_page(kept: KeptStudy, folder: Path) -> Path:
    """Write the page beside the study; returns where. Raises StationError."""
    path = folder / f"gauge {kept.at:%Y-%m-%d %H.%M.%S}Z.html"
    try:
        write_atomically(path, gauge_page(kept))
    except OSError as error:
        raise StationError(
            "{path} cannot be written ({strerror}). Make room, or see who may write there.",
            path=path,
            strerror=error.strerror,
        ) from error
    return path


def gauge_page(kept: KeptStudy) -> bytes:
    """The page, UTF-8."""
    study, findings = kept.study, kept.findings
    found = findings.agreement
    rows = [("all operators", found.between, found.between_kappa)]
    rows += [(name, share, found.within_kappa[name]) for name, share in found.within.items()]
    known = [
        ("verdicts that agree with what is known", found.effectiveness),
        ("known bad that passed (escapes)", found.escapes),
        ("known good that was rejected (overkill)", found.overkill),
    ]
    low, high = _bounds(kept)
    return render(
        TEMPLATE,
        {"share": _share},
        kept=kept,
        study=study,
        plan=study.plan,
        gauge=findings.gauge,
        one=findings.type1,
        agreed=rows,
        known=[(text, share) for text, share in known if share is not None],
        dots=list(_dots(kept, low, high)),
        parts=[
            Tick(_x(index, len(study.plan.parts)), part.name)
            for index, part in enumerate(study.plan.parts)
        ],
        grid=[Tick(_y(value, low, high), f"{value:.4g}") for value in _steps(low, high)],
        chart=(WIDE, HIGH, LEFT, TOP),
        shapes=SHAPES,
        values=[
            (part.name, who, findings.values[part.name, who])
            for part in study.plan.parts
            for who in study.plan.operators
        ],
        infinite=math.inf,
    )


def _bounds(kept: KeptStudy) -> tuple[float, float]:
    values = [value for row in kept.findings.values.values() for value in row]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or max(1e-3, 0.01 * abs(high))
    return low - room, high + room


def _dots(kept: KeptStudy, low: float, high: float) -> Iterator[Dot]:
    plan = kept.study.plan
    shift = 0.6 * (WIDE - LEFT) / len(plan.parts) / max(1, len(plan.operators))
    for index, part in enumerate(plan.parts):
        for operator, who in enumerate(plan.operators):
            x = _x(index, len(plan.parts)) + (operator - 0.5 * (len(plan.operators) - 1)) * shift
            for trial, value in enumerate(kept.findings.values[part.name, who], 1):
                title = f"{part.name}, {who}, round {trial}: {value:.5g}"
                yield Dot(x, _y(value, low, high), operator, title)


def _x(index: int, count: int) -> float:
    return LEFT + (WIDE - LEFT) * (index + 0.5) / count


def _y(value: float, low: float, high: float) -> float:
    return TOP + (HIGH - TOP) * (high - value) / (high - low)


def _steps(low: float, high: float) -> list[float]:
    return [low + (high - low) * step / 4 for step in range(5)]


def _share(share: Share) -> str:
    bounds = f"95 % between {share.low:.1%} and {share.high:.1%}"
    return f"{share.value:.1%} ({share.hits} of {share.of}; {bounds})"
