"""The endless list: whole, in order, with little of it in memory, and still while parts come in."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from kept import WHEN, a_review, uuid_of
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot
from records_pages import ROWS, Open, many_rows, row_number, wait_idle

from station.config import StationConfig
from station.domain import Decision
from station.store.query import HistoryQuery
from station.store.store import open_store
from ui.records.model import KEPT, PAGE
from ui.records.page import RecordsView

Key = Qt.Key


def add(config: StationConfig, first: int, last: int) -> None:
    with open_store(config.database) as store:
        store.add(*many_rows(first, last))


def uuid_at(qtbot: QtBot, view: RecordsView, row: int) -> str:
    qtbot.waitUntil(lambda: view.model.row_at(row) is not None, timeout=10_000)
    found = view.model.row_at(row)
    assert found is not None
    return found.record.uuid


def test_the_list_is_whole_and_newest_first(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    assert view.model.complete
    assert view.model.rowCount() == ROWS
    assert view.layout_.count.text() == "3,210 parts"
    rng = random.Random(5)
    for row in (0, PAGE - 1, PAGE, ROWS - 1, *rng.sample(range(ROWS), 20)):
        assert uuid_at(qtbot, view, row) == uuid_of(ROWS - row)


def test_only_pages_near_to_what_is_looked_at_are_in_memory(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    most = 0
    for row in range(0, ROWS, PAGE):
        uuid_at(qtbot, view, row)
        most = max(most, view.model.pages_in_memory)
    assert most == KEPT < ROWS // PAGE
    middle = 2 * PAGE + 7
    assert view.model.row_at(middle) is None  # dropped, and asked for again
    assert uuid_at(qtbot, view, middle) == uuid_of(ROWS - middle)


def test_keys_move_through_the_list(many: StationConfig, open_view: Open, qtbot: QtBot) -> None:
    view = open_view(many)
    assert view.table.hasFocus() or view.focusWidget() is view.table
    qtbot.keyClick(view.table, Key.Key_Down)
    assert view.table.currentIndex().row() == 1
    qtbot.keyClick(view.table, Key.Key_PageDown)
    below = view.table.currentIndex().row()
    assert 3 < below < 30
    qtbot.keyClick(view.table, Key.Key_End)
    wait_idle(qtbot, view)
    assert view.part.row is not None
    assert view.part.row.record.uuid == uuid_of(1)
    qtbot.keyClick(view.table, Key.Key_Home)
    wait_idle(qtbot, view)
    assert view.part.row.record.uuid == uuid_of(ROWS)


def test_new_parts_wait_until_home_is_pressed(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    view.table.look_at(40)
    wait_idle(qtbot, view)
    looked_at, top = view.part.row, view.table.rowAt(0)
    assert not view.layout_.newer.isVisible()
    add(many, ROWS + 1, ROWS + 12)
    view.desk.decided.emit(None)
    wait_idle(qtbot, view)
    assert view.layout_.newer.text() == "12 new parts: Home shows them"
    assert view.layout_.newer.isVisible()
    assert (view.part.row, view.table.rowAt(0)) == (looked_at, top)
    assert view.model.rowCount() == ROWS
    qtbot.keyClick(view.table, Key.Key_Home)
    wait_idle(qtbot, view)
    assert view.part.row is not None
    assert view.part.row.record.uuid == uuid_of(ROWS + 12)
    assert view.model.rowCount() == ROWS + 12
    assert not view.layout_.newer.isVisible()


def test_only_new_parts_that_match_are_counted(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    view.show_query(HistoryQuery(decision=Decision.REJECT))
    wait_idle(qtbot, view)
    add(many, ROWS + 1, ROWS + 10)
    view.desk.decided.emit(None)
    wait_idle(qtbot, view)
    assert view.newer.count == 2


def test_the_first_part_ever_appears_by_itself(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    config = replace(some, db=str(some.out / "new.db"))
    view = open_view(config)
    assert view.model.rowCount() == 0
    assert "No part was inspected yet" in view.layout_._empty_text.text()
    assert not view.layout_.empty_button.isVisible()
    add(config, 1, 1)
    view.desk.decided.emit(None)
    wait_idle(qtbot, view)
    assert view.model.rowCount() == 1
    assert view.part.row is not None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (HistoryQuery(decision=Decision.REJECT), [n for n in range(1, ROWS + 1) if n % 5 == 3]),
        (HistoryQuery(lot="L2", operator="bo"), [n for n in range(2000, 3000) if n % 2]),
        (HistoryQuery(serial="SN77"), [77]),
        (HistoryQuery(text="00123*"), [123]),
        (HistoryQuery(since=WHEN + timedelta(seconds=3200)), list(range(3200, ROWS + 1))),
        (HistoryQuery(lot="nowhere"), []),
    ],
    ids=str,
)  # fmt: skip
def test_what_another_page_asks_for_is_shown(
    many: StationConfig, open_view: Open, qtbot: QtBot, query: HistoryQuery, expected: list[int]
) -> None:
    view = open_view(many)
    view.show_query(query)
    wait_idle(qtbot, view)
    assert view.model.rowCount() == len(expected)
    for row in range(0, len(expected), 97):
        assert uuid_at(qtbot, view, row) == uuid_of(expected[len(expected) - 1 - row])
    assert view.layout_.empty_button.isVisible() == (not expected)


def test_times_that_another_page_names_are_asked_to_the_microsecond(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    since = row_number(100).decided_at
    for query, rows in (
        (HistoryQuery(since=since, until=since + timedelta(microseconds=1)), 1),
        (HistoryQuery(until=since), 99),
        (HistoryQuery(since=since + timedelta(microseconds=1)), ROWS - 100),
    ):
        view.show_query(query)
        wait_idle(qtbot, view)
        assert view.model.query == query
        assert view.model.rowCount() == rows
    view.filters.until.setDateTime(view.filters.until.dateTime().addDays(1))
    assert view.filters.query(WHEN).since != query.since


def test_an_answer_that_comes_late_is_thrown_away(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    view.model.show(HistoryQuery(serial="SN5"))
    view.model.show(HistoryQuery(decision=Decision.ERROR))
    view.model.show(HistoryQuery(serial="SN9"))
    wait_idle(qtbot, view)
    assert view.model.rowCount() == 1
    assert uuid_at(qtbot, view, 0) == uuid_of(9)


def test_a_database_that_is_gone_is_said_and_what_is_shown_stays(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    database = many.out / "inspections.db"
    for name in ("inspections.db-wal", "inspections.db-shm"):
        (many.out / name).unlink(missing_ok=True)
    database.unlink()
    database.mkdir()
    view.refresh()
    wait_idle(qtbot, view)
    assert view.layout_.problem.isVisible()
    assert "inspections.db" in view.layout_.problem.text()
    assert view.model.rowCount() == ROWS


def test_rows_say_all_there_is_to_screen_readers_and_tool_tips(
    many: StationConfig, open_view: Open
) -> None:
    view = open_view(many)
    record = row_number(ROWS)
    model = view.model
    texts = [str(model.data(model.index(0, column))) for column in range(model.columnCount())]
    assert "PASS" in texts[1]
    assert record.source in texts[2]
    assert f"{record.lot} · {record.part_serial}" == texts[3]
    assert record.operator is not None
    assert record.operator in texts[4]
    tip = model.data(model.index(0, 2), Qt.ItemDataRole.ToolTipRole)
    assert record.source in str(tip).splitlines()


def test_a_list_longer_than_qt_can_hold_ends_and_says_that_there_are_more(
    many: StationConfig, open_view: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.records.model.LISTED", 2500)
    view = open_view(many)
    assert view.model.rowCount() == 2500
    assert view.layout_.count.text() == "2,500 parts and more"
    assert uuid_at(qtbot, view, 2499) == uuid_of(ROWS - 2499)


def test_reviews_that_were_given_elsewhere_are_shown_when_the_page_comes_back(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    view.left()
    with open_store(many.database) as store:
        store.add_review(a_review(1, ROWS, decision=Decision.REJECT))
    view.entered()
    assert view.model.row_at(0) is not None  # what was shown stays meanwhile
    wait_idle(qtbot, view)
    row = view.model.row_at(0)
    assert row is not None
    assert row.review == a_review(1, ROWS, decision=Decision.REJECT)
    assert "A hair, brushed off." in view.layout_.facts.toPlainText()


def test_another_database_is_asked_anew(
    many: StationConfig, some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    view.left()
    view.desk.config = replace(many, db=some.database)
    view.entered()
    wait_idle(qtbot, view)
    assert view.model.rowCount() == 6


def test_tab_goes_through_the_fields_as_they_stand(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    view.search()
    places = []
    for _ in range(8):
        field = view.focusWidget()
        assert field is not None
        places.append(field.mapTo(view, field.rect().topLeft()).x())
        qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert places == sorted(places)


def test_whatever_is_done_in_whatever_haste_the_list_is_right_in_the_end(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    """Seeded: filters, jumps, new parts and reviews one upon the other, without waiting."""
    view, rng, last = open_view(many), random.Random(11), ROWS
    queries = [
        HistoryQuery(), HistoryQuery(decision=Decision.REJECT), HistoryQuery(operator="ada"),
        HistoryQuery(lot="L1"), HistoryQuery(lot="nowhere"), HistoryQuery(text="part 0012*"),
    ]  # fmt: skip
    errors: list[str] = []
    view.model.failed.connect(errors.append)
    for _ in range(120):
        act = rng.randrange(7)
        if act == 0:
            view.show_query(rng.choice(queries))
        elif act == 1:
            view.table.look_at(rng.randrange(max(1, view.model.rowCount())))
        elif act == 2:
            view.go_home()
        elif act == 3:
            view.go_end()
        elif act == 4 and last < ROWS + 20:
            last += 1
            add(many, last, last)
            view.desk.decided.emit(None)
        elif act == 5:
            view.left()
            view.entered()
        else:
            view.toggle_large()
        qtbot.wait(rng.randrange(4))
    query = rng.choice(queries[:4])
    view.show_query(query)
    view.refresh()
    wait_idle(qtbot, view)
    assert errors == []
    with open_store(many.database) as store:
        expected: list[str] = []
        after = None
        while True:
            page = store.history(query, after, 1000)
            expected += [record.uuid for record in page.records]
            if (after := page.next) is None:
                break
    assert view.model.rowCount() == len(expected)
    for row in (0, len(expected) - 1, *rng.sample(range(len(expected)), 10)):
        assert uuid_at(qtbot, view, row) == expected[row]
    view.table.look_at(len(expected) // 2)
    wait_idle(qtbot, view)
    assert view.part.row is not None
    assert view.part.row.record.uuid == expected[len(expected) // 2]
    assert expected[len(expected) // 2] in view.layout_.facts.toPlainText()
