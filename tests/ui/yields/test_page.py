"""The page of the yield shows what its store says, and nothing that nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.domain import Decision
from station.sayings import Severity
from station.store.query import HistoryQuery
from station.store.store import open_store
from ui.yields import page as yield_page
from ui.yields.page import YieldView

from .conftest import LOT, Shown, kind, part

Open = Callable[..., Shown]
COUNTS = {d: sum(kind(n) is d for n in range(1, 401)) for d in Decision}


def press(shown: Shown, keys: str) -> None:
    """As the window's shortcuts would."""
    for action in shown.view.actions():
        if action.shortcut().toString() == keys:
            action.trigger()
            shown.settle()
            return
    raise AssertionError(f"no action has the key {keys}")


def test_the_lot_in_hand_is_shown_first_and_its_account_adds_up(open_yield: Open) -> None:
    shown = open_yield()
    assert shown.view.choice.lot_name == LOT
    assert shown.value("in") == "401"
    assert shown.note("in") == (
        f"= PASS {COUNTS[Decision.PASS]} + REVIEW {COUNTS[Decision.REVIEW]} "
        f"+ REJECT {COUNTS[Decision.REJECT]} + ERROR {COUNTS[Decision.ERROR]} + pending 1"
    )
    assert shown.value("first") == f"{100 * COUNTS[Decision.PASS] / 401:.1f}\u00a0%"
    # A person passed one rejected part.
    assert shown.value("passed") == f"{100 * (COUNTS[Decision.PASS] + 1) / 401:.1f}\u00a0%"


def test_escapes_are_bounded_by_what_people_looked_at(open_yield: Open) -> None:
    shown = open_yield()
    assert shown.value("escapes") == "7.22\u00a0%"  # 1 - 0.05 ** (1 / 40)
    assert "0 escapes in 40 reviewed passes" in shown.note("escapes")
    assert "picked blindly" in shown.note("escapes")
    assert shown.value("overkill") == "16.7\u00a0%"
    assert "1 of 6" in shown.note("overkill")


def test_without_a_reviewed_pass_no_escape_rate_is_claimed(open_yield: Open) -> None:
    shown = open_yield(lot=None)
    start = shown.view.facts
    assert start is not None
    shown.add(part(2001, start.subgroups[0].first_at, None, lot="fresh"))
    shown.view.choice.show_lot("fresh")
    shown.view.reload()
    shown.settle()
    assert shown.value("escapes") == "–"
    assert "299 without an escape show at most 1\u00a0%" in shown.note("escapes")
    assert "takes 20 parts" in shown.view.panels["p_chart"].message.text()


def test_points_beyond_the_limits_are_named_in_words(open_yield: Open) -> None:
    view = open_yield().view
    note = view.panels["p_chart"].note
    assert view.facts is not None and view.facts.chart is not None
    out = view.facts.chart.out
    assert out
    for point in out:
        assert f"Subgroup {point.number}: {point.count} of {point.parts}" in note.said
    assert note.objectName() == "bad"


def test_every_chart_has_its_numbers_as_a_table(open_yield: Open) -> None:
    shown = open_yield()
    press(shown, "T")
    view = shown.view
    assert view.facts is not None
    for panel in view.panels.values():
        assert panel.numbers.isVisible() and not panel.canvas.isVisible()
    slots = view.panels["slots"].numbers.shown
    assert sum(int(row[1]) for row in slots.rows) == COUNTS[Decision.PASS]
    scores = view.panels["scores"].numbers.shown
    assert [row[1] for row in scores.rows if row[1] != "0"] == [str(COUNTS[Decision.PASS])]
    truth = view.panels["truth"].numbers.shown
    assert truth.rows[0] == ("PASS", "40", "0", "0", str(COUNTS[Decision.PASS] - 40))
    view.panels["truth"].numbers.setFocus()
    shown.qtbot.keyClick(
        view.panels["truth"].numbers, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier
    )
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text().splitlines()[1].split("\t")[1] == "40"
    press(shown, "T")
    assert view.panels["slots"].canvas.isVisible()


@pytest.mark.parametrize(("key", "name"), [("1", "p_chart"), ("3", "slots"), ("5", "truth")])
def test_a_key_shows_one_chart_alone_and_all_again(open_yield: Open, key: str, name: str) -> None:
    shown = open_yield()
    press(shown, key)
    seen = {k for k, panel in shown.view.panels.items() if panel.isVisible()}
    assert seen == {name}
    assert shown.view.panels[name].width() > 1200
    press(shown, key)
    assert all(panel.isVisible() for panel in shown.view.panels.values())


def centre_of(shown: Shown, panel: str, wanted: Callable[[object], bool]) -> QPointF:
    """Where a target of a chart lies in its canvas."""
    canvas = shown.view.panels[panel].canvas
    target = next(t for t in canvas.targets if wanted(t.wanted))
    box = canvas._plot.getPlotItem().getViewBox()
    middle = QPointF((target.left + target.right) / 2, (target.bottom + target.top) / 2)
    return QPointF(canvas._plot.mapFromScene(box.mapViewToScene(middle)))


def test_a_click_on_a_bar_asks_for_its_parts_in_the_history(open_yield: Open) -> None:
    shown = open_yield()
    asked: list[HistoryQuery] = []
    shown.view.history_wanted.connect(asked.append)
    for panel in ("slots", "pareto", "p_chart"):
        canvas = shown.view.panels[panel].canvas
        place = centre_of(shown, panel, lambda wanted: wanted is not None).toPoint()
        button = Qt.MouseButton.LeftButton
        shown.qtbot.mouseClick(canvas._plot.viewport(), button, pos=place)
    slot, bar, point = asked
    assert slot.until is not None and slot.since is not None
    assert slot.until - slot.since == timedelta(hours=1)
    assert bar == HistoryQuery(lot=LOT, predicted_class="crack", decision=Decision.REJECT)
    with open_store(shown.config.database) as store:
        found = store.history(point, limit=1000).records
    facts = shown.view.facts
    assert facts is not None and facts.chart is not None
    assert len(found) == facts.chart.points[0].count
    assert point.decision is Decision.REJECT


def test_parts_that_come_in_are_counted_without_being_asked(
    open_yield: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yield_page, "REFRESH_MS", 1)
    shown = open_yield()
    facts = shown.view.facts
    assert facts is not None
    shown.add(*(part(n, facts.subgroups[0].first_at, None) for n in range(5002, 5005)))
    shown.desk.decided.emit(object())
    shown.qtbot.waitUntil(lambda: shown.value("in") == "404", timeout=10_000)


def test_a_late_answer_to_an_earlier_question_is_not_shown(open_yield: Open) -> None:
    shown = open_yield()
    view = shown.view
    view.choice.show_lot("nowhere")
    view.reload()
    view.choice.show_lot(LOT)
    view.reload()
    view.choice.show_lot("nowhere")
    view.reload()
    shown.settle()
    assert shown.value("in") == "–"
    assert "No part came in under the lot nowhere" in view.message.text()


def test_the_lot_in_hand_is_followed_but_not_another_one(open_yield: Open) -> None:
    from dataclasses import replace

    shown = open_yield()
    facts = shown.view.facts
    assert facts is not None
    shown.add(part(7001, facts.subgroups[0].first_at, None, lot="LOT-8"))
    shown.desk.config = replace(shown.config, lot="LOT-8")
    shown.desk.changed.emit()
    shown.settle()
    assert (shown.view.choice.lot_name, shown.value("in")) == ("LOT-8", "1")
    shown.view.choice.choose("all")
    shown.settle()
    shown.desk.config = replace(shown.config, lot="LOT-9")
    shown.desk.changed.emit()
    shown.settle()
    assert (shown.view.choice.scope, shown.value("in")) == ("all", "402")


def test_times_are_chosen_by_keys(open_yield: Open) -> None:
    shown = open_yield()
    press(shown, "A")
    assert shown.value("in") == "401"
    press(shown, "W")
    facts = shown.view.facts
    assert facts is not None and facts.query.since is not None
    assert facts.total == 400
    press(shown, "G")
    shown.view.choice.until.setDateTime(shown.view.choice.since.dateTime().addDays(-1))
    shown.view.reload()
    shown.settle()
    assert "earlier one first" in shown.view.message.text()
    shown.view.choice.until.setDateTime(shown.view.choice.until.dateTime().addDays(-3000))
    shown.view.choice.since.setDateTime(shown.view.choice.until.dateTime().addDays(-1))
    shown.view.reload()
    shown.settle()
    assert "No part came in then" in shown.view.message.text()


def test_a_database_that_cannot_be_read_says_so_and_shows_no_figure(
    open_yield: Open, config: object
) -> None:
    shown = open_yield()
    broken = shown.config.out / "broken.db"
    broken.write_bytes(b"no database at all" * 100)
    from dataclasses import replace

    shown.desk.config = replace(shown.config, db=str(broken))
    shown.view.reload()
    shown.settle()
    assert "not a database" in shown.view.message.text()
    assert shown.value("in") == "–"


def test_a_bench_that_is_not_set_up_says_what_to_do(open_yield: Open) -> None:
    shown = open_yield()
    shown.desk.config = None
    shown.view.reload()
    assert "choose a camera and a model" in shown.view.message.text()


def test_reasons_logarithm_and_people_are_ways_to_look(open_yield: Open) -> None:
    shown = open_yield()
    view = shown.view
    press(shown, "C")
    rows = view.panels["pareto"].numbers.shown.rows
    assert (rows[0][0], rows[0][1]) == ("Reject limit reached", str(COUNTS[Decision.REJECT]))
    before = max(t.top for t in view.panels["scores"].canvas.targets)
    press(shown, "S")
    assert max(t.top for t in view.panels["scores"].canvas.targets) < before / 50
    press(shown, "U")
    assert len(view.panels["scores"].canvas.targets) == 2  # 40 passes, 6 rejects


def test_the_page_speaks_the_language_in_use(open_yield: Open, korean: None) -> None:
    shown = open_yield()
    assert shown.view.tiles.tiles["in"].title.text() == "입고"
    assert shown.note("in").startswith("= 합격 ")
    assert "부분군" in shown.view.panels["p_chart"].note.said


def test_a_report_of_a_time_is_refused_with_what_to_do(open_yield: Open) -> None:
    shown = open_yield()
    press(shown, "D")
    press(shown, "P")
    assert shown.said == [
        ("A report is of one lot, or of all parts: choose Lot (O) or All (A) first.",
         Severity.WARNING)
    ]  # fmt: skip


def test_no_key_stands_for_two_things() -> None:
    keys = [row.shortcut for row in YieldView.ACTIONS]
    assert len(set(keys)) == len(keys)
    assert not {"H", "L", "?", "Esc", "Left", "Right", "F5"} & set(keys)


def test_a_page_that_nobody_looks_at_asks_nothing(open_yield: Open, qtbot: QtBot) -> None:
    shown = open_yield()
    shown.view.hide()
    before = shown.view._number
    shown.desk.decided.emit(object())
    qtbot.wait(20)
    assert shown.view._number == before and not shown.view._timer.isActive()
