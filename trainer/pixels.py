"""Pictures read once, through the station's own decoder and resize, and kept as bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.bundle import InputSpec
from engines.decode import decode_image
from engines.errors import ImageError
from engines.prediction import ImageArray
from engines.preprocess import fit_picture, graph_input
from trainer.config import TrainerError
from trainer.counting import OnCount

NAMED = 5
"""Unreadable files listed by name in an error."""
MEMORY_SHARE = 0.4
"""Of the memory that is free: above it the pixels lie in a file that the system pages in."""


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Pictures at the graph's size. Made by `read_pixels`."""

    images: ImageArray
    """(N, height, width, channels) uint8 as the graph takes them; in memory, or a memory map of an
    unnamed file."""
    kept: tuple[int, ...]
    """Which of the files asked for these are; all of them unless some were skipped."""
    sha256: tuple[str, ...]
    """Of each kept file's bytes."""
    bad: tuple[tuple[str, str], ...]
    """(file, reason) of each skipped file."""
    sides_px: tuple[int, ...]
    """Shorter side of each kept file's picture before it was brought to the graph's size."""
    shown: ImageArray
    """The same pictures as people see them; `images` itself unless these are enhanced."""


def read_pixels(
    root: Path,
    files: Sequence[str],
    spec: InputSpec,
    *,
    skip_bad: bool | None = None,
    scratch: Path | None = None,
    on_read: OnCount | None = None,
) -> Pixels:
    """Decode `files` below `root` to the size of `spec`, in two threads, keeping their order.

    Raises TrainerError naming the first unreadable files, unless `skip_bad`: then they are left
    out and recorded; None: the command has no such option to name. `on_read(done, total)` is told
    after each picture.
    """
    shape = (len(files), spec.height, spec.width, spec.channels)
    images = _room_for(shape, scratch)
    shown = _room_for(shape, scratch) if spec.kind == "enh" else images
    digests, sides_px = [""] * len(files), [0] * len(files)
    bad: list[tuple[str, str]] = []
    kept: list[int] = []

    def read(index: int) -> str | None:
        try:
            data = (root / files[index]).read_bytes()
            digests[index] = hashlib.sha256(data).hexdigest()
            picture = decode_image(data, files[index])
            sides_px[index] = min(picture.shape[:2])
            shown[index] = fit_picture(picture, spec)
            if shown is not images:
                images[index] = graph_input(shown[index], spec)
        except OSError as error:
            return f"{files[index]} cannot be read ({error.strerror}). Check its permissions."
        except ImageError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(2) as pool:
        for index, reason in enumerate(pool.map(read, range(len(files)))):
            if reason is None:
                kept.append(index)
            else:
                bad.append((files[index], reason))
            if on_read is not None:
                on_read(index + 1, len(files))
    if bad and not skip_bad:
        raise TrainerError(_list_bad(root, bad, skip_bad is not None))
    for place, index in enumerate(kept):
        if place != index:
            images[place], shown[place] = images[index], shown[index]
    return Pixels(
        images[: len(kept)],
        tuple(kept),
        tuple(digests[i] for i in kept),
        tuple(bad),
        tuple(sides_px[i] for i in kept),
        shown[: len(kept)],
    )


def _list_bad(root: Path, bad: Sequence[tuple[str, str]], may_skip: bool) -> str:
    lines = [f"  {reason}" for _, reason in bad[:NAMED]]
    if len(bad) > NAMED:
        lines.append(f"  and {len(bad) - NAMED} more")
    return "\n".join(
        (
            f"{len(bad)} {'file' if len(bad) == 1 else 'files'} in {root} cannot be used:",
            *lines,
            "Mend or remove them"
            + (", or give --skip-bad to go on without them." if may_skip else "."),
        )
    )


def _room_for(shape: tuple[int, ...], scratch: Path | None) -> ImageArray:
    needed = int(np.prod(shape, dtype=np.int64))
    if needed <= MEMORY_SHARE * available_memory():
        return np.empty(shape, np.uint8)
    # The file has no name: the system frees it when the last mapping goes, after any kill.
    with tempfile.TemporaryFile(dir=scratch, prefix="pixels") as stream:
        try:
            # Not a sparse file: writing to a mapping that the disk cannot hold is a kill.
            os.posix_fallocate(stream.fileno(), 0, needed)
            return np.memmap(stream, np.uint8, "r+", shape=shape)
        except OSError as error:
            raise TrainerError(
                f"{needed / 1e9:.1f} GB of pixels fit neither in memory nor in "
                f"{scratch or tempfile.gettempdir()} ({error.strerror}). Free some or lower --size."
            ) from error


def available_memory(meminfo: Path = Path("/proc/meminfo")) -> int:
    """Bytes that can be had without swapping; 4 GB where the system does not say."""
    try:
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 4_000_000_000
