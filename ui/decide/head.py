"""Above the picture: how many wait, who answers, and which parts are asked for."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from station.reviewing.queue import Queue
from ui.decide.round import Round
from ui.language import mark, say, tr

QUEUES = {
    Queue.REVIEW: mark("To decide: REVIEW"),
    Queue.REJECT: mark("REVIEW and rejects of 7 days"),
    Queue.BLIND: mark("Blind look at passes and rejects"),
}


class Head(QWidget):
    """Shows the round, and asks for its queue, its lot and a name where nobody signed in."""

    queue_chosen = pyqtSignal()
    lot_toggled = pyqtSignal()
    name_given = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.progress, self.elsewhere = QLabel(), QLabel()
        self.queues, self.lot, self.name = QComboBox(), QPushButton(), QLineEdit()
        title = QLabel()
        title.setObjectName("title")
        say(title.setText, "Decide")
        self.progress.setObjectName("number")
        self.elsewhere.setObjectName("quiet")
        self.elsewhere.setWordWrap(True)
        self.queues.addItems([tr(QUEUES[queue]) for queue in Queue])
        self.lot.setCheckable(True)
        self.lot.hide()
        say(self.name.setPlaceholderText, "Your name")
        self.name.setMaxLength(80)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(12)
        for widget, share in ((title, 0), (self.progress, 0), (self.elsewhere, 1)):
            across.addWidget(widget, share)
        for field in (self.name, self.lot, self.queues):
            across.addWidget(field)
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lot_name: str | None = None
        self.queues.currentIndexChanged.connect(lambda _index: self.queue_chosen.emit())
        self.lot.toggled.connect(lambda _on: self.lot_toggled.emit())
        self.name.editingFinished.connect(self.name_given.emit)

    @property
    def queue(self) -> Queue:
        """What is looked at."""
        return list(Queue)[self.queues.currentIndex()]

    def next_queue(self) -> None:
        """Choose the next one."""
        self.queues.setCurrentIndex((self.queues.currentIndex() + 1) % len(Queue))

    def show_bench(self, lot: str | None, operator: str | None) -> None:
        """The lot that is inspected now, and who is known to stand here."""
        self._lot_name = lot
        self.lot.setVisible(lot is not None)
        self.name.setVisible(not operator)
        self.lot.setText(tr("Only lot {lot}", lot=lot or ""))

    @property
    def chosen_lot(self) -> str | None:
        """The one lot that is looked at; None: all."""
        return self._lot_name if self.lot.isChecked() else None

    def show_round(self, rounds: Round) -> None:
        """How many wait."""
        text = ""
        if rounds.part is not None:
            many = f"{rounds.waiting}+" if rounds.has_more else str(rounds.waiting)
            text = tr("{position} of {count} waiting", position=rounds.position, count=many)
        self.progress.setText(text)
        away = tr("Sent on to somebody else: {count}", count=rounds.elsewhere)
        self.elsewhere.setText(away if rounds.elsewhere else "")

    def retranslate(self) -> None:
        """The language changed."""
        for index, queue in enumerate(Queue):
            self.queues.setItemText(index, tr(QUEUES[queue]))
        self.lot.setText(tr("Only lot {lot}", lot=self._lot_name or ""))
