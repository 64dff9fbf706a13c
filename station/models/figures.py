"""What a bundle says of itself: figures of its test pictures, found defects by size, its budget.

A bundle's metrics are what its trainer wrote; one without them, or with others, says nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.bundle import Bundle
from station.models.pod import Pod, pod_of

SETS = ("test", "validation")
"""Which pictures' figures are shown: the first that are there. Those of validation flatter, for
the limits were chosen on them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """`count` of `of`, with exact bounds. Raises ValueError where that cannot be."""

    count: int
    of: int
    low: float
    high: float
    """Clopper-Pearson, two-sided 95 %, in [0, 1]."""

    def __post_init__(self) -> None:
        if not (0 <= self.count <= self.of and 0.0 <= self.low <= self.high <= 1.0):
            raise ValueError(f"{self.count} of {self.of}, {self.low} to {self.high}")

    @property
    def share(self) -> float | None:
        """In [0, 1]; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def rest(self) -> Counted:
        """What was not counted: found defects, where the escapes were counted."""
        return Counted(self.of - self.count, self.of, 1.0 - self.high, 1.0 - self.low)


@dataclass(frozen=True, slots=True)
class Found:
    """Defects of one size, or of one kind, and how many were not passed."""

    name: str
    """`1-2 mm`, or the kind's name."""
    from_mm: float | None
    """None: a kind."""
    to_mm: float | None
    """None: a kind, or the largest sizes, which are not bounded."""
    found: Counted
    """REVIEW or REJECT: a person sees it."""
    rejected: int
    """Of these, by the model alone."""

    @property
    def middle_mm(self) -> float | None:
        """Where a chart shows it: in the middle of its sizes, on a logarithmic axis."""
        if self.from_mm is None:
            return None
        low = max(self.from_mm, 0.05)
        return math.sqrt(low * (self.to_mm or 2.0 * low))


@dataclass(frozen=True, slots=True)
class Budget:
    """What may go wrong at most, and what the validation pictures show of it."""

    budget: float
    """Share that was allowed."""
    count: int
    total: int
    upper: float
    """One-sided bound at `confidence`."""
    supported: bool
    more_needed: int
    """So many more pictures would support it; 0: it is supported."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it; None and empty where the bundle does not say."""

    of: str | None
    """One of SETS."""
    pictures: int
    accuracy: float | None
    escapes: Counted | None
    overkill: Counted | None
    review_good: Counted | None
    by_size: tuple[Found, ...]
    by_kind: tuple[Found, ...]
    confidence: float | None
    """Of the budgets' bounds."""
    escape: Budget | None
    overkill_budget: Budget | None
    escape_from_mm: float | None
    """Smaller defects do not count for the budget of escapes; None or 0: all do."""
    trained_on: str | None
    exported_at: str | None
    """ISO 8601."""
    pod: Pod | None = None
    """The fitted curve over all kinds of defects."""


def figures_of(bundle: Bundle) -> Figures:
    """Of a verified bundle."""
    metrics = bundle.metrics
    name = next((name for name in SETS if isinstance(metrics.get(name), Mapping)), None)
    body: Mapping[str, Any] = {} if name is None else metrics[name]
    point, provenance = bundle.operating_point, bundle.provenance
    return Figures(
        of=name,
        pictures=int(_number(body, "pictures") or 0),
        accuracy=_number(body, "accuracy"),
        escapes=_counted(body.get("escapes")),
        overkill=_counted(body.get("overkill")),
        review_good=_counted(body.get("review_good")),
        by_size=_found(body.get("by_size"), "size"),
        by_kind=_found(body.get("by_kind"), "kind"),
        confidence=_number(point, "confidence_level"),
        escape=_budget(point.get("escape")),
        overkill_budget=_budget(point.get("overkill")),
        escape_from_mm=_number(_mapping(provenance.get("config")), "escape_from_mm"),
        trained_on=_text(provenance.get("data")),
        exported_at=_text(provenance.get("exported_at")),
        pod=pod_of(metrics),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(body: Mapping[str, Any], name: str) -> float | None:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def _counted(value: Any) -> Counted | None:
    try:
        low, high = value["interval"]
        return Counted(int(value["count"]), int(value["of"]), float(low), float(high))
    except (KeyError, TypeError, ValueError):
        return None


def _budget(value: Any) -> Budget | None:
    try:
        return Budget(
            float(value["budget"]), int(value["count"]), int(value["total"]),
            float(value["upper"]), bool(value["supported"]), int(value["more_needed"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def _found(rows: Any, name: str) -> tuple[Found, ...]:
    """Rows that cannot be read are left out; sizes come in their order."""
    found = []
    for row in rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ():
        body = _mapping(row)
        escapes, text = _counted(body.get("escapes")), _text(body.get(name))
        if escapes is None or text is None or not escapes.of:
            continue
        from_mm = _number(body, "from_mm") if name == "size" else None
        rejected = int(_number(body, "reject") or 0)
        to_mm = None if from_mm is None else _upper_mm(text)
        found.append(Found(text, from_mm, to_mm, escapes.rest, rejected))
    return tuple(sorted(found, key=lambda each: each.from_mm or 0.0) if name == "size" else found)


def _upper_mm(size: str) -> float | None:
    """`0.5-1 mm` -> 1.0; None where no upper bound is named."""
    try:
        return float(size.removesuffix("mm").strip().split("-")[1])
    except (IndexError, ValueError):
        return None
