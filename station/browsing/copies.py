"""Copies for others: records as a table, and their pictures beside it."""

from __future__ import annotations

import csv
import io
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from station.browsing.facts import Places
from station.errors import ConfigError, StationError
from station.images import sha256_of
from station.sinks import write_atomically
from station.store.export import csv_file, json_file, parquet_file, rows_matching, rows_named
from station.store.pictures import place_of
from station.store.query import HistoryQuery
from station.store.store import Store

WRITERS: dict[str, Callable[[Iterable[dict[str, Any]], Path], int]] = {
    ".csv": csv_file,
    ".json": json_file,
    ".parquet": parquet_file,
}
"""Ending of a file's name -> what writes it."""
INDEX = "pictures.csv"
"""Says in a folder of copies which picture is whose."""
PICTURES = "pictures"
OVERLAYS = "overlays"
NAME_MOST = 80
"""Letters of a source's name in the name of its copy."""
EVERY = 50
"""After so many rows it is told how many there were."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are copied: those named, or all that match."""

    query: HistoryQuery
    after: int | None = None
    """As in Store.history: what is newer is left out."""
    uuids: tuple[str, ...] | None = None
    """Only these, in this order; None: all that match."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was written."""

    rows: int
    pictures: int = 0
    overlays: int = 0
    lacking: int = 0
    """Parts without a picture that is what was inspected."""


class StoppedError(StationError):
    """A person ended it: nothing, or what is whole, was written."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How a long copy is followed and ended from another thread."""

    stop: threading.Event
    told: Callable[[int], None]
    """So many rows so far; called in the thread that copies."""

    def along(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The rows, until it is stopped. Raises StoppedError."""
        for count, row in enumerate(rows, start=1):
            if self.stop.is_set():
                raise StoppedError(
                    "stopped after {count} rows; no file was written.", count=count - 1
                )
            yield row
            if count % EVERY == 0:
                self.told(count)


def write_table(store: Store, wanted: Wanted, out: Path, watch: Watch) -> Copied:
    """Write the records as the file's name ends: .csv, .json or .parquet. Whole or not at all.

    Raises ConfigError for another ending, StoreError, StationError; StoppedError.
    """
    writer = WRITERS.get(out.suffix.lower())
    if writer is None:
        raise ConfigError(
            "{name} ends in {suffix}; expected {writers}.",
            name=out.name,
            suffix=out.suffix or "nothing",
            writers=", ".join(WRITERS),
        )
    if out.is_dir():
        raise ConfigError("{out} is a folder; give the name of a file.", out=out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StationError(
            "the folder {parent} cannot be made ({strerror}). Give another.",
            parent=out.parent,
            strerror=error.strerror or error,
        ) from error
    return Copied(writer(watch.along(_rows(store, wanted)), out))


def copy_pictures(
    store: Store, wanted: Wanted, places: Places, folder: Path, watch: Watch
) -> Copied:
    """Copy the pictures and overlays of the records into a folder, with a list of what is whose.

    A picture that is not what was inspected is not copied, and the list says so. What is there
    already is left: the same copy can be made again, or gone on with. Raises ConfigError for the
    station's own folder, StoreError, StationError; StoppedError.
    """
    own = (places.out, places.images, places.overlays)
    if any(folder.resolve().is_relative_to(place.resolve()) for place in own[1:]) or (
        folder.resolve() == places.out.resolve()
    ):
        raise ConfigError(
            "{folder} is where the station keeps its own files; give another.", folder=folder
        )
    lines, counts = [], {"rows": 0, "pictures": 0, "overlays": 0, "lacking": 0}
    for row in watch.along(_rows(store, wanted)):
        picture, why = _copy_picture(row, places, folder)
        overlay = _copy_overlay(row, places, folder)
        counts["rows"] += 1
        counts["pictures"] += picture is not None
        counts["overlays"] += overlay is not None
        counts["lacking"] += picture is None
        keys = ("uuid", "verdict", "predicted_class", "lot", "part_serial", "source")
        facts = [row[name] or "" for name in keys]
        lines.append([*facts, row["image_sha256"] or "", picture or "", overlay or "", why])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*keys_of_index()])
    writer.writerows([_safe(cell) for cell in line] for line in lines)
    write_atomically(folder / INDEX, text.getvalue().encode("utf-8-sig"))
    return Copied(**counts)


def keys_of_index() -> Sequence[str]:
    """Columns of the list beside the pictures."""
    return (
        *("uuid", "verdict", "class", "lot", "serial", "source", "sha256"),
        *("picture", "overlay", "why_not"),
    )


def _rows(store: Store, wanted: Wanted) -> Iterator[dict[str, Any]]:
    if wanted.uuids is not None:
        return rows_named(store, wanted.uuids)
    return rows_matching(store, wanted.query, wanted.after)


def _copy_picture(row: dict[str, Any], places: Places, folder: Path) -> tuple[str | None, str]:
    """Name of the copy in the folder, or None and why there is none."""
    sha256 = row["image_sha256"]
    if sha256 is None:
        return None, "there never was a picture"
    elsewhere = row["image_path"] if row["verdict"] == "ERROR" else None
    place = place_of(places.images, sha256, elsewhere)
    if place is None:
        return None, "the picture is not there any more"
    if sha256_of(place) != sha256:
        return None, "the file is not what was inspected"
    name = f"{PICTURES}/{_stem(row)}{place.suffix}"
    _copy(place, folder / name, sha256)
    return name, ""


def _copy_overlay(row: dict[str, Any], places: Places, folder: Path) -> str | None:
    if row["overlay_path"] is None:
        return None
    named = Path(row["overlay_path"])
    place = next((p for p in (named, places.overlays / named.name) if p.is_file()), None)
    if place is None:
        return None
    name = f"{OVERLAYS}/{_stem(row)}{place.suffix}"
    _copy(place, folder / name, sha256_of(place))
    return name


def _stem(row: dict[str, Any]) -> str:
    """Serial or file name, and the uuid: no two parts share one, and none leads out of a folder."""
    told = row["part_serial"] or Path(row["source"]).stem
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in told)
    return f"{kept[:NAME_MOST].strip('.') or 'part'}-{row['uuid']}"


def _copy(place: Path, target: Path, sha256: str | None) -> None:
    if target.is_file() and sha256_of(target) == sha256:
        return
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place, part)
        part.replace(target)
    except OSError as error:
        raise StationError(
            "{target} cannot be written ({strerror}). Free space on its disk, or give "
            "another folder; what was copied stays, and the same again goes on.",
            target=target,
            strerror=error.strerror or error,
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def _safe(cell: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "'")) else cell
