"""Golden parts go through the line like any part: in lots of their own, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from engines.bundle import GOLDEN
from engines.golden import read_golden
from station.capture.address import read_address
from station.capture.simulated.bench import parts_of_folder
from station.config import StationConfig
from station.domain import Record
from station.notices import OnEvent
from station.run import run_station
from station.shift.golden import GoldenPart
from station.trust import trusted_bundle

SIM = "sim:"


def is_simulated(config: StationConfig) -> bool:
    """Whether no person lays parts down here."""
    return config.camera is not None and config.camera.strip().lower().startswith(SIM)


def placement_config(
    config: StationConfig, lot: str, part: GoldenPart | None, number: int, operator: str | None
) -> StationConfig:
    """How the line runs for a placement: the bench as it is, in a lot of its own.

    On a simulated bench it lays down the part's picture, once; number: another place and turn
    for each.
    """
    asked = replace(config, lot=lot, operator=operator, once=False, duplicates="inspect")
    if not is_simulated(config):
        return asked
    assert config.camera is not None
    base, _, query = config.camera.strip().partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True)) | {"loop": "0", "seed": str(number)}
    if part is not None and part.picture:
        options["only"] = part.picture
    return replace(asked, camera=f"{base}?{urlencode(options)}")


def simulated_pictures(config: StationConfig) -> tuple[str, ...]:
    """Names of the pictures that a simulated bench may lay down; none on a real one.

    Raises ConfigError or BundleError.
    """
    if not is_simulated(config):
        return ()
    name = read_address(str(config.camera)).name
    if name:
        return tuple(found for found, _ in parts_of_folder(Path(name)))
    return read_golden(trusted_bundle(config.bundle, config.trust).path / GOLDEN).names


def laid_down(
    config: StationConfig,
    lot: str,
    operator: str | None,
    wanted: Callable[[], GoldenPart | None],
    stop_event: threading.Event,
    on_event: OnEvent | None = None,
) -> Iterator[Record]:
    """The records of golden parts while one is wanted, in order; ends where no more can come.

    wanted: asked before the first and after each record. Raises what run_station does.
    """
    number = 0
    while not stop_event.is_set() and (part := wanted()) is not None:
        number += 1
        came = False
        enough = threading.Event()
        asked = placement_config(config, lot, part, number, operator)
        if config.once:
            asked = replace(asked, once=True)
        with closing(run_station(asked, _any_of(enough, stop_event), on_event=on_event)) as stream:
            for outcome in stream:
                if outcome.record.lot == lot and not enough.is_set():
                    came = True
                    yield outcome.record
                if wanted() is None:
                    enough.set()
        if not came or not is_simulated(config):
            return


def _any_of(one: threading.Event, other: threading.Event) -> threading.Event:
    class Either(threading.Event):
        def is_set(self) -> bool:
            return one.is_set() or other.is_set()

    return Either()
