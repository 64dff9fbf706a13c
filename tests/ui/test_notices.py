"""An alarm of the station stays in view until it has been read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from benches import Bench, live_page, pixels, wait_until_done
from builders import with_broken_int8
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engines.bundle import load_bundle
from station.sayings import Event, Severity
from station.window_settings import WindowSettings
from ui.line import State
from ui.theme import DARK
from ui.window import MainWindow

Open = Callable[[Bench], MainWindow]


def an_alarm(text: str) -> Event:
    return Event(datetime.now(timezone.utc), "bench-1", "engine", Severity.WARNING, text)


def share_in_alarm_colour(window: MainWindow) -> float:
    picture = pixels(window.grab().toImage())
    alarm = DARK.colour("alarm")
    colour = (alarm.red(), alarm.green(), alarm.blue())
    return float((picture == colour).all(axis=2).mean())


def test_an_engine_s_alarm_reaches_the_window_and_leaves_when_it_was_read(
    bench: Bench, open_window: Open, qtbot: QtBot, bundle_folder: Path, tmp_path: Path
) -> None:
    broken = with_broken_int8(load_bundle(bundle_folder), tmp_path / "broken.bundle")
    bench.put_marked("1.png")
    window = open_window(bench.with_(bundle=broken.path))
    wait_until_done(qtbot, window)
    assert window.notices.isVisible()
    assert window.notices.text.startswith("Engine: openvino CPU int8 cannot be used")
    assert live_page(window).banner.word == "REJECT", "the verdict stays in view beside it"
    assert share_in_alarm_colour(window) > 0.02
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.notices.isVisible()
    assert share_in_alarm_colour(window) < 0.001


def test_alarms_are_read_one_after_the_other(bench: Bench, open_window: Open, qtbot: QtBot) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    assert not window.notices.isVisible()
    window.dismiss()
    for text in ("first", "second", "third"):
        window.notices.add(an_alarm(text))
    seen = []
    while window.notices.isVisible():
        seen.append(window.notices.text)
        qtbot.mouseClick(window.notices.button, Qt.MouseButton.LeftButton)
    assert seen == ["Engine: first (2 more)", "Engine: second (1 more)", "Engine: third"]


def test_an_alarm_s_words_are_shown_as_they_are(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    window.notices.add(an_alarm("<b>no</b> & yes"))
    (label,) = window.notices.findChildren(QLabel)
    assert label.text() == "Engine: <b>no</b> & yes"
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_what_takes_long_is_told_in_the_banner(
    bench: Bench, open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    monkeypatch.setattr(window.desk.line, "state", State.STARTING)
    window.desk.line.progressed.emit("certifying", 3, 32)
    banner = live_page(window).banner
    assert banner.word == "Starting" and banner.reason.endswith("certifying 3/32")


def test_an_info_passes_and_is_not_counted_as_an_alarm(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    window.desk.tell("Written.")
    assert window.notices.text == "Written." and window.notices.waiting == 0
    window.desk.tell("Mind this.", Severity.WARNING)
    assert window.notices.text == "Mind this." and window.notices.button.isVisible()
    window.dismiss()
    assert window.notices.text == "Written."
    assert f"background: {DARK.raised}" in window.notices.styleSheet()
    window.dismiss()
    assert not window.notices.isVisible()


LONG = (
    "the camera v4l2:/dev/video0 has given the same picture 40 times in a row for 12 s; look "
    "whether its cable is loose, whether another program holds it, and whether its driver says "
    "something in the system's log. The part in hand is decided. It is opened again every 2 s."
)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kiosk", [False, True])
def test_what_is_said_never_moves_the_page(
    bench: Bench, open_window: Open, qtbot: QtBot, language: str, kiosk: bool
) -> None:
    window = open_window(bench.with_(window=WindowSettings(language=language)))
    if kiosk:
        window.hide_menus()
    window.resize(1280, 720)
    wait_until_done(qtbot, window)
    window.dismiss()
    page = live_page(window)
    places = [page.mapTo(window, page.rect().topLeft()), page.size(), page.banner.geometry()]
    for text, severity in (("Saved.", Severity.INFO), ("Mind this.", Severity.WARNING)):
        window.desk.tell(text, severity)
        qtbot.wait(20)
        line = window.notices.geometry()
        assert window.notices.isVisible() and window.rect().contains(line)
        assert line.bottom() < places[0].y() + 2, "one line covers nothing of the page"
        menus = window.menuBar()
        assert menus is not None
        if not kiosk:
            ends = [menus.actionGeometry(action).right() for action in menus.actions()]
            assert line.left() > max(ends)
        window.dismiss()
    window.desk.tell(LONG, Severity.ERROR)
    qtbot.wait(20)
    (label,) = window.notices.findChildren(QLabel)
    assert label.height() >= label.heightForWidth(label.width()), "all of a long text is shown"
    assert window.rect().contains(window.notices.geometry())
    now = [page.mapTo(window, page.rect().topLeft()), page.size(), page.banner.geometry()]
    assert now == places


def test_a_locked_window_keeps_its_alarms(bench: Bench, open_window: Open, qtbot: QtBot) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    window.notices.add(an_alarm("first"))
    above = window.children()
    assert above.index(window.lock_screen) > above.index(window.notices)
    window.lock_screen.setGeometry(window.rect())
    window.lock_screen.show()
    at = window.notices.button.mapTo(window, window.notices.button.rect().center())
    assert window.childAt(at) is not window.notices.button, "nobody dismisses it unseen"
    window.lock_screen.hide()
