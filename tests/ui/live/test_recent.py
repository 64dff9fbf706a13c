"""The last parts: the newest in view until told otherwise."""

from __future__ import annotations

import pytest
from builders import a_record

from station.domain import Decision
from ui.live.recent import MOST, Recent
from ui.seen import Seen


def seen(name: str, decision: Decision = Decision.PASS) -> Seen:
    return Seen(a_record(source=name, decision=decision))


def filled(count: int) -> Recent:
    recent = Recent()
    for index in range(count):
        recent.add(seen(f"{index}"))
    return recent


def shown(recent: Recent) -> str | None:
    return recent.current.record.source if recent.current else None


def test_the_last_parts_are_kept() -> None:
    recent = filled(30)
    assert [s.record.source for s in recent.items] == [str(i) for i in range(30 - MOST, 30)]


def test_the_newest_is_in_view_until_one_is_held() -> None:
    recent = filled(5)
    assert shown(recent) == "4" and recent.live
    recent.hold(1)
    recent.add(seen("5"))
    assert shown(recent) == "1" and not recent.live
    recent.go_live()
    assert shown(recent) == "5" and recent.live


def test_stepping_stops_at_both_ends() -> None:
    recent = filled(3)
    places = []
    for by in (-1, -1, -1, 1, 1, 1):
        recent.step(by)
        places.append(shown(recent))
    assert places == ["1", "0", "0", "1", "2", "2"]


def test_a_held_part_stays_in_view_when_it_is_no_longer_kept() -> None:
    recent = filled(3)
    recent.hold(0)
    for index in range(MOST):
        recent.add(seen(f"new {index}"))
    assert shown(recent) == "0"
    recent.step(1)
    assert shown(recent) == "new 0"


def test_nothing_is_in_view_before_the_first_part() -> None:
    recent = Recent()
    recent.step(-1)
    assert recent.current is None
    with pytest.raises(IndexError):
        recent.hold(0)
