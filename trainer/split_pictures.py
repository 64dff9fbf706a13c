"""The pictures of one split of a run, read again after training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.prediction import ImageArray
from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.metrics import IntArray
from trainer.pixels import read_pixels
from trainer.runs import SPLIT_FILE, Run
from trainer.splits import WORDS, SplitRow, read_split


@dataclass(frozen=True, slots=True, eq=False)
class SplitPictures:
    """Labelled pictures at the graph's size. Made by `read_split_pictures`."""

    files: tuple[str, ...]
    labels: IntArray
    """(N,) class indices."""
    images: ImageArray
    """(N, height, width, channels) uint8 as the graph takes them; in memory, or a memory map where
    it is large."""
    sides_px: tuple[int, ...]
    """Shorter side of each picture's file."""
    shown: ImageArray
    """(N, height, width, 1 or 3) uint8, as people see them; `images` unless these are enhanced."""

    def __len__(self) -> int:
        return len(self.files)


def read_split_pictures(
    run: Run,
    split: str,
    data: Path | None = None,
    most: int | None = None,
    on_read: OnCount | None = None,
    moved: str = "--data",
) -> SplitPictures:
    """Read `train`, `validation` or `test` of a run, checked against the hashes in split.csv.

    data: where the run's pictures lie, if they have moved; `moved` is the option that says so.
    most: a seeded, class-balanced sample of so many. Raises TrainerError where pictures are gone or
    changed.
    """
    root = Path(run.data) if data is None else data
    rows = [row for row in read_split(run.path / SPLIT_FILE) if row.split == split]
    if not rows or any(row.label not in run.class_names for row in rows):
        raise TrainerError(
            f"{run.path / SPLIT_FILE} lists no {split} pictures, or classes that run.json does not "
            f"name ({', '.join(run.class_names)}). The folder holds files of two runs; train again."
        )
    if most is not None:
        rows = [rows[i] for i in balanced([r.label for r in rows], most, run.config.seed)]
    _check_there(root, rows, split, moved)
    files = tuple(row.file for row in rows)
    pixels = read_pixels(root, files, run.input, skip_bad=True, scratch=run.path, on_read=on_read)
    changed = [file for file, _ in pixels.bad]
    changed += [
        rows[i].file
        for i, digest in zip(pixels.kept, pixels.sha256, strict=True)
        if rows[i].sha256 != digest
    ]
    if changed:
        raise TrainerError(
            f"{len(changed)} {WORDS[split]} pictures in {root} changed since the run, "
            f"{changed[0]} first. Restore them, or train again."
        )
    labels = np.array([run.class_names.index(row.label) for row in rows], np.int64)
    return SplitPictures(files, labels, pixels.images, pixels.sides_px, pixels.shown)


def _check_there(root: Path, rows: Sequence[SplitRow], split: str, moved: str) -> None:
    missing = [row.file for row in rows if not (root / row.file).is_file()]
    if missing:
        raise TrainerError(
            f"{len(missing)} of {len(rows)} {WORDS[split]} pictures of the run are not in {root}, "
            f"{missing[0]} first. Give the folder where they lie now with {moved}."
        )


def balanced(groups: Sequence[str], most: int, seed: int) -> list[int]:
    """Indices of at most `most` entries: the groups in turn, each in a seeded order."""
    queues: dict[str, list[int]] = {}
    for index in np.random.default_rng(seed).permutation(len(groups)).tolist():
        queues.setdefault(groups[index], []).append(index)
    chosen: list[int] = []
    while len(chosen) < most and any(queues.values()):
        for group in sorted(queues):
            if queues[group] and len(chosen) < most:
                chosen.append(queues[group].pop())
    return chosen
