"""Production is locked until golden parts passed: in the chain, in the line, and for how long."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import lattice_disc, write_picture
from golden_records import BUNDLE, LOT, NOW, bad_part, golden_pair, golden_record, good_part

from station.config import StationConfig
from station.domain import Decision
from station.errors import ConfigError, StationError
from station.labels import LabelDesk, Labels
from station.run import run_station
from station.sayings import Severity
from station.shift import book
from station.shift.guard import ProductionLockedError, ShiftGuard
from station.shift.session import CheckSession
from station.shift.settings import ShiftSettings
from station.shift.state import Locked, Open, Why, production_open
from station.store.store import Store, open_store

REQUIRED = ShiftSettings(required=True)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "inspections.db"))


def checked(store: Store, folder: Path, *, passes: bool = True) -> book.ShiftCheck:
    session = CheckSession(golden_pair(), REQUIRED, LOT, "bench-1", "Ada", NOW)
    bad = Decision.REJECT if passes else Decision.PASS
    for record in (golden_record(1), golden_record(2, bad, 0.98)):
        store.add(record)
        session.take(record)
    return book.keep_check(store, folder, session, NOW)


def state(store: Store, after_h: float = 0.0, bundle: str | None = BUNDLE) -> Open | Locked:
    return production_open(store, "bench-1", REQUIRED, NOW + timedelta(hours=after_h), bundle)


def test_nothing_is_locked_where_no_check_is_asked_for(store: Store) -> None:
    found = production_open(store, "bench-1", ShiftSettings(), NOW)
    assert (type(found), found.why) == (Open, Why.NOT_REQUIRED)


def test_without_a_check_production_is_locked(store: Store) -> None:
    found = state(store)
    assert (type(found), found.why) == (Locked, Why.NEVER)
    assert "station shift start" in found.text


def test_a_check_that_passed_opens_production_until_it_ends(store: Store, tmp_path: Path) -> None:
    assert checked(store, tmp_path / "shift").outcome == "passed"
    assert [type(state(store, h)) for h in (0.0, 7.99, 8.0)] == [Open, Open, Locked]
    assert state(store, 8.0).why is Why.OVER
    assert production_open(store, "bench-2", REQUIRED, NOW).why is Why.NEVER


def test_a_check_that_failed_locks_though_the_one_before_it_passed(
    store: Store, tmp_path: Path
) -> None:
    checked(store, tmp_path / "shift")
    session = CheckSession(golden_pair(), REQUIRED, LOT, "bench-1", "Ada", NOW)
    session.take(golden_record(1))
    session.give_up()
    book.keep_check(store, tmp_path / "shift", session, NOW + timedelta(hours=1))
    found = state(store, 2.0)
    assert (type(found), found.why) == (Locked, Why.FAILED)
    assert "BAD-1" in found.text
    assert store.events()[-1].severity is Severity.ERROR


def test_an_escape_locks(store: Store, tmp_path: Path) -> None:
    check = checked(store, tmp_path / "shift", passes=False)
    assert check.outcome == "failed"
    assert state(store).why is Why.FAILED


def test_another_model_needs_a_check_of_its_own(store: Store, tmp_path: Path) -> None:
    checked(store, tmp_path / "shift")
    assert state(store, 0.0, "cd" * 32).why is Why.MODEL


def test_a_clock_that_was_set_back_opens_nothing(store: Store, tmp_path: Path) -> None:
    checked(store, tmp_path / "shift")
    assert state(store, -1.0).why is Why.CLOCK


def test_a_supervisor_opens_production_for_a_while_with_a_reason(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="needs a reason"):
        book.override(store, tmp_path / "shift", "bench-1", "Grace", "  ", NOW)
    with pytest.raises(ConfigError, match="give a name"):
        book.override(store, tmp_path / "shift", "bench-1", " ", "late", NOW)
    assert store.events() == []
    reason = "BAD-1 broke [passed sha256 " + "0" * 64 + "]"
    book.override(store, tmp_path / "shift", "bench-1", "Grace", reason, NOW)
    assert (type(state(store, 0.9)), state(store, 0.9).why) == (Open, Why.OVERRIDDEN)
    assert state(store, 1.0).why is Why.OVER
    event = store.events()[-1]
    assert event.severity is Severity.WARNING
    assert "Grace" in event.text
    assert "BAD-1 broke" in event.text


def test_a_check_is_read_back_as_it_was_and_a_changed_one_is_told(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "shift"
    kept = checked(store, folder)
    (read,), lost = book.checks(store, folder, "bench-1")
    assert (read, lost) == (kept, ())
    assert [part.placements[0].part_uuid for part in read.parts] == [
        golden_record(1).uuid, golden_record(2).uuid,
    ]  # fmt: skip
    (file,) = folder.glob("*.json")
    file.write_text(file.read_text().replace("GOOD-1", "GOOD-2"))
    found, lost = book.checks(store, folder, "bench-1")
    assert found == ()
    assert "was changed since it was noted" in lost[0]


def test_golden_parts_are_kept_by_their_latest_event_and_no_file_passes_for_them(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "shift"
    assert book.golden_parts(store, folder, "bench-1").parts == ()
    for part in (good_part(), bad_part()):
        book.keep_golden(store, folder, "bench-1", part, "Grace", NOW)
    assert book.golden_parts(store, folder, "bench-1") == golden_pair()
    book.retire_golden(store, folder, "bench-1", "GOOD-1", "Grace", NOW)
    assert [p.name for p in book.golden_parts(store, folder, "bench-1").parts] == ["BAD-1"]
    with pytest.raises(ConfigError, match="there: BAD-1"):
        book.retire_golden(store, folder, "bench-1", "GOOD-1", "Grace", NOW)
    for file in folder.glob("*.json"):
        file.write_text(json.dumps({"golden_parts": []}))
    with pytest.raises(StationError, match="was changed since"):
        book.golden_parts(store, folder, "bench-1")


def test_the_guard_notices_the_end_of_the_shift_and_a_new_override(
    store: Store, tmp_path: Path
) -> None:
    now = [NOW]
    guard = ShiftGuard(store, "bench-1", REQUIRED, BUNDLE, LOT, now=lambda: now[0])
    with pytest.raises(ProductionLockedError, match="Production is locked"):
        guard.check(["L42"])
    guard.check([LOT])
    for lots in ([LOT, None], [LOT.replace("bench-1", "bench-2")]):
        with pytest.raises(ProductionLockedError):
            guard.check(lots)
    checked(store, tmp_path / "shift")
    guard.check(["L42"])
    now[0] = NOW + timedelta(hours=8)
    with pytest.raises(ProductionLockedError, match="ended at 2026-11-21 14:02"):
        guard.check(["L42"])
    book.override(store, tmp_path / "shift", "bench-1", "Grace", "urgent", now[0])
    guard.check(["L42"])


def test_the_line_takes_in_no_part_of_production_while_it_is_locked(
    configure: Callable[..., StationConfig], inbox: Path
) -> None:
    config = configure(shift=REQUIRED, lot="L42")
    picture = write_picture(inbox / "part.png", lattice_disc())
    with pytest.raises(ProductionLockedError, match="Production is locked"):
        list(run_station(config, threading.Event()))
    assert picture.exists()
    with open_store(config.database) as store:
        assert store.account().parts_in == 0
    (outcome,) = run_station(replace(config, lot=LOT), threading.Event())
    assert outcome.record.lot == LOT
    assert outcome.record.evidence is not None
    assert {"focus", "brightness", "centre_x_mm", "px_per_mm"} <= set(outcome.record.evidence)
    # The drawn disc lies 5.5 px left and 6.5 px below the middle, at 36 px to the millimetre.
    assert outcome.record.evidence["centre_x_mm"] == pytest.approx(-5.5 / 36, abs=0.02)
    assert outcome.record.evidence["centre_y_mm"] == pytest.approx(6.5 / 36, abs=0.02)


def test_a_check_lots_name_typed_for_a_part_of_production_opens_nothing(
    configure: Callable[..., StationConfig], inbox: Path
) -> None:
    config = configure(shift=REQUIRED, lot=LOT)
    write_picture(inbox / "part.png", lattice_disc())
    typed = LabelDesk(Labels(LOT.replace("bench-1", "for sale")))
    with pytest.raises(ProductionLockedError):
        list(run_station(config, threading.Event(), labels=typed))
    with open_store(config.database) as store:
        assert store.account().parts_in == 0


def test_production_runs_once_it_was_overridden(
    configure: Callable[..., StationConfig], inbox: Path
) -> None:
    from datetime import datetime, timezone

    config = configure(shift=REQUIRED, lot="L42")
    write_picture(inbox / "part.png", lattice_disc())
    with open_store(config.database) as store:
        now = datetime.now(timezone.utc)
        book.override(store, book.folder_of(config), "bench-1", "Grace", "urgent", now)
    (outcome,) = run_station(config, threading.Event())
    assert outcome.record.decision is Decision.PASS
