"""Numbers of a configuration held against their limits, with one wording for all of them."""

from __future__ import annotations

import math

from engines.sentence import sentence
from station.errors import ConfigError


def require_between(key: str, value: float | None, low: float, high: float, unit: str = "") -> None:
    """Nothing, for a number within its limits or None. Raises ConfigError that names all of it."""
    if value is None or (math.isfinite(value) and low <= value <= high):
        return
    span = (
        sentence("at least {low:g}", low=low)
        if high == math.inf
        else sentence("a number from {low:g} to {high:g}", low=low, high=high)
    )
    raise ConfigError(
        "{key} is {value}; expected {span}{unit}. Correct it.",
        key=key,
        value=value,
        span=span,
        unit=unit and " " + unit,
    )


def require_one_of(key: str, value: str, choices: tuple[str, ...]) -> None:
    """Nothing, for a known name. Raises ConfigError with those that are known."""
    if value not in choices:
        raise ConfigError(
            "{key} is {value!r}; expected one of {choices}. Correct it.",
            key=key,
            value=value,
            choices=", ".join(choices),
        )
