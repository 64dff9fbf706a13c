"""How the window at the bench looks and behaves: station.toml's [window], frozen, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from station.domain import Decision
from station.errors import ConfigError
from station.limits import require_between, require_one_of

LANGUAGES = ("en", "ko")
THEMES = ("dark", "light")
PASS_REASONS = (
    "dust",
    "lighting",
    "mark, not a defect",
    "within what is allowed",
    "wrong outline",
    "other",
)
"""Why a person calls a part good that the station leans to reject, unless the bench has a list."""
REJECT_REASONS = (
    "defect not seen by the model",
    "worse than the model says",
    "lighting hides the defect",
    "wrong outline",
    "not this product",
    "other",
)
"""And why a person calls a part bad that the station leans to pass."""
REASON_MOST = 80
"""Letters of a reason: it stands on a button."""


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """The section [window] of the configuration. No setting here changes a verdict.

    Raises ConfigError for an impossible value. Lists, as they come from a file, become tuples.
    """

    language: str = "en"
    theme: str = "dark"
    tone: bool = False
    """Whether each verdict sounds."""
    volume: float = 0.5
    """Of the tone, 0 to 1."""
    heat_opacity: float = 0.5
    """How strongly the heat is laid over the picture, 0 to 1."""
    lock_after_min: float | None = None
    """The window locks when nobody has touched it for so long; None: never."""
    kiosk: bool = False
    """Full screen, nothing of the desktop in reach."""
    pass_reasons: tuple[str, ...] = PASS_REASONS
    """What a person can choose from when calling a part good against the station."""
    reject_reasons: tuple[str, ...] = REJECT_REASONS
    """And when calling it bad."""
    reasons: tuple[str, ...] | None = None
    """One list of the bench's own for both, where it has none of its own for one; None: none."""
    lot_pattern: str | None = None
    """A regular expression that all of a lot's name must match; None: any name."""
    serial_pattern: str | None = None
    """The same of a serial number."""
    serial_required: bool = False
    """Whether a part without a serial number may not be inspected by hand."""
    lot_prefix: str = ""
    """A scan that begins so is a lot; the prefix is taken off. Empty: no scan is a lot."""
    serial_prefix: str = ""
    """Taken off a scan that is a serial number; where it is missing the scan is refused."""
    scanner_gap_ms: float = 35.0
    """Letters that follow each other faster than this come from a scanner, not from fingers."""

    def __post_init__(self) -> None:
        require_one_of("window.language", self.language, LANGUAGES)
        require_one_of("window.theme", self.theme, THEMES)
        require_between("window.volume", self.volume, 0.0, 1.0)
        require_between("window.heat_opacity", self.heat_opacity, 0.0, 1.0)
        require_between("window.lock_after_min", self.lock_after_min, 0.5, 1440.0, "minutes")
        require_between("window.scanner_gap_ms", self.scanner_gap_ms, 5.0, 500.0, "milliseconds")
        for name in ("pass_reasons", "reject_reasons", "reasons"):
            if name != "reasons" or self.reasons is not None:
                object.__setattr__(self, name, _reasons(name, getattr(self, name)))
        for name in ("lot_pattern", "serial_pattern"):
            _check_pattern(name, getattr(self, name))
        if self.lot_prefix and self.lot_prefix == self.serial_prefix:
            raise ConfigError(
                "window.lot_prefix and window.serial_prefix are both {lot_prefix!r}: no "
                "scan could be told from the other. Give one of them another, or none.",
                lot_prefix=self.lot_prefix,
            )

    def reasons_for(self, decision: Decision) -> tuple[str, ...]:
        """What a person chooses from who decides so against the station: PASS, or REJECT."""
        if decision is Decision.PASS:
            own, default = self.pass_reasons, PASS_REASONS
        else:
            own, default = self.reject_reasons, REJECT_REASONS
        return self.reasons if own == default and self.reasons is not None else own


def _reasons(name: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, (tuple, list)) or not all(isinstance(r, str) for r in given):
        raise ConfigError(
            'window.{name} is {given!r}; expected a list of texts, ["dust"].',
            name=name,
            given=given,
        )
    reasons = tuple(reason.strip() for reason in given)
    for reason in reasons:
        if not reason or not reason.isprintable() or len(reason) > REASON_MOST:
            raise ConfigError(
                "window.{name} holds {reason!r}; expected 1 to {reason_most} letters that print.",
                name=name,
                reason=reason,
                reason_most=REASON_MOST,
            )
        if reasons.count(reason) > 1:
            raise ConfigError(
                "window.{name} holds {reason!r} twice. Remove one of them.",
                name=name,
                reason=reason,
            )
    if not reasons:
        raise ConfigError(
            "window.{name} is empty: nobody could say why a verdict was overruled. Give at least "
            "one reason, or leave it out for the default list.",
            name=name,
        )
    return reasons


def _check_pattern(name: str, pattern: str | None) -> None:
    if pattern is None:
        return
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            "window.{name} is {pattern!r}, which is no regular expression ({error}). "
            "Correct it, or leave it out to allow any text.",
            name=name,
            pattern=pattern,
            error=error,
        ) from error
