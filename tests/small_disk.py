"""A small disk of its own, and somebody who fills it."""

from __future__ import annotations

import errno
import random
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of its own, where this user may mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk; run the tests as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


class Filler(threading.Thread):
    """Fills a disk to the last byte at random moments, holds it full, and frees it again."""

    def __init__(self, disk: Path, seed: int, *, most_pause_s: float, most_full_s: float) -> None:
        super().__init__(name="filler")
        self.times = 0
        self._ballast = disk / ".ballast"
        self._rng = random.Random(seed)
        self._most_pause_s, self._most_full_s = most_pause_s, most_full_s
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(self._rng.uniform(0.0, self._most_pause_s)):
            self._fill()
            self.times += 1
            self._ended.wait(self._rng.uniform(0.0, self._most_full_s))
            self._ballast.unlink()

    def __enter__(self) -> Filler:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def _fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as stream:
            for piece in (1 << 20, 4096, 1):
                try:
                    while True:
                        stream.write(bytes(piece))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
