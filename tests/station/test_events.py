"""What befalls the station itself is told: in the log, in the database, in the report."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from builders import lattice_disc, with_broken_int8, write_picture

from engines.bundle import Bundle
from station.config import StationConfig
from station.domain import Decision
from station.errors import StoreError
from station.run import run_station
from station.sayings import Event, Severity
from station.store.store import open_store

Configure = Callable[..., StationConfig]
WHEN = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=timezone.utc)


def an_event(number: int = 1) -> Event:
    when = WHEN + timedelta(seconds=number)
    return Event(when, "bench-1", "engine", Severity.WARNING, f"Alarm {number}: größer.")


def test_events_come_back_as_they_went_in_and_limited_from_the_end(tmp_path: Path) -> None:
    db = str(tmp_path / "x.db")
    with open_store(db) as store:
        for number in range(5):
            store.add_event(an_event(number))
    with open_store(db) as store:
        assert store.events() == [an_event(n) for n in range(5)]
        assert store.events(limit=2) == [an_event(3), an_event(4)]
        assert store.events()[0].at.tzinfo is timezone.utc


def test_an_event_without_a_zone_is_refused(tmp_path: Path) -> None:
    naive = Event(WHEN.replace(tzinfo=None), "b", "engine", Severity.ERROR, "x")
    with open_store(str(tmp_path / "x.db")) as store, pytest.raises(StoreError, match="time zone"):
        store.add_event(naive)


def test_an_engine_s_alarm_is_logged_recorded_and_told(
    inbox: Path,
    configure: Configure,
    bundle: Bundle,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An int8 graph that does not compile: the station goes on without it, and says so."""
    broken = with_broken_int8(bundle, tmp_path / "broken.bundle")
    write_picture(inbox / "a.png", lattice_disc())
    told: list[Event] = []
    config = configure(bundle=broken.path)
    with caplog.at_level(logging.WARNING):
        (outcome,) = run_station(config, threading.Event(), on_event=told.append)
    assert outcome.record.decision is Decision.PASS
    assert " int8 " not in outcome.record.engine
    with open_store(config.database) as store:
        (event,) = store.events()
    assert [event] == told
    assert (event.station, event.kind, event.severity) == ("bench-1", "engine", Severity.WARNING)
    assert event.text.startswith("openvino CPU int8 cannot be used: ")
    assert event.text in caplog.text
    assert outcome.record.captured_at <= event.at <= outcome.record.decided_at


def test_without_an_alarm_there_is_no_event(inbox: Path, configure: Configure) -> None:
    assert list(run_station(configure(), threading.Event())) == []
    with open_store(configure().database) as store:
        assert store.events() == []
