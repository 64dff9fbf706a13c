"""Everything that is counted for a report, in one pass over the inspections."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from station.domain import Decision
from station.pages.control_chart import Subgroup
from station.store.lot import Step

BINS = 20
"""Of the histogram of defect probabilities."""


@dataclass(frozen=True, slots=True)
class LotCounts:
    """One lot's line where a report covers several."""

    counts: Mapping[Decision, int]
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted. A Counter's order is that in which things were met."""

    counts: Mapping[Decision, int]
    final: Mapping[Decision, int]
    """After people's reviews."""
    moves: Mapping[tuple[Decision, Decision], int]
    """(by the station, by a person) -> parts that were reviewed; the same twice: confirmed."""
    classes: Mapping[Decision, Counter[str]]
    """Of rejected and review parts, by the most probable class."""
    codes: Mapping[Decision, Counter[str]]
    """Of rejected and review parts and errors, by the reason that decided."""
    named: Counter[str]
    """Codes of all the reasons of those parts."""
    names: Mapping[str, Counter[str]]
    """`station`, `operator`, `lot`, `engine`, `bundle` -> value -> parts."""
    lots: Mapping[str, LotCounts]
    histogram: tuple[Mapping[Decision, int], ...]
    """Parts by defect probability, from 0 to 1 in BINS."""
    subgroups: tuple[Subgroup, ...]
    latency_ms: tuple[float, float] | None
    """Median, and what 95 % stay under."""

    @property
    def reviewed(self) -> int:
        """Parts of which a person said a word."""
        return sum(self.moves.values())


def tally(steps: Iterable[Step], subgroup_size: int | None) -> Tally:
    """Count the inspections, given in order. subgroup_size: None makes no subgroups."""
    counting = _Counting(subgroup_size)
    for step in steps:
        counting.add(step)
    return counting.done()


def _zeros() -> dict[Decision, int]:
    return dict.fromkeys(Decision, 0)


def _counters() -> dict[Decision, Counter[str]]:
    return {decision: Counter() for decision in Decision}


@dataclass(slots=True)
class _Counting:
    """The tally while it grows."""

    size: int | None
    counts: dict[Decision, int] = field(default_factory=_zeros)
    final: dict[Decision, int] = field(default_factory=_zeros)
    moves: Counter[tuple[Decision, Decision]] = field(default_factory=Counter)
    classes: dict[Decision, Counter[str]] = field(default_factory=_counters)
    codes: dict[Decision, Counter[str]] = field(default_factory=_counters)
    named: Counter[str] = field(default_factory=Counter)
    names: dict[str, Counter[str]] = field(default_factory=dict)
    lots: dict[str, LotCounts] = field(default_factory=dict)
    histogram: list[dict[Decision, int]] = field(
        default_factory=lambda: [_zeros() for _ in range(BINS)]
    )
    latencies: array[float] = field(default_factory=lambda: array("f"))
    groups: list[Subgroup] = field(default_factory=list)
    group: list[Step] = field(default_factory=list)
    before: Step | None = None

    def __post_init__(self) -> None:
        for name in ("station", "operator", "lot", "engine", "bundle"):
            self.names[name] = Counter()

    def add(self, step: Step) -> None:
        """Count one inspection."""
        decision = step.decision
        self.counts[decision] += 1
        self.final[step.final] += 1
        if step.reviewed:
            self.moves[decision, step.final] += 1
        if decision is not Decision.PASS:
            self.codes[decision][step.codes[0] if step.codes else "-"] += 1
            self.named.update(step.codes)
        if decision in (Decision.REJECT, Decision.REVIEW):
            self.classes[decision][step.predicted_class or "-"] += 1
        for name, value in (
            ("station", step.station),
            ("operator", step.operator),
            ("lot", step.lot),
            ("engine", step.engine),
            ("bundle", step.bundle_sha256),
        ):
            if value:
                self.names[name][value] += 1
        lot = self.lots.setdefault(step.lot or "", LotCounts(_zeros(), step.decided_at))
        lot.counts[decision] += 1  # type: ignore[index]
        if step.defect_probability is not None:
            at = min(int(step.defect_probability * BINS), BINS - 1)
            self.histogram[at][decision] += 1
        if step.latency_ms is not None:
            self.latencies.append(step.latency_ms)
        if self.size is not None and decision is not Decision.ERROR:
            self.group.append(step)
            if len(self.group) == self.size:
                self._close()

    def done(self) -> Tally:
        """The tally as it is now."""
        if self.group:
            self._close()
        latency = None
        if self.latencies:
            median, p95 = np.percentile(np.frombuffer(self.latencies, np.float32), (50, 95))
            latency = (float(median), float(p95))
        return Tally(
            self.counts, self.final, self.moves, self.classes, self.codes, self.named, self.names,
            self.lots, tuple(self.histogram), tuple(self.groups), latency,
        )  # fmt: skip

    def _close(self) -> None:
        """Make a subgroup of the parts at hand."""
        steps, self.group = self.group, []
        found = Counter(step.decision for step in steps)
        self.groups.append(
            Subgroup(
                len(steps), found[Decision.REJECT], found[Decision.REVIEW],
                steps[0].decided_at, steps[-1].decided_at, self._change(steps),
            )
        )  # fmt: skip

    def _change(self, steps: list[Step]) -> str | None:
        """Whether another bundle or engine decided from some part of the subgroup on."""
        said = None
        for step in steps:
            if self.before is not None:
                if step.bundle_sha256 != self.before.bundle_sha256:
                    said = f"bundle {step.bundle_sha256[:12]}"
                elif step.engine != self.before.engine and said is None:
                    said = step.engine
            self.before = step
        return said
