"""Numbers of a configuration held against their limits, with one wording for all of them."""

from __future__ import annotations

import math

from station.errors import ConfigError


def require_between(key: str, value: float | None, low: float, high: float, unit: str = "") -> None:
    """Nothing, for a number within its limits or None. Raises ConfigError that names all of it."""
    if value is None or (math.isfinite(value) and low <= value <= high):
        return
    span = f"at least {low:g}" if high == math.inf else f"a number from {low:g} to {high:g}"
    raise ConfigError(f"{key} is {value}; expected {span}{unit and ' ' + unit}. Correct it.")


def require_one_of(key: str, value: str, choices: tuple[str, ...]) -> None:
    """Nothing, for a known name. Raises ConfigError with those that are known."""
    if value not in choices:
        raise ConfigError(f"{key} is {value!r}; expected one of {', '.join(choices)}. Correct it.")
