"""What ends the station is always told: it never ends as if it were done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import lattice_disc, write_picture
from nothing_lost import run_until_done, visible

import station.run
from station.arrival import Arrival
from station.config import StationConfig
from station.errors import StationError
from station.intents import Located
from station.opened import Opened
from station.outcome import Outcome
from station.run import run_station


@pytest.mark.parametrize("wrong", [0, 1, 2, 5, 8])
def test_an_error_while_a_part_is_located_is_raised_after_the_parts_before_it(
    inbox: Path,
    configure: Callable[..., StationConfig],
    monkeypatch: pytest.MonkeyPatch,
    wrong: int,
) -> None:
    """It was lost where others were ready at that moment, and the station ended with success."""
    for number in range(9):
        write_picture(inbox / f"{number}.png", lattice_disc())
    real = station.run.locate_part

    def fail_at_one(opened: Opened, arrival: Arrival) -> Located:
        if arrival.source == f"{wrong}.png":
            raise StationError("the disk of the image store is gone.")
        return real(opened, arrival)

    done: list[Outcome] = []
    with monkeypatch.context() as patched:
        patched.setattr(station.run, "locate_part", fail_at_one)
        for _ in range(3):
            with pytest.raises(StationError, match="image store is gone"):
                done.extend(run_station(configure(), threading.Event()))
    assert [o.record.source for o in done] == [f"{n}.png" for n in range(wrong)]
    assert len(visible(inbox)) == 9 - wrong
    assert run_until_done(configure()) == []
    assert visible(inbox) == []
