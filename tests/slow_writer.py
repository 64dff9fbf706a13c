"""Writes pictures into a folder as a poor camera would: in pieces, with pauses. A program.

    slow_writer.py FOLDER COUNT SEED MOST_PAUSE_S

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


def picture(seed: int) -> bytes:
    """A PNG of 160x160: a bright disc with a red mark or without, and noise that no other has."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:160, :160].astype(np.float64)
    cover = np.clip(62.0 - np.hypot(x - 80 - rng.uniform(-4, 4), y - 80), 0, 1)
    grey = 70 + cover * 110
    image = np.repeat(grey[..., None], 3, axis=2) + rng.normal(0, 2, (160, 160, 3))
    if seed % 3 == 0:
        image[np.hypot(x - 95, y - 75) < 9] = (20, 20, 255)
    ok, data = cv2.imencode(".png", image.clip(0, 255).astype(np.uint8))
    assert ok
    return data.tobytes()


def main() -> None:
    """Write slowly, say what was written."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    most_pause_s = float(sys.argv[4])
    rng = random.Random(seed)
    for number in range(count):
        data, name = picture(seed * 100_000 + number), f"part-{number:05}.png"
        with (folder / name).open("wb") as stream:
            for start in range(0, len(data), 16_000):
                stream.write(data[start : start + 16_000])
                stream.flush()
                time.sleep(rng.uniform(0, most_pause_s / 4))
        print(name, hashlib.sha256(data).hexdigest(), flush=True)
        time.sleep(rng.uniform(0, most_pause_s))


if __name__ == "__main__":
    main()
