"""What a page about the shift's start shows, in one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from station.config import StationConfig
from station.domain import Record
from station.shift.book import (
    ShiftCheck,
    checks,
    folder_of,
    golden_parts,
    keep_golden,
)
from station.shift.drift import Drift, drifts
from station.shift.golden import GoldenPart, GoldenParts, taken_up
from station.shift.state import State, production_open
from station.store.store import Store
from station.trust import trusted_bundle


@dataclass(frozen=True, slots=True)
class ShiftNow:
    """The state of the lock, the golden parts, and the last checks."""

    state: State
    golden: GoldenParts
    checks: tuple[ShiftCheck, ...]
    """Oldest first."""
    lost: tuple[str, ...]
    """Checks whose documents cannot be shown, and why."""
    drifts: tuple[Drift, ...]
    bundle_sha256: str


def shift_now(store: Store, config: StationConfig, now: datetime) -> ShiftNow:
    """Everything at once. Raises StationError or BundleError."""
    bundle = trusted_bundle(config.bundle, config.trust).digest
    folder = folder_of(config)
    found, lost = checks(store, folder, config.station)
    return ShiftNow(
        production_open(store, config.station, config.shift, now, bundle),
        golden_parts(store, folder, config.station),
        found,
        lost,
        drifts(found),
        bundle,
    )


def take_up(
    store: Store,
    config: StationConfig,
    part: GoldenPart,
    records: Sequence[Record],
    by: str,
    now: datetime,
) -> GoldenParts:
    """Learn a golden part from its placements and keep it, beside what it measured under other
    models. Raises ConfigError where the placements contradict it; StationError."""
    folder = folder_of(config)
    former = golden_parts(store, folder, config.station).find(part.name)
    if former is not None and former.good is part.good:
        part = replace(part, references=former.references)
    known = taken_up(part, records, by, now, config.shift.confidence)
    return keep_golden(store, folder, config.station, known, by, now)
