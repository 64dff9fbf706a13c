"""Writes pictures into a folder as a poor camera would: in pieces, with pauses. A program.

    slow_writer.py FOLDER COUNT SEED MOST_PAUSE_S [PREFIX]

Prints each file's name and sha256 after its last byte. Every picture is another one.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from builders import lattice_disc


def picture(seed: int) -> bytes:
    """A PNG of 256x256: a disc with a red mark or without, and noise that no other has."""
    rng = np.random.default_rng(seed)
    mark = (1.5, -1.0) if seed % 3 == 0 else None
    image = lattice_disc(mark, centre_px=(128, 130), px_per_mm=18.0, size_px=(256, 256))
    noisy = (image + rng.normal(0, 1, image.shape)).clip(0, 255).astype(np.uint8)
    ok, data = cv2.imencode(".png", np.ascontiguousarray(noisy[..., ::-1]))
    assert ok
    return bytes(data.tobytes())


def main() -> None:
    """Write slowly, say what was written."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    most_pause_s = float(sys.argv[4])
    prefix = sys.argv[5] if len(sys.argv) > 5 else "part"
    rng = random.Random(seed)
    for number in range(count):
        data, name = picture(seed * 100_000 + number), f"{prefix}-{number:05}.png"
        with (folder / name).open("wb") as stream:
            for start in range(0, len(data), 40_000):
                stream.write(data[start : start + 40_000])
                stream.flush()
                time.sleep(rng.uniform(0, most_pause_s / 4))
        sys.stdout.write(f"{name} {hashlib.sha256(data).hexdigest()}\n")
        sys.stdout.flush()
        time.sleep(rng.uniform(0, most_pause_s))


if __name__ == "__main__":
    main()
