"""The window: the pages, the row that chooses them, what it has to say, and its lowest line."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QAction, QCloseEvent, QResizeEvent
from PyQt6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from station.config import StationConfig
from station.domain import Decision
from station.window_settings import WindowSettings
from ui.actions import ActionRow, install
from ui.appearance import Appearance
from ui.book import LIVE, WELCOME, Book
from ui.desk import Desk
from ui.failures import Failures
from ui.keys_overlay import KeysOverlay
from ui.language import mark, tr
from ui.line import State
from ui.live.page import LiveView
from ui.notices import NoticeLine
from ui.pages import PAGES
from ui.people.badge import PersonBadge
from ui.people.idle import IdleLock
from ui.people.lock_screen import LockScreen
from ui.people.session import session_of
from ui.rail import Rail
from ui.scanner import Scanner
from ui.seen import Seen
from ui.standing import Standing, Watch
from ui.status import StatusLine
from ui.view import View

log = logging.getLogger(__name__)

ACTIONS = (
    ActionRow("keys", mark("Show all &keys"), "?", lambda window: window.show_keys()),
    ActionRow("dismiss", mark("&Dismiss what was said"), "Esc", lambda window: window.dismiss()),
    ActionRow(
        "language", mark("한국어 / English"), "Ctrl+Shift+L", lambda w: w.appearance.next_language()
    ),
    ActionRow("theme", mark("Light or dark"), "Ctrl+Shift+T", lambda w: w.appearance.next_theme()),
    ActionRow("full", mark("&Full screen"), "F11", lambda window: window.toggle_full_screen()),
    ActionRow("lock", mark("Loc&k the window"), "Ctrl+L", lambda window: window.lock()),
    ActionRow("switch", mark("S&witch person"), "Ctrl+U", lambda w: w.session.switch_person()),
    ActionRow("out", mark("Sign &out"), "Ctrl+Shift+U", lambda w: w.session.sign_out()),
    ActionRow("again", mark("&Start inspecting again"), "Ctrl+R", lambda w: w.start_again()),
    ActionRow("quit", mark("&Quit after the part in hand"), "Ctrl+Q", lambda w: w.close()),
)


class MainWindow(QMainWindow):
    """Starts inspecting when made; closing it finishes the part in hand first."""

    def __init__(self, config: StationConfig | None, config_file: Path | None = None) -> None:
        super().__init__()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.desk = desk = Desk(config, config_file)
        self.errors = 0
        """Parts that could not be inspected, since the window was opened."""
        self._settings = WindowSettings() if config is None else config.window
        self._closing = False
        self.told_to_end = False
        """By a signal: nobody is there to be asked."""
        self.appearance = Appearance(application, self._settings)
        self.session = session_of(desk)
        self.failures = Failures(self, desk)
        self.rail = Rail(PAGES)
        self.book = Book(desk, PAGES)
        self.actions_by_key = install(self, ACTIONS)
        self.page_actions: dict[str, QAction] = {}
        self._menus: list[tuple[QMenu, str]] = []
        self._build()
        self.scanner = Scanner(self, self._settings.scanner_gap_ms)
        self.scanner.scanned.connect(self._on_scan)
        self.idle = IdleLock(self.session)
        self.lock_screen = LockScreen(self.session, self, self._banner_in_sight)
        self.session.shut_changed.connect(self._on_shut)
        desk.decided.connect(self._on_decided)
        desk.happened.connect(self.notices.add)
        desk.said.connect(self.notices.tell)
        desk.changed.connect(self._on_changed)
        desk.line.changed.connect(self._on_line)
        self.rail.chosen.connect(self.show_page)
        self.book.turned.connect(self._on_turned)
        self.appearance.changed.connect(self._on_appearance)
        self.watch = Watch(desk)
        self.watch.found.connect(self._on_standing)
        self.session.start()
        if config is None:
            self.show_page(WELCOME)
        else:
            self.show_page(LIVE)
            desk.line.run(config)
        self._on_changed()

    @property
    def shown(self) -> str:
        """Name of the page in sight."""
        return self.book.shown

    def view(self, name: str) -> View:
        """A page, made when it is first asked for."""
        return self.book.view(name)

    def show_page(self, name: str) -> None:
        """Bring a page into sight."""
        self.book.turn_to(name)

    # What a person does ------------------------------------------------------------------------

    def dismiss(self) -> None:
        """What was said has been read; with nothing to read, back to the live page."""
        if not self.notices.dismiss() and self.desk.config is not None:
            self.show_page(LIVE)

    def show_keys(self) -> None:
        """All keys, over the window."""
        pages = list(self.page_actions.values())
        own = list(self.actions_by_key.values())
        view = self.view(self.shown)
        of_page = [a for a in view.actions() if a.text()]
        title = next((tr(row.title) for row in PAGES if row.name == self.shown), "")
        KeysOverlay(self, ((title, of_page), (tr("Pages"), pages), (tr("Window"), own)))

    def lock(self) -> None:
        """Put what acts out of reach; on a bench without users there is nobody to sign in."""
        if self.session.known == ():
            self.desk.tell(tr("There are no users here: nothing is locked."))
        self.session.lock()

    def toggle_full_screen(self) -> None:
        """The whole screen, or a window again; a kiosk keeps the whole."""
        if self.isFullScreen() and not self._settings.kiosk:
            self.showNormal()
        else:
            self.showFullScreen()

    def start_again(self) -> None:
        """Inspect again after the line stopped."""
        config, state = self.desk.config, self.desk.line.state
        if config is not None and state in (State.FAILED, State.ENDED, State.IDLE):
            self.desk.line.run(config)

    @override
    def closeEvent(self, a0: QCloseEvent | None) -> None:
        """Qt's own name: closes once the part in hand is finished."""
        if a0 is None:
            return
        view = self.book.current
        if not self._closing and not self.told_to_end and not self.book.may_close():
            a0.ignore()
            return
        if self.desk.line.is_alive:
            self._closing = True
            self.desk.line.halt()
            self.setWindowTitle(tr("scaffold-station: finishing the part in hand"))
            a0.ignore()
            return
        if view is not None:
            view.left()
        self.desk.wait()
        a0.accept()

    @override
    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        """Qt's own name: everything grows with the window."""
        super().resizeEvent(a0)
        self.appearance.fit(self.width(), self.height())

    # What comes in -----------------------------------------------------------------------------

    def _on_decided(self, seen: Seen) -> None:
        if seen.record.decision is Decision.ERROR:
            self.errors += 1

    def _on_line(self) -> None:
        if self._closing and not self.desk.line.is_alive:
            self.close()

    def _banner_in_sight(self) -> QWidget | None:
        live = self.book.views.get(LIVE)
        return live.banner if self.shown == LIVE and isinstance(live, LiveView) else None

    def _on_scan(self, text: str) -> None:
        live = self.view(LIVE)
        if isinstance(live, LiveView) and self.desk.config is not None:
            self.desk.tell(tr("Scanned: {code}", code=text))
            live.lot_bar.scan(text)

    def _on_changed(self) -> None:
        desk = self.desk
        for row in PAGES:
            self.rail.allow(row.name, self.book.may_enter(row))
        if desk.config is None:
            return
        if self.shown == WELCOME:
            self.show_page(LIVE)
            desk.tell(
                tr("Anybody may do everything here. Settings, Users (F8) adds an administrator.")
            )
        self.book.leave_forbidden()
        self._settings = desk.config.window
        self.scanner.set_gap(self._settings.scanner_gap_ms)
        self.appearance.follow(self._settings)

    def _on_shut(self, shut: bool) -> None:
        """Opened again: the keys are the page's, not some field's."""
        view = self.book.current
        if not shut and view is not None:
            QTimer.singleShot(0, view.entered)

    def _on_standing(self, standing: Standing) -> None:
        self.rail.count("decide", standing.waiting)

    def _on_appearance(self) -> None:
        self.rail.set_scale(self.appearance.scale)
        for menu, title in self._menus:
            menu.setTitle(tr(title))
        for action in self.findChildren(QAction):
            row = action.data()
            if isinstance(row, ActionRow):
                action.setText(tr(row.text))

    # Layout ------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle("scaffold-station")
        self.resize(1280, 720)
        right = QVBoxLayout()
        right.setContentsMargins(8, 8, 12, 4)
        self.head = QWidget()
        """Keeps room for what is said where there is no menu bar."""
        self.head.hide()
        right.addWidget(self.head)
        right.addWidget(self.book, 1)
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addLayout(right, 1)
        middle = QWidget()
        middle.setLayout(across)
        self.setCentralWidget(middle)
        self.setStatusBar(StatusLine(self.desk, PersonBadge(self.session)))
        pages = [
            ActionRow(row.name, row.title, row.shortcut, partial(_go, row.name)) for row in PAGES
        ]
        self.page_actions = install(self, pages)
        self._page_menu = self._menu(mark("P&age"))
        for menu, actions in (
            (self._menu(mark("&Go to")), self.page_actions),
            (self._menu(mark("&Window")), self.actions_by_key),
        ):
            menu.addActions(list(actions.values()))
        bar = self.menuBar()
        assert bar is not None
        bar.setNativeMenuBar(False)  # in the window, where what is said lies beside it
        self.notices = NoticeLine(self, bar, self.head)

    def hide_menus(self) -> None:
        """As in a kiosk; what is said keeps its place."""
        bar = self.menuBar()
        assert bar is not None
        self.head.setFixedHeight(bar.sizeHint().height())
        bar.hide()
        self.head.show()

    def _menu(self, title: str) -> QMenu:
        bar = self.menuBar()
        assert bar is not None
        menu = bar.addMenu(tr(title))
        assert menu is not None
        self._menus.append((menu, title))
        return menu

    def _on_turned(self) -> None:
        if self.shown in self.rail.buttons:
            self.rail.choose(self.shown)
        view = self.book.current
        self._page_menu.clear()
        if view is not None:
            self._page_menu.addActions([a for a in view.actions() if a.text()])


def _go(name: str, window: MainWindow) -> None:
    window.show_page(name)


def show(window: MainWindow, kiosk: bool) -> None:
    """Show it, in a kiosk over the whole screen and without what belongs to a desktop."""
    if kiosk:
        window.hide_menus()
        window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        window.showFullScreen()
    else:
        window.show()
