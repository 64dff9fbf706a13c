"""What may stop the station. Every message says what was found and what to do next."""

from __future__ import annotations

from typing import ClassVar

from engines.sentence import told_by


class StationError(RuntimeError):
    """The station cannot go on; the files in hand stay where they are."""

    headline: ClassVar[str] = "The station cannot go on. Call your supervisor; nothing is lost."
    """Heads a message that another language does not have."""

    def __init__(self, text: str = "", /, **values: object) -> None:
        """text: a template, as `engines.sentence` has it, where values are given."""
        super().__init__(told_by(self, text, values))


class ConfigError(StationError):
    """The station was asked for something that cannot be: a missing inbox, a wrong option."""

    headline = "This cannot be done as it was asked. Correct what is named below."


class StoreError(StationError):
    """The database cannot be opened, read or written. Nothing was recorded."""

    headline = "The database does not answer. Call your supervisor; nothing was recorded."
