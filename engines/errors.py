"""What may go wrong between a picture and its prediction. Every message says what to do next."""

from __future__ import annotations

from typing import ClassVar

from engines.sentence import told_by


class EngineError(RuntimeError):
    """The engine could not be opened or could not answer. Never to be read as a verdict."""

    headline: ClassVar[str] = (
        "The engine cannot decide. Call your supervisor; the parts are not passed."
    )
    """Heads a message that another language does not have."""

    def __init__(self, text: str = "", /, **values: object) -> None:
        """text: a template, as `engines.sentence` has it, where values are given."""
        super().__init__(told_by(self, text, values))


class BundleError(EngineError):
    """The bundle is missing, altered, incomplete, or of a format this version cannot read."""

    headline = "The model cannot be used. Restore it from its original, or activate another."


class ImageError(ValueError):
    """The bytes are not a picture that can be inspected: damaged, too large, of an unknown kind."""
