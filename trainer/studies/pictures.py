"""The pictures of a study, read once, and split anew for every repeat."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.bundle import ClassInfo, InputSpec
from trainer.config import FitConfig
from trainer.datasets import mark_classes, read_input, scan
from trainer.metrics import IntArray
from trainer.pixels import Pixels, read_pixels
from trainer.split_pictures import balanced
from trainer.splits import SPLITS, groups_of, split_groups


@dataclass(frozen=True, slots=True, eq=False)
class StudyPictures:
    """Labelled pictures at the graph's size. Made by `read_study_pictures`."""

    pixels: Pixels
    spec: InputSpec
    labels: IntArray
    """(N,) class indices."""
    groups: IntArray
    """(N,) pictures of one part, and copies of one file, share a number."""
    classes: tuple[ClassInfo, ...]
    digest: str
    """Of the files' contents and labels."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the labels."""
        return tuple(c.name for c in self.classes)

    def split(self, config: FitConfig) -> dict[str, IntArray]:
        """Indices of training, validation and test by the configuration's shares and seed."""
        chosen = split_groups(self.labels, self.groups, config.split, config.seed, self.class_names)
        return {name: np.flatnonzero(chosen == i) for i, name in enumerate(SPLITS)}


def read_study_pictures(
    root: Path, config: FitConfig, most: int = 0, scratch: Path | None = None
) -> StudyPictures:
    """Read a folder of class-named subfolders, at most `most` pictures of each class."""
    catalogue = scan(root)
    classes = mark_classes(catalogue.class_names, config.good)
    pictures = list(catalogue.pictures)
    if most:
        names = [catalogue.class_names[p.label] for p in pictures]
        kept = _at_most(balanced(names, len(names), config.seed), names, most)
        pictures = [pictures[i] for i in sorted(kept)]
    spec = read_input(root, config.model)
    pixels = read_pixels(root, [p.file for p in pictures], spec, scratch=scratch)
    digest = hashlib.sha256()
    for picture, sha256 in zip(pictures, pixels.sha256, strict=True):
        digest.update(f"{sha256} {picture.label} {picture.part_id}\n".encode())
    return StudyPictures(
        pixels,
        spec,
        np.array([p.label for p in pictures], np.int64),
        groups_of(pictures, pixels.sha256),
        classes,
        digest.hexdigest(),
    )


def _at_most(order: list[int], names: list[str], most: int) -> list[int]:
    held: dict[str, int] = {}
    kept = []
    for index in order:
        if held.get(names[index], 0) < most:
            held[names[index]] = held.get(names[index], 0) + 1
            kept.append(index)
    return kept


def class_losses(probabilities: Any, labels: IntArray, names: tuple[str, ...]) -> dict[str, float]:
    """Mean -log p of the true class over the pictures of each class."""
    from trainer.metrics import log_loss

    return {
        name: log_loss(probabilities[labels == k], labels[labels == k])
        for k, name in enumerate(names)
        if (labels == k).any()
    }
