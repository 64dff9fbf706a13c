"""Candidates to a training folder: class-named folders of crops, and labels.csv with their origin.

The crops are made by the function of `station crop`, so that a model trained on them sees what the
station will show it. Made in a folder beside first; what is there already is never written over.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from engines.bundle import Bundle
from engines.decode import IMAGE_SUFFIXES
from station.crop import CROPS_FILE, CropConfig, crop_folder
from station.errors import ConfigError, StationError
from station.images import sha256_of
from station.learning.candidates import Candidate, Obstacle
from station.learning.labels import Labels, read_labels, row_of, write_labels
from station.learning.likeness import GoldenLooks, golden_looks

OnProgress = Callable[[int, int], None]
"""Told how many pictures of how many were cut out."""
MAGIC = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"BM": ".bmp", b"II*\0": ".tif",
         b"MM\0*": ".tif"}  # fmt: skip
"""With what a picture file begins -> a suffix that says so: a kept picture's name may not."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of the candidates."""

    folder: Path
    written: Mapping[str, int]
    """Class -> crops that are new."""
    there: int
    """Were exported here before."""
    left_out: Mapping[Obstacle, tuple[str, ...]] = field(default_factory=dict)
    """Why -> names of the pictures, for people."""
    stale: tuple[str, ...] = ()
    """Exported here before, and no longer taken: still in the folder."""

    @property
    def count(self) -> int:
        """Crops that are new."""
        return sum(self.written.values())


def export(
    candidates: Sequence[Candidate],
    bundle: Bundle,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> Exported:
    """Write the crops of the candidates that have no obstacle into FOLDER/CLASS/UUID.png.

    bundle: says how parts are cut out, and which pictures are golden. A folder that holds an
    earlier export, or any training folder cropped the same way, is added to. Raises ConfigError
    for a folder that does not go with it, StationError where it cannot be written.
    """
    _check_folder(folder, bundle)
    labels = read_labels(folder)
    left: dict[Obstacle, list[str]] = {}
    wanted, there = _wanted(candidates, folder, labels, left)
    golden = golden_looks(bundle)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder.parent) as made:
            crops = _cut(wanted, bundle, Path(made), left, on_progress)
            fresh = _not_golden(crops, golden, left)
            _put(fresh, folder, Path(made))
    except OSError as error:
        raise StationError(
            "{folder} cannot be written ({strerror}). Free space on its disk, or choose "
            "another folder.",
            folder=folder,
            strerror=error.strerror or error,
        ) from error
    written: dict[str, int] = {}
    for candidate, _ in fresh:
        written[candidate.class_name or ""] = written.get(candidate.class_name or "", 0) + 1
    rows = [row_of(each, f"{each.class_name}/{path.name}") for each, path in fresh]
    write_labels(folder, labels, rows)
    taken = {candidate.record.uuid for candidate in candidates if candidate.obstacle is None}
    stale = tuple(file for uuid, file in labels.exported.items() if uuid not in taken)
    named = {obstacle: tuple(names) for obstacle, names in left.items()}
    return Exported(folder, dict(sorted(written.items())), there, named, stale)


def _check_folder(folder: Path, bundle: Bundle) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError("{folder} is a file. Give a folder.", folder=folder)
    crops = (folder / CROPS_FILE).is_file()
    if folder.is_dir() and any(folder.iterdir()) and crops != (bundle.input.locate == "disc"):
        how = "with" if crops else "without"
        raise ConfigError(
            "{folder} holds pictures that were made {how} `station crop`, unlike those of "
            "{name}. Give another folder.",
            folder=folder,
            how=how,
            name=bundle.name,
        )


def _wanted(
    candidates: Sequence[Candidate],
    folder: Path,
    labels: Labels,
    left: dict[Obstacle, list[str]],
) -> tuple[list[Candidate], int]:
    """Those to cut out, and how many are there already. Raises ConfigError where a part stands in
    the folder under another class, or a class cannot be a folder."""
    wanted, there = [], 0
    for each in candidates:
        name, file = each.class_name or "", labels.exported.get(each.record.uuid)
        if each.obstacle is not None:
            left.setdefault(each.obstacle, []).append(each.record.source)
            continue
        if not name or name[0] in "_." or "/" in name or "\\" in name or "\0" in name:
            raise ConfigError(
                "the class {name!r} cannot be a folder of a training set: its name is "
                "empty, holds a slash, or starts with _ or a dot. Rename it in the "
                "training.",
                name=name,
            )
        if file is None or not (folder / file).is_file():
            wanted.append(each)
        elif file.rpartition("/")[0] == name:
            there += 1
        else:
            raise ConfigError(
                "{folder} holds {source} as {file}, and it is now {name}. Nothing was "
                "written: export into a new folder.",
                folder=folder,
                source=each.record.source,
                file=file.rpartition("/")[0],
                name=name,
            )
    return wanted, there


def _cut(
    wanted: Sequence[Candidate],
    bundle: Bundle,
    made: Path,
    left: dict[Obstacle, list[str]],
    on_progress: OnProgress | None,
) -> list[tuple[Candidate, Path]]:
    """The crops, in a folder of their own; those without one are named in `left`."""
    source, out = made / "pictures", made / "crops"
    staged: list[tuple[Candidate, Path]] = []
    for each in wanted:
        assert each.place is not None and each.class_name is not None
        suffix = _suffix(each.place)
        if suffix is None:
            left.setdefault(Obstacle.DAMAGED, []).append(each.record.source)
        elif sha256_of(each.place) != each.record.image_sha256:
            left.setdefault(Obstacle.ALTERED, []).append(each.record.source)
        else:
            name = Path(each.class_name) / f"{each.record.uuid}{suffix}"
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).symlink_to(each.place.resolve())
            staged.append((each, name))
    if not staged:
        return []
    if bundle.input.locate != "disc":
        return [(each, _copied(source / name, out / name)) for each, name in staged]
    spec = bundle.input
    # The other cores are the inspection's.
    workers = max(1, (os.cpu_count() or 1) // 2)
    config = CropConfig(source, out, margin=spec.margin, workers=workers)
    if spec.part_diameter_mm is not None:
        config = replace(config, part_diameter_mm=spec.part_diameter_mm)
    report = crop_folder(config, on_progress)
    damaged = {name for name, _ in report.damaged}
    found = []
    for each, name in staged:
        if name.as_posix() in damaged or name.as_posix() in report.missed:
            obstacle = Obstacle.DAMAGED if name.as_posix() in damaged else Obstacle.NO_PART
            left.setdefault(obstacle, []).append(each.record.source)
        else:
            found.append((each, out / name.with_suffix(".png")))
    return found


def _suffix(place: Path) -> str | None:
    """By what the file begins with; None for what is no picture, or is gone."""
    try:
        with place.open("rb") as stream:
            head = stream.read(8)
    except OSError:
        return None
    suffix = next((suffix for magic, suffix in MAGIC.items() if head.startswith(magic)), None)
    return suffix if suffix in IMAGE_SUFFIXES else None


def _copied(picture: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(picture, to)
    return to


def _not_golden(
    crops: Sequence[tuple[Candidate, Path]],
    golden: GoldenLooks,
    left: dict[Obstacle, list[str]],
) -> list[tuple[Candidate, Path]]:
    kept = []
    for each, path in crops:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            left.setdefault(Obstacle.DAMAGED, []).append(each.record.source)
        elif golden.holds(np.ascontiguousarray(pixels[..., ::-1], np.uint8)):
            left.setdefault(Obstacle.GOLDEN, []).append(each.record.source)
        else:
            kept.append((each, path))
    return kept


def _put(fresh: Sequence[tuple[Candidate, Path]], folder: Path, made: Path) -> None:
    """Move the crops to their places; the way of cropping is noted, or held against what is noted
    there."""
    claim = made / "crops" / CROPS_FILE
    if claim.is_file():
        there = folder / CROPS_FILE
        if there.is_file() and there.read_bytes() != claim.read_bytes():
            raise ConfigError(
                "{folder} was cropped otherwise: {there}, and these parts {claim}. Give "
                "another folder.",
                folder=folder,
                there=there.read_text().strip(),
                claim=claim.read_text().strip(),
            )
        folder.mkdir(parents=True, exist_ok=True)
        if not there.is_file():
            claim.replace(there)
    for each, path in fresh:
        assert each.class_name is not None
        target = folder / each.class_name / path.name
        if target.exists():
            if target.read_bytes() == path.read_bytes():
                continue  # of an export that was broken off
            raise ConfigError(
                "{target} is there already, another picture that labels.csv does not name. "
                "Nothing is written over it: move it away, or give another folder.",
                target=target,
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
