"""How long the ENH picture of a scan takes, beside its equations written plainly.

    PYTHONPATH=.:tests python tests/bench_enhance.py [SCAN] [--size 299 --rounds 40]

Both in turns, in one process, so that what else the machine does falls on both. SCAN: any picture;
without one, drawn noise of many sizes. Not a test: run by hand, its figures stand in
docs/performance.md.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from plain_local_phase import plain_enhance

from engines.decode import read_image
from engines.local_phase import enhance


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path, nargs="?")
    parser.add_argument("--size", type=int, default=299)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    size = arguments.size
    if arguments.scan:
        pixels = read_image(arguments.scan)
        grey = cv2.cvtColor(cv2.resize(pixels, (size, size)), cv2.COLOR_RGB2GRAY)
    else:
        noise = np.random.default_rng(0).normal(0.0, 1.0, (size, size))
        mixed = sum(cv2.GaussianBlur(noise, (0, 0), s) * s for s in (1.0, 3.0, 9.0))
        grey = cv2.normalize(np.asarray(mixed), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    plain = grey.astype(np.float64)
    apart = np.abs(enhance(grey) - plain_enhance(plain)).max()
    times = []
    for _ in range(arguments.rounds):
        began = time.perf_counter()
        enhance(grey)
        between = time.perf_counter()
        plain_enhance(plain)
        times.append((between - began, time.perf_counter() - between))
    ours, written = (1e3 * np.array(column) for column in zip(*times, strict=True))
    for name, column in (("enhance", ours), ("plainly", written)):
        least, middle, late = column.min(), *np.percentile(column, (50, 95))
        print(f"{name}: {least:7.1f} ms least, {middle:7.1f} p50, {late:7.1f} p95")
    print(f"ratio, round by round: {np.median(written / ours):.2f}")
    print(f"largest difference before rounding: {apart:.3f} of 255 (rounding alone: 0.500)")


if __name__ == "__main__":
    main()
