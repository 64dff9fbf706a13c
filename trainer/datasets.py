"""A folder of class-named subfolders: what is in it, before any picture is opened."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.bundle import ClassInfo, InputSpec
from engines.decode import IMAGE_SUFFIXES
from engines.errors import BundleError
from engines.picture_files import files_below
from trainer.config import GOOD_NAMES, ModelConfig, TrainerError

LABELS_FILE = "labels.csv"
CROPS_FILE = "crops.json"
MASKS = "_masks"
"""Beside the class folders: NAME.png of each picture with a defect, as `trainer synth` has it."""
INBOX_FOLDERS = ("processed", "quarantine")
"""Where a station puts what it has inspected."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture file."""

    file: str
    """Path below the data folder, with forward slashes."""
    label: int
    """Index of its class."""
    part_id: str | None = None
    """Pictures of one part share it; they are never spread over training and test."""
    kind: str | None = None
    """Kind of defect, where labels.csv says so."""
    size_mm: float | None = None
    """Largest extent of the defect, where labels.csv says so."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every picture of a data folder, with its class. Made by `scan`."""

    root: Path
    class_names: tuple[str, ...]
    """Sorted by name."""
    pictures: tuple[Picture, ...]
    """Sorted by file."""
    ignored: int
    """Files in the class folders that are not pictures by their suffix."""

    def counts(self) -> dict[str, int]:
        """Pictures in each class."""
        totals = [0] * len(self.class_names)
        for picture in self.pictures:
            totals[picture.label] += 1
        return dict(zip(self.class_names, totals, strict=True))


def check_folder(root: Path) -> None:
    """Raises TrainerError where the data folder is none."""
    if not root.is_dir():
        raise TrainerError(
            f"{root} is not a folder. Give a folder that holds one subfolder of pictures per class."
        )


def scan(root: Path, least_classes: int = 2) -> Catalogue:
    """List a data folder's classes and pictures; folders named `_x` or `.x` count nowhere.

    Raises TrainerError for a folder that is missing, has too few classes, an empty class, or a
    labels.csv that cannot be understood.
    """
    check_folder(root)
    folders = sorted(p for p in root.iterdir() if p.is_dir() and p.name[0] not in "_.")
    names = tuple(p.name for p in folders)
    if of_an_inbox := [name for name in names if name in INBOX_FOLDERS]:
        raise TrainerError(
            f"{root} holds {' and '.join(of_an_inbox)}, as a station's inbox does, and these are "
            "no classes. Sort its pictures into folders by class elsewhere, or let the window's "
            "Learn page make a training folder of what people decided."
        )
    if len(names) < least_classes:
        raise TrainerError(
            f"{root} holds {len(names)} class folders ({', '.join(names) or 'none'}); expected at "
            f"least {least_classes}, such as normal/ and defective/, each with its pictures."
        )
    facts = _read_labels(root / LABELS_FILE)
    pictures, ignored = [], 0
    for label, folder in enumerate(folders):
        found = files_below(folder)
        kept = [p for p in found if p.suffix.lower() in IMAGE_SUFFIXES]
        ignored += len(found) - len(kept)
        if not kept:
            raise TrainerError(
                f"class folder {folder} holds no picture ({', '.join(IMAGE_SUFFIXES)}). "
                "Fill it, or rename it to start with _ so that it is no class."
            )
        for path in kept:
            file = path.relative_to(root).as_posix()
            pictures.append(_picture(file, label, facts.get(file, {})))
    return Catalogue(root, names, tuple(sorted(pictures, key=lambda p: p.file)), ignored)


def check_named_apart(folder: Path, suffix: str, files: Sequence[str]) -> None:
    """Raise TrainerError where FOLDER/STEM.suffix, a mask or a box, would count for two pictures.

    files: all pictures that the folder may speak of, as in `Picture.file`.
    """
    first: dict[str, str] = {}
    for file in files:
        stem = Path(file).stem
        other = first.setdefault(stem, file)
        if other != file and (folder / f"{stem}{suffix}").is_file():
            raise TrainerError(
                f"{folder / (stem + suffix)} may be of {other} or of {file}: it is found by their "
                "name. Rename one of them, and what belongs to it."
            )


def read_input(root: Path, model: ModelConfig) -> InputSpec:
    """What the graph will take: the model's size, and how the pictures of `root` were cropped.

    crops.json, left by `station crop`, says so; without it the whole picture is the part.
    Raises TrainerError for a crops.json that cannot be understood.
    """
    path = root / CROPS_FILE
    crops: dict[str, Any] = {"locate": "frame"}
    if path.exists():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            crops = {"locate": found["locate"]}
            crops |= {k: found[k] for k in ("margin", "part_diameter_mm") if k in found}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise TrainerError(
                f"{path} cannot be read ({error}). Crop the pictures again with `station crop`."
            ) from error
    try:
        return InputSpec(*model.input_shape, **crops, kind=model.input)
    except (BundleError, TypeError) as error:
        raise TrainerError(
            f"{path} says {crops}: {error} Crop the pictures again with `station crop`."
        ) from error


def mark_classes(names: tuple[str, ...], good: tuple[str, ...]) -> tuple[ClassInfo, ...]:
    """Classes with their defect marks: those named in `good` are good, all others are defects.

    Names given beyond the default ones must exist. With no good class at all nothing can ever be
    passed, which suits sorting defects by kind. Raises TrainerError when no class is a defect.
    """
    unknown = [name for name in good if name not in names]
    if unknown and good != GOOD_NAMES:
        raise TrainerError(
            f"--good {' '.join(unknown)}: no such class folder. Found: {', '.join(names)}."
        )
    classes = tuple(ClassInfo(name, name not in good) for name in names)
    if not any(c.defect for c in classes):
        raise TrainerError(
            f"every class ({', '.join(names)}) is marked as good; an inspection needs a defect "
            "class. Name fewer with --good."
        )
    return classes


def _read_labels(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"{path} cannot be read ({error}). Correct it or remove it.") from error
    if rows and "file" not in rows[0]:
        raise TrainerError(
            f"{path} has the columns {', '.join(rows[0])}; expected `file`, and for groups and "
            "sizes `part_id`, `kind`, `size_mm`."
        )
    return {row["file"]: row for row in rows}


def _picture(file: str, label: int, facts: dict[str, str]) -> Picture:
    size = facts.get("size_mm") or None
    try:
        size_mm = None if size is None else float(size)
    except ValueError:
        size_mm = math.nan
    if size_mm is not None and not (math.isfinite(size_mm) and size_mm >= 0):
        raise TrainerError(
            f"{LABELS_FILE} gives {file} the size_mm {size!r}; expected millimetres, or nothing."
        )
    return Picture(file, label, facts.get("part_id") or None, facts.get("kind") or None, size_mm)
