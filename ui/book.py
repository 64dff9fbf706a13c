"""The pages: made when they are first asked for, one in sight at a time."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QStackedWidget

from station.store.query import HistoryQuery
from ui.actions import install
from ui.desk import Desk
from ui.language import tr
from ui.view import View, ViewRow
from ui.welcome import WelcomeView

WELCOME, LIVE, HISTORY, DECIDE, SETTINGS = "welcome", "live", "history", "decide", "settings"


class Book(QStackedWidget):
    """Turns to a page where the person may enter it, and the one in sight may be left."""

    turned = pyqtSignal()
    """Another page is in sight; or was asked for, and the one in sight stayed."""

    def __init__(self, desk: Desk, rows: Sequence[ViewRow]) -> None:
        super().__init__()
        self.setMinimumSize(1, 1)  # a page never makes the window larger than its screen
        self._desk = desk
        self.rows = {row.name: row for row in rows}
        self.views: dict[str, View] = {}
        """Those that were made, by name."""
        self.shown = ""
        """Name of the page in sight."""

    @property
    def current(self) -> View | None:
        """The page in sight."""
        return self.views.get(self.shown)

    def turn_to(self, name: str) -> None:
        """Bring a page into sight; stays where the present one has something unsaved."""
        if name != self.shown and self._may_turn_to(name):
            before, after = self.current, self.view(name)
            if before is not None:
                before.left()
            self.shown = name
            self.setCurrentWidget(after)
            self.turned.emit()
            after.entered()
        else:
            self.turned.emit()

    def view(self, name: str) -> View:
        """A page, made when it is first asked for."""
        if name not in self.views:
            made = self._made(name)
            install(made, made.ACTIONS)
            made.history_wanted.connect(self._on_history_wanted)
            made.review_wanted.connect(self._on_review_wanted)
            self.views[name] = made
            self.addWidget(made)
        return self.views[name]

    def may_enter(self, row: ViewRow) -> bool:
        """Whether whoever is at the bench may enter a page."""
        return row.needs is None or self._desk.may(row.needs)

    def leave_forbidden(self) -> None:
        """Somebody else is at the bench: what they may not see goes out of sight."""
        row = self.rows.get(self.shown)
        if row is not None and not self.may_enter(row):
            self.turn_to(LIVE)

    def may_close(self) -> bool:
        """Whether no page has anything that would be lost; those that do ask the person."""
        if self.current is not None and not self.current.may_leave():
            return False
        return all(view.may_close() for view in self.views.values())

    def _made(self, name: str) -> View:
        if name != WELCOME:
            return self.rows[name].make(self._desk)
        welcome = WelcomeView(self._desk)
        welcome.settings_wanted.connect(lambda: self.turn_to(SETTINGS))
        return welcome

    def _may_turn_to(self, name: str) -> bool:
        row = self.rows.get(name)
        if row is not None and not self.may_enter(row):
            self._desk.tell(tr("A supervisor must sign in for this page (Ctrl+U)."))
            return False
        return self.current is None or self.current.may_leave()

    def _on_history_wanted(self, query: HistoryQuery) -> None:
        self.turn_to(HISTORY)
        self.view(HISTORY).show_query(query)

    def _on_review_wanted(self, uuid: str) -> None:
        self.turn_to(DECIDE)
        self.view(DECIDE).show_part(uuid)
