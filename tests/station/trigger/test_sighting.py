"""What the trigger sees is told picture by picture, and counts what it would inspect."""

from __future__ import annotations

import threading
from pathlib import Path

from builders import lattice_disc, write_picture

from station.capture.settings import CaptureSettings
from station.capture.source import open_source
from station.trigger.automatic import automatic
from station.trigger.settings import TriggerSettings
from station.trigger.sighting import PHASES, Sightings


def test_it_counts_what_the_trigger_would_inspect(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", lattice_disc())
    uri = f"sim:{tmp_path}?loop=0&real_time=0&rate=60&fps=15&size=320x240"
    settings = TriggerSettings()
    with open_source(uri, CaptureSettings()) as source:
        grabbed = list(source.frames(threading.Event()))
    shots = list(automatic(iter(grabbed), settings, lambda: None))
    sightings = Sightings(settings)
    seen = [sightings.see(each) for each in grabbed]
    assert seen[-1].taken == len(shots) == 1
    assert seen[-1].in_doubt == 0
    assert {each.phase for each in seen} <= set(PHASES)
    assert {"empty", "arriving", "taken"} <= {each.phase for each in seen}
    lying = next(each for each in seen if each.phase == "taken")
    assert lying.share is not None and lying.share > settings.least_share
    assert lying.focus > settings.least_focus and lying.box_px is not None


def test_a_dark_picture_is_said_to_be_blind(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", lattice_disc())
    with open_source(f"sim:{tmp_path}?real_time=0&black=0,5&fps=5", CaptureSettings()) as source:
        first = next(iter(source.frames(threading.Event())))
    assert Sightings(TriggerSettings()).see(first).is_blind
