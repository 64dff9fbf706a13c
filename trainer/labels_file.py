"""labels.csv as a table that is completed: rows, columns and values that are there stay."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from engines.atomic_file import write_atomically
from trainer.config import TrainerError


def read_table(path: Path, columns: Sequence[str]) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Columns and rows by file; none yet where there is no file. `columns` are added if lacking.

    Raises TrainerError for a file that is no such table.
    """
    if not path.exists():
        return list(columns), {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            rows = {row["file"]: dict(row) for row in reader}
            if longer := [file for file, row in rows.items() if None in row]:
                raise ValueError(f"more cells than columns for {longer[0]}; quote commas")
            found = list(reader.fieldnames or ["file"])
    except (OSError, ValueError, csv.Error, KeyError) as error:
        raise TrainerError(
            f"{path} cannot be read as a table with the column `file` ({error}). Correct it."
        ) from error
    return [*found, *(c for c in columns if c not in found)], rows


def write_table(path: Path, columns: Sequence[str], rows: Mapping[str, Mapping[str, str]]) -> None:
    """Write it, whole or not at all. Raises TrainerError."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    try:
        write_atomically(path, stream.getvalue().encode())
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be written ({error.strerror or error}). Check its permissions."
        ) from error
