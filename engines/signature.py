"""Who answers for a bundle: an Ed25519 signature over its digest, in a file of its own beside it.

The digest is a hash over bundle.json, which holds the sha256 of every other file: whoever signs it
signs all of them. signature.json itself, and the certificates of each machine, are signed by
nobody. A key is written `ed25519:` and the 32 bytes of RFC 8032, section 5.1.5, in base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.bundle import SIGNATURE, Bundle
from engines.errors import BundleError, EngineError
from engines.sentence import sentence

FORMAT = 1
PREFIX = "ed25519:"
KEY_BYTES, SIGNATURE_BYTES = 32, 64
PURPOSE = b"scaffold-station bundle signature\n"
"""Before what is signed: a signature for anything else with the same key is none for a bundle."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What signature.json says, not verified by itself: see `signature_of`."""

    digest: str
    """Of the bundle that was signed."""
    key: str
    """Public key, `ed25519:...`."""
    signed_at: str
    """ISO 8601 with its zone, by the signer's clock."""
    signature: str
    """64 bytes in base64."""

    @property
    def fingerprint(self) -> str:
        """Of the key, for people."""
        return fingerprint(self.key)

    @property
    def message(self) -> bytes:
        """What is signed."""
        body = {"format": FORMAT, **asdict(self)}
        del body["signature"]
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return PURPOSE + text.encode("ascii")

    @property
    def text(self) -> str:
        """As signature.json holds it."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n"


def key_bytes(key: str) -> bytes:
    """The 32 bytes of a public key's text. Raises ValueError."""
    try:
        found = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not key.startswith(PREFIX) or len(found) != KEY_BYTES:
        raise ValueError(f"{key!r} is no key; expected ed25519: and 44 letters of base64")
    return found


def key_text(raw: bytes) -> str:
    """A public key's 32 bytes as text."""
    return PREFIX + base64.b64encode(raw).decode("ascii")


def fingerprint(key: str) -> str:
    """Half of the sha256 of a key's bytes, 32 hex digits in groups. Raises ValueError."""
    digits = hashlib.sha256(key_bytes(key)).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def signature_of(bundle: Bundle) -> Signature | None:
    """The signature of a bundle that was verified, held against it; None where there is none.

    By whom it was made is another question: see `require_signed`. Raises BundleError for one that
    does not hold, EngineError where `cryptography` is not installed.
    """
    signature = _read(bundle.path)
    if signature is None:
        return None
    if signature.digest != bundle.digest:
        raise BundleError(
            "{name} lies beside the signature of another bundle: {signed}..., this one is "
            "{digest}.... Restore the bundle with its own {file}, or sign this one: trainer sign "
            "{path} --key KEY.",
            name=bundle.name,
            signed=signature.digest[:12],
            digest=bundle.digest[:12],
            file=SIGNATURE,
            path=bundle.path,
        )
    if not _holds(signature):
        raise BundleError(
            "the signature of {name} does not hold: {file} was altered, or was not made by the key "
            "that it names. Restore it from its original, or sign the bundle again: trainer sign "
            "{path} --key KEY.",
            name=bundle.name,
            file=SIGNATURE,
            path=bundle.path,
        )
    return signature


def require_signed(bundle: Bundle, keys: Sequence[str]) -> Signature | None:
    """The signature of a verified bundle by one of `keys`; without keys, None and no question.

    Raises BundleError for a bundle that none of them signed, and as `signature_of` does.
    """
    if not keys:
        return None
    signature = signature_of(bundle)
    known = ", ".join(fingerprint(key) for key in keys)
    if signature is None:
        raise BundleError(
            "{name} is not signed, and this station opens only what one of its keys signed "
            "({known}). Have it signed where the key is kept: trainer sign {path} --key KEY.",
            name=bundle.name,
            known=known,
            path=bundle.path,
        )
    if key_bytes(signature.key) not in {key_bytes(key) for key in keys}:
        raise BundleError(
            "{name} is signed by the key {signer}, which this station does not trust ({known}). "
            "Have it signed by one that it trusts, or add the key {key} to [trust] keys of "
            "station.toml if you know whose it is.",
            name=bundle.name,
            signer=signature.fingerprint,
            known=known,
            key=signature.key,
        )
    return signature


def standing_of(bundle: Bundle) -> tuple[Signature | None, str]:
    """The signature where it holds, and else what people are told about it."""
    try:
        signature = signature_of(bundle)
    except EngineError as error:
        return None, str(error)
    if signature is None:
        return None, sentence("not signed")
    told = sentence(
        "signed by the key {fingerprint} on {day}",
        fingerprint=signature.fingerprint,
        day=signature.signed_at[:10],
    )
    return signature, told


def _read(folder: Path) -> Signature | None:
    path = folder / SIGNATURE
    try:
        body: Any = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        signature = Signature(**body)
        key_bytes(signature.key)
        if datetime.fromisoformat(signature.signed_at).tzinfo is None:
            raise ValueError("its time has no zone")
        if len(base64.b64decode(signature.signature, validate=True)) != SIGNATURE_BYTES:
            raise ValueError("its signature is cut")
        if not isinstance(signature.digest, str):
            raise TypeError("its digest is no text")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BundleError(
            "{path} is no signature ({error}). Restore it from its original, or sign the bundle "
            "again: trainer sign {folder} --key KEY.",
            path=path,
            error=error,
            folder=folder,
        ) from error
    return signature


def _holds(signature: Signature) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise EngineError(
            "a signature cannot be verified: the package cryptography is not installed. Install "
            "it: pip install cryptography."
        ) from error
    key = Ed25519PublicKey.from_public_bytes(key_bytes(signature.key))
    try:
        key.verify(base64.b64decode(signature.signature), signature.message)
    except InvalidSignature:
        return False
    return True
