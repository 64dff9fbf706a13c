"""How many parts of the lot came in, and what became of them: the numbers add up."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from station.domain import Decision
from ui.language import mark, say
from ui.live.lot_count import LotCount
from ui.painting import paint_sign
from ui.wording import DECISIONS, number, percent, since_word


class SignLabel(QWidget):
    """A decision's sign, as large as a line of text."""

    def __init__(self, decision: Decision, side_px: int) -> None:
        super().__init__()
        self._decision = decision
        self.setFixedSize(side_px, side_px)

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        paint_sign(painter, self._decision, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()


class Counters(QFrame):
    """Parts in, one number for each decision, and the yield."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        self.head, self._total = _cell(grid, 0, None, mark("Parts in"))
        self._labels = {
            decision: _cell(grid, at, decision, DECISIONS[decision])[1]
            for at, decision in enumerate(Decision, start=1)
        }
        self._yield = _cell(grid, 5, None, mark("Yield"))[1]

    def show_counts(self, counts: LotCount) -> None:
        """Take over the counts of the lot."""
        if counts.lot is None:
            say(self.head.setText, "Parts in since {time}", time=since_word(counts.since))
        else:
            say(self.head.setText, "Parts in")
        self._total.setText(number(counts.total))
        for decision, label in self._labels.items():
            label.setText(number(counts.count(decision)))
        self._yield.setText(percent(counts.passed_share))

    def shown(self) -> dict[str, str]:
        """What a person reads: `in`, each decision's value, `yield`."""
        numbers = {d.value: label.text() for d, label in self._labels.items()}
        return {"in": self._total.text(), **numbers, "yield": self._yield.text()}


def _cell(
    grid: QGridLayout, at: int, decision: Decision | None, name: str
) -> tuple[QLabel, QLabel]:
    """What it counts, and the number."""
    row, column = divmod(at, 3)
    above = QHBoxLayout()
    above.setSpacing(6)
    if decision is not None:
        above.addWidget(SignLabel(decision, 20))
    label, value = QLabel(), QLabel("0")
    label.setObjectName("quiet")
    value.setObjectName("number")
    value.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    say(label.setText, name)
    say(value.setAccessibleName, name)
    above.addWidget(label)
    above.addStretch(1)
    cell = QVBoxLayout()
    cell.setSpacing(0)
    cell.addLayout(above)
    cell.addWidget(value)
    grid.addLayout(cell, row, column)
    grid.setColumnStretch(column, 1)
    return label, value
