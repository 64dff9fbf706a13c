"""How a sorter is told: frozen, checked at birth. The fields are the keys of [gate]."""

from __future__ import annotations

import math
from dataclasses import dataclass

from station.errors import ConfigError


@dataclass(frozen=True, slots=True)
class GateSettings:
    """A TCP port that a controller connects to, an output line, or both. Raises ConfigError."""

    port: int | None = None
    """Where a controller connects; None: no TCP. 0: any free one, for trying."""
    host: str = "127.0.0.1"
    """The address to listen on: the one of the machine network. Anyone there may listen."""
    chip: str | None = None
    """`/dev/gpiochip0`; None: no output line."""
    line: str | int | None = None
    """Number or name of the line on that chip."""
    active_low: bool = False
    hold_ms: float = 500.0
    """So long the way is open for a part."""
    gap_ms: float = 20.0
    """So long the line drops between two parts that pass one after the other."""
    heartbeat_s: float = 0.5
    """A controller that hears nothing for 2.5 of these must stop."""
    fresh_s: float = 5.0
    """A part whose picture is older opens nothing: it has long gone by."""

    def __post_init__(self) -> None:
        if self.port is None and self.chip is None:
            raise ConfigError("a gate needs gate.port, or gate.chip and gate.line. Give one.")
        if self.port is not None and not 0 <= self.port <= 65535:
            raise ConfigError("gate.port is {port}; expected 1 to 65535.", port=self.port)
        if (self.chip is None) != (self.line is None):
            raise ConfigError(
                "gate.chip is {chip!r} and gate.line is {line!r}. Give both, or neither.",
                chip=self.chip,
                line=self.line,
            )
        if isinstance(self.line, int) and self.line < 0:
            raise ConfigError("gate.line is {line}; expected 0 or more, or a name.", line=self.line)
        for key in ("hold_ms", "heartbeat_s", "fresh_s"):
            value = getattr(self, key)
            if not (math.isfinite(value) and value > 0.0):
                raise ConfigError(
                    "gate.{key} is {value}; expected a number above 0.", key=key, value=value
                )
        if not 0.0 <= self.gap_ms < self.hold_ms:
            raise ConfigError(
                "gate.gap_ms is {gap_ms:g}; expected 0 or more, and less than gate.hold_ms "
                "{hold_ms:g}.",
                gap_ms=self.gap_ms,
                hold_ms=self.hold_ms,
            )
