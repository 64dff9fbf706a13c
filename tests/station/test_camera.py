"""Parts before a camera, through the whole station: one record for each, whatever befalls it."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import pytest
from builders import lattice_disc, write_picture

import station.opened
from engines.bundle import Bundle
from station.capture.source import Source
from station.config import StationConfig
from station.domain import Decision
from station.errors import ConfigError
from station.outcome import Outcome
from station.run import run_station
from station.sayings import Event
from station.store.store import open_store
from station.trigger.settings import TriggerSettings
from station.trigger_input import PressQueue

Configure = Callable[..., StationConfig]
STATION = [sys.executable, "-c", "import sys; from station.cli import main; sys.exit(main())"]


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Six parts: the second and the fifth are marked."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(6):
        mark = (1.5, -1.0) if number in (1, 4) else None
        write_picture(folder / f"{number}.png", lattice_disc(mark))
    return folder


@pytest.fixture
def bench(
    configure: Configure, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[list[Outcome], list[Any], list[Event]]]:
    """Run the simulated bench; returns outcomes, what was laid down, and events."""
    opened: list[Any] = []
    open_camera = station.opened.open_camera

    def remembering(*arguments: Any) -> Source:
        opened.append(open_camera(*arguments))
        return opened[-1]

    monkeypatch.setattr(station.opened, "open_camera", remembering)

    def run(options: str = "", **changes: Any) -> tuple[list[Outcome], list[Any], list[Event]]:
        camera = f"sim:{photographs}?real_time=0&loop=0&rate=40&size=800x600{options}"
        events: list[Event] = []
        config = configure(inbox=None, camera=camera, **changes)
        outcomes = list(run_station(config, threading.Event(), on_event=events.append))
        return outcomes, opened[-1].laid, events

    return run


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_part_that_was_laid_down_has_its_one_record(bench: Any, seed: int) -> None:
    outcomes, laid, _ = bench(f"&seed={seed}")
    assert sorted(Path(part.name).name for part in laid) == [f"{n}.png" for n in range(6)]
    marked = [o.record.decision is Decision.REJECT for o in outcomes]
    assert marked == [part.name.endswith(("1.png", "4.png")) for part in laid]
    assert {o.record.decision for o in outcomes} <= {Decision.PASS, Decision.REJECT}


def test_what_was_inspected_is_what_is_kept(bench: Any, configure: Configure) -> None:
    outcomes, _, events = bench()
    for outcome in outcomes:
        path, inspection = Path(str(outcome.record.image_path)), outcome.inspection
        data = path.read_bytes()
        assert hashlib.sha256(data).hexdigest() == outcome.record.image_sha256 == path.stem
        assert outcome.path == path
        kept = cv2.imread(str(path), cv2.IMREAD_COLOR)
        assert inspection is not None
        assert (kept[..., ::-1] == inspection.part.frame.image_rgb).all()
        assert outcome.record.source.endswith("Z.png")
    with open_store(configure().database) as store:
        account = store.account()
    assert (account.parts_in, account.open) == (6, ())
    # What the camera was set to stands in the database.
    assert any(e.kind == "camera" and "is open" in e.text for e in events)


def test_fragments_are_reviewed_and_never_dropped(bench: Any) -> None:
    outcomes, laid, _ = bench("&broken=1.0&seed=4")
    assert len(outcomes) == len(laid) == 6
    assert Decision.PASS not in {o.record.decision for o in outcomes}


def test_a_camera_that_is_lost_and_comes_back_is_told_and_loses_no_part_before_it(
    bench: Any,
) -> None:
    outcomes, laid, events = bench("&lost=3,5&seed=2")
    seen = [part for part in laid if part.until_s < 3.0 or part.free_s > 5.0]
    assert 2 <= len(seen) <= len(outcomes) <= len(laid)
    told = [event.text for event in events if event.kind == "camera"]
    assert any("is lost" in text for text in told)
    assert len(told) >= 3, told  # opened, lost, back


def test_several_views_count_by_the_worst(bench: Any) -> None:
    outcomes, laid, _ = bench("&seed=5", trigger=TriggerSettings(views=3))
    assert len(outcomes) == len(laid) == 6
    marked = [o.record.decision is Decision.REJECT for o in outcomes]
    assert marked == [part.name.endswith(("1.png", "4.png")) for part in laid]


def test_a_stop_still_decides_the_parts_that_the_trigger_told(
    configure: Configure, photographs: Path
) -> None:
    camera = f"sim:{photographs}?real_time=0&rate=40&size=640x480"
    stop, outcomes = threading.Event(), []
    for outcome in run_station(configure(inbox=None, camera=camera), stop):
        outcomes.append(outcome)
        if len(outcomes) == 3:
            stop.set()
    with open_store(configure().database) as store:
        account = store.account()
    assert len(outcomes) >= 3
    assert (account.parts_in, account.open) == (len(outcomes), ())


def test_a_press_inspects_an_empty_bench_as_review(
    configure: Configure, photographs: Path, tmp_path: Path
) -> None:
    """Somebody says that a part is there: without one in the picture it is a REVIEW, not lost."""
    empty = tmp_path / "empty"
    empty.mkdir()
    for number in range(3):
        write_picture(empty / f"{number}.png", lattice_disc()[:40, :40].repeat(12, 0).repeat(12, 1))
    presses = PressQueue()
    presses.press("S-1")
    config = configure(
        inbox=None, camera=f"folder:{empty}?fps=10", trigger=TriggerSettings(mode="manual")
    )
    (outcome,) = run_station(config, threading.Event(), presses=presses)
    assert outcome.record.decision is Decision.REVIEW
    assert "NOT_FOUND" in outcome.record.codes
    assert outcome.record.part_serial == "S-1"


def test_one_camera_belongs_to_one_station(configure: Configure, photographs: Path) -> None:
    config = configure(inbox=None, camera=f"sim:{photographs}?real_time=0&rate=60&size=640x480")
    first = run_station(config, threading.Event())
    next(first)
    with pytest.raises(ConfigError, match="is in use by another station"):
        next(run_station(config, threading.Event()))
    first.close()


def open_parts(out: Path) -> int:
    with closing(sqlite3.connect(out / "inspections.db", timeout=10)) as database:
        count: int = database.execute("SELECT count(*) FROM open_parts").fetchone()[0]
        return count


def parts_begun(out: Path) -> int:
    with closing(sqlite3.connect(out / "inspections.db", timeout=10)) as database:
        count: int = database.execute("SELECT count(*) FROM parts").fetchone()[0]
        return count


def test_killed_before_a_camera_every_begun_part_is_finished_from_its_picture(
    bundle: Bundle, photographs: Path, tmp_path: Path
) -> None:
    camera, out = f"sim:{photographs}?real_time=0&rate=60&size=640x480", tmp_path / "out"
    command = [*STATION, "watch", "--camera", camera, "--bundle", str(bundle.path)]
    command += ["--out", str(out), "--station", "bench", "--json"]
    with open_store(str(out / "inspections.db")):
        pass  # so that it can be looked into from the beginning
    for kills in range(12):
        if kills >= 2 and open_parts(out):
            break
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun = parts_begun(out)
        while process.poll() is None and parts_begun(out) == begun:
            time.sleep(0.001)
        process.kill()
        process.wait()
    with open_store(str(out / "inspections.db")) as store:
        left = store.open_intents("bench", camera)
    assert left
    # The feed is known by its address: the last run finishes what runs of that address began.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(len(left) + 1):
        process.stdout.readline()
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    with open_store(str(out / "inspections.db")) as store:
        account = store.account()
        records = store.records()
    assert account.balanced
    assert account.open == ()
    assert len({r.uuid for r in records}) == len(records) == account.parts_in
    assert {r.uuid for r in records} >= {intent.uuid for intent in left}
