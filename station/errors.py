"""What may stop the station. Every message says what was found and what to do next."""

from __future__ import annotations


class StationError(RuntimeError):
    """The station cannot go on; the files in hand stay where they are."""


class ConfigError(StationError):
    """The station was asked for something that cannot be: a missing inbox, a wrong option."""


class StoreError(StationError):
    """The database cannot be opened, read or written. Nothing was recorded."""
