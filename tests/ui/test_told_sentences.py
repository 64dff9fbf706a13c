"""What the station says of itself is said in the language of the window, and anew in another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from benches import Bench, live_page, wait_until_done
from PyQt6.QtWidgets import QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from engines.errors import EngineError
from engines.sentence import sentence
from station.errors import ConfigError, StationError
from station.sayings import Event, Severity
from ui.language import Speech, say, tr
from ui.line import State
from ui.notices import NoticeLine
from ui.window import MainWindow

Open = Callable[[Bench], MainWindow]
FULL = StationError(
    "only {free:.0f} MB are free on the disk of {folder}; below {stop_below_mb:g} MB "
    "(disk.stop_below_mb) no part is begun. Free space, for instance with `station prune`, then "
    "start again: nothing is lost.",
    free=12.3,
    folder="/data",
    stop_below_mb=500.0,
)


def test_an_error_is_said_with_its_values(speech: Speech) -> None:
    assert tr(str(FULL)) == str(FULL) and str(FULL).startswith("only 12 MB are free on the disk")
    speech.use("ko")
    assert tr(str(FULL)).startswith("/data 디스크에 12 MB만 남았습니다. 500 MB")
    outer = ConfigError("station.bundle: {error}", error=FULL)
    assert "디스크에 12 MB만" in tr("Refused: {why}", why=outer)


def test_what_only_english_has_stands_beneath_a_headline(speech: Speech) -> None:
    error = EngineError("the session is closed. Open the engine again.")
    assert tr(str(error)) == str(error)
    speech.use("ko")
    head, _, detail = tr(str(error)).partition("\n")
    assert head.startswith("엔진이 판정할 수 없습니다") and detail == str(error)


def test_a_shown_error_follows_the_language(qtbot: QtBot, speech: Speech) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    say(label.setText, str(FULL))
    speech.use("ko")
    qtbot.waitUntil(lambda: "12 MB만" in label.text())
    speech.use("en")
    qtbot.waitUntil(lambda: label.text() == str(FULL))


def test_an_alarm_that_waits_follows_the_language(qtbot: QtBot, speech: Speech) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    bar = window.menuBar()
    assert bar is not None
    notices = NoticeLine(window, bar, QWidget(window))
    text = sentence("{name} takes results again.", name="MES")
    at = datetime.now(timezone.utc)
    notices.add(Event(at, "bench-1", "outbox", Severity.WARNING, text))
    assert notices.text == "Results to others: MES takes results again."
    speech.use("ko")
    qtbot.waitUntil(lambda: notices.text.endswith("MES이(가) 다시 결과를 받습니다."))
    notices.dismiss()


def test_a_line_that_stopped_says_why_in_both_languages(
    bench: Bench, open_window: Open, qtbot: QtBot, speech: Speech
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    (bench.config.bundle.parent / "none").mkdir(exist_ok=True)
    window.desk.restart(bench.with_(bundle=bench.config.bundle.parent / "none").config)
    qtbot.waitUntil(lambda: window.desk.line.state is State.FAILED, timeout=20_000)
    assert "no bundle at" in live_page(window).banner.reason
    speech.use("ko")
    qtbot.waitUntil(lambda: "모델이 없습니다" in live_page(window).banner.reason)
