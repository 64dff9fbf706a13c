"""collection.jsonl: where every picture of a data folder came from, and what was refused.

One line of JSON for each decision, only ever added to. A picture is on the disk before its line: a
kill between the two is mended by the next run, which writes the same file again, and then its line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from trainer.config import TrainerError

MANIFEST_FILE = "collection.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision on one file."""

    origin: str
    """The source folder's name and the path below it."""
    source: str
    """Where the folder came from, in words or as an address."""
    licence: str
    date: str
    """When the picture was taken in or refused: ISO 8601, UTC."""
    sha256: str = ""
    """Empty where the file could not be read."""
    file: str = ""
    """Path below the data folder; empty: refused."""
    label: str = ""
    """Class name."""
    criterion: str = ""
    """What criteria.toml said of the class."""
    part_id: str = ""
    """Of the source's labels.csv, as are the next two."""
    kind: str = ""
    size_mm: str = ""
    refused: str = ""
    """Which criterion it failed, in a word; empty: taken."""
    reason: str = ""
    """The same in a sentence."""


def read_manifest(path: Path) -> list[Entry]:
    """All entries; a last line that a kill cut off does not count.

    Raises TrainerError for a line that cannot be understood.
    """
    if not path.exists():
        return []
    entries = []
    lines = path.read_bytes().split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise TrainerError(
                f"{path}, line {number}, cannot be understood ({error}). Restore it from a copy."
            ) from error
    return entries


def append(path: Path, entries: Sequence[Entry]) -> None:
    """Add lines, flushed to the disk, after removing what a kill left of a last one."""
    text = "".join(json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in entries)
    with path.open("a+b") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 1))
        if stream.read() not in (b"", b"\n"):
            stream.seek(0)
            stream.truncate(stream.read().rfind(b"\n") + 1)
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
