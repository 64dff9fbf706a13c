"""Features of the frozen blocks, computed once and kept in a file that the system pages in.

With blocks 1..k frozen, what they make of a picture never changes: their batch norm runs on its
moving statistics. So each copy of each picture goes through them once, and the epochs train only
what follows. A cache is found again by everything its numbers depend on: pixels, weights, layers,
variation, arithmetic.

DIR/features-KEY/facts.json   what the key stands for
DIR/features-KEY/rows.bin     (rows, h, w, C); its room is reserved before anything is computed
DIR/features-KEY/done.json    rows that are on the disk: where a killed computation goes on
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.atomic_file import write_atomically
from trainer.config import TrainerError

FACTS_FILE, ROWS_FILE, DONE_FILE = "facts.json", "rows.bin", "done.json"
FORMAT = 1
MOST_FLOAT16 = 30_000.0
"""Half of float16's largest number: beyond it features are kept as float32."""
MOST_ROUNDING = 1e-3
"""Of a channel's spread over pictures and places that rounding to float16 may be, root mean
square."""
FREE_SHARE = 0.9
"""Of the free disk that a cache may take at most."""
FLUSH_S = 5.0
CHUNK = 32

Maps = npt.NDArray[Any]
Source = Callable[[int, int], Maps]
"""Rows from..to as the frozen blocks make them, float32 or bfloat16."""


@dataclass(frozen=True, slots=True)
class CacheRoom:
    """Where caches may lie, and how much of the disk one may take."""

    folder: Path
    budget_gb: float = 20.0
    """10^9 bytes."""
    half: bool = False
    """Keep float32 features as float16, where that is safe."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Kept rows. Made by `keep_features`."""

    rows: Maps
    """(R, h, w, C) float32, float16, or bfloat16 as uint16; a memory map."""
    storage: str

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Maps:
        """Some rows, as the rest of the network takes them: bfloat16 or float32."""
        found = self.rows[rows]
        if self.storage == "bfloat16":
            import ml_dtypes

            return found.view(ml_dtypes.bfloat16)
        return found.astype(np.float32)


def storage_for(policy: str, half: bool = False) -> str:
    """How features computed under a Keras policy are kept: as they are, or rounded on request.

    What is computed in bfloat16 takes two bytes without loss. float32 keeps four, or two with
    `half`, unless `_too_coarse` finds float16 unfit.
    """
    if policy == "mixed_bfloat16":
        return "bfloat16"
    return "float16" if half else "float32"


def _too_coarse(maps: Maps) -> bool:
    """Whether float16 does not suit float32 (N, h, w, C): too large a feature, or a channel whose
    differences are lost in rounding (relative 2^-11 of its level)."""
    if np.abs(maps).max() > MOST_FLOAT16:
        return True
    flat = maps.reshape(-1, maps.shape[-1]).astype(np.float64)
    spread = flat.std(axis=0)
    rounding = np.sqrt(((flat - flat.astype(np.float16)) ** 2).mean(axis=0))
    return bool((rounding > MOST_ROUNDING * spread)[spread > 0].any())


def keep_features(
    room: CacheRoom,
    facts: dict[str, Any],
    shape: tuple[int, ...],
    source: Source,
    tell: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
) -> Features | None:
    """The rows that `facts` stand for, computed where they are not kept yet; None when stopped.

    shape: (rows, h, w, C). facts: everything the numbers depend on, JSON-able, `storage` among
    them. Raises TrainerError where the disk or the budget do not hold them.
    """
    folder = room.folder / f"features-{key_of(facts)}"
    done = _done(folder, _bytes(facts, shape))
    if done < shape[0]:
        stream_bytes = _reserve(folder, room, facts, shape)
        tell(
            f"computing the frozen blocks once: {shape[0]} rows, {stream_bytes / 1e9:.2f} GB "
            f"of {facts['storage']} in {folder}" + (f", {done} there already" if done else "")
        )
    mapped = np.memmap(
        folder / ROWS_FILE, _stored(facts["storage"]), "r+" if done < shape[0] else "r", shape=shape
    )
    if done < shape[0]:
        try:
            if not _fill(mapped, folder, done, source, facts["storage"], tell, stopped):
                return None
        except OverflowError:
            tell("float16 does not suit these features: keeping float32")
            del mapped
            shutil.rmtree(folder)
            wider = facts | {"storage": "float32"}
            return keep_features(room, wider, shape, source, tell, stopped)
    return Features(mapped, facts["storage"])


def key_of(facts: dict[str, Any]) -> str:
    """16 hexadecimal digits that stand for everything the features depend on."""
    text = json.dumps(facts | {"format": FORMAT}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def versions() -> dict[str, str]:
    """Of the packages whose arithmetic makes the features."""
    import cv2

    names = ("keras", "tensorflow", "numpy")
    return {name: version(name) for name in names} | {"opencv": cv2.__version__}


def _stored(storage: str) -> Any:
    return {"bfloat16": np.uint16, "float16": np.float16, "float32": np.float32}[storage]


def _bytes(facts: dict[str, Any], shape: tuple[int, ...]) -> int:
    return math.prod(shape) * int(np.dtype(_stored(facts["storage"])).itemsize)


def _done(folder: Path, wanted_bytes: int | None = None) -> int:
    """Rows that are there; none where the file of rows is gone, or not of `wanted_bytes`."""
    try:
        found = (folder / ROWS_FILE).stat().st_size
        if wanted_bytes not in (None, found):
            return 0
        return int(json.loads((folder / DONE_FILE).read_text(encoding="utf-8"))["rows"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _reserve(folder: Path, room: CacheRoom, facts: dict[str, Any], shape: tuple[int, ...]) -> int:
    """Take the file's whole room from the disk, so that it cannot run out half way."""
    needed = _bytes(facts, shape)
    path = folder / ROWS_FILE
    way_out = "Lower --copies or --size, freeze more blocks, or leave --cache out."
    if needed > room.budget_gb * 1e9:
        raise TrainerError(
            f"the frozen blocks' features take {needed / 1e9:.2f} GB, the budget is "
            f"{room.budget_gb:g} GB. Raise --cache-budget. {way_out}"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size == needed:
            return needed
        free = shutil.disk_usage(folder).free
        if needed > FREE_SHARE * free:
            folder.rmdir()
            raise TrainerError(
                f"the frozen blocks' features take {needed / 1e9:.2f} GB, and {room.folder} has "
                f"{free / 1e9:.2f} GB free. Free some, or name another --cache folder. {way_out}"
            )
        text = json.dumps(facts | {"shape": list(shape)}, indent=2)
        write_atomically(folder / FACTS_FILE, (text + "\n").encode())
        with path.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, needed)
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be made ({error.strerror or error}). Name another --cache folder."
        ) from error
    return needed


def _fill(
    mapped: Any,
    folder: Path,
    done: int,
    source: Source,
    storage: str,
    tell: Callable[[str], None],
    stopped: Callable[[], bool],
) -> bool:
    """Compute the missing rows; False when stopped, with what is there written down."""
    total, told = len(mapped), time.monotonic()
    for start in range(done, total, CHUNK):
        end = min(start + CHUNK, total)
        maps = source(start, end)
        if storage == "float16" and _too_coarse(maps):
            raise OverflowError
        mapped[start:end] = maps.view(np.uint16) if storage == "bfloat16" else maps
        last = end == total or stopped()
        if last or time.monotonic() - told > FLUSH_S:
            mapped.flush()
            write_atomically(folder / DONE_FILE, json.dumps({"rows": end}).encode())
            told = time.monotonic()
            tell(f"frozen blocks: {end} of {total} rows")
        if last and end < total:
            return False
    return True


def list_caches(folder: Path) -> list[dict[str, Any]]:
    """Every cache in a folder: name, bytes on the disk, rows there and wanted, its facts."""
    found = []
    for path in sorted(folder.glob("features-*")):
        try:
            facts = json.loads((path / FACTS_FILE).read_text(encoding="utf-8"))
            size = (path / ROWS_FILE).stat().st_size
        except (OSError, ValueError):
            facts, size = {}, 0
        rows = facts.get("shape", [0])[0]
        found.append(
            {"name": path.name, "bytes": size, "rows": _done(path), "of": rows, "facts": facts}
        )
    return found


def remove_caches(folder: Path) -> int:
    """Remove every cache in a folder, and nothing else; returns the bytes freed."""
    freed = 0
    for entry in list_caches(folder):
        try:
            shutil.rmtree(folder / entry["name"])
        except OSError as error:
            raise TrainerError(
                f"{folder / entry['name']} cannot be removed ({error.strerror or error})."
            ) from error
        freed += entry["bytes"]
    return freed
