"""Ed25519 keys that answer for bundles, and their signatures. Source: RFC 8032."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from engines.atomic_file import write_atomically
from engines.bundle import SIGNATURE, load_bundle
from engines.signature import Signature, key_bytes, key_text, signature_of
from trainer.config import TrainerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE, PUBLIC = ".key", ".pub"
LEAST_LETTERS = 8
Ask = Callable[[], str]
"""Asks somebody for the passphrase of a key."""


def make_key(name: Path, passphrase: str | None) -> tuple[Path, Path, str]:
    """Write NAME.key, private, PEM (PKCS 8), mode 0600, and NAME.pub; returns both and the text of
    the public one.

    passphrase: None leaves the private key readable to whoever has the file. Raises TrainerError,
    for a name that is taken, too: a key is never replaced.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if passphrase is not None and len(passphrase) < LEAST_LETTERS:
        raise TrainerError(
            f"the passphrase has {len(passphrase)} letters; expected {LEAST_LETTERS} or more."
        )
    private, public = (name.with_name(name.name + end) for end in (PRIVATE, PUBLIC))
    for path in (private, public):
        if path.exists():
            raise TrainerError(f"{path} exists; a key is never replaced. Give another name.")
    key = Ed25519PrivateKey.generate()
    secret = (
        serialization.NoEncryption()
        if passphrase is None
        else (serialization.BestAvailableEncryption(passphrase.encode()))
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    text = public_text(key)
    try:
        private.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(handle)
        write_atomically(public, f"{text}\n".encode())
    except OSError as error:
        raise TrainerError(
            f"the key cannot be written to {private.parent} ({error.strerror}). Give a folder "
            "that this user may write."
        ) from error
    return private, public, text


def read_key(path: Path, ask: Ask) -> Ed25519PrivateKey:
    """A private key from a PEM file. ask: for its passphrase, where it has one; called once.

    Raises TrainerError.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        pem = path.read_bytes()
    except OSError as error:
        raise TrainerError(
            f"the key {path} cannot be read ({error.strerror}). Give the .key file that `trainer "
            "keys new` wrote."
        ) from error
    passphrase = ask().encode() if b"ENCRYPTED" in pem else None
    try:
        key = serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError) as error:
        if passphrase is not None:
            raise TrainerError(
                f"the passphrase does not open the key {path}. Try again."
            ) from error
        raise TrainerError(
            f"{path} is no private key in PEM ({error}). Give the .key file that `trainer keys "
            "new` wrote; a .pub file opens, but never signs."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TrainerError(
            f"{path} holds a key of another kind; expected Ed25519: make one with `trainer keys "
            "new NAME`."
        )
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """Its public half as station.toml takes it: `ed25519:...`."""
    return key_text(key.public_key().public_bytes_raw())


def sign_bundle(folder: Path, key: Ed25519PrivateKey) -> Signature:
    """Verify a bundle, sign its digest, and write the signature beside it, in the place of an
    older one. Raises BundleError, TrainerError."""
    bundle = load_bundle(folder)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    bare = Signature(bundle.digest, public_text(key), now, "")
    made = base64.b64encode(key.sign(bare.message)).decode("ascii")
    signature = Signature(bare.digest, bare.key, bare.signed_at, made)
    try:
        write_atomically(folder / SIGNATURE, signature.text.encode())
    except OSError as error:
        raise TrainerError(
            f"the signature cannot be written into {folder} ({error.strerror}). Give this user "
            "the right to write there."
        ) from error
    assert signature_of(bundle) == signature, "what was written verifies"
    return signature


def read_public(path: Path) -> str:
    """The text of a public key from a .pub file. Raises TrainerError."""
    try:
        text = path.read_text(encoding="utf-8").strip()
        key_bytes(text)
    except (OSError, ValueError) as error:
        raise TrainerError(
            f"{path} is no public key ({error}). Give the .pub file that `trainer keys new` wrote."
        ) from error
    return text
