"""Whose bundles a station opens: the table [trust] of station.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.bundle import Bundle, load_bundle
from engines.signature import Signature, key_bytes, require_signed
from station.errors import ConfigError


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """Raises ConfigError for what is no key."""

    keys: tuple[str, ...] = ()
    """Public keys, `ed25519:...`, as `trainer keys` prints them: only bundles that one of them
    signed are opened. None: every bundle is, signed or not."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(self.keys))
        for key in self.keys:
            try:
                key_bytes(key)
            except (ValueError, AttributeError, TypeError) as error:
                raise ConfigError(
                    "trust.keys holds {key!r}; expected public keys such as "
                    '"ed25519:AAAA...", as `trainer keys show NAME.pub` prints them.',
                    key=key,
                ) from error


def trusted_bundle(folder: Path, trust: TrustSettings) -> Bundle:
    """A bundle, verified, and signed by a trusted key where any is named.

    Raises BundleError, which says what to do; EngineError where `cryptography` is not installed.
    """
    return signed_bundle(folder, trust)[0]


def signed_bundle(folder: Path, trust: TrustSettings) -> tuple[Bundle, Signature | None]:
    """The same with its signature; None where no keys are named, whatever lies there."""
    bundle = load_bundle(folder)
    return bundle, require_signed(bundle, trust.keys)
