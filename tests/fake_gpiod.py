"""A chip of the kernel that is not here: its lines keep what was written to them.

Has what `station.gate.output_line` calls of gpiod 2; a test holds the calls against the real one.
"""

from __future__ import annotations

import sys
import time
import types
from enum import Enum
from typing import Any

import pytest


class Value(Enum):
    INACTIVE = 0
    ACTIVE = 1


class Direction(Enum):
    OUTPUT = 3


class Chip:
    """`/dev/gpiochip0`, with lines 0 to 31 and the name GATE for line 17."""

    def __init__(self) -> None:
        self.levels: list[tuple[float, bool]] = []
        """(monotonic time, level) of every write, the first at the request."""
        self.is_broken = False
        self.is_held = False
        self.asked: dict[str, Any] = {}

    @property
    def level(self) -> bool:
        return self.levels[-1][1]

    def put(self, value: Value) -> None:
        if self.is_broken:
            raise OSError(5, "Input/output error")
        self.levels.append((time.monotonic(), value is Value.ACTIVE))

    def request_lines(self, path: str, config: dict[Any, Any], consumer: str | None = None) -> Any:
        if path != "/dev/gpiochip0":
            raise FileNotFoundError(2, "No such file or directory")
        if self.is_held:
            raise OSError(16, "Device or resource busy")
        (line,) = config
        if line not in ("GATE", *range(32)):
            raise ValueError(f"line {line} not found")
        self.is_held = True
        self.asked = {"line": line, "consumer": consumer, **vars(config[line])}
        self.put(config[line].output_value)
        return _Request(self, line)


class _Request:
    def __init__(self, chip: Chip, line: int | str) -> None:
        self._chip, self._line = chip, line

    def set_value(self, line: int | str, value: Value) -> None:
        assert line == self._line
        assert self._chip.is_held
        self._chip.put(value)

    def release(self) -> None:
        self._chip.is_held = False


class LineSettings:
    def __init__(self, *, direction: Direction, active_low: bool, output_value: Value) -> None:
        self.direction, self.active_low, self.output_value = direction, active_low, output_value


def install(monkeypatch: pytest.MonkeyPatch) -> Chip:
    """Take the place of gpiod for one test."""
    chip = Chip()
    gpiod, line = types.ModuleType("gpiod"), types.ModuleType("gpiod.line")
    line.Value, line.Direction = Value, Direction  # type: ignore[attr-defined]
    gpiod.line, gpiod.LineSettings = line, LineSettings  # type: ignore[attr-defined]
    gpiod.request_lines = chip.request_lines  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gpiod", gpiod)
    monkeypatch.setitem(sys.modules, "gpiod.line", line)
    return chip
