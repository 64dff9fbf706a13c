"""How the bench wandered from check to check, and what that speaks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from golden_records import LOT, NOW, golden_pair, golden_record

from station.domain import Decision
from station.shift.book import ShiftCheck, checks, keep_check, override
from station.shift.causes import Cause
from station.shift.drift import Drift, drifts
from station.shift.measures import Known, is_wide
from station.shift.session import CheckSession
from station.shift.settings import ShiftSettings
from station.store.store import open_store

Bench = Callable[[int], dict[str, float]]
"""Number of the check -> what the golden parts measure then."""


@pytest.fixture
def after(tmp_path: Path) -> Callable[[int, Bench], dict[str, Drift]]:
    def run(count: int, bench: Bench) -> dict[str, Drift]:
        with open_store(str(tmp_path / "inspections.db")) as store:
            for check in range(count):
                at = NOW + timedelta(hours=8 * check)
                session = CheckSession(golden_pair(), ShiftSettings(), LOT, "bench-1", "Ada", at)
                for part, decision in enumerate((Decision.PASS, Decision.REJECT)):
                    score = 0.98 if part else 0.02
                    number = 10 * check + part
                    record = golden_record(number, decision, score, bench(check))
                    store.add(record)
                    session.take(record)
                keep_check(store, tmp_path / "shift", session, at)
            override(store, tmp_path / "shift", "bench-1", "Grace", "urgent", NOW)
            found, lost = checks(store, tmp_path / "shift", "bench-1")
        assert lost == ()
        assert len(found) == count + 1
        return {drift.measure: drift for drift in drifts(found)}

    return run


def test_a_lamp_that_ages_is_told_before_it_locks_production(
    after: Callable[[int, Bench], dict[str, Drift]],
) -> None:
    found = after(5, lambda check: {"brightness": 0.5 - 0.004 * check})
    # The tolerance is 5 % of 0.5; the last three checks lie 0.008, 0.012 and 0.016 below.
    assert [offset for _, offset in found["brightness"].points] == pytest.approx(
        [0.0, -0.16, -0.32, -0.48, -0.64], abs=1e-6
    )
    assert found["brightness"].now == pytest.approx(-0.48, abs=1e-6)
    assert found["brightness"].cause is None
    assert found["focus"].cause is None


def test_a_drift_names_its_cause(after: Callable[[int, Bench], dict[str, Drift]]) -> None:
    found = after(6, lambda check: {"brightness": 0.5 - 0.0045 * check, "focus": 0.6})
    assert found["brightness"].now == pytest.approx(-0.72, abs=1e-6)
    assert found["brightness"].cause is Cause.DARKER
    assert [drift.measure for drift in found.values() if drift.cause] == ["brightness"]


def test_two_checks_tell_no_drift_from_chance(
    after: Callable[[int, Bench], dict[str, Drift]],
) -> None:
    found = after(2, lambda check: {"brightness": 0.478})
    assert (found["brightness"].now, found["brightness"].cause) == (None, None)


def test_without_checks_there_is_no_drift() -> None:
    assert drifts(()) == ()
    assert drifts((ShiftCheck(NOW, "overridden", "", "Grace"),)) == ()


def test_a_tolerance_that_would_hide_a_fault_is_told_as_wide() -> None:
    assert not is_wide("focus", Known(0.6, 0.01, 0.09))
    assert is_wide("focus", Known(0.356, 0.009, 0.22))
    assert is_wide("centre_x_mm", Known(0.0, 0.6, 4.2))
