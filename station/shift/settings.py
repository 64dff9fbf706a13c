"""How the start of a shift is checked: the table [shift] of station.toml."""

from __future__ import annotations

from dataclasses import dataclass

from station.errors import ConfigError
from station.limits import require_between


@dataclass(frozen=True, slots=True)
class ShiftSettings:
    """Raises ConfigError for an impossible value."""

    required: bool = False
    """Whether production is locked until golden parts passed, or a supervisor overrode it."""
    valid_h: float = 8.0
    """So long a check that passed holds."""
    override_h: float = 1.0
    """So long a supervisor's override holds."""
    references_days: float = 90.0
    """A golden part is to be taken up again after so long."""
    placements: int = 8
    """So often a golden part is laid down when it is taken up."""
    repeats: int = 1
    """So often a golden part may be laid down again in a check."""
    confidence: float = 0.997
    """Share of placements of a sound bench that lie within the tolerance, for each measure."""

    def __post_init__(self) -> None:
        require_between("shift.valid_h", self.valid_h, 0.1, 168.0, "hours")
        require_between("shift.override_h", self.override_h, 0.1, 24.0, "hours")
        require_between("shift.references_days", self.references_days, 1.0, 3650.0, "days")
        require_between("shift.placements", self.placements, 3, 50, "placements")
        require_between("shift.repeats", self.repeats, 0, 5)
        require_between("shift.confidence", self.confidence, 0.9, 0.9999)
        if self.override_h > self.valid_h:
            raise ConfigError(
                "shift.override_h is {override_h:g}, longer than shift.valid_h "
                "{valid_h:g}: overriding a check would be worth more than passing it. "
                "Lower it.",
                override_h=self.override_h,
                valid_h=self.valid_h,
            )
