"""Secrets come by environment variables, never by the configuration file, never into a log."""

from __future__ import annotations

import os

from station.errors import ConfigError


def secret_of(key: str, variable: str | None) -> str | None:
    """The value of an environment variable that the configuration names; None where it names none.

    key: as in the configuration, for the error. Raises ConfigError where it is unset or empty.
    """
    if variable is None:
        return None
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ConfigError(
            "{key} names the environment variable {variable}, which is not set. Set it "
            "where the station is started (for systemd: EnvironmentFile=), or take {key} "
            "out of the configuration.",
            key=key,
            variable=variable,
        )
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise ConfigError(
            "{key}: the environment variable {variable} holds a line break or another "
            "control character. Set it to the secret alone.",
            key=key,
            variable=variable,
        )
    return value


def without(secrets: tuple[str | None, ...], text: str) -> str:
    """The text with every secret struck out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return text
