"""The last parts: every one counted, the newest in view until told otherwise."""

from __future__ import annotations

import pytest
from builders import a_record

from station.domain import Decision
from ui.history import MOST, History, Seen


def seen(name: str, decision: Decision = Decision.PASS) -> Seen:
    return Seen(a_record(source=name, decision=decision), None, None)


def filled(count: int) -> History:
    history = History()
    for index in range(count):
        history.add(seen(f"{index}"))
    return history


def shown(history: History) -> str | None:
    return history.current.record.source if history.current else None


def test_every_part_counts_also_those_no_longer_kept() -> None:
    history = History()
    for index in range(30):
        history.add(seen(str(index), list(Decision)[index % 4]))
    assert history.total == 30
    assert [history.count(d) for d in Decision] == [8, 8, 7, 7]
    assert [s.record.source for s in history.items] == [str(i) for i in range(30 - MOST, 30)]


def test_the_newest_is_in_view_until_one_is_held() -> None:
    history = filled(5)
    assert shown(history) == "4" and history.live
    history.hold(1)
    history.add(seen("5"))
    assert shown(history) == "1" and not history.live
    history.go_live()
    assert shown(history) == "5" and history.live


def test_stepping_stops_at_both_ends() -> None:
    history = filled(3)
    places = []
    for by in (-1, -1, -1, 1, 1, 1):
        history.step(by)
        places.append(shown(history))
    assert places == ["1", "0", "0", "1", "2", "2"]


def test_a_held_part_stays_in_view_when_it_is_no_longer_kept() -> None:
    history = filled(3)
    history.hold(0)
    for index in range(MOST):
        history.add(seen(f"new {index}"))
    assert shown(history) == "0"
    history.step(1)
    assert shown(history) == "new 0"


def test_nothing_is_in_view_before_the_first_part() -> None:
    history = History()
    history.step(-1)
    assert history.current is None and history.total == 0
    with pytest.raises(IndexError):
        history.hold(0)
