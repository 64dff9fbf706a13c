"""An output line of this machine, by the kernel's GPIO character device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from station.errors import ConfigError
from station.gate.settings import GateSettings

if TYPE_CHECKING:
    from gpiod import LineRequest


class OutputLine:
    """A requested line, inactive from the first moment. Made by `open_line`; one thread's."""

    def __init__(self, request: LineRequest, line: int | str, active: Any, inactive: Any) -> None:
        self._request = request
        self._line = line
        self._values = (inactive, active)

    def set(self, active: bool) -> None:
        """Drive the line. Raises OSError."""
        self._request.set_value(self._line, self._values[active])

    def close(self) -> None:
        """Inactive, then given back. Raises OSError."""
        try:
            self.set(False)
        finally:
            self._request.release()


def open_line(settings: GateSettings) -> OutputLine:
    """Request the line that the settings name, inactive. Raises ConfigError."""
    assert settings.chip is not None
    assert settings.line is not None
    try:
        import gpiod
        from gpiod.line import Direction, Value
    except ImportError as error:
        raise ConfigError(
            "gate.chip needs the package gpiod ({error}). Install it: pip install "
            "'scaffold-station[gpio]'.",
            error=error,
        ) from error
    wanted = gpiod.LineSettings(
        direction=Direction.OUTPUT, active_low=settings.active_low, output_value=Value.INACTIVE
    )
    try:
        request = gpiod.request_lines(
            settings.chip, consumer="station gate", config={settings.line: wanted}
        )
    except (OSError, ValueError) as error:
        raise ConfigError(
            "the output line {line} of {chip} cannot be had ({error}). Look with "
            "`gpioinfo` for its name or number and who holds it, and give this user the "
            "right to write the device.",
            line=settings.line,
            chip=settings.chip,
            error=error,
        ) from error
    return OutputLine(request, settings.line, Value.ACTIVE, Value.INACTIVE)
