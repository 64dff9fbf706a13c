"""An address of a source of pictures: a scheme, what it names, and options."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from station.errors import ConfigError

CAMERA_SCHEMES = ("rtsp", "rtsps", "http", "https")
VARIABLE = re.compile(r"\$\{(\w+)\}")
LOGIN = re.compile(r"(://)[^/@]*@")
TRUE, FALSE = ("1", "yes", "true", "on"), ("0", "no", "false", "off")


@dataclass(frozen=True, slots=True)
class Address:
    """`SCHEME:NAME?KEY=VALUE&KEY=VALUE`; of a network camera all of it is the name."""

    scheme: str
    name: str
    options: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def option(self, key: str) -> str | None:
        """An option's text; None where it was not given."""
        self.taken.add(key)
        return self.options.get(key)

    def number(self, key: str) -> float | None:
        """An option that is one number. Raises ConfigError."""
        numbers = self.numbers(key)
        if len(numbers) > 1:
            raise self._wrong(key, "one number")
        return numbers[0] if numbers else None

    def numbers(self, key: str) -> tuple[float, ...]:
        """An option that is numbers with commas between. Raises ConfigError."""
        text = self.option(key)
        if text is None:
            return ()
        try:
            numbers = tuple(float(part) for part in text.split(","))
        except ValueError:
            raise self._wrong(key, "a number, or several with commas between") from None
        if not all(math.isfinite(n) for n in numbers):
            raise self._wrong(key, "finite numbers")
        return numbers

    def flag(self, key: str) -> bool | None:
        """An option that is 1 or 0. Raises ConfigError."""
        text = self.option(key)
        if text is None:
            return None
        if text.lower() not in TRUE + FALSE:
            raise self._wrong(key, "1 or 0")
        return text.lower() in TRUE

    def all_taken(self) -> None:
        """Nothing, when every option given is a known one. Raises ConfigError for a stranger."""
        strange = sorted(set(self.options) - self.taken)
        if strange:
            known = ", ".join(sorted(self.taken)) or "none"
            raise ConfigError(
                "{scheme}: has no option {strange}; known are {known}. Correct it.",
                scheme=self.scheme,
                strange=", ".join(strange),
                known=known,
            )

    def _wrong(self, key: str, expected: str) -> ConfigError:
        return ConfigError(
            "{scheme}: {key} is {options!r}; expected {expected}. Correct it.",
            scheme=self.scheme,
            key=key,
            options=self.options[key],
            expected=expected,
        )


def read_address(uri: str) -> Address:
    """Read an address; a bare number is a V4L2 camera. Raises ConfigError.

    `${NAME}` stands for an environment variable, so that no password need stand in a file.
    """
    text = VARIABLE.sub(_variable, uri.strip())
    if text.isdecimal():
        return Address("v4l2", text)
    scheme, colon, rest = text.partition(":")
    if not colon:
        raise ConfigError(
            "camera is {shown!r}; expected an address with a scheme, such as v4l2:0, "
            "rtsp://..., video:FILE, folder:DIR or sim:DIR.",
            shown=shown(uri),
        )
    scheme = scheme.lower()
    if scheme in CAMERA_SCHEMES:
        return Address(scheme, text)
    if scheme == "gst":
        return Address(scheme, rest)
    name, mark, query = rest.rpartition("?")
    if not mark:
        return Address(scheme, rest)
    return Address(scheme, name, dict(parse_qsl(query, keep_blank_values=True)))


def shown(uri: str) -> str:
    """An address as it may be shown and logged: without name and password."""
    return LOGIN.sub(r"\1***@", uri)


def _variable(match: re.Match[str]) -> str:
    value = os.environ.get(match[1])
    if value is None:
        raise ConfigError(
            "camera names the environment variable {variable}, which is not set. Set it, or "
            "write the address without it.",
            variable=match[1],
        )
    return value
