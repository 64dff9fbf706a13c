"""Two keys that never change, and bundles signed by them."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engines.bundle import SIGNATURE, load_bundle
from engines.signature import Signature, key_text

RELEASE, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))


def text_of(key: Ed25519PrivateKey) -> str:
    return key_text(key.public_key().public_bytes_raw())


def sign(folder: Path, key: Ed25519PrivateKey = RELEASE) -> Signature:
    """Sign a bundle in its place, on 4 March 2026."""
    bare = Signature(load_bundle(folder).digest, text_of(key), "2026-03-04T05:06:07+00:00", "")
    made = base64.b64encode(key.sign(bare.message)).decode()
    signature = Signature(bare.digest, bare.key, bare.signed_at, made)
    (folder / SIGNATURE).write_text(signature.text)
    return signature
