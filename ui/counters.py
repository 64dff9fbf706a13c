"""How many parts came in, and what became of them: the numbers add up."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget
from typing_extensions import override

from station.domain import Decision
from ui.history import History
from ui.painting import paint_sign


class SignLabel(QWidget):
    """A decision's sign, as large as a line of text."""

    def __init__(self, decision: Decision, side_px: int) -> None:
        super().__init__()
        self._decision = decision
        self.setFixedSize(side_px, side_px)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        paint_sign(painter, self._decision, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()


class Counters(QWidget):
    """Parts in, and one number for each decision."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setColumnStretch(1, 1)
        self._total = self._row(grid, 0, None, "Parts in")
        self._labels = {
            decision: self._row(grid, row, decision, decision.value)
            for row, decision in enumerate(Decision, start=1)
        }

    def show_counts(self, history: History) -> None:
        """Take over the counts of all parts."""
        self._total.setText(str(history.total))
        for decision, label in self._labels.items():
            label.setText(str(history.count(decision)))

    def shown(self) -> dict[str, int]:
        """What a person reads: "in", and each decision's word."""
        numbers = {d.value: int(label.text()) for d, label in self._labels.items()}
        return {"in": int(self._total.text()), **numbers}

    @staticmethod
    def _row(grid: QGridLayout, row: int, decision: Decision | None, text: str) -> QLabel:
        if decision is not None:
            grid.addWidget(SignLabel(decision, 22), row, 0)
        grid.addWidget(QLabel(text), row, 1)
        number = QLabel("0")
        number.setObjectName("number")
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        number.setAccessibleName(text)
        grid.addWidget(number, row, 2)
        return number
