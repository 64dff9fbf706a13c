"""What is entered above the list is what is asked; and copies for others are what was asked for."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from kept import numbered
from PyQt6.QtCore import QDateTime, Qt
from PyQt6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot
from records_pages import ROWS, Open, wait_idle

from station.config import StationConfig
from station.domain import Decision
from station.errors import ConfigError
from station.store.facets import Facets
from station.store.query import HistoryQuery
from station.store.store import open_store
from station.store.which_lot import NO_LOT
from ui.language import Speech
from ui.records.export_dialog import PICTURES, ExportDialog
from ui.records.filters import RANGE, SHIFT, TODAY, WEEK, Filters
from ui.records.page import RecordsView

NOW = datetime(2026, 3, 4, 12, tzinfo=timezone.utc)


def choose(filters: Filters, combo: str, value: object) -> None:
    box = getattr(filters, combo)
    box.setCurrentIndex([box.itemData(i) for i in range(box.count())].index(value))
    box.activated.emit(box.currentIndex())


def test_typing_asks_once_after_a_pause(many: StationConfig, open_view: Open, qtbot: QtBot) -> None:
    view = open_view(many)
    asked: list[None] = []
    view.filters.changed.connect(lambda: asked.append(None))
    qtbot.keyClicks(view.filters.text, "part 00123")
    assert asked == []
    wait_idle(qtbot, view)
    assert len(asked) == 1
    assert view.model.query == HistoryQuery(text="part* 00123*")
    assert view.model.rowCount() == 1
    view.filters.reset()
    wait_idle(qtbot, view)
    assert view.model.query == HistoryQuery()
    assert view.model.rowCount() == ROWS


def test_every_field_is_asked(many: StationConfig, open_view: Open, qtbot: QtBot) -> None:
    view = open_view(many)
    filters = view.filters
    choose(filters, "verdict", Decision.REJECT)
    choose(filters, "operator", "bo")
    choose(filters, "kind", "crack")
    filters.lot.setEditText("L2")
    filters.serial.setText("SN2003")
    assert filters.query(NOW) == HistoryQuery(
        lot="L2", serial="SN2003", decision=Decision.REJECT, predicted_class="crack", operator="bo"
    )
    filters.serial.editingFinished.emit()
    wait_idle(qtbot, view)
    assert view.model.rowCount() == 1


@pytest.mark.parametrize(("language", "words"), [("en", "(no lot)"), ("ko", "(로트 없음)")])
def test_parts_without_a_lot_can_be_asked_for_and_exported(
    many: StationConfig, open_view: Open, qtbot: QtBot, speech: Speech, tmp_path: Path,
    language: str, words: str,
) -> None:  # fmt: skip
    with open_store(many.database) as store:
        store.add(*(replace(numbered(n), lot=None) for n in (90001, 90002)))
    view = open_view(many)
    filters = view.filters
    choose(filters, "lot", True)
    speech.use(language)
    filters.retranslate()
    assert filters.lot.currentText() == words
    assert filters.query(NOW) == HistoryQuery(lot=NO_LOT)
    wait_idle(qtbot, view)
    assert view.model.rowCount() == 2
    out = tmp_path / "without.csv"
    speech.use("en")
    run(qtbot, view, dialog_of(view), ".csv", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["lot"] for row in csv.DictReader(file)] == ["", ""]
    filters.show_query(HistoryQuery(lot="L2"))
    assert filters.query(NOW).lot == "L2"
    filters.show_query(HistoryQuery(lot=NO_LOT))
    assert filters.query(NOW).lot is NO_LOT
    filters.reset()
    assert filters.blank and filters.query(NOW).lot is None


def test_times_are_asked_as_they_are_here(
    many: StationConfig, open_view: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        filters = open_view(many).filters
        choose(filters, "period", TODAY)
        assert filters.query(NOW).since == datetime(2026, 3, 3, 15, tzinfo=timezone.utc)
        choose(filters, "period", WEEK)
        assert filters.query(NOW).since == datetime(2026, 2, 25, 15, tzinfo=timezone.utc)
        choose(filters, "period", SHIFT)
        assert filters.query(NOW).since == NOW - timedelta(hours=8)
        assert filters.period.currentText() == "Last 8 hours"
        filters.offer(Facets(), NOW - timedelta(hours=3))
        assert filters.query(NOW).since == NOW - timedelta(hours=3)
        assert filters.period.currentText() == "This shift, since 18:00"
        choose(filters, "period", RANGE)
        assert filters.since.isVisible()
        filters.since.setDateTime(QDateTime(2026, 3, 1, 9, 0))
        filters.until.setDateTime(QDateTime(2026, 3, 1, 10, 30))
        query = filters.query(NOW)
        assert query.since == datetime(2026, 3, 1, 0, 0, tzinfo=timezone.utc)
        assert query.until == query.since + timedelta(minutes=90)
        filters.until.setDateTime(QDateTime(2026, 3, 1, 8, 0))
        with pytest.raises(ConfigError, match="must lie before"):
            filters.query(NOW)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_cannot_be_asked_is_said_and_the_list_stays(
    many: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(many)
    qtbot.keyClicks(view.filters.text, "???")
    wait_idle(qtbot, view)
    assert view.layout_.problem.text() == "Enter letters or digits to look for."
    assert view.model.rowCount() == ROWS
    qtbot.keyClick(view.filters.text, Qt.Key.Key_Backspace)
    view.filters.text.setText("part")
    view.filters.text.returnPressed.emit()
    wait_idle(qtbot, view)
    assert not view.layout_.problem.isVisible()


def test_no_two_keys_clash_with_each_other_or_with_the_windows() -> None:
    own = [QKeySequence(row.shortcut).toString() for row in RecordsView.ACTIONS]
    assert len(own) == len(set(own))
    windows = [*(f"F{n}" for n in range(1, 13)), "?", "L", "Esc", "Ctrl+Q", "Ctrl+L",
               "Ctrl+Shift+L", "Ctrl+Shift+T"]  # fmt: skip
    assert not set(own) & {QKeySequence(key).toString() for key in windows}


def dialog_of(view: RecordsView) -> ExportDialog:
    view.taking.export()
    assert isinstance(view.taking.dialog, ExportDialog)
    return view.taking.dialog


def run(qtbot: QtBot, view: RecordsView, dialog: ExportDialog, form: str, out: Path) -> str:
    dialog.form.setCurrentIndex(dialog.form.findData(form))
    dialog.place.setText(str(out))
    dialog.run()
    wait_idle(qtbot, view)
    return dialog.state.text()


def test_the_selection_is_exported_though_its_pages_are_far_away(
    many: StationConfig, open_view: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    view = open_view(many)
    view.table.look_at(95)
    for _ in range(9):
        qtbot.keyClick(view.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.table.chosen_count == 10
    dialog = dialog_of(view)
    assert dialog.selected.isChecked()
    said = run(qtbot, view, dialog, ".json", tmp_path / "a.json")
    assert said == f"10 parts written to {tmp_path / 'a.json'}"
    rows = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [row["source"] for row in rows] == [
        f"part {n:05d}.png" for n in range(ROWS - 95, ROWS - 105, -1)
    ]
    dialog.reject()
    assert view.taking.dialog is None


def test_all_that_match_are_exported_without_what_came_since(
    many: StationConfig, open_view: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    from kept import numbered

    from station.store.store import open_store

    view = open_view(many)
    view.show_query(HistoryQuery(decision=Decision.REJECT))
    wait_idle(qtbot, view)
    shown = view.model.rowCount()
    with open_store(many.database) as store:
        store.add(numbered(ROWS + 1, Decision.REJECT))
    dialog = dialog_of(view)
    assert dialog.all.isChecked()
    assert "642" in dialog.all.text()
    run(qtbot, view, dialog, ".csv", tmp_path / "deep" / "a.csv")
    with (tmp_path / "deep" / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == shown == 642
    assert {row["verdict"] for row in rows} == {"REJECT"}
    dialog.reject()


def test_pictures_go_along(
    some: StationConfig, open_view: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    view = open_view(some)
    said = run(qtbot, view, dialog_of(view), PICTURES, tmp_path / "pictures")
    assert said.startswith("6 parts: 6 pictures and 5 overlays copied to")
    assert len(list((tmp_path / "pictures" / "pictures").iterdir())) == 6
    assert view.taking.dialog is not None
    view.taking.dialog.reject()


@pytest.mark.parametrize("form", [".csv", ".json"])
def test_a_file_that_is_there_is_not_written_over(
    some: StationConfig, open_view: Open, qtbot: QtBot, tmp_path: Path, form: str
) -> None:
    view = open_view(some)
    out = tmp_path / f"a{form}"
    out.write_text("mine")
    dialog = dialog_of(view)
    assert "file of that name" in run(qtbot, view, dialog, form, out)
    assert out.read_text() == "mine"
    assert "whole path" in run(qtbot, view, dialog, form, Path("a.csv"))
    dialog.reject()


def test_an_export_is_stopped_before_its_window_closes(
    many: StationConfig, open_view: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    view = open_view(many)
    dialog = dialog_of(view)
    dialog.form.setCurrentIndex(dialog.form.findData(".csv"))
    dialog.place.setText(str(tmp_path / "a.csv"))
    dialog._stop.set()
    dialog.run()
    assert dialog.close_button.text() == "Stop"
    dialog.reject()
    assert view.taking.dialog is dialog
    wait_idle(qtbot, view)
    assert dialog.state.text() == "Stopped. No file was written."
    assert not (tmp_path / "a.csv").exists()
    dialog.reject()
    assert view.taking.dialog is None


def test_the_proposed_name_is_new_and_among_the_results(
    some: StationConfig, open_view: Open
) -> None:
    view = open_view(some)
    dialog = dialog_of(view)
    for form in (".csv", ".json", ".parquet"):
        dialog.form.setCurrentIndex(dialog.form.findData(form))
        place = Path(dialog.place.text())
        assert place.parent == some.out / "exports"
        assert place.suffix == form
        assert not place.exists()
    dialog.reject()
