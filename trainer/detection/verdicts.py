"""What a station said about labelled pictures, from the table that `station export` writes.

The station doubts more than the network does: a rim that strays from its ellipse, a part unlike the
training's, a picture out of focus. Its verdicts therefore give the POD of the whole bench.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.backend import OnProgress
from engines.bundle import file_sha256
from trainer.config import GOOD_NAMES, TrainerError
from trainer.datasets import Picture, mark_classes, scan
from trainer.metrics import BoolArray

TABLE = ".csv"
VERDICTS = ("PASS", "REVIEW", "REJECT", "ERROR")
FOUND = {"review": ("REVIEW", "REJECT", "ERROR"), "reject": ("REJECT",)}
"""An error is never a PASS: a person sees that part."""
COLUMNS = ("image_sha256", "verdict", "engine", "bundle_sha256")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """N labelled pictures with the station's verdict about each."""

    pictures: tuple[Picture, ...]
    """(N,)"""
    defect: BoolArray
    """(N,) the truth."""
    verdicts: tuple[str, ...]
    """(N,) of VERDICTS."""
    answered_by: str

    def called(self, hit: str) -> BoolArray:
        """(N,) whether each counts as found, by a key of FOUND."""
        return np.array([verdict in FOUND[hit] for verdict in self.verdicts], dtype=np.bool_)


def is_table(path: Path) -> bool:
    """Whether `path` is meant as a table of verdicts, not as a run or a bundle."""
    return path.suffix.lower() == TABLE


def judged(
    table: Path,
    data: Path,
    good: tuple[str, ...] = GOOD_NAMES,
    on_progress: OnProgress | None = None,
) -> Judged:
    """The verdict of `table` about every picture of the labelled folder `data`.

    Rows and pictures meet by the SHA-256 of the file, whatever its name became; rows of other
    pictures are left out. Raises TrainerError for a table that is none, and where a picture has no
    verdict or two that differ.
    """
    rows = _read(table)
    catalogue = scan(data)
    classes = mark_classes(catalogue.class_names, good)
    kept, missing = [], []
    for done, picture in enumerate(catalogue.pictures, start=1):
        row = rows.get(_sha256(data / picture.file))
        if row is None:
            missing.append(picture.file)
        else:
            kept.append(row)
        if on_progress is not None:
            on_progress(f"looking up {data.name}", done, len(catalogue.pictures))
    if missing:
        raise TrainerError(
            f"{table} has no verdict about {len(missing)} of the {len(catalogue.pictures)} "
            f"pictures of {data}, such as {missing[0]}. Inspect a copy of all of them with "
            "`station watch --once` (photographs, not crops), and export again."
        )
    truth = np.array([classes[p.label].defect for p in catalogue.pictures], dtype=np.bool_)
    bundles = Counter(row["bundle_sha256"][:12] for row in kept if row["bundle_sha256"])
    said = " and ".join(sorted(bundles)) or "none"
    verdicts = tuple(row["verdict"] for row in kept)
    return Judged(catalogue.pictures, truth, verdicts, f"the station, bundle {said}")


def _read(table: Path) -> dict[str, Mapping[str, str]]:
    """The table's rows by the picture's SHA-256."""
    rows: dict[str, Mapping[str, str]] = {}
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise TrainerError(
                    f"{table} lacks the column {', '.join(lacking)}. Write it with "
                    "`station export --db DB --out FILE.csv`."
                )
            for row in reader:
                _add(rows, row, table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"{table} cannot be read ({error}). Export it again.") from error
    return rows


def _add(rows: dict[str, Mapping[str, str]], row: Mapping[str, str], table: Path) -> None:
    sha256, verdict = row["image_sha256"], row["verdict"]
    if verdict not in VERDICTS:
        raise TrainerError(
            f"{table} gives the verdict {verdict!r}; expected {', '.join(VERDICTS)}. Export it "
            "again."
        )
    before = rows.setdefault(sha256, row)
    if before["verdict"] != verdict:
        raise TrainerError(
            f"{table} gives {before['verdict']} and {verdict} for one picture ({sha256[:12]}). "
            "Export the parts of one lot alone: `station export --lot LOT`."
        )


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise TrainerError(f"{path} cannot be read ({error.strerror or error}).") from error
