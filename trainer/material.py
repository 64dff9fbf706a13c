"""What a run was made of: its pictures, their pixels, and which of them went where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.datasets import Picture, scan
from trainer.metrics import IntArray
from trainer.pixels import Pixels, read_pixels
from trainer.runs import SPLIT_FILE, Run
from trainer.splits import SPLITS, read_split
from trainer.training import Progress


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Pictures in the order of their pixels."""

    pictures: tuple[Picture, ...]
    pixels: Pixels
    split: IntArray
    """(N,) index into SPLITS."""

    @property
    def labels(self) -> IntArray:
        """(N,) class indices."""
        return np.array([p.label for p in self.pictures], np.int64)

    def indices(self, name: str) -> IntArray:
        """Where the pictures of one split are: `train`, `validation` or `test`."""
        return np.flatnonzero(self.split == SPLITS.index(name))


def reload(run: Run, data: Path, tell: Progress) -> Material:
    """Read a run's pictures again, checked against the hashes of its split.csv."""
    rows = {r.file: r for r in read_split(run.path / SPLIT_FILE)}
    catalogue = scan(data)
    pictures = tuple(p for p in catalogue.pictures if p.file in rows)
    if len(pictures) < len(rows) or catalogue.class_names != run.class_names:
        raise TrainerError(
            f"{data} holds {len(pictures)} of the run's {len(rows)} pictures, in the classes "
            f"{', '.join(catalogue.class_names)}. Restore them, or start a new run."
        )
    pixels = read_pixels(
        data, [p.file for p in pictures], run.input, scratch=run.path, on_read=reading(tell)
    )
    changed = [
        p.file
        for p, digest in zip(pictures, pixels.sha256, strict=True)
        if rows[p.file].sha256 != digest
    ]
    if changed:
        raise TrainerError(
            f"{len(changed)} pictures in {data} changed since the run began, {changed[0]} first. "
            "Restore them, or start a new run."
        )
    split = np.array([SPLITS.index(rows[p.file].split) for p in pictures], np.int64)
    return Material(pictures, pixels, split)


def reading(tell: Progress) -> OnCount:
    """Says when reading begins and when it has ended."""

    def told(done: int, total: int) -> None:
        if done == total or done == 1:
            tell(f"{'read' if done == total else 'reading'} {total} pictures")

    return told
