"""The check: what to lay down, what came of it, and how the bench wandered before."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from station.domain import Decision
from station.shift.check import Placement
from station.shift.golden import GoldenPart
from station.shift.session import PartResult
from station.shift.state import OVERRIDDEN, PASSED
from ui.language import mark, say, tr
from ui.shift.checking import Checking
from ui.shift.drift_panel import DriftPanel
from ui.shift.findings import FindingsPanel
from ui.shift.instruction import Instruction, InstructionPanel, stopped
from ui.shift.key_row import KeyRow
from ui.shift.part_list import PartList, kind_word
from ui.shift.result_strip import ResultStrip
from ui.shift.wordings import CAUSES
from ui.wording import moment

BUTTONS = (
    ("start", mark("Start the check (S)"), "primary"),
    ("skip", mark("Not there: go on (N)"), ""),
    ("stop", mark("End the check (X)"), ""),
    ("override", mark("Override the lock (O)"), ""),
)


class CheckTab(QWidget):
    """Shows what a Checking knows; its buttons are connected by the page."""

    def __init__(self, checking: Checking) -> None:
        super().__init__()
        self._checking = checking
        self.instruction, self.findings = InstructionPanel(), FindingsPanel()
        self.parts, self.drift = PartList(), DriftPanel()
        self.drift_note, self.result = QLabel(), ResultStrip()
        self.keys = KeyRow(BUTTONS)
        self.buttons = self.keys.buttons
        self._build()
        checking.changed.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        self._grid = grid = QGridLayout()
        grid.addWidget(self.instruction, 0, 0)
        grid.addWidget(self.result, 1, 0)
        grid.addWidget(self.findings, 2, 0)
        side = QFrame()
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        self.roll = QScrollArea()
        self.roll.setWidgetResizable(True)
        self.roll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.roll.setWidget(self.parts)
        right.addWidget(self.roll, 3)
        self.drift_title = title = QLabel()
        say(title.setText, "Since the golden parts were taken up")
        title.setObjectName("quiet")
        title.setWordWrap(True)
        self.drift_note.setWordWrap(True)
        self.drift_note.setObjectName("bad")
        right.addSpacing(8)
        right.addWidget(title)
        right.addWidget(self.drift, 4)
        right.addWidget(self.drift_note)
        grid.addWidget(side, 0, 1, 3, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        grid.setRowStretch(0, 3)
        grid.setRowStretch(2, 2)
        down = QVBoxLayout(self)
        down.addLayout(grid, 1)
        down.addLayout(self.keys)

    def refresh(self) -> None:
        """Show what is so now."""
        checking = self._checking
        session, now = checking.session, checking.now
        self.instruction.show_instruction(self._instruction())
        self.result.show_result(checking.last)
        self.findings.show_result(checking.last)
        self.findings.setVisible(checking.last is not None)
        self._grid.setRowStretch(2, 0 if checking.last is None else 2)
        wanted = "" if session is None or session.wanted is None else session.wanted.name
        if session is not None:
            results = session.results
        elif now is not None:
            results = tuple(PartResult(part, self._last_of(part.name)) for part in now.golden.parts)
        else:
            results = ()
        self.parts.show_results(results, wanted)
        self.drift.show_drifts(() if now is None else now.drifts)
        told = [] if now is None else [tr(CAUSES[d.cause]) for d in now.drifts if d.cause]
        self.drift_note.setText(" ".join(dict.fromkeys(told[:2])))
        idle = session is None
        self.drift_note.setVisible(idle and bool(told))
        self.drift_title.setVisible(idle)
        self.drift.setVisible(idle)
        self._refresh_progress()

    def _refresh_progress(self) -> None:
        session = self._checking.session
        self.keys.progress.setVisible(session is not None)
        self.keys.done_so_far.setVisible(session is not None)
        if session is not None:
            count = len(session.golden.parts)
            self.keys.progress.setRange(0, count)
            self.keys.progress.setValue(session.done)
            form = tr("{done} of {count} golden parts", done=session.done, count=count)
            self.keys.done_so_far.setText(form)

    def _last_of(self, name: str) -> tuple[Placement, ...]:
        """Placements of the last check."""
        outcome, now = self._checking.outcome, self._checking.now
        if outcome is None and now is not None:
            outcome = next((check for check in reversed(now.checks) if check.parts), None)
        found = () if outcome is None else outcome.parts
        return next((part.placements for part in found if part.name == name), ())

    def _instruction(self) -> Instruction:
        checking = self._checking
        session, now = checking.session, checking.now
        if checking.saving:
            return Instruction(tr("The check is over"), tr("Noting the result…"))
        if session is not None and checking.trouble:
            return stopped(checking.trouble)
        if session is not None and session.wanted is not None:
            part = session.wanted
            placed = session.placements.get(part.name, ())
            head = tr("Lay down again") if placed else tr("Lay down")
            detail = " · ".join(
                text for text in (kind_word(part.good), part.note, checking.hint) if text
            )
            return Instruction(head, part.name, detail, lay=True, tone="accent")
        if checking.outcome is not None:
            return self._ended()
        if now is None:
            text = tr(checking.failure)
            head = tr("The golden parts cannot be read") if text else tr("One moment")
            return Instruction(head, "" if text else "…", text)
        if now.golden.lack:
            return Instruction(
                tr("No check can begin yet"),
                tr("Take up golden parts"),
                tr(
                    "A check needs one known good and one known bad part at least. A supervisor "
                    "takes them up on the page “Golden parts” (G)."
                ),
            )
        last = now.checks[-1] if now.checks else None
        detail = tr("Lay the golden parts ready: {names}.", names=_names(now.golden.parts))
        if last is not None:
            detail += " " + tr("Last: {time}.", time=moment(last.at, seconds=False))
        return Instruction(tr("Before the shift"), tr("Press S to start"), detail)

    def _ended(self) -> Instruction:
        check = self._checking.outcome
        assert check is not None
        if check.outcome == PASSED:
            return Instruction(
                tr("The check"), tr("Passed"), tr("All golden parts are as they were."),
                Decision.PASS, "good",
            )  # fmt: skip
        if check.outcome == OVERRIDDEN or not check.parts:
            return Instruction(tr("The check"), tr("Failed"), check.text, Decision.ERROR, "bad")
        wrong = ", ".join(part.name for part in check.parts if not part.ok)
        return Instruction(
            tr("The check"),
            tr("Failed"),
            tr("Not as it was: {names}. Do what it says below, then check again (S).", names=wrong),
            Decision.REJECT,
            "bad",
        )


def _names(parts: tuple[GoldenPart, ...]) -> str:
    return ", ".join(part.name for part in parts)
