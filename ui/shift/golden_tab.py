"""The golden parts: what is known of them, taking one up, retiring one."""

from __future__ import annotations

from datetime import datetime, timezone

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from station.errors import ConfigError
from station.person import Role
from station.sayings import Severity
from station.shift.golden import GoldenPart, is_expired
from station.shift.line import simulated_pictures
from station.shift.measures import KINDS, is_wide
from station.shift.settings import ShiftSettings
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.shift.checking import Checking
from ui.shift.golden_form import GoldenForm
from ui.shift.instruction import Instruction, InstructionPanel, stopped
from ui.shift.part_list import kind_word
from ui.shift.tables import plain_table
from ui.shift.taking import TakingUp
from ui.shift.wordings import measure_word, value_word
from ui.wording import moment, number

COLUMNS = (mark("Golden part"), mark("Known to be"), mark("Taken up"), mark("By"), mark("State"))
MEASURE_COLUMNS = (mark("Measure"), mark("Record"), mark("May differ by"))


class GoldenTab(QWidget):
    """A table, its measures, and the form."""

    pictures = pyqtSignal(tuple)
    """Names of the pictures that a simulated bench can lay down."""

    def __init__(self, desk: Desk, checking: Checking, taking: TakingUp) -> None:
        super().__init__()
        self._desk, self._checking, self._taking = desk, checking, taking
        self.table, self.measures = plain_table(len(COLUMNS)), plain_table(len(MEASURE_COLUMNS))
        self.form, self.instruction = GoldenForm(), InstructionPanel()
        self.take, self.retire, self.stop = QPushButton(), QPushButton(), QPushButton()
        self.trouble = QLabel()
        self._pictures_of: object = None
        self._build()
        self.table.itemSelectionChanged.connect(self._chosen)
        self.table.cellClicked.connect(self._asked_again)
        self.table.cellActivated.connect(self._asked_again)
        checking.changed.connect(self.refresh)
        taking.changed.connect(self.refresh)
        self.retranslate()

    def _build(self) -> None:
        say(self.take.setText, "Take up (T)")
        say(self.retire.setText, "Retire (Del)")
        say(self.stop.setText, "End here (X)")
        self.take.setObjectName("primary")
        self.trouble.setObjectName("bad")
        self.trouble.setWordWrap(True)
        self.empty = QLabel()
        self.empty.setObjectName("quiet")
        self.empty.setWordWrap(True)
        say(
            self.empty.setText,
            "No golden part was taken up yet. Take one known good and one known bad part that "
            "nobody sells, give each a name, and press T: the bench asks for several placements "
            "and learns what is usual.",
        )
        left, right, keys = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        left.addWidget(self.empty)
        left.addWidget(self.table, 3)
        left.addWidget(self.measures, 4)
        self.advice = QLabel()
        self.advice.setObjectName("bad")
        self.advice.setWordWrap(True)
        say(
            self.advice.setText,
            "Wide: the placements spread far, so that a fault may hide. Take the part up again, "
            "laid down with more care, or more often.",
        )
        left.addWidget(self.advice)
        keys.addWidget(self.retire)
        keys.addWidget(self.stop)
        keys.addWidget(self.take, 1)
        right.addWidget(self.instruction, 1)
        right.addWidget(self.form)
        right.addWidget(self.trouble)
        right.addLayout(keys)
        across = QHBoxLayout(self)
        across.addLayout(left, 3)
        across.addLayout(right, 2)

    # What keys and buttons do ------------------------------------------------------------------

    def take_up(self) -> None:
        """Begin with what the form says."""
        if self._taking.part is not None or not self._may():
            return
        try:
            part = self.form.part()
        except ConfigError as error:
            self._desk.tell(str(error), Severity.WARNING)
            self.form.name.setFocus()
            return
        if not self._taking.begin(part, self.form.by.text().strip()):
            self._desk.tell(tr("The line is busy with golden parts or a study: end that first."))

    def retire_chosen(self) -> None:
        """Show the chosen part no more."""
        part, by = self.chosen, self.form.by.text().strip()
        if part is None or not self._may():
            return
        if not by:
            self._desk.tell(tr("Give the supervisor's name."), Severity.WARNING)
            self.form.by.setFocus()
            return
        self._checking.retire(part.name, by)

    def _may(self) -> bool:
        if self._desk.may(Role.SUPERVISOR):
            return True
        self._desk.tell(tr("A supervisor must sign in for that."), Severity.WARNING)
        return False

    @property
    def chosen(self) -> GoldenPart | None:
        """The part whose row is chosen."""
        now, row = self._checking.now, self.table.currentRow()
        if now is None or not 0 <= row < len(now.golden.parts):
            return None
        return now.golden.parts[row]

    # What is shown -----------------------------------------------------------------------------

    def entered(self) -> None:
        """The page comes into sight: which pictures a simulated bench has."""
        config = self._desk.config
        if config is not None and self._pictures_of != (config.camera, config.bundle):
            self._pictures_of = (config.camera, config.bundle)
            self._desk.ask(lambda: simulated_pictures(config), self._found_pictures)

    def _found_pictures(self, names: tuple[str, ...]) -> None:
        self.form.show_pictures(names)
        self.pictures.emit(names)

    def retranslate(self) -> None:
        """The language changed."""
        self.table.setHorizontalHeaderLabels([tr(text) for text in COLUMNS])
        self.measures.setHorizontalHeaderLabels([tr(text) for text in MEASURE_COLUMNS])
        self.form.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what is so now."""
        taking, now = self._taking, self._checking.now
        person = self._desk.person
        self.form.show_person(None if person is None else person.name)
        busy = taking.part is not None
        may = self._desk.may(Role.SUPERVISOR)
        self.take.setEnabled(may and not busy and not taking.saving and now is not None)
        self.retire.setEnabled(may and not busy and self.chosen is not None)
        self.stop.setVisible(busy)
        self.form.setEnabled(may and not busy)
        self.trouble.setText(taking.refused)
        self.trouble.setVisible(bool(taking.refused))
        self.instruction.show_instruction(self._instruction())
        parts = () if now is None else now.golden.parts
        self.empty.setVisible(now is not None and not parts)
        self.table.setVisible(bool(parts))
        self.measures.setVisible(bool(parts))
        self._fill(parts)

    def _fill(self, parts: tuple[GoldenPart, ...]) -> None:
        row = self.table.currentRow()
        self.table.blockSignals(True)
        self.table.setRowCount(len(parts))
        for index, part in enumerate(parts):
            for column, text in enumerate(self._cells(part)):
                item = QTableWidgetItem(text)
                item.setToolTip("\n".join(t for t in (text, part.note) if t))
                self.table.setItem(index, column, item)
        self.table.blockSignals(False)
        if parts:
            self.table.selectRow(min(max(row, 0), len(parts) - 1))
        self._show_measures()

    def _cells(self, part: GoldenPart) -> tuple[str, ...]:
        now, config = self._checking.now, self._desk.config
        assert now is not None
        known = part.reference(now.bundle_sha256)
        if known is None:
            return part.name, kind_word(part.good), "–", "–", tr("not with this model")
        settings = ShiftSettings() if config is None else config.shift
        old = is_expired(known, datetime.now(timezone.utc), settings.references_days)
        state = tr("too old") if old else tr("valid")
        return part.name, kind_word(part.good), moment(known.at, seconds=False), known.by, state

    def _chosen(self) -> None:
        part = self.chosen
        self.retire.setEnabled(part is not None and self._desk.may(Role.SUPERVISOR))
        self._show_measures()

    def _asked_again(self, _row: int, _column: int) -> None:
        """Not where a row is chosen by the page itself: somebody may be typing."""
        part = self.chosen
        if part is not None and self._taking.part is None:
            self.form.show_part(part)

    def _show_measures(self) -> None:
        part, now = self.chosen, self._checking.now
        known = None if part is None or now is None else part.reference(now.bundle_sha256)
        found = {} if known is None else known.measures
        names = [name for name in KINDS if name in found]
        self.measures.setRowCount(len(names))
        wide = False
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, name in enumerate(names):
            each = found[name]
            texts = (
                measure_word(name),
                value_word(name, each.mean),
                value_word(name, each.tolerance),
            )
            for column, text in enumerate(texts):
                if column == 2:
                    text = f"± {text}"
                    if is_wide(name, each):
                        text = tr("{tolerance} (wide)", tolerance=text)
                        wide = True
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(int(right))
                self.measures.setItem(row, column, item)

        self.advice.setVisible(wide)

    def _instruction(self) -> Instruction:
        taking = self._taking
        if taking.saving:
            return Instruction(tr("Golden part"), tr("Learning…"))
        if taking.part is None:
            return Instruction(
                tr("Take up a golden part"),
                tr("Press T"),
                tr("Lay it down {count} times, lifted and laid down anew each time.",
                   count=number(self._count())),
            )  # fmt: skip
        if taking.stopped:
            return stopped(taking.stopped)
        done = len(taking.records)
        last = tr("Take it away, and lay it down again.") if done else ""
        last = f"{last} {taking.hint}".strip()
        return Instruction(
            tr("Lay down, {number} of {count}", number=done + 1, count=taking.count),
            taking.part.name, last, tone="accent", lay=True,
        )  # fmt: skip

    def _count(self) -> int:
        config = self._desk.config
        return (ShiftSettings() if config is None else config.shift).placements
