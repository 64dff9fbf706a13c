"""The window around the pages: a first run, keys, language, failures, tones."""

from __future__ import annotations

import sys
import wave
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from benches import Bench, live_page, wait_until_done
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.domain import Decision
from station.store.query import HistoryQuery
from station.store.store import open_store
from station.window_settings import WindowSettings
from ui.failures import failures_shown
from ui.keys_overlay import KeysOverlay
from ui.line import PICTURED, Mailbox
from ui.pages import PAGES
from ui.seen import Seen
from ui.theme import TOUCH_PX
from ui.tone import NOTES, RATE_HZ, write_wave
from ui.window import ACTIONS, MainWindow

Open = Callable[[Bench], MainWindow]


@pytest.fixture
def first_run(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    monkeypatch.chdir(tmp_path)
    window = MainWindow(None)
    window.show()
    yield window
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=30_000)
    window.deleteLater()


def test_a_first_run_offers_one_key_and_it_leads_to_a_running_station(
    first_run: MainWindow, qtbot: QtBot
) -> None:
    assert first_run.shown == "welcome" and first_run.desk.config is None
    qtbot.keyClick(first_run.focusWidget(), Qt.Key.Key_Return)
    assert first_run.shown == "live"
    page = live_page(first_run)
    qtbot.waitUntil(lambda: page.count.total >= 1, timeout=120_000)
    config = first_run.desk.config
    assert config is not None and config.lot == "TRIAL"
    with open_store(config.database) as store:
        assert store.records()[0].lot == "TRIAL"


def test_every_page_can_be_looked_at_before_anything_is_configured(
    first_run: MainWindow, qtbot: QtBot
) -> None:
    for row in PAGES:
        qtbot.keyClick(first_run, getattr(Qt.Key, f"Key_{row.shortcut}"))
        assert first_run.shown == row.name
    assert first_run.desk.wait()
    qtbot.wait(50)
    assert first_run.failures.count == 0


def test_every_page_has_a_key_of_its_own_and_every_key_opens_its_page(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    for row in PAGES:
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{row.shortcut}"))
        assert window.shown == row.name
        assert window.rail.buttons[row.name].isChecked()
        assert window.view(row.name).isVisible()
    assert window.desk.wait()


def test_no_key_of_a_page_is_also_one_of_the_window(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    own = [row.shortcut for row in ACTIONS] + [row.shortcut for row in PAGES]
    assert len(own) == len(set(own))
    for row in PAGES:
        keys = [action.shortcut for action in window.view(row.name).ACTIONS]
        assert len(keys) == len(set(keys)), row.name
        assert not set(keys) & set(own), row.name
    assert window.desk.wait()


def test_the_overlay_of_keys_lists_all_and_leaves_at_any_key(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    window.show_keys()
    overlay = window.findChild(KeysOverlay)
    assert overlay is not None
    listed = dict(overlay.rows)
    assert listed["Ctrl+Q"] == "Quit after the part in hand" and listed["F3"] == "History"
    assert set(listed) >= {row.shortcut for row in (*ACTIONS, *PAGES)}
    qtbot.keyClick(overlay, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: not overlay.isVisible() if window.findChild(KeysOverlay) else True)


def test_keys_that_do_the_same_stand_in_one_row(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    window.show_page("decide")
    window.show_keys()
    overlay = window.findChild(KeysOverlay)
    assert overlay is not None
    texts = [text for _, text in overlay.rows]
    assert len(texts) == len(set(texts))
    assert [key for key, text in overlay.rows if "class of that number" in text] == ["1 … 9"]
    qtbot.keyClick(overlay, Qt.Key.Key_X)
    assert window.desk.wait()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_last_dozen_fits_side_by_side_at_1280_pixels(
    bench: Bench, open_window: Open, qtbot: QtBot, language: str
) -> None:
    for number in range(13):
        bench.put_good(f"{number}.png")
    settings = WindowSettings(language=language)
    window = open_window(bench.with_(window=settings, operator="Kim Younghee"))
    window.resize(1280, 720)
    wait_until_done(qtbot, window)
    strip = live_page(window).strip
    shown = [button for button in strip.buttons if button.isVisible()]
    assert len(shown) == 12
    assert all(strip.rect().contains(button.geometry()) for button in shown)
    assert min(button.width() for button in shown) >= TOUCH_PX


def test_the_language_changes_in_place(bench: Bench, open_window: Open, qtbot: QtBot) -> None:
    bench.put_marked("1.png")
    window = open_window(bench)
    wait_until_done(qtbot, window)
    page = live_page(window)
    assert page.banner.word == "REJECT"
    window.appearance.next_language()
    qtbot.waitUntil(lambda: page.banner.word == "불합격")
    assert window.rail.buttons["history"].text() == "이력"
    assert page.counters.head.text().endswith("부터 입고")
    window.appearance.next_language()
    qtbot.waitUntil(lambda: page.banner.word == "REJECT")
    assert window.rail.buttons["history"].text() == "History"


def test_a_page_may_send_to_the_history_with_a_question(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    bench.put_marked("1.png")
    bench.put_good("2.png")
    window = open_window(bench)
    wait_until_done(qtbot, window)
    window.view("yield").history_wanted.emit(HistoryQuery(decision=Decision.REJECT))
    assert window.shown == "history"
    assert window.desk.wait()


def test_what_breaks_in_the_window_is_told_logged_and_kept_and_the_line_goes_on(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench.with_(once=False))
    page = live_page(window)
    bench.put_good("1.png")
    qtbot.waitUntil(lambda: page.count.total == 1, timeout=30_000)
    with failures_shown(window.failures):
        try:
            raise ZeroDivisionError("of all things")
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        qtbot.waitUntil(lambda: window.failures.dialog is not None)
        dialog = window.failures.dialog
        assert dialog is not None and "ZeroDivisionError: of all things" in dialog.informativeText()
        bench.put_good("2.png")
        qtbot.waitUntil(lambda: page.count.total == 2, timeout=30_000)
        dialog.accept()
    assert window.desk.wait()
    with open_store(bench.config.database) as store:
        texts = [event.text for event in store.events()]
    assert any("ZeroDivisionError" in text for text in texts)


def test_the_mailbox_counts_all_and_keeps_the_pictures_of_the_last(bench: Bench) -> None:
    from builders import a_record
    from PyQt6.QtGui import QImage

    box = Mailbox()
    image = QImage(8, 8, QImage.Format.Format_RGB888)
    told = [box.put(Seen(a_record(source=str(i)), image)) for i in range(40)]
    taken = box.take()
    assert told == [True] + 39 * [False]
    assert [seen.record.source for seen in taken] == [str(i) for i in range(40)]
    assert [seen.image is not None for seen in taken] == 28 * [False] + PICTURED * [True]
    assert box.take() == [] and box.put(taken[0])


def test_each_verdict_sounds_otherwise(tmp_path: Path) -> None:
    lengths = set()
    for decision, notes in NOTES.items():
        path = tmp_path / f"{decision.value}.wav"
        write_wave(path, notes)
        with wave.open(str(path)) as file:
            assert file.getframerate() == RATE_HZ and file.getnchannels() == 1
            lengths.add((file.getnframes(), notes[0][0]))
            assert max(file.readframes(file.getnframes())) > 0
    assert len(lengths) == len(Decision)


def test_a_key_pressed_over_the_keys_closes_them_and_does_nothing_else(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    qtbot.waitUntil(lambda: not window.session.shut, timeout=30_000)
    for key in (Qt.Key.Key_F3, Qt.Key.Key_H, Qt.Key.Key_Question, Qt.Key.Key_Escape):
        window.show_keys()
        below = window.focusWidget() or window
        qtbot.keyClick(below, key)
        qtbot.waitUntil(lambda: not window.findChildren(KeysOverlay))
        assert window.shown == "live" and live_page(window).heat_shown
    qtbot.keyClick(window, Qt.Key.Key_F3)
    assert window.shown == "history"
    assert window.desk.wait()


def test_the_lot_that_was_told_outlives_a_restart_of_the_line_and_a_check(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench.with_(once=False, lot="CONFIGURED"))
    page, desk = live_page(window), window.desk
    bench.put_good("1.png")
    qtbot.waitUntil(lambda: page.count.total == 1, timeout=30_000)
    page.lot_bar.scan("S-1")
    page.lot_bar._put("lot", "TOLD")
    config = desk.config
    assert config is not None
    check = "shift-start 2026-11-21 06:00:00 bench-1"
    for again in (config, replace(config, lot=check), config):
        desk.restart(again)
        qtbot.waitUntil(lambda c=again: desk.line.config is c, timeout=30_000)
        expected = check if again.lot == check else "TOLD"
        assert desk.line.labels.now.lot == expected
    desk.restart(replace(config, lot="OTHER"))
    qtbot.waitUntil(lambda: desk.line.labels.now.lot == "OTHER", timeout=30_000)
    assert desk.wait()
    with open_store(bench.config.database) as store:
        texts = [event.text for event in store.events()]
    assert any("began the lot TOLD; it was CONFIGURED before" in text for text in texts)
    assert "S-1" in window.notices.text, "a serial that no part came for is told"
