"""What a `sim:` address asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from station.capture.address import Address
from station.errors import ConfigError
from station.limits import require_between

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class SimOptions:
    """How the simulated bench works; each is a key of the address: `sim:parts?rate=20&shake=1`.

    Raises ConfigError for an impossible value.
    """

    rate: float = 20.0
    """Parts a minute."""
    fps: float = 30.0
    seed: int = 1
    size: tuple[int, int] = (960, 720)
    """Width and height of the pictures, in pixels."""
    part: float = 0.6
    """A part's diameter as a share of the picture's shorter side."""
    shake: float = 0.3
    """Standard deviation of the camera's shake, in pixels."""
    light: float = 0.05
    """Amplitude of the light's slow changes, as a share."""
    noise: float = 2.0
    """Standard deviation of the sensor's noise, in grey levels."""
    hand: float = 1.0
    """Share of the parts that a hand brings and fetches; others move by themselves."""
    swap: float = 0.0
    """Share of the parts that take the place of the one before, with no empty bench between."""
    nudge: float = 0.0
    """Share of the parts that are pushed a little while they lie."""
    wave: float = 0.0
    """Share of the pauses in which a hand moves through with nothing in it."""
    broken: float = 0.0
    """Share of the parts of which only a fragment is laid down."""
    restless: float = 0.0
    """Share of the parts that never lie still."""
    switch: tuple[float, ...] = ()
    """Seconds at which the lamp is changed for another."""
    lost: Spans = ()
    """Seconds from and to in which the camera is gone: `lost=10,12`, or more pairs."""
    black: Spans = ()
    stuck: Spans = ()
    loop: bool = True
    """Begin anew after the last part; else the stream ends."""
    real_time: bool = True
    """Pictures come when they are due; else as fast as they can be drawn."""
    lying: bool = False
    """The first part lies there already when the stream begins."""

    def __post_init__(self) -> None:
        require_between("sim: rate", self.rate, 0.01, 120.0, "parts a minute")
        require_between("sim: fps", self.fps, 1.0, 1000.0, "pictures a second")
        require_between("sim: part", self.part, 0.05, 0.95)
        for name in ("shake", "noise"):
            require_between(f"sim: {name}", getattr(self, name), 0.0, 50.0)
        for name in ("light", "hand", "swap", "nudge", "wave", "broken", "restless"):
            require_between(f"sim: {name}", getattr(self, name), 0.0, 1.0)
        for side in self.size:
            require_between("sim: size", side, 64, 8192, "pixels")
        require_between("sim: seed", self.seed, 0, math.inf)


def options_of(address: Address) -> SimOptions:
    """Read the options of an address. Raises ConfigError that names the key, value and remedy."""
    values: dict[str, object] = {}
    for key in ("rate", "fps", "part", "shake", "light", "noise", "hand", "swap", "nudge", "wave",
                "broken", "restless"):  # fmt: skip
        if (number := address.number(key)) is not None:
            values[key] = number
    for key in ("loop", "real_time", "lying"):
        if (flag := address.flag(key)) is not None:
            values[key] = flag
    if (seed := address.number("seed")) is not None:
        values["seed"] = int(seed)
    if (size := address.option("size")) is not None:
        values["size"] = _size(size)
    values["switch"] = address.numbers("switch")
    for key in ("lost", "black", "stuck"):
        values[key] = _spans(key, address.numbers(key))
    address.all_taken()
    return SimOptions(**values)  # type: ignore[arg-type]


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ConfigError(
            "sim: size is {text!r}; expected width and height, such as 960x720.", text=text
        )
    return int(width), int(height)


def _spans(key: str, numbers: tuple[float, ...]) -> Spans:
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    if len(numbers) % 2 or any(a >= b for a, b in pairs):
        raise ConfigError(
            "sim: {key} is {numbers}; expected seconds from and to, in pairs, such as {key}=10,12.",
            key=key,
            numbers=",".join(f"{n:g}" for n in numbers),
        )
    return pairs
