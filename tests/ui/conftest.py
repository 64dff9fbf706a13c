"""A bench to look at: real pictures, a real bundle, the real stream; and no window left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benches import Bench, inbox_config
from builders import red_mark_bundle
from PyQt6.QtCore import QCoreApplication, QEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.language import Speech, speech_of
from ui.window import MainWindow


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "red.bundle"
    red_mark_bundle(folder)
    return folder


@pytest.fixture
def bench(tmp_path: Path, bundle_folder: Path) -> Bench:
    (tmp_path / "inbox").mkdir()
    return Bench(inbox_config(tmp_path, bundle_folder))


@pytest.fixture(autouse=True)
def account_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this account's choices by key are kept: no test finds another's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "account"))
    return tmp_path / "account"


@pytest.fixture
def speech(qapp: QApplication) -> Iterator[Speech]:
    speech = speech_of(qapp)
    speech.use("en")
    yield speech
    speech.use("en")


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Callable[[Bench], MainWindow]]:
    """Opens windows; at the end of the test they are closed and their threads are over."""
    opened: list[MainWindow] = []

    def open_one(bench: Bench) -> MainWindow:
        window = MainWindow(bench.config)
        opened.append(window)
        window.show()
        return window

    yield open_one
    for window in opened:
        window.close()
        qtbot.waitUntil(lambda w=window: not w.desk.line.is_alive, timeout=20_000)
        qtbot.waitUntil(lambda w=window: not w.isVisible(), timeout=5_000)
        window.deleteLater()


@pytest.fixture(autouse=True)
def no_window_left(qapp: QApplication) -> Iterator[None]:
    yield
    speech_of(qapp).use("en")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    left = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert left == [], "a test left a window alive"
