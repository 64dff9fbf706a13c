"""How parts are told from the stream of pictures: frozen, checked at birth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from station.errors import ConfigError
from station.limits import require_between, require_one_of

MODES = ("automatic", "manual", "interval", "external")


@dataclass(frozen=True, slots=True)
class TriggerSettings:
    """The section [trigger] of the configuration.

    Raises ConfigError for an impossible value.
    """

    mode: str = "automatic"
    """`automatic`, `manual` (key, foot switch), `interval`, or `external` (a machine's line)."""
    still_s: float = 0.15
    """So long nothing may move before a part lies still."""
    patience_s: float = 5.0
    """A part that is not still and sharp after so long is inspected all the same, in doubt."""
    best_of: int = 4
    """So many pictures are taken of a part that lies still; the sharpest is inspected."""
    views: int = 1
    """So many pictures of each part are inspected; each is the sharpest of `best_of`."""
    least_share: float = 0.004
    """Share of the picture that must differ from the empty bench: less is dust, not a part."""
    least_focus: float = 0.1
    """Sharpness, as `station.trigger.focus` measures it, below which a picture is blurred."""
    interval_s: float = 1.0
    """Time from one part to the next in mode `interval`; 0: every picture is a part."""
    debounce_s: float = 0.3
    """In mode `manual`, a press so soon after the one before is the same press."""

    listen_port: int | None = None
    """Modes `manual` and `external`: machines connect here and send a line for each part."""
    listen_host: str = "127.0.0.1"
    stdin: bool = False
    """The same lines on standard input: a foot switch that types, a scanner, another program."""
    gpio_chip: str | None = None
    """`/dev/gpiochip0`: a rising edge on `gpio_line` is a part."""
    gpio_line: int | None = None

    @property
    def is_asked(self) -> bool:
        """Whether somebody, or a machine, must say that a part is there."""
        return self.mode in ("manual", "external")

    def __post_init__(self) -> None:
        require_between("trigger.listen_port", self.listen_port, 0, 65535)
        if (self.gpio_chip is None) != (self.gpio_line is None):
            raise ConfigError("trigger.gpio_chip and trigger.gpio_line go together. Give both.")
        require_one_of("trigger.mode", self.mode, MODES)
        require_between("trigger.still_s", self.still_s, 0.0, 60.0, "seconds")
        require_between("trigger.patience_s", self.patience_s, self.still_s, 3600.0, "seconds")
        require_between("trigger.best_of", self.best_of, 1, 100, "pictures")
        require_between("trigger.views", self.views, 1, 32, "pictures")
        require_between("trigger.least_share", self.least_share, 1e-4, 0.5)
        require_between("trigger.least_focus", self.least_focus, 0.0, 1.0)
        require_between("trigger.interval_s", self.interval_s, 0.0, math.inf, "seconds")
        require_between("trigger.debounce_s", self.debounce_s, 0.0, 60.0, "seconds")
