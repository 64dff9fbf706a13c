"""End to end, the station keeps the speed of its engine: VGG16 at 512 px, hundreds of parts.

Slow, and only true on a machine that does nothing else: `pytest -m slow --log-cli-level=INFO` shows
the figures.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import lattice_disc, picture_bytes
from run_folders import make_run

from engines.bundle import Bundle, load_bundle
from engines.engine import open_engine
from station.capture.picture_file import read_frame
from station.config import StationConfig
from station.locate.locator import locator_for
from station.run import run_station

log = logging.getLogger(__name__)
PARTS = 300
BARE = 60
BEGUN = 5
"""Outcomes before the clock starts: the first parts find an idle engine."""


@pytest.fixture(scope="module")
def vgg16_512(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    from trainer.export import export_run

    folder = tmp_path_factory.mktemp("vgg16")
    run = make_run(folder / "run", size_px=512, width=1.0)
    export_run(run, folder / "vgg16.bundle")
    return load_bundle(folder / "vgg16.bundle")


def bare_rate(bundle: Bundle, picture: Path, cache_dir: Path) -> tuple[str, float]:
    """Parts a second of the engine alone, fed with a located crop."""
    crop = locator_for(bundle.input)(read_frame(picture, 10**8)).crop_rgb
    with open_engine(bundle, cache_dir=cache_dir) as engine:
        for _ in range(BEGUN):
            engine.predict([crop])
        started = time.perf_counter()
        for _ in range(BARE):
            engine.predict([crop])
        return engine.description, BARE / (time.perf_counter() - started)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_station_keeps_four_fifths_of_the_bare_engine_s_speed(
    inbox: Path, configure: Callable[..., StationConfig], vgg16_512: Bundle, cache_dir: Path
) -> None:
    for number in range(PARTS):
        place = None if number % 3 else (1.0 + number % 3, -1.0)
        (inbox / f"{number:03}.png").write_bytes(picture_bytes(lattice_disc(place)))
    picture = inbox.parent / "one.png"
    picture.write_bytes(picture_bytes(lattice_disc()))
    name, before = bare_rate(vgg16_512, picture, cache_dir)
    times = []
    config = configure(bundle=vgg16_512.path, settle_s=0.5)
    for _ in run_station(config, threading.Event()):
        times.append(time.perf_counter())
    watched = (PARTS - BEGUN) / (times[-1] - times[BEGUN - 1])
    _, after = bare_rate(vgg16_512, picture, cache_dir)
    bare = 0.5 * (before + after)
    log.info(
        "%s: bare %.2f and %.2f parts/s, watch %.2f parts/s, %.1f %%; load %.1f on %s cores",
        name, before, after, watched, 100.0 * watched / bare, os.getloadavg()[0], os.cpu_count(),
    )  # fmt: skip
    assert len(times) == PARTS
    assert watched >= 0.8 * bare
