"""The start of a shift: golden parts before production, and gauge studies."""

from __future__ import annotations

from typing import ClassVar

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QDialog, QMessageBox, QTabWidget, QVBoxLayout
from typing_extensions import override

from station.person import Role
from station.sayings import Severity
from ui.actions import ActionRow, install
from ui.desk import Desk
from ui.language import mark, tr
from ui.shift.check_tab import CheckTab
from ui.shift.checking import Checking
from ui.shift.gauge_tab import GaugeTab
from ui.shift.gauging import Gauging
from ui.shift.golden_tab import GoldenTab
from ui.shift.override_dialog import OverrideDialog
from ui.shift.run import LineRun
from ui.shift.state_bar import StateBar
from ui.shift.taking import TakingUp
from ui.view import View

LOOK_AGAIN_MS = 30_000
"""A check runs out while nobody does anything."""
TABS = (mark("Check"), mark("Golden parts"), mark("Gauge R&&R"))


class ShiftView(View):
    """Check, golden parts, gauge R&R."""

    ACTIONS: ClassVar[tuple[ActionRow, ...]] = (
        ActionRow("start", mark("Start the check of golden parts"), "S", lambda v: v.start()),
        ActionRow("skip", mark("The part is not there: go on"), "N", lambda v: v.checking.skip()),
        ActionRow("stop", mark("End the check, or the study, here"), "X", lambda v: v.stop()),
        ActionRow(
            "override", mark("Override the lock, with a reason"), "O",
            lambda v: v.ask_override(), Role.SUPERVISOR,
        ),
        ActionRow(
            "take", mark("Take up a golden part"), "T", lambda v: v.take_up(), Role.SUPERVISOR
        ),
        ActionRow(
            "retire", mark("Retire the chosen golden part"), "Del", lambda v: v.retire(),
            Role.SUPERVISOR,
        ),
        ActionRow("begin", mark("Begin the gauge study, or go on"), "B", lambda v: v.begin_study()),
        ActionRow(
            "back", mark("The last placement of the study does not count"), "Backspace",
            lambda v: v.gauging.take_back(),
        ),
        ActionRow(
            "give_up", mark("Give the gauge study up"), "Shift+X", lambda v: v.give_up_study()
        ),
        ActionRow(
            "page", mark("Write the last study's report"), "P", lambda v: v.gauging.write_page()
        ),
        ActionRow(
            "press", mark("The part lies there: inspect it"), "Space", lambda v: v.line.press()
        ),
        ActionRow("check", mark("Show the check"), "C", lambda v: v.show_tab(0)),
        ActionRow("golden", mark("Show the golden parts"), "G", lambda v: v.show_tab(1)),
        ActionRow("gauge", mark("Show the gauge study"), "R", lambda v: v.show_tab(2)),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.line = LineRun(desk)
        self.checking = Checking(desk, self.line)
        self.state_bar, self.tabs = StateBar(), QTabWidget()
        self.taking = TakingUp(desk, self.line)
        self.check_tab = CheckTab(self.checking)
        self.golden_tab = GoldenTab(desk, self.checking, self.taking)
        self.gauging = Gauging(desk, self.line)
        self.gauge_tab = GaugeTab(desk, self.gauging)
        self.override_dialog: OverrideDialog | None = None
        self.tabs.setDocumentMode(True)
        bar = self.tabs.tabBar()
        if bar is not None:
            bar.setDrawBase(False)
        for tab in (self.check_tab, self.golden_tab, self.gauge_tab):
            self.tabs.addTab(tab, "")
        down = QVBoxLayout(self)
        down.addWidget(self.state_bar)
        down.addWidget(self.tabs, 1)
        self.actions_by_key = install(self, self.ACTIONS)
        for name, button in self.check_tab.buttons.items():
            button.clicked.connect(self.actions_by_key[name].trigger)
        for name, button in (
            ("take", self.golden_tab.take), ("retire", self.golden_tab.retire),
            ("stop", self.golden_tab.stop), *self.gauge_tab.buttons.items(),
        ):  # fmt: skip
            button.clicked.connect(self.actions_by_key[name].trigger)
        self.golden_tab.pictures.connect(self.gauge_tab.form.show_pictures)
        self.taking.taken.connect(self.checking.load)
        self.taking.changed.connect(self.refresh)
        self.gauging.changed.connect(self.refresh)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_AGAIN_MS)
        self._timer.timeout.connect(self._look_again)
        self.checking.changed.connect(self.refresh)
        desk.changed.connect(self._desk_changed)
        self.retranslate()

    # What keys and buttons do ------------------------------------------------------------------

    def start(self) -> None:
        """Begin a check."""
        self.show_tab(0)
        if self.line.running:
            self.desk.tell(tr("The line is busy with golden parts or a study: end that first."))
            return
        self.checking.start()

    def stop(self) -> None:
        """End what is under way."""
        if self.checking.session is not None:
            self.checking.stop()
        self.taking.stop()
        self.gauging.rest()

    def begin_study(self) -> None:
        """Begin or go on."""
        self.show_tab(2)
        self.gauge_tab.begin()

    def give_up_study(self) -> None:
        """Ask before a study that rests is given up."""
        if self.gauging.study is None or self.gauging.running:
            return
        answer = QMessageBox.question(
            self,
            tr("Give the study up?"),
            tr("Its placements stay in the database, but it cannot be gone on with."),
        )
        if answer == QMessageBox.StandardButton.Yes:
            self.gauging.give_up(self.desk.operator or tr("Nobody signed in"))

    def take_up(self) -> None:
        """Begin to take up what the form says."""
        self.show_tab(1)
        self.golden_tab.take_up()

    def retire(self) -> None:
        """Show the chosen golden part no more."""
        if self.tabs.currentIndex() == 1:
            self.golden_tab.retire_chosen()

    def show_tab(self, index: int) -> None:
        """0 check, 1 golden parts, 2 gauge."""
        self.tabs.setCurrentIndex(index)

    def ask_override(self) -> None:
        """Ask a supervisor for the reason."""
        config = self.desk.config
        if config is None or self.override_dialog is not None:
            return
        if not self.desk.may(Role.SUPERVISOR):
            self.desk.tell(tr("A supervisor must sign in for that."), Severity.WARNING)
            return
        if not config.shift.required:
            self.desk.tell(tr("Nothing is locked: no check is asked for on this bench."))
            return
        name = None if self.desk.person is None else self.desk.person.name
        dialog = OverrideDialog(self, name, config.shift.override_h)
        dialog.finished.connect(self._override_answered)
        self.override_dialog = dialog
        dialog.open()

    def _override_answered(self, result: int) -> None:
        dialog, self.override_dialog = self.override_dialog, None
        if dialog is None:
            return
        if result == QDialog.DialogCode.Accepted:
            self.checking.override(*dialog.answer)
        dialog.deleteLater()

    # The page's life ---------------------------------------------------------------------------

    @override
    def entered(self) -> None:
        """The page comes into sight."""
        self._timer.start()
        self.checking.load()
        self.golden_tab.entered()
        self.gauging.load()
        self.check_tab.buttons["start"].setFocus()

    @override
    def left(self) -> None:
        """Another page comes into sight, or the window closes: production gets its line back."""
        self._timer.stop()
        self.stop()

    @override
    def may_leave(self) -> bool:
        """A check under way would be noted as failed."""
        if self.checking.session is None or not self.checking.session.placements:
            return True
        answer = QMessageBox.question(
            self,
            tr("A check is under way"),
            tr("Leaving the page ends the check, and notes it as failed. Leave?"),
        )
        return answer == QMessageBox.StandardButton.Yes

    @override
    def retranslate(self) -> None:
        """The language changed."""
        for index in range(self.tabs.count()):
            self.tabs.setTabText(index, tr(TABS[index]))
        self.check_tab.findings.retranslate()
        self.check_tab.refresh()
        self.golden_tab.retranslate()
        self.gauge_tab.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what is so now."""
        now, session = self.checking.now, self.checking.session
        self.state_bar.show_state(None if now is None else now.state, self.checking.failure)
        busy = self.line.running or self.checking.saving
        # Else the space bar presses the button that has the keyboard.
        self.actions_by_key["press"].setEnabled(self.line.is_asked)
        can = {
            "start": not busy and now is not None and not now.golden.lack,
            "skip": session is not None,
            "stop": session is not None,
            "override": not busy and self.desk.may(Role.SUPERVISOR) and self._is_required(),
        }
        for name, allowed in can.items():
            self.check_tab.buttons[name].setEnabled(allowed)
            self.check_tab.buttons[name].setVisible(
                {"skip": busy, "stop": busy, "start": not busy, "override": not busy}[name]
            )

    def _desk_changed(self) -> None:
        for tab in (self.check_tab, self.golden_tab, self.gauge_tab):
            tab.refresh()
        self.refresh()

    def _is_required(self) -> bool:
        return self.desk.config is not None and self.desk.config.shift.required

    def _look_again(self) -> None:
        if not self.line.running and not self.checking.saving:
            self.checking.load()
