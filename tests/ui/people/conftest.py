"""A bench with people, and a window with something that acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from bench_people import OPERATOR, SECRETS, add_everybody
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.people import hashing
from station.store.store import open_store
from ui.desk import Desk
from ui.people.lock_screen import LockScreen
from ui.people.session import Session, session_of

Settle = Callable[[], None]


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(hashing, "HASHER", quick)


@pytest.fixture
def config(tmp_path: Path) -> StationConfig:
    (tmp_path / "inbox").mkdir()
    return StationConfig(
        inbox=tmp_path / "inbox", bundle=tmp_path / "x.bundle", out=tmp_path / "out",
        station="bench-1",
    )  # fmt: skip


@pytest.fixture
def desk(config: StationConfig, qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(config)
    yield desk
    assert desk.wait()
    desk.deleteLater()


@pytest.fixture
def settle(desk: Desk, qtbot: QtBot) -> Settle:
    """Every question was answered, and the answers were told."""

    def until_quiet() -> None:
        for _ in range(3):
            assert desk.wait()
            qtbot.wait(10)

    return until_quiet


@pytest.fixture
def people(config: StationConfig) -> None:
    with open_store(config.database) as store:
        add_everybody(store)


@pytest.fixture
def at_work(session: Session, settle: Settle, people: None) -> None:
    """Somebody is signed in."""
    session.start()
    settle()
    session.sign_in(OPERATOR.name, SECRETS[OPERATOR.name])
    settle()


@pytest.fixture
def session(desk: Desk) -> Session:
    return session_of(desk)


class Window(QMainWindow):
    """A banner that shows, and a button, a key and a menu that act."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.done: list[str] = []
        self.banner, self.button = QLabel("REJECT"), QPushButton("act")
        middle = QWidget()
        across = QHBoxLayout(middle)
        across.addWidget(self.button, 2)
        across.addWidget(self.banner, 1)
        self.setCentralWidget(middle)
        self.button.clicked.connect(lambda: self.done.append("button"))
        self.key = QAction("act", self)
        self.key.setShortcut(QKeySequence("P"))
        self.key.triggered.connect(lambda: self.done.append("key"))
        self.addAction(self.key)
        self.resize(1280, 720)
        self.lock = LockScreen(session, self, lambda: self.banner)

    def try_all(self, qtbot: QtBot) -> list[str]:
        """Try whatever acts; what did."""
        self.done.clear()
        qtbot.mouseClick(self.button, Qt.MouseButton.LeftButton)
        qtbot.keyClick(self.button, Qt.Key.Key_Space)
        qtbot.keyClick(self, Qt.Key.Key_P)
        qtbot.keyClick(self.banner, Qt.Key.Key_P)
        return list(self.done)


@pytest.fixture
def window(session: Session, qtbot: QtBot) -> Iterator[Window]:
    window = Window(session)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    window.deleteLater()
