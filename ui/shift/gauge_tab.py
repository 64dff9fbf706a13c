"""Gauge R&R: a study planned, laid down part by part, and its result."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from station.errors import ConfigError
from station.sayings import Severity
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.shift.gauge_form import GaugeForm
from ui.shift.gauge_result import GaugeBars, headline, lines
from ui.shift.gauging import Gauging
from ui.shift.instruction import Instruction, InstructionPanel, stopped
from ui.shift.key_row import KeyRow
from ui.shift.wordings import value_word
from ui.wording import decision_word, moment

BUTTONS = (
    ("begin", mark("Begin the study (B)"), "primary"),
    ("back", mark("The last one does not count (Backspace)"), ""),
    ("stop", mark("Rest (X)"), ""),
    ("page", mark("Report (P)"), ""),
    ("give_up", mark("Give it up (Shift+X)"), ""),
)


class GaugeTab(QWidget):
    """The form and the last result; while a study is under way, what to lay down."""

    def __init__(self, desk: Desk, gauging: Gauging) -> None:
        super().__init__()
        self._desk, self._gauging = desk, gauging
        self.form, self.instruction, self.bars = GaugeForm(), InstructionPanel(), GaugeBars()
        self.head, self.text = QLabel(), QLabel()
        self.keys = KeyRow(BUTTONS)
        self.buttons = self.keys.buttons
        self._build()
        gauging.changed.connect(self.refresh)
        self.retranslate()

    def _build(self) -> None:
        self.head.setObjectName("title")
        for label in (self.head, self.text):
            label.setWordWrap(True)
        result = QFrame()
        result.setObjectName("panel")
        down = QVBoxLayout(result)
        for widget, stretch in ((self.head, 0), (self.bars, 1), (self.text, 0)):
            down.addWidget(widget, stretch)
        down.addStretch(0)
        roll = QScrollArea()
        roll.setWidgetResizable(True)
        roll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        roll.setWidget(result)
        left = QVBoxLayout()
        left.addWidget(self.instruction, 1)
        left.addWidget(self.form)
        across = QHBoxLayout()
        across.addLayout(left, 3)
        across.addWidget(roll, 3)
        whole = QVBoxLayout(self)
        whole.addLayout(across, 1)
        whole.addLayout(self.keys)

    def begin(self) -> None:
        """Begin what the form says, or go on with what rests."""
        if self._gauging.running:
            return
        if self._gauging.study is not None:
            if not self._gauging.go_on():
                self._busy()
            return
        try:
            plan = self.form.plan()
        except ConfigError as error:
            self._desk.tell(str(error), Severity.WARNING)
            (self.form.operators if not self.form.operators.text() else self.form.parts).setFocus()
            return
        if not self._gauging.begin(plan):
            self._busy()

    def _busy(self) -> None:
        self._desk.tell(tr("The line is busy with golden parts or a study: end that first."))

    def retranslate(self) -> None:
        """The language changed."""
        self.form.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what is so now."""
        gauging = self._gauging
        study, running = gauging.study, gauging.running
        self.instruction.show_instruction(self._instruction())
        self.form.setVisible(study is None)
        for name, shown in {
            "page": not running and bool(gauging.kept),
            "begin": not running, "back": running, "stop": running,
            "give_up": study is not None and not running,
        }.items():  # fmt: skip
            self.buttons[name].setVisible(shown)
        self.buttons["begin"].setEnabled(gauging.loaded and not gauging.saving)
        self.buttons["back"].setEnabled(study is not None and bool(study.placed))
        if study is None:
            say(self.buttons["begin"].setText, "Begin the study (B)")
        else:
            say(self.buttons["begin"].setText, "Go on with the study (B)")
        for widget in (self.keys.progress, self.keys.done_so_far):
            widget.setVisible(study is not None)
        if study is not None:
            self.keys.progress.setRange(0, study.plan.total)
            self.keys.progress.setValue(len(study.placed))
            text = tr("{done} of {count}", done=len(study.placed), count=study.plan.total)
            self.keys.done_so_far.setText(text)
        self._refresh_result()

    def _refresh_result(self) -> None:
        kept = self._gauging.kept[-1] if self._gauging.kept else None
        self.bars.show_gauge(None if kept is None else kept.findings.gauge)
        if kept is None:
            self.head.setText(tr("No study is finished yet"))
            self.head.setStyleSheet("")
            self.text.setText(
                tr(
                    "A usual study: 10 parts that span the process, 3 operators, 3 rounds. Each "
                    "operator lays down every part in every round, in an order that the bench "
                    "tells. The result says how much of the spread is the gauge's own."
                )
            )
            return
        text, tone = headline(kept)
        self.head.setText(text)
        self.head.setObjectName(tone if tone in ("good", "bad") else "title")
        style = self.head.style()
        if style is not None:
            style.polish(self.head)
        when = tr("Noted {time}.", time=moment(kept.at, seconds=False))
        self.text.setText("\n".join([*lines(kept), when]))

    def _instruction(self) -> Instruction:
        gauging = self._gauging
        study = gauging.study
        if gauging.saving:
            return Instruction(tr("Gauge study"), tr("Noting the result…"))
        if gauging.failure and study is None:
            return Instruction(tr("The studies cannot be read"), "", tr(gauging.failure))
        if study is None:
            return Instruction(
                tr("Gauge R&R"), tr("Press B to begin"),
                tr("How far is the same part, laid down again, measured and decided alike?"),
            )  # fmt: skip
        turn = study.wanted
        if turn is None or not gauging.running:
            return Instruction(
                tr("A study rests"), tr("Press B to go on"), tr(gauging.trouble) or study.lot
            )
        if gauging.stopped:
            return stopped(gauging.stopped)
        where = tr("Round {number} of {count}.", number=turn.trial + 1, count=study.plan.trials)
        last = study.placed[-1] if study.placed else None
        if gauging.trouble:
            where = tr(gauging.trouble)
        elif last is not None:
            value = value_word(study.plan.measure, last.value)
            where += " " + tr("Last: {verdict}, {value}.", verdict=decision_word(last.decision),
                              value=value)  # fmt: skip
        where = f"{where} {gauging.hint}".strip()
        head = tr("{operator}: lay down", operator=turn.operator)
        return Instruction(head, turn.part.name, where, tone="accent", lay=True)
