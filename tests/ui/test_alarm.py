"""An alarm of the station stays in view until it has been read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from benches import Bench, pixels, wait_until_done
from builders import with_broken_int8
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engines.bundle import load_bundle
from station.sayings import Event, Severity
from ui.painting import ALARM
from ui.window import MainWindow

Open = Callable[[Bench], MainWindow]


def an_alarm(text: str) -> Event:
    return Event(datetime.now(timezone.utc), "bench-1", "engine", Severity.WARNING, text)


def share_in_alarm_colour(window: MainWindow) -> float:
    picture = pixels(window.grab().toImage())
    colour = (ALARM.red(), ALARM.green(), ALARM.blue())
    return float((picture == colour).all(axis=2).mean())


def test_an_engine_s_alarm_reaches_the_window_and_leaves_when_it_was_read(
    bench: Bench, open_window: Open, qtbot: QtBot, bundle_folder: Path, tmp_path: Path
) -> None:
    broken = with_broken_int8(load_bundle(bundle_folder), tmp_path / "broken.bundle")
    bench.put_marked("1.png")
    window = open_window(bench.with_(bundle=broken.path))
    wait_until_done(qtbot, window)
    assert window.alarm.isVisible()
    assert window.alarm.text.startswith("Alarm: openvino CPU int8 cannot be used")
    assert window.banner.word == "REJECT", "the verdict stays in view beside it"
    assert share_in_alarm_colour(window) > 0.02
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.alarm.isVisible()
    assert share_in_alarm_colour(window) < 0.001


def test_alarms_are_read_one_after_the_other(bench: Bench, open_window: Open, qtbot: QtBot) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    assert not window.alarm.isVisible()
    window.dismiss_alarm()
    for text in ("first", "second", "third"):
        window.alarm.add(an_alarm(text))
    seen = []
    while window.alarm.isVisible():
        seen.append(window.alarm.text)
        qtbot.mouseClick(window.alarm.button, Qt.MouseButton.LeftButton)
    assert seen == ["Alarm: first (2 more)", "Alarm: second (1 more)", "Alarm: third"]


def test_an_alarm_s_words_are_shown_as_they_are(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(bench)
    window.alarm.add(an_alarm("<b>no</b> & yes"))
    (label,) = window.alarm.findChildren(QLabel)
    assert label.text() == "Alarm: <b>no</b> & yes"
    assert label.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize(("done", "said"), [(3, "certifying 3/32"), (32, "the engine is ready")])
def test_what_takes_long_is_in_the_status(
    bench: Bench, open_window: Open, qtbot: QtBot, done: int, said: str
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    window.worker.progressed.emit("certifying", done, 32)
    bar = window.statusBar()
    assert bar is not None
    qtbot.waitUntil(lambda: said in [label.text() for label in bar.findChildren(QLabel)])
