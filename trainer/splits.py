"""Who is trained on and who is kept aside: stratified, seeded, whole parts together."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trainer.config import TrainerError
from trainer.datasets import Picture

SPLITS = ("train", "validation", "test")
WORDS = {"train": "training", "validation": "validation", "test": "test"}
"""Split -> its name for people."""
COLUMNS = ("file", "label", "part_id", "split", "sha256")


@dataclass(frozen=True, slots=True)
class SplitRow:
    """One picture in split.csv."""

    file: str
    label: str
    """Class name."""
    part_id: str
    """Empty where the picture stands alone."""
    split: str
    sha256: str


def groups_of(pictures: Sequence[Picture], sha256: Sequence[str]) -> npt.NDArray[np.int64]:
    """(N,) group numbers: pictures of one part, and exact copies of one file, share a group."""
    parent = list(range(len(pictures)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[tuple[str, str], int] = {}
    for i, (picture, digest) in enumerate(zip(pictures, sha256, strict=True)):
        keys = [("sha256", digest)]
        if picture.part_id is not None:
            keys.append(("part", picture.part_id))
        for key in keys:
            parent[root(i)] = root(first.setdefault(key, i))
    return np.array([root(i) for i in range(len(pictures))], np.int64)


def split_groups(
    labels: npt.NDArray[np.int64],
    groups: npt.NDArray[np.int64],
    shares: tuple[float, float, float],
    seed: int,
    class_names: Sequence[str],
) -> npt.NDArray[np.int64]:
    """(N,) indices into SPLITS, no group in two splits, every class in each split.

    Groups go, the largest first and otherwise in seeded random order, where their classes are
    most wanting: the greedy rule of iterative stratification (Sechidis et al., ECML PKDD 2011).
    Single pictures so come within one picture of their shares in every class.
    Raises TrainerError for a class with fewer groups than there are splits.
    """
    names, member = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), len(class_names)))
    np.add.at(counts, (member, labels), 1)
    _check_enough(counts, class_names)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    wanting = np.asarray(shares)[:, None] * counts.sum(axis=0)
    chosen = np.zeros(len(names), np.int64)
    for group in order:
        chosen[group] = int((wanting @ counts[group]).argmax())
        wanting[chosen[group]] -= counts[group]
    _fill_gaps(chosen, counts, order)
    _check_whole(chosen, counts, class_names)
    return chosen[member]


def _check_enough(counts: npt.NDArray[np.float64], class_names: Sequence[str]) -> None:
    for name, found in zip(class_names, (counts > 0).sum(axis=0), strict=True):
        if found < len(SPLITS):
            what = "independent pictures (those of one part, and copies of one file, count once)"
            raise too_few(name, int(found), what)


def too_few(name: str, found: int, what: str) -> TrainerError:
    """The error of a class that cannot be split."""
    return TrainerError(
        f"class {name!r} has {found} {what}; expected at least {len(SPLITS)}, for training, "
        "validation and test. Add pictures."
    )


def _check_whole(
    chosen: npt.NDArray[np.int64], counts: npt.NDArray[np.float64], class_names: Sequence[str]
) -> None:
    """Filling one class's gap with a part of several classes may open another's."""
    for split, name in enumerate(SPLITS):
        lacking = np.flatnonzero(counts[chosen == split].sum(axis=0) == 0)
        if len(lacking):
            raise TrainerError(
                f"no split was found that gives {name} pictures of {class_names[lacking[0]]!r}: "
                "parts with pictures of several classes stay whole. Add pictures, or correct "
                "part_id in labels.csv."
            )


def _fill_gaps(
    chosen: npt.NDArray[np.int64], counts: npt.NDArray[np.float64], order: npt.NDArray[np.int64]
) -> None:
    """Move a group into each split that lacks a class, out of the split that has most of it."""
    for label in range(counts.shape[1]):
        holders = np.array([g for g in order if counts[g, label] > 0])
        for split in range(len(SPLITS)):
            held = np.bincount(chosen[holders], minlength=len(SPLITS))
            if held[split] == 0:
                donor = int(held.argmax())
                chosen[[g for g in holders if chosen[g] == donor][-1]] = split


def write_split(path: Path, rows: Sequence[SplitRow]) -> str:
    """Write split.csv; returns the sha256 of its text, the digest of the whole data manifest."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((r.file, r.label, r.part_id, r.split, r.sha256) for r in rows)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_split(path: Path) -> list[SplitRow]:
    """Read split.csv. Raises TrainerError where it is missing or damaged."""
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = [SplitRow(**row) for row in csv.DictReader(stream)]
    except (OSError, TypeError, ValueError, csv.Error) as error:
        raise TrainerError(
            f"{path} cannot be read ({error}). Train the run again with `trainer fit`."
        ) from error
    if not rows or any(r.split not in SPLITS for r in rows):
        raise TrainerError(f"{path} is empty or damaged. Train the run again with `trainer fit`.")
    return rows
