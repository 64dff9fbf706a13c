"""What is read of one model when it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station.models.proof import Proof, known_proof
from station.models.shelf import Shelved, read_card


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was read of one model."""

    path: Path
    digest: str
    card: str
    proof: Proof | None
    """None: it is damaged."""


def look_at(model: Shelved, device: str) -> Looked:
    """Read a model's card and certificates."""
    proof = None if model.bundle is None else known_proof(model.bundle, device)
    digest = "" if model.bundle is None else model.bundle.digest
    return Looked(model.path, digest, read_card(model), proof)
