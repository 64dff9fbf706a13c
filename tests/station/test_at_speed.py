"""The station at speed: steps overlap, and all that holds for one part at a time still holds."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from builders import lattice_disc, red_mark_bundle, write_picture

import station.feeds.folder_feed
import station.run
import station.steps
from engines.errors import EngineError
from station.config import StationConfig
from station.domain import Decision, Frame, Part, Record
from station.errors import StationError
from station.outcome import Outcome
from station.run import TOGETHER, run_station
from station.store.store import Store, open_store

Watch = Callable[..., list[Outcome]]
Configure = Callable[..., StationConfig]
PATIENCE_S = 20.0


def fill(inbox: Path, count: int) -> list[str]:
    names = [f"{number:02}.png" for number in range(count)]
    data = write_picture(inbox / names[0], lattice_disc()).read_bytes()
    for name in names[1:]:
        (inbox / name).write_bytes(data)
    return names


def test_the_next_picture_is_read_while_the_engine_works(
    inbox: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine answers only once the next picture is being read: in turns it never would."""
    names, begun = fill(inbox, 6), defaultdict[str, threading.Event](threading.Event)
    read, answer = station.feeds.folder_feed.read_frame, station.steps.answer

    def reading(path: Path, **limits: Any) -> Frame:
        begun[path.name].set()
        return read(path, **limits)

    def waiting(part: Part, *others: Any) -> object:
        after = names.index(part.frame.source) + 1
        if after < len(names) and not begun[names[after]].wait(PATIENCE_S):
            raise EngineError(f"{names[after]} waits for the engine")
        return answer(part, *others)

    monkeypatch.setattr(station.feeds.folder_feed, "read_frame", reading)
    monkeypatch.setattr(station.steps, "answer", waiting)
    assert [o.record.decision for o in watch()] == [Decision.PASS] * 6


def test_the_engine_works_on_the_next_part_while_the_last_is_drawn_and_written(
    inbox: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, asked = fill(inbox, 6), defaultdict[str, threading.Event](threading.Event)
    write, answer = station.steps.write_overlay, station.steps.answer

    def asking(part: Part, *others: Any) -> object:
        asked[part.frame.source].set()
        return answer(part, *others)

    def writing(folder: Path, source: str, *others: Any) -> Path:
        after = names.index(source) + 1
        if after < len(names) and not asked[names[after]].wait(PATIENCE_S):
            raise StationError(f"the engine waits for {source}'s overlay")
        return write(folder, source, *others)

    monkeypatch.setattr(station.steps, "answer", asking)
    monkeypatch.setattr(station.steps, "write_overlay", writing)
    assert [o.record.source for o in watch()] == names


def test_rows_and_outcomes_come_in_the_order_of_arrival_whatever_a_step_takes(
    inbox: Path, watch: Watch, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, rng = fill(inbox, 24), random.Random(11)
    lock = threading.Lock()

    def delayed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            with lock:
                pause = rng.uniform(0.0, 0.04)
            time.sleep(pause)
            return function(*arguments)

        return call

    monkeypatch.setattr(station.run, "locate_part", delayed(station.run.locate_part))
    monkeypatch.setattr(station.steps, "draw_part", delayed(station.steps.draw_part))
    monkeypatch.setattr(station.steps, "answer", delayed(station.steps.answer))
    outcomes = watch()
    assert [o.record.source for o in outcomes] == names
    with open_store(configure().database) as store:
        records = store.records()
    assert records == [o.record for o in outcomes]
    assert all(a.decided_at <= b.decided_at for a, b in pairwise(records))


def test_ready_rows_share_a_transaction_and_no_outcome_comes_before_its_own(
    inbox: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(inbox, 20)
    add, sizes = Store.add, []

    def slow(store: Store, *records: Record, **others: Any) -> None:
        sizes.append(len(records))
        time.sleep(0.15)  # a slow disk: what comes in the meantime goes together
        add(store, *records, **others)

    monkeypatch.setattr(Store, "add", slow)
    config, count = configure(), 0
    for outcome in run_station(config, threading.Event()):
        count += 1
        with open_store(config.database) as store:
            assert store.find(outcome.record.uuid) == outcome.record
        assert outcome.path.parent.name == "processed"
        assert outcome.path.exists()
    assert count == sum(sizes) == 20
    assert 1 < max(sizes) <= TOGETHER
    assert len(sizes) < 20


def test_the_same_picture_sent_twice_while_in_hand_is_one_part(
    inbox: Path, watch: Watch, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file lies there in the end, so there is one row."""
    (name,) = fill(inbox, 1)
    shutil.copy(inbox / name, inbox.parent / "again.png")
    answer, sent = station.steps.answer, []

    def answer_then_send_again(*arguments: Any) -> object:
        if not sent:
            sent.append(True)
            (inbox.parent / "again.png").rename(inbox / name)
            time.sleep(0.4)  # long enough for it to be handed on, too
        return answer(*arguments)

    monkeypatch.setattr(station.steps, "answer", answer_then_send_again)
    (outcome,) = watch()
    assert outcome.path == inbox / "processed" / name
    with open_store(configure().database) as store:
        assert sum(store.counts().values()) == 1
    assert len(list((configure().overlays).iterdir())) == 1


def test_a_break_on_the_way_leaves_whole_parts_only(
    inbox: Path, configure: Configure, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overlay that cannot be written ends the stream: what is decided stays decided, what came
    after is untouched, and the next start draws what is missing. No overlay is without its row."""
    names, write = fill(inbox, 12), station.steps.write_overlay

    def failing(folder: Path, source: str, *others: Any) -> Path:
        if source == names[5]:
            raise StationError("the disk is full. Free space, then start again.")
        return write(folder, source, *others)

    config, seen = configure(), []
    with monkeypatch.context() as patch:
        patch.setattr(station.steps, "write_overlay", failing)
        with pytest.raises(StationError, match="the disk is full"):
            for outcome in run_station(config, threading.Event()):
                seen.append(outcome.record.source)
    # The part whose overlay failed, and a few that were on their way.
    assert seen == names[: len(seen)]
    assert 5 <= len(seen) < 12
    with open_store(config.database) as store:
        records = store.records()
    decided = [record.source for record in records]
    assert decided == names[: len(decided)]
    assert sorted(p.name for p in inbox.glob("*.png")) == names[len(decided) :]
    drawn = {record.source for record in records if Path(str(record.overlay_path)).exists()}
    assert drawn == set(decided) - {names[5]}
    assert len(list(config.overlays.iterdir())) == len(drawn)
    assert [o.record.source for o in watch()] == names[len(decided) :]
    with open_store(config.database) as store:
        records = store.records()
    assert len(records) == 12
    assert {Path(str(r.overlay_path)) for r in records} == set(config.overlays.iterdir())


def test_closing_the_stream_ends_it_at_once_and_its_threads_with_it(
    inbox: Path, configure: Configure
) -> None:
    fill(inbox, 12)
    before = set(threading.enumerate())
    config = configure(once=False)
    outcomes = run_station(config, threading.Event())
    first = next(outcomes)
    outcomes.close()
    assert set(threading.enumerate()) == before
    with open_store(config.database) as store:
        recorded = [record.source for record in store.records()]
    assert recorded[0] == first.record.source
    moved = sorted(p.name for p in (inbox / "processed").iterdir())
    assert sorted(recorded) == moved
    assert len(list(inbox.glob("*.png"))) == 12 - len(moved)
    assert len(list(config.overlays.iterdir())) == len(moved)


def test_progress_ends_with_an_open_engine_before_the_first_part(
    inbox: Path, configure: Configure
) -> None:
    fill(inbox, 2)
    steps: list[tuple[str, int, int]] = []
    outcomes = run_station(
        configure(), threading.Event(), on_progress=lambda *step: steps.append(step)
    )
    next(outcomes)
    told = len(steps)
    assert steps[-1] == ("opening the engine", 1, 1)
    assert all(0 <= done <= total for _, done, total in steps)
    assert len(list(outcomes)) == 1
    assert len(steps) == told


def test_a_stop_while_the_engine_is_certified_does_not_wait_for_it(
    inbox: Path, configure: Configure, tmp_path: Path
) -> None:
    """Every bundle is certified at its first use, which may take minutes."""
    names, stop = fill(inbox, 2), threading.Event()
    fresh = red_mark_bundle(tmp_path / "fresh.bundle", reject_from=0.81)
    steps: list[tuple[str, int, int]] = []

    def stop_at_the_third(*step: Any) -> None:
        steps.append(step)
        if len(steps) == 3:
            stop.set()

    config = configure(bundle=fresh.path)
    assert list(run_station(config, stop, on_progress=stop_at_the_third)) == []
    assert len(steps) == 3
    assert steps[-1][1] < steps[-1][2], "it was in the middle of something"
    assert sorted(p.name for p in inbox.glob("*.png")) == names
    assert len(list(run_station(config, threading.Event()))) == 2
