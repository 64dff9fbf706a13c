"""A check under way: which golden part is wanted next, and what came of those before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from station.domain import Record
from station.errors import ConfigError
from station.shift.check import Placement, place
from station.shift.golden import GoldenPart, GoldenParts
from station.shift.settings import ShiftSettings


@dataclass(frozen=True, slots=True)
class PartResult:
    """One golden part in a check."""

    part: GoldenPart
    placements: tuple[Placement, ...]
    """In order; the last one counts, but for a known bad part that ever passed."""

    @property
    def ok(self) -> bool:
        """Whether the part is as it was."""
        escaped = any(placement.is_escape for placement in self.placements)
        return bool(self.placements) and self.placements[-1].ok and not escaped


@dataclass(slots=True)
class CheckSession:
    """Takes the records of one lot, one after the other. Raises ConfigError where parts lack."""

    golden: GoldenParts
    settings: ShiftSettings
    lot: str
    station: str
    operator: str | None
    begun_at: datetime
    placements: dict[str, list[Placement]] = field(default_factory=dict)
    _given_up: set[str] = field(default_factory=set)
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.golden.lack:
            raise ConfigError(self.golden.lack)

    @property
    def wanted(self) -> GoldenPart | None:
        """Which part to lay down; None: the check is over."""
        return next((part for part in self.golden.parts if not self._is_over(part)), None)

    @property
    def results(self) -> tuple[PartResult, ...]:
        """One for each golden part, shown or not."""
        return tuple(
            PartResult(part, tuple(self.placements.get(part.name, ())))
            for part in self.golden.parts
        )

    @property
    def passed(self) -> bool:
        """Whether every golden part is as it was."""
        return self.wanted is None and all(result.ok for result in self.results)

    @property
    def done(self) -> int:
        """So many parts are over."""
        return sum(self._is_over(part) for part in self.golden.parts)

    def repeats_left(self, part: GoldenPart) -> int:
        """So often a part that is not as it was may be laid down again; 0 after an escape."""
        placed = self.placements.get(part.name, [])
        if part.name in self._given_up or any(placement.is_escape for placement in placed):
            return 0
        return max(0, self.settings.repeats + 1 - len(placed))

    def take(self, record: Record) -> PartResult | None:
        """A part was decided. None: it is no part of this check, or is over.

        The part is the one whose name it carries as its serial; without a serial, the wanted one.
        """
        if record.lot != self.lot or record.uuid in self._taken:
            return None
        part = self.wanted
        if record.part_serial is not None:
            part = self.golden.find(record.part_serial)
        if part is None or self._is_over(part):
            return None
        self._taken.add(record.uuid)
        placement = place(part, record, record.decided_at, self.settings.references_days)
        placed = self.placements.setdefault(part.name, [])
        placed.append(placement)
        return PartResult(part, tuple(placed))

    def give_up(self) -> None:
        """The part that is wanted is not laid down (again): it counts as it is."""
        if (part := self.wanted) is not None:
            self._given_up.add(part.name)

    def _is_over(self, part: GoldenPart) -> bool:
        placed = self.placements.get(part.name, [])
        if part.name in self._given_up:
            return True
        return bool(placed) and (placed[-1].ok or not self.repeats_left(part))
