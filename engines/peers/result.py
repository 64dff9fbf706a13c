"""What the bench measured: a row for each contender, and what follows from them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from engines.backend import Precision
from engines.peers.agreement import Agreement
from engines.peers.peer import KINDS, MATMUL, OURS, Contender, Facts


@dataclass(frozen=True, slots=True)
class Memory:
    """Of a contender's process, over what it held before its runtime was imported; MB. nan where
    the system does not tell."""

    now_mb: float
    """After the last round."""
    peak_mb: float
    growth_mb: float
    """Since before the first round."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contender, measured."""

    contender: Contender
    facts: Facts
    agreement: Agreement | None
    """With ours; None for the one that all are compared with, and for the matrix product."""
    batch: int
    seconds: tuple[float, ...]
    """Of each timed call, one a round."""
    processor_seconds: tuple[float, ...]
    """Of each timed call, all threads together: what other programs cannot lengthen by much."""
    runtime_seconds: tuple[float, ...]
    """For ours: the part of each call inside the runtime; else empty."""
    memory: Memory
    cold_s: float
    """A new process, from its start to its first answer, with an empty cache of compiled models."""
    warm_s: float
    """The same with the cache that the cold start left."""

    @property
    def name(self) -> str:
        """Peer, precision, and the device where that is not the processor."""
        return str(self.contender)

    def percentile_ms(self, share: float) -> float:
        """Latency of a call, ms."""
        return float(np.percentile(self.seconds, share) * 1e3)

    @property
    def p50_ms(self) -> float:
        """Median latency of a call, ms."""
        return self.percentile_ms(50)

    @property
    def processor_ms(self) -> float:
        """Median time of the processor that a call takes, all threads together, ms."""
        return float(np.median(self.processor_seconds) * 1e3)

    @property
    def frames_per_s(self) -> float:
        """Pictures over the time that they took."""
        return self.batch * len(self.seconds) / sum(self.seconds)

    @property
    def outside_runtime(self) -> float | None:
        """For ours: median share of predict() spent on resizing, checking and copying."""
        if not self.runtime_seconds:
            return None
        return float(np.median(1 - np.divide(self.runtime_seconds, self.seconds)))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A contender that was not timed."""

    name: str
    how: str
    """`absent`: not installed; `refused`: gives other answers; `failed`: does not run; `not
    certified`: one of ours that may not decide here."""
    why: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A timed call: who, and from when to when on the machine's monotonic clock."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """A whole bench."""

    bundle: str
    digest: str
    batch: int
    pictures: int
    rounds: int
    machine: Mapping[str, Any]
    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]
    turns: tuple[Turn, ...] = field(repr=False)
    """All timed calls in the order in which they were made."""

    @property
    def ours(self) -> tuple[Row, ...]:
        """Our own rows, the fastest first."""
        mine = (row for row in self.rows if row.contender.peer == OURS)
        return tuple(sorted(mine, key=lambda row: row.p50_ms))

    def row(self, peer: str, precision: Precision) -> Row | None:
        """By name."""
        for row in self.rows:
            if (row.contender.peer, row.contender.precision) == (peer, precision):
                return row
        return None

    def times_ours(self, row: Row) -> float:
        """How many times our fastest median its median is."""
        return row.p50_ms / self.ours[0].p50_ms

    def share_of_ceiling(self, row: Row) -> float | None:
        """Operations of the classification per second, over the machine's largest measured rate in
        this precision; None without that rate."""
        ceiling = self.row(MATMUL, row.contender.precision)
        if ceiling is None or row is ceiling:
            return None
        rate = ceiling.facts.operations / min(ceiling.seconds)
        return ceiling.facts.graph_operations * row.batch / (row.p50_ms / 1e3) / rate

    def over_bare(self, row: Row) -> Overhead | None:
        """What one of our rows takes beyond bare classification in the same precision."""
        bare = self.row("openvino", row.contender.precision)
        if (
            bare is None
            or row.contender.peer != OURS
            or bare.contender.device != row.contender.device
        ):
            return None
        inside = None
        if row.runtime_seconds:
            inside = _excess(row.runtime_seconds, bare.seconds)
        return Overhead(
            heatmap=inside,
            predict=_excess(row.seconds, bare.seconds),
            processor=_excess(row.processor_seconds, bare.processor_seconds),
        )

    def as_dict(self) -> dict[str, Any]:
        """For --json: plain numbers, None where nothing was measured."""
        rows = [self._row_as_dict(row) for row in self.rows]
        return {
            "bundle": self.bundle,
            "digest": self.digest,
            "batch": self.batch,
            "pictures": self.pictures,
            "rounds": self.rounds,
            "machine": dict(self.machine),
            "contenders": rows,
            "left_out": [asdict(each) for each in self.left_out],
        }

    def _row_as_dict(self, row: Row) -> dict[str, Any]:
        over = self.over_bare(row)
        numbers = {
            "p50_ms": row.p50_ms,
            "p95_ms": row.percentile_ms(95),
            "p99_ms": row.percentile_ms(99),
            "best_ms": row.percentile_ms(0),
            "processor_ms": row.processor_ms,
            "frames_per_s": row.frames_per_s,
            "times_ours": self.times_ours(row),
            "share_of_ceiling": self.share_of_ceiling(row),
            "outside_runtime": row.outside_runtime,
            "heatmap_over_bare": None if over is None else over.heatmap,
            "predict_over_bare": None if over is None else over.predict,
            "processor_over_bare": None if over is None else over.processor,
            "memory_mb": row.memory.now_mb,
            "memory_peak_mb": row.memory.peak_mb,
            "memory_growth_mb": row.memory.growth_mb,
            "cold_start_s": row.cold_s,
            "warm_start_s": row.warm_s,
        }
        return {
            "name": row.name,
            "peer": row.contender.peer,
            "precision": row.contender.precision,
            "device": row.contender.device,
            "version": row.facts.version,
            "what": KINDS[row.contender.peer].says,
            "heatmap": row.facts.heatmap,
            "agreement": None if row.agreement is None else asdict(row.agreement),
            "gigaoperations_per_s": _rate(row),
            **{name: _finite(value) for name, value in numbers.items()},
        }


@dataclass(frozen=True, slots=True)
class Overhead:
    """Beyond bare classification by OpenVINO in the same precision: medians over the rounds of
    the share by which one took longer than the other in the same round."""

    heatmap: float | None
    """Our graph inside the runtime; None where the runtime's part is not known."""
    predict: float
    """predict() as a whole: resizing, checks, copies, heatmap."""
    processor: float
    """The same by the processor's time, which is steadier on a machine that others use."""


def _excess(ours: tuple[float, ...], bare: tuple[float, ...]) -> float:
    return float(np.median(np.divide(ours, bare)) - 1)


def _rate(row: Row) -> float | None:
    """For the matrix product: the ceiling."""
    if not row.facts.operations:
        return None
    return row.facts.operations / min(row.seconds) / 1e9


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
