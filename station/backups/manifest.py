"""What is written beside each back-up, and the back-ups that a folder holds."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from station.errors import StoreError

FORMAT = 1
SUFFIX = ".db"
LAST = ".last-backup.json"
"""Behind the name of a database: where its last good back-up lies."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One back-up: which file it is, of what, and what was found in it."""

    file: Path
    sha256: str
    size_bytes: int
    database: Path
    """What it is a copy of."""
    machine: str
    """On which machine that lies."""
    made_at: datetime
    """Aware, UTC."""
    schema: str | None
    rows: Mapping[str, int]
    links: int
    head: str
    origin: str
    """See `station.store.snapshot.Contents`."""
    broken: str
    """Where its chain breaks; empty: nowhere."""

    @property
    def good(self) -> bool:
        """Whether it may stand in for the database."""
        return not self.broken

    @property
    def end(self) -> str:
        """The head as `audit verify` prints it."""
        return f"{self.links}:{self.head}"

    @property
    def is_here(self) -> bool:
        """Whether the file is there, at its size."""
        try:
            return self.file.stat().st_size == self.size_bytes
        except OSError:
            return False

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {
            "format": FORMAT,
            "file": self.file.name,
            "database": str(self.database),
            "made_at": self.made_at.isoformat(),
        }


def place_beside(file: Path) -> Path:
    """Where the manifest of a back-up lies."""
    return file.with_suffix(".json")


def write_manifest(manifest: Manifest) -> None:
    """Write it beside its file. Raises OSError."""
    text = json.dumps(manifest.plain(), indent=2, ensure_ascii=False) + "\n"
    write_atomically(place_beside(manifest.file), text.encode())


def read_manifest(path: Path) -> Manifest:
    """A manifest by its own path. Raises StoreError, for any other JSON too."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        # A name alone: a manifest never speaks of a file elsewhere.
        return _manifest(body, path.with_name(Path(body["file"]).name))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            "{path} is no manifest of a back-up ({error}). Give the .db file that `station "
            "backup` wrote.",
            path=path,
            error=error,
        ) from error


def backups_of(database: Path, folder: Path) -> list[Manifest]:
    """The back-ups of this machine's database that lie there whole, newest first."""
    wanted, here = database.resolve(), platform.node()
    found = []
    for path in sorted(folder.glob(f"*{place_beside(Path('x.db')).suffix}")):
        try:
            manifest = read_manifest(path)
        except StoreError:
            continue
        if manifest.database == wanted and manifest.machine == here and manifest.is_here:
            found.append(manifest)
    return sorted(found, key=lambda each: (each.made_at, each.file.name), reverse=True)


def remember(manifest: Manifest) -> None:
    """Note beside the database where its last good back-up lies. Raises OSError."""
    body = manifest.plain() | {"file": str(manifest.file)}
    path = manifest.database.with_name(manifest.database.name + LAST)
    write_atomically(path, (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode())


def last_backup(database: Path) -> Manifest | None:
    """Where the last good back-up of a database lies; None: none was ever noted."""
    note = database.with_name(database.name + LAST)
    try:
        body = json.loads(note.read_text(encoding="utf-8"))
        return _manifest(body, Path(body["file"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _manifest(body: Mapping[str, Any], file: Path) -> Manifest:
    """Raises ValueError, KeyError or TypeError for what is none."""
    values = {each.name: body[each.name] for each in fields(Manifest)}
    made_at = datetime.fromisoformat(values["made_at"])
    if body["format"] != FORMAT or made_at.tzinfo is None:
        raise ValueError(f"its format is not {FORMAT}, or its time has no zone")
    where = {"file": file, "database": Path(values["database"])}
    return Manifest(**values | where | {"made_at": made_at.astimezone(timezone.utc)})
