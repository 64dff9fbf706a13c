"""What is to be studied: parts, operators, rounds, the measure and its tolerance."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from station.errors import ConfigError
from station.gauge.study import MEASURES, MOST_TRIALS, GaugePart, Plan, parts_of
from ui.language import mark, say, tr
from ui.shift.wordings import measure_word

USUAL_PARTS, USUAL_TRIALS = 10, 3


class GaugeForm(QWidget):
    """Makes a Plan."""

    def __init__(self) -> None:
        super().__init__()
        self.parts, self.operators = QLineEdit(), QLineEdit()
        self.trials, self.tolerance = QSpinBox(), QDoubleSpinBox()
        self.measure = QComboBox()
        self._pictures: tuple[str, ...] = ()
        self.trials.setRange(2, MOST_TRIALS)
        self.trials.setValue(USUAL_TRIALS)
        self.tolerance.setRange(0.0, 1000.0)
        self.tolerance.setDecimals(3)
        self.tolerance.setSingleStep(0.05)
        self.measure.addItems([""] * len(MEASURES))
        self.parts.setText(", ".join(f"P{n}" for n in range(1, USUAL_PARTS + 1)))
        say(self.parts.setPlaceholderText, "P1, P2, P3")
        say(self.operators.setPlaceholderText, "names, with commas between")
        say(
            self.parts.setToolTip,
            "Names with commas between. A + after a name: known good; a - : known bad. One part "
            "and one operator make a study of repeatability alone (Cg).",
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        for text, field in (
            (mark("Parts"), self.parts),
            (mark("Operators"), self.operators),
            (mark("Rounds"), self.trials),
            (mark("Measure"), self.measure),
            (mark("Tolerance"), self.tolerance),
        ):
            label = QLabel()
            say(label.setText, text)
            label.setBuddy(field)
            form.addRow(label, field)
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed."""
        for index, name in enumerate(MEASURES):
            self.measure.setItemText(index, measure_word(name))
        self.tolerance.setSpecialValueText(tr("none: against the total variation"))

    def show_pictures(self, names: tuple[str, ...]) -> None:
        """Of a simulated bench: its pictures are the parts."""
        self._pictures = names

    def plan(self) -> Plan:
        """What was said. Raises ConfigError where it cannot be studied."""
        operators = tuple(n for n in map(str.strip, self.operators.text().split(",")) if n)
        if not operators:
            raise ConfigError(tr("Say who lays the parts down: give one name or more."))
        parts = parts_of(self.parts.text())
        if self._pictures:
            parts = tuple(self._shown(index, part) for index, part in enumerate(parts))
        width = self.tolerance.value()
        measure = MEASURES[self.measure.currentIndex()]
        return Plan(parts, operators, self.trials.value(), measure, width or None)

    def _shown(self, index: int, part: GaugePart) -> GaugePart:
        return replace(part, picture=self._pictures[index % len(self._pictures)])
