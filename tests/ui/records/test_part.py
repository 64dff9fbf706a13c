"""The part looked at: its picture, its facts, its seal; and what keys do with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from records_pages import Open, wait_idle

from station.config import StationConfig
from station.domain import Decision, Record
from station.images import find_picture
from station.sayings import Review
from station.store.seal import seal_of
from station.store.store import open_store
from ui.language import Speech
from ui.records.audit_dialog import AuditDialog
from ui.records.page import RecordsView

Key = Qt.Key


def look_at(qtbot: QtBot, view: RecordsView, decision: Decision) -> Record:
    for row in range(view.model.rowCount()):
        found = view.model.row_at(row)
        if found is not None and found.record.decision is decision:
            view.table.look_at(row)
            wait_idle(qtbot, view)
            return found.record
    raise AssertionError(f"no {decision} in the list")


def said(view: RecordsView) -> str:
    return view.layout_.facts.toPlainText()


def test_a_rejected_part_is_shown_with_its_overlay_and_scale(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(some)
    record = look_at(qtbot, view, Decision.REJECT)
    picture = view.exhibit.picture
    assert picture.image is not None
    assert (picture.image.width(), picture.image.height()) == (640, 512)
    assert picture.overlay is not None
    assert record.evidence is not None
    assert picture.px_per_mm == pytest.approx(36.0, rel=0.02)
    text = said(view)
    for fact in ("REJECT", "The defect probability reaches the reject limit.", "marked",
                 "L1", "bo", record.uuid, record.bundle_sha256, record.reason,
                 "its hash is the same", "As it was sealed by link"):  # fmt: skip
        assert fact in text
    assert "< 0.1 %" in text  # not taken for HTML


def test_what_was_written_in_markup_is_shown_as_it_was_written(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    with open_store(some.database) as store:
        uuid = store.records()[-1].uuid
        when = datetime(2026, 3, 4, tzinfo=timezone.utc)
        for number, decision in enumerate((Decision.REVIEW, Decision.REJECT)):
            reason = f"<b>{number}</b> & <img src=x>"
            store.add_review(Review(f"r{number}", uuid, "a<i>b", decision, reason, when))
    view = open_view(some)
    wait_idle(qtbot, view)
    text = said(view)
    assert "<b>0</b> & <img src=x>" in text
    assert "a<i>b" in text
    assert text.index("<b>0</b>") < text.index("<b>1</b>")


@pytest.mark.parametrize(
    ("damage", "word"),
    [("unlink", "not there any more"), ("alter", "changed since it was inspected")],
)
def test_a_picture_that_is_not_what_was_inspected_is_said_in_words(
    some: StationConfig, open_view: Open, qtbot: QtBot, damage: str, word: str
) -> None:
    with open_store(some.database) as store:
        record = next(r for r in store.records() if r.decision is Decision.REJECT)
    path = find_picture(some.images, str(record.image_sha256))
    assert path is not None
    path.chmod(0o644)
    path.unlink() if damage == "unlink" else path.write_bytes(path.read_bytes() + b"\0")
    view = open_view(some)
    look_at(qtbot, view, Decision.REJECT)
    found = next(r for r in range(6) if (row := view.model.row_at(r)) and row.record == record)
    view.table.look_at(found)
    wait_idle(qtbot, view)
    assert word in view.exhibit.note.text()
    assert "what the station drew" in view.exhibit.note.text()
    assert word in said(view)
    assert view.exhibit.picture.image is not None  # the overlay, as a help
    assert not view.exhibit.swipe.isEnabled()


def test_a_file_that_was_no_picture_says_so(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(some)
    look_at(qtbot, view, Decision.ERROR)
    assert view.exhibit.picture.image is None
    assert "cannot be read" in view.exhibit.picture.message


def test_a_changed_record_is_not_to_be_relied_on(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    with closing(sqlite3.connect(Path(some.database), isolation_level=None)) as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE inspections SET verdict = 'PASS' WHERE verdict = 'REJECT'")
    view = open_view(some)
    view.table.look_at(1)
    wait_idle(qtbot, view)
    view.taking.show_audit()
    dialog = view.taking.dialog
    assert isinstance(dialog, AuditDialog)
    wait_idle(qtbot, view)
    assert "Do not rely on it" in dialog.title.text()
    assert "Do not rely on it" in said(view)
    dialog.reject()
    assert view.taking.dialog is None


def test_the_audit_entry_names_link_and_hashes(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(some)
    record = look_at(qtbot, view, Decision.REJECT)
    with open_store(some.database) as store:
        store.add_review(
            Review("r", record.uuid, "ada", Decision.REJECT, "", datetime.now(timezone.utc))
        )
        seal = seal_of(store, record.uuid)
    assert seal is not None
    view.taking.show_audit()
    assert isinstance(view.taking.dialog, AuditDialog)
    wait_idle(qtbot, view)
    view.taking.dialog.copy()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    text = clipboard.text()
    assert text.startswith("This record is as it was sealed")
    for fact in (str(seal.link), seal.content_sha256, str(seal.link_sha256), "Review: REJECT, ada"):
        assert fact in text
    view.taking.dialog.reject()


def test_keys_lay_the_overlay_on_and_off_and_swipe(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(some)
    look_at(qtbot, view, Decision.REJECT)
    picture = view.exhibit.picture
    assert (picture.opacity, picture.split) == (1.0, None)
    view.exhibit.opacity.setValue(40)
    assert picture.opacity == pytest.approx(0.4)
    view.exhibit.toggle_heat()
    assert picture.opacity == 0.0
    view.exhibit.toggle_swipe()
    assert (picture.opacity, picture.split) == (pytest.approx(0.4), 0.5)
    view.exhibit.toggle_swipe()
    assert picture.split is None


def test_enter_opens_the_picture_large_and_arrows_go_on(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(some)
    view.table.look_at(2)
    wait_idle(qtbot, view)
    small = view.exhibit.picture.width()
    qtbot.keyClick(view.table, Key.Key_Return)
    assert view.layout_.large
    assert not view.table.isVisible()
    qtbot.waitUntil(lambda: view.exhibit.picture.width() > 2 * small)
    qtbot.keyClick(view.exhibit.picture, Key.Key_Down)
    wait_idle(qtbot, view)
    assert view.table.currentIndex().row() == 3
    assert view.part.row is not None
    assert view.part.row.record.decision.value in view.exhibit.caption.text()
    qtbot.keyClick(view.exhibit.picture, Key.Key_Return)
    assert not view.layout_.large
    assert view.table.isVisible()
    assert not view.exhibit.caption.isVisible()
    view.toggle_large()
    dismissed = QShortcut(QKeySequence("Esc"), view)  # as the window has one
    dismissed.activated.connect(lambda: pytest.fail("Esc went to the window"))
    qtbot.keyClick(view.exhibit.picture, Key.Key_Escape)
    assert not view.layout_.large


def test_the_part_goes_to_the_clipboard_and_to_decide(
    some: StationConfig, open_view: Open, qtbot: QtBot
) -> None:
    view = open_view(some)
    record = look_at(qtbot, view, Decision.REJECT)
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    view.taking.copy_uuid()
    assert clipboard.text() == record.uuid
    view.table.selectAll()
    view.taking.copy()
    wait_idle(qtbot, view)
    lines = [line.split("\t") for line in clipboard.text().splitlines()]
    assert len(lines) == 6
    assert [record.uuid, "REJECT"] in [line[:2] for line in lines]
    with qtbot.waitSignal(view.review_wanted) as asked:
        view.ask_review()
    assert asked.args == [record.uuid]


def test_a_held_key_asks_for_no_picture_on_the_way(
    many: StationConfig, open_view: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = open_view(many)
    asked: list[object] = []
    monkeypatch.setattr(view.part._facts_of, "ask", asked.append)
    for _ in range(40):
        qtbot.keyClick(view.table, Key.Key_Down)
    wait_idle(qtbot, view)
    assert len(asked) == 1
    assert view.table.currentIndex().row() == 40


def test_the_language_changes_all_that_is_said(
    some: StationConfig, open_view: Open, qtbot: QtBot, speech: Speech
) -> None:
    view = open_view(some)
    look_at(qtbot, view, Decision.REJECT)
    speech.use("ko")
    qtbot.wait(10)
    text = said(view)
    for word in ("불합격", "불량 확률이 불합격 기준에 이르렀습니다.", "부품 번호"):
        assert word in text
    header = view.model.headerData(1, Qt.Orientation.Horizontal)
    assert header == "판정"
    assert view.filters.verdict.currentText() == "모든 판정"
    assert view.layout_.count.text() == "부품 6개"
    assert "불합격" in view.exhibit.caption.text()
    speech.use("en")
    qtbot.wait(10)
    assert "The defect probability reaches the reject limit." in said(view)
