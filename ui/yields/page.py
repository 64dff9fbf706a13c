"""The page of the yield: how good, how steady, why not, and how sure that is."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

from PyQt6.QtCore import Qt, QTimer, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from station.errors import ConfigError
from station.figures.yields import YieldFacts
from station.sayings import Severity
from ui.actions import ActionRow
from ui.charts.note import Note
from ui.charts.panel import Panel
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.view import View
from ui.wording import moment, number
from ui.yields import fill
from ui.yields.asking import Answer, ask_figures, lots_met
from ui.yields.choice import Choice
from ui.yields.paper.job import ReportJob
from ui.yields.paper.place import ask_for_path, proposed_path
from ui.yields.rows import ROWS
from ui.yields.tiles import Tiles

REFRESH_MS = 4000
"""Least time between two countings while parts come in; ten times what one takes, if more."""
PANELS = {
    "p_chart": (mark("p-chart"), mark("Alone, or all again (1)")),
    "pareto": (mark("Pareto"), mark("Alone, or all again (2)")),
    "slots": (mark("Verdicts by the hour"), mark("Alone, or all again (3)")),
    "scores": (mark("Defect probability"), mark("Alone, or all again (4)")),
    "truth": (mark("Against people's word"), mark("Alone, or all again (5)")),
}
PLACES = {
    "p_chart": (0, 0, 1, 4), "pareto": (0, 4, 1, 2), "slots": (1, 0, 1, 2), "scores": (1, 2, 1, 2),
    "truth": (1, 4, 1, 2),
}  # fmt: skip
WHOLE = (0, 0, 2, 6)


class YieldView(View):
    """Asks for figures of what is chosen, and shows them."""

    history_wanted = pyqtSignal(object)
    """A HistoryQuery: the parts behind a bar or point."""

    ACTIONS: ClassVar[tuple[ActionRow, ...]] = ROWS

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.options = fill.Options()
        self.facts: YieldFacts | None = None
        self._number = 0
        self._took_s = 0.0
        self._counted_at: datetime | None = None
        self._stop = threading.Event()
        self._alone: str | None = None
        self._are_tables = False
        self._lot_here: str | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.reload)
        self.choice, self.tiles, self.state = Choice(), Tiles(), Note(lines=2)
        self.panels = {key: Panel(*texts) for key, texts in PANELS.items()}
        self._lay_out()
        self.choice.changed.connect(self.reload)
        desk.decided.connect(self._part_came)
        desk.changed.connect(self._desk_changed)
        for key, panel in self.panels.items():
            panel.enlarged.connect(partial(self.enlarge, key))
            panel.canvas.picked.connect(self.history_wanted)
        self.panels["truth"].note.is_extra = True
        self.state.stays = True
        self.last_report: Path | None = None
        self.job = ReportJob(desk, self)
        self.job.progressed.connect(self.state.say)
        self.job.finished.connect(self._report_written)
        self.job.failed.connect(self._report_failed)
        self._empty(tr("Counting…"))

    def _lay_out(self) -> None:
        self.table_button, self.report_button = QPushButton(), QPushButton()
        self.open_button = QPushButton()
        self.open_button.hide()
        say(self.open_button.setText, "View (V)")
        self.open_button.clicked.connect(self.open_report)
        self.table_button.setCheckable(True)
        say(self.table_button.setText, "Tables (T)")
        say(self.report_button.setText, "PDF report (P)")
        self.table_button.clicked.connect(self.turn_tables)
        self.report_button.clicked.connect(self.report)
        top = QHBoxLayout()
        top.addWidget(self.choice)
        top.addWidget(self.state, 1)
        top.addWidget(self.table_button)
        top.addWidget(self.report_button)
        top.addWidget(self.open_button)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        for key, panel in self.panels.items():
            self._grid.addWidget(panel, *PLACES[key])
        for column in range(6):
            self._grid.setColumnStretch(column, 1)
        for row in range(2):
            self._grid.setRowStretch(row, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 8, 10, 6)
        box.setSpacing(6)
        box.addLayout(top)
        box.addWidget(self.tiles)
        self.message = QLabel()
        self.message.setObjectName("title")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        charts = QWidget()
        charts.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._body = QStackedLayout()
        self._body.addWidget(charts)
        self._body.addWidget(self.message)
        box.addLayout(self._body, 1)

    @override
    def entered(self) -> None:
        """The figures as they are now; first those of the lot in hand."""
        lot = self.desk.lot
        if self._number == 0 and lot:
            self._lot_here = lot
            self.choice.show_lot(lot)
        self.desk.ask_store(lots_met, self._lots_came)
        self.reload()

    @override
    def left(self) -> None:
        """Nobody looks: no question stays open."""
        self._stop.set()
        self._timer.stop()

    @override
    def retranslate(self) -> None:
        """Everything but the titles is said anew."""
        if self.facts is not None:
            self._show(self.facts)
        elif self._number:
            self.reload()

    def reload(self) -> None:
        """Count what is chosen, off the window's thread."""
        self._timer.stop()
        self._stop.set()
        self._number += 1
        config = self.desk.config
        if config is None:
            self._empty(tr("No station is set up yet: choose a camera and a model first."))
            return
        try:
            query = self.choice.query()
        except ConfigError as error:
            self._empty(str(error))
            return
        self.state.say(tr("Counting…"))
        self._stop = threading.Event()
        question = partial(ask_figures, self._number, query, config.policy, self._stop)
        self.desk.ask_store(question, self._arrived, self._empty)

    def enlarge(self, key: str) -> None:
        """One panel alone, or all of them again."""
        self._alone = None if self._alone == key else key
        for name, panel in self.panels.items():
            self._grid.removeWidget(panel)
            panel.setVisible(self._alone in (None, name))
            panel.note.show_whole(self._alone == name)
            if self._alone in (None, name):
                self._grid.addWidget(panel, *(PLACES[name] if self._alone is None else WHOLE))

    def turn_tables(self) -> None:
        """The charts' numbers as tables, or the charts again."""
        self._are_tables = not self._are_tables
        self.table_button.setChecked(self._are_tables)
        for panel in self.panels.values():
            panel.show_table(self._are_tables)

    def turn(self, **changes: bool) -> None:
        """Charts in another way."""
        self.options = replace(self.options, **changes)
        if self.facts is not None:
            self._show(self.facts)

    def report(self) -> None:
        """The report of the lot, or of all parts, as a file where the person says."""
        config = self.desk.config
        if config is None or self.job.is_busy:
            return
        if not self.choice.is_whole:
            self.desk.tell(
                tr("A report is of one lot, or of all parts: choose Lot (O) or All (A) first."),
                Severity.WARNING,
            )
            return
        lot = self.choice.lot_name
        path = ask_for_path(self, proposed_path(config, lot, datetime.now()))
        if path is not None:
            self.job.start(lot, path)

    def open_report(self) -> None:
        """The last report, in the program that this computer reads PDF files with."""
        if self.last_report is None:
            self.desk.tell(tr("No report was written yet: P writes one."), Severity.INFO)
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.last_report))):
            said = tr("No program here opens PDF files. It is {path}.", path=self.last_report)
            self.desk.tell(said, Severity.WARNING)

    def _report_written(self, path: Path) -> None:
        self.last_report = path
        self.open_button.setVisible(True)
        self.desk.tell(tr("The report is in {path}. V opens it.", path=path))
        self.state.say(tr("Report written: {path}", path=path))

    def _report_failed(self, why: str) -> None:
        self.state.say("")
        self.desk.tell(why, Severity.ERROR)

    def _part_came(self, _seen: object) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(max(REFRESH_MS, round(10_000 * self._took_s)))

    def _desk_changed(self) -> None:
        lot = self.desk.lot
        if lot == self._lot_here:
            return
        follows = self.choice.lot_name == self._lot_here
        self._lot_here = lot
        if lot is not None and follows:
            self.choice.show_lot(lot)
            if self.isVisible():
                self.reload()

    def _lots_came(self, names: object) -> None:
        assert isinstance(names, tuple)
        self.choice.show_lots(names)

    def _arrived(self, answer: Answer) -> None:
        if answer.number != self._number:
            return
        self._took_s = answer.took_s
        if answer.trouble:
            self._empty(answer.trouble)
        elif answer.facts is not None:
            is_new = answer.facts != self.facts
            self.facts = answer.facts
            self._counted_at = datetime.now().astimezone()
            self._say_state(answer.facts)
            if is_new:
                self._show(answer.facts)

    def _show(self, facts: YieldFacts) -> None:
        self._say_state(facts)
        if not facts.parts_in and not facts.total:
            self._empty(self._nothing())
            return
        if not facts.total:
            self._empty(tr("No part has a verdict yet."))
            self.tiles.show_facts(facts)
            return
        self._body.setCurrentIndex(0)
        self.message.clear()
        self.tiles.show_facts(facts)
        fill.fill_p_chart(self.panels["p_chart"], facts)
        fill.fill_pareto(self.panels["pareto"], facts, self.options)
        fill.fill_slots(self.panels["slots"], facts)
        fill.fill_scores(self.panels["scores"], facts, self.options)
        fill.fill_truth(self.panels["truth"], facts)

    def _say_state(self, facts: YieldFacts) -> None:
        count, when = number(facts.total), moment(self._counted_at)
        self.state.say(tr("{count} parts, counted at {when}", count=count, when=when))

    def _nothing(self) -> str:
        if self.choice.lot_name is not None:
            return tr(
                "No part came in under the lot {lot}. Check its name, or choose another time.",
                lot=self.choice.lot_name,
            )
        return tr("No part came in then. Inspect parts, or choose another time or All (A).")

    def _empty(self, message: str) -> None:
        self.facts = None
        self.tiles.clear()
        self.state.say("")
        say(self.message.setText, message)
        self._body.setCurrentIndex(1)
