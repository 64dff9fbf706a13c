"""What may go wrong between a picture and its prediction. Every message says what to do next."""

from __future__ import annotations


class EngineError(RuntimeError):
    """The engine could not be opened or could not answer. Never to be read as a verdict."""


class BundleError(EngineError):
    """The bundle is missing, altered, incomplete, or of a format this version cannot read."""


class ImageError(ValueError):
    """The bytes are not a picture that can be inspected: damaged, too large, of an unknown kind."""
