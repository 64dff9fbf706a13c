"""Parts that were decided since the list was asked for: counted, and shown when a person wants."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtWidgets import QPushButton

from station.store.outline import count_newer
from station.store.store import Store
from ui.desk import Desk
from ui.language import tr
from ui.records.model import RecordsModel
from ui.records.newest import Newest
from ui.wording import number

WAIT_MS = 400
"""However fast parts come, they are counted no more often."""
MOST = 1000
"""More are not counted, only said to be more."""


class Newer(QObject):
    """Says on a button how many there are; what is looked at stays where it is."""

    first_came = pyqtSignal()
    """The list was empty, and now there is something to show."""

    def __init__(
        self, desk: Desk, model: RecordsModel, button: QPushButton, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model, self._button = model, button
        self.count = 0
        self._count_of = Newest(desk, self)
        self._count_of.answered.connect(self._show)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(WAIT_MS)
        self._soon.timeout.connect(self.ask)

    def ask_soon(self) -> None:
        """Something was decided."""
        if not self._soon.isActive():
            self._soon.start()

    def ask(self) -> None:
        """Count now."""
        query, newest = self._model.query, self._model.newest

        def question(store: Store) -> tuple[int, int]:
            return newest, count_newer(store, query, newest, MOST)

        self._count_of.ask(question)

    def forget(self) -> None:
        """The page is out of sight, or the list is asked for anew."""
        self._soon.stop()
        self._count_of.forget()
        self.count = 0
        self.say()

    def say(self) -> None:
        """Write it onto the button, in the language of the window."""
        self._button.setVisible(self.count > 0)
        count = number(self.count) + ("+" if self.count >= MOST else "")
        several = tr("{count} new parts: Home shows them", count=count)
        self._button.setText(tr("1 new part: Home shows it") if self.count == 1 else several)

    def _show(self, answer: tuple[int, int]) -> None:
        newest, count = answer
        if newest != self._model.newest:
            return
        if count and self._model.rowCount() == 0:
            self.first_came.emit()
            return
        self.count = count
        self.say()
