"""What a person chooses from: names in the rows, and periods as they are spoken of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from kept import WHEN, an_event, numbered

from station.browsing.periods import last_hours, shift_began, start_of_days, start_of_today
from station.domain import Decision
from station.shift.state import KIND
from station.store.facets import Facets, facets_of
from station.store.query import HistoryQuery, as_beginnings
from station.store.store import open_store


def test_names_come_from_the_rows(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        assert facets_of(store) == Facets()
        kinds = ("crack", "normal", None, "pore", "crack", "normal")
        for number, kind in enumerate(kinds):
            record = numbered(number, Decision.PASS, lot=f"L{number % 2}", predicted_class=kind,
                              operator=("bo", "ada", None)[number % 3])  # fmt: skip
            store.add(record)
        found = facets_of(store)
    assert found.classes == ("crack", "normal", "pore")
    assert found.operators == ("ada", "bo")
    assert found.lots == ("L1", "L0")


def test_a_shift_begins_with_its_check_of_golden_parts(tmp_path: Path) -> None:
    now = WHEN + timedelta(hours=20)
    with open_store(str(tmp_path / "x.db")) as store:
        assert shift_began(store, "bench-1", now) is None
        checked = an_event(1, kind=KIND, at=now - timedelta(hours=5))
        store.add_event(checked)
        store.add_event(an_event(2, at=now - timedelta(hours=1)))
        store.add_event(an_event(3, kind=KIND, station="bench-2", at=now - timedelta(hours=2)))
        assert shift_began(store, "bench-1", now) == checked.at
        assert shift_began(store, "bench-1", now + timedelta(hours=12)) is None
        assert shift_began(store, "bench-1", now - timedelta(hours=6)) is None


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_today_begins_at_midnight_here_on_days_of_23_and_25_hours_too() -> None:
    for now, hours in (
        ("2026-03-29T21:00", 23),
        ("2026-10-25T22:00", 25),
        ("2026-07-01T21:00", 24),
    ):
        end = datetime.fromisoformat(f"{now}+00:00") + timedelta(minutes=59)
        start = start_of_today(end)
        assert start.strftime("%H:%M") == "00:00"
        assert round((end - start) / timedelta(hours=1)) == hours
    noon = datetime(2026, 3, 31, 10, tzinfo=timezone.utc)
    week = start_of_days(noon, 7)
    assert week.astimezone(timezone.utc) == datetime(2026, 3, 24, 23, tzinfo=timezone.utc)
    assert last_hours(noon) == noon - timedelta(hours=8)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("crack", "crack*"), ("cr", "cr"), ("scaf* 12", "scaf* 12"), ("abc_", "abc_"),
        ("camera-1 part-0042.png", "camera-1 part-0042.png*"),
        ("균열", "균열"), ("표면균열", "표면균열*"), ("- a", "- a"),
    ],
)  # fmt: skip
def test_what_is_typed_stands_for_beginnings(typed: str, asked: str) -> None:
    assert as_beginnings(typed) == asked
    HistoryQuery(text=asked)  # can be asked
