"""What golden parts need of the rest of the station: one part of the simulated bench, events of
one kind, and a line that ends where no more can come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import lattice_disc, write_picture
from kept import an_event
from simulated_benches import discs

from station.capture.settings import CaptureSettings
from station.capture.simulated.bench import SimulatedBench
from station.capture.source import open_source
from station.config import StationConfig
from station.errors import ConfigError
from station.shift.golden import GoldenPart
from station.shift.line import placement_config, simulated_pictures
from station.shift.settings import ShiftSettings
from station.store.store import open_store


def test_the_simulated_bench_lays_down_the_part_that_is_named_only() -> None:
    bench = open_source("sim:?only=disc-3", CaptureSettings(), sim_parts=discs)
    assert isinstance(bench, SimulatedBench)
    assert bench.facts()["parts"] == 1.0
    with pytest.raises(ConfigError, match="'nothing', which is in no picture's name"):
        open_source("sim:?only=nothing", CaptureSettings(), sim_parts=discs)


def test_a_placement_has_its_lot_and_on_a_simulated_bench_its_picture(tmp_path: Path) -> None:
    config = StationConfig(
        camera="sim:?rate=30&seed=4", bundle=tmp_path, out=tmp_path, lot="L42", once=True
    )
    part = GoldenPart("GOOD-1", True, picture="normal/a b.png")
    asked = placement_config(config, "golden x", part, 7, "Ada")
    assert asked.camera == "sim:?rate=30&seed=7&loop=0&only=normal%2Fa+b.png"
    assert (asked.lot, asked.operator, asked.once) == ("golden x", "Ada", False)
    real = replace(config, camera="v4l2:0")
    assert placement_config(real, "golden x", part, 7, "Ada").camera == "v4l2:0"
    assert simulated_pictures(real) == ()


def test_the_pictures_of_a_simulated_bench_are_named(tmp_path: Path) -> None:
    write_picture(tmp_path / "parts" / "b.png", lattice_disc())
    write_picture(tmp_path / "parts" / "a.png", lattice_disc())
    config = StationConfig(camera=f"sim:{tmp_path / 'parts'}", bundle=tmp_path, out=tmp_path)
    assert simulated_pictures(config) == ("a.png", "b.png")


def test_events_of_one_station_and_kind(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "a.db")) as store:
        events = [an_event(n, kind=kind) for n, kind in enumerate(("shift", "engine", "shift"))]
        for event in (*events, an_event(4, station="bench-2", kind="shift")):
            store.add_event(event)
        assert store.events(station="bench-1", kind="shift") == [events[0], events[2]]
        assert store.events(station="bench-1", kind="shift", limit=1) == [events[2]]


@pytest.mark.parametrize(
    "wrong",
    [{"valid_h": 0.0}, {"placements": 2}, {"confidence": 1.0}, {"override_h": 9.0}, {"repeats": -1},
     {"references_days": float("nan")}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=f"shift.{next(iter(wrong))}"):
        ShiftSettings(**wrong)  # type: ignore[arg-type]
