"""Learn: the parts that people decided, as the next training's set; exported, and trained on."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import ClassVar

from PyQt6.QtCore import QModelIndex
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout
from typing_extensions import override

from station.learning.candidates import Candidate, Gathered, Obstacle, ticked
from station.learning.export import Exported
from station.learning.fit_run import Training
from station.learning.handover import suggested_folder
from station.sayings import Review, Severity
from ui.actions import ActionRow
from ui.decide.exhibit import Exhibit, Pictures, pictures_of
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.learn.folder_row import FolderRow
from ui.learn.groups import GroupList
from ui.learn.questions import Leave, asks_to_close, asks_to_stop
from ui.learn.table import CandidateTable, table_of
from ui.learn.texts import hint, told
from ui.learn.training_panel import TrainingPanel
from ui.learn.work import Watched, Work
from ui.view import View
from ui.wording import decision_word
from ui.zoom import zoom_rows


class LearnView(View):
    """The candidates for training, and what is done with them."""

    ACTIONS: ClassVar[tuple[ActionRow, ...]] = (
        ActionRow("tick", mark("Take the chosen parts in, or out"), "I", lambda v: v.tick()),
        ActionRow("confirm", mark("Confirm the class"), "C", lambda v: v.confirm()),
        *(
            ActionRow(
                f"class{n}", mark("The class of that number"), str(n),
                lambda v, at=n - 1: v.name(at),  # type: ignore[misc]
            )
            for n in range(1, 10)
        ),
        ActionRow("group", mark("Next group"), "G", lambda v: v.groups.next_group()),
        ActionRow("export", mark("Export the training folder"), "E", lambda v: v.export()),
        ActionRow("train", mark("Train on the folder"), "T", lambda v: v.train()),
        ActionRow("stop", mark("Stop the training"), "X", lambda v: v.stop()),
        ActionRow("log", mark("Show the training's log"), "L", lambda v: v.panel.show_log.click()),
        ActionRow("heat", mark("Heat on or off"), "H", lambda v: v.exhibit.toggle_heat()),
        ActionRow("map", mark("Next map or picture"), "M", lambda v: v.exhibit.next_sight()),
        *zoom_rows(lambda v: v.exhibit.picture),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.work = Work(desk)
        self.gathered: Gathered | None = None
        self.groups, self.model = GroupList(), CandidateTable()
        self.table = table_of(self.model)
        self.exhibit, self.panel = Exhibit(), TrainingPanel()
        self.folder_row = FolderRow()
        self.folder, self.export_button = self.folder_row.folder, self.folder_row.export
        self.summary, self.hint, self.outcome = QLabel(), QLabel(), QLabel()
        self._exported: Exported | None = None
        self._failure = ""
        self._build()
        self._connect()

    # What keys and buttons do ------------------------------------------------------------------

    @property
    def chosen(self) -> list[Candidate]:
        """The chosen rows."""
        selection = self.table.selectionModel()
        rows = [] if selection is None else selection.selectedRows()
        found = (self.model.at(index) for index in rows)
        return [each for each in found if each is not None]

    def tick(self) -> None:
        """Take the chosen parts in; out, where all of them are in."""
        chosen = self.chosen
        if chosen:
            self._tick(chosen, any(each.obstacle is Obstacle.BY_HAND for each in chosen))

    def confirm(self) -> None:
        """Confirm the class that is guessed."""
        for each in self.chosen:
            if each.class_name is not None and not each.confirmed:
                self._name(each, each.class_name)

    def name(self, index: int) -> None:
        """Say which class the chosen parts are of."""
        for each in self.chosen:
            if index < len(each.choices) and each.choices[index] != each.class_name:
                self._name(each, each.choices[index])
            elif index < len(each.choices):
                self.confirm()

    def export(self) -> None:
        """Export what is taken into the folder."""
        folder = self.folder.text().strip()
        if self.desk.config is None or self.work.exporting or not folder:
            return
        self._failure, self._exported = "", None
        self.outcome.setText(tr("Cutting the parts out"))
        self.export_button.setEnabled(False)
        self.work.export(Path(folder).expanduser(), self.desk.operator)

    def train(self) -> None:
        """Train on the folder."""
        if self.panel.running or not self.panel.installed:
            return
        try:
            options = shlex.split(self.panel.options.text())
        except ValueError as error:
            self.desk.tell(tr("The options cannot be read: {why}", why=error), Severity.WARNING)
            return
        data = Path(self.folder.text().strip()).expanduser()
        self.work.train(data, options, self.desk.operator)

    def stop(self) -> None:
        """End the training, after a question."""
        training = self.panel.training
        if training is not None and self.panel.running and asks_to_stop(self):
            self.work.stop(training)

    # The page's life ---------------------------------------------------------------------------

    @override
    def entered(self) -> None:
        """The page comes into sight."""
        config = self.desk.config
        if config is not None:
            self.exhibit.picture.set_opacity(config.window.heat_opacity)
            self.folder.setText(self.folder.text() or str(suggested_folder(config)))
        self.work.gather()
        self.work.look()
        self.panel.watch(True)
        self.table.setFocus()
        self._refresh()

    @override
    def left(self) -> None:
        """Another page comes into sight; a training goes on."""
        self.panel.watch(False)

    @override
    def retranslate(self) -> None:
        """The language changed."""
        self.groups.retranslate()
        self.model.retranslate()
        self.panel.refresh()
        self.exhibit.refresh()
        self._refresh()

    @property
    def training(self) -> Training | None:
        """The training that runs; None: none does. For who closes the window."""
        return self.panel.training if self.panel.running else None

    def _connect(self) -> None:
        work = self.work
        work.gathered.connect(self._gathered)
        work.outrun.connect(self._outrun)
        work.cutting.connect(self._cutting)
        work.exported.connect(self._was_exported)
        work.not_exported.connect(self._was_not_exported)
        work.watched.connect(self._watched)
        work.failed.connect(self._failed)
        self.groups.chosen.connect(self._show_group)
        self.model.ticked.connect(self._ticked)
        self.folder_row.export.clicked.connect(self.export)
        self.panel.start_wanted.connect(self.train)
        self.panel.stop_wanted.connect(self.stop)
        self.panel.look_wanted.connect(work.look)
        selection = self.table.selectionModel()
        if selection is not None:
            selection.currentRowChanged.connect(self._row_chosen)

    def _build(self) -> None:
        title = QLabel()
        title.setObjectName("title")
        say(title.setText, "Learn")
        self.summary.setObjectName("number")
        self.hint.setObjectName("quiet")
        for label in (self.hint, self.outcome):
            label.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(title)
        head.addWidget(self.summary, 1)
        right = QVBoxLayout()
        right.addWidget(self.exhibit, 1)
        right.addWidget(self.hint)
        across = QHBoxLayout()
        across.addWidget(self.groups, 2)
        across.addWidget(self.table, 6)
        across.addLayout(right, 4)
        row = self.folder_row
        down = QVBoxLayout(self)
        down.addLayout(head)
        down.addLayout(across, 1)
        down.addWidget(row)
        down.addWidget(self.outcome)
        down.addWidget(self.panel)

    # What comes back ---------------------------------------------------------------------------

    def _gathered(self, gathered: Gathered) -> None:
        first = self.gathered is None
        self.gathered = gathered
        self.groups.show_gathered(gathered)
        self._show_group()
        if first:
            self.table.fit_columns()
        self._refresh()

    def _show_group(self) -> None:
        if self.gathered is None:
            return
        group, before = self.groups.group, self.table.currentIndex().row()
        self.model.show_rows([each for each in self.gathered.candidates if group.holds(each)])
        count = self.model.rowCount()
        if count and not self.table.currentIndex().isValid():
            self.table.selectRow(max(0, min(before, count - 1)))
        self._row_chosen(self.table.currentIndex())

    def _row_chosen(self, index: QModelIndex) -> None:
        found, config = self.model.at(index), self.desk.config
        if found is None or config is None:
            self.exhibit.show_message(hint(self.gathered, ()))
        elif self.exhibit.pictures is None or self.exhibit.pictures.uuid != found.record.uuid:
            self.exhibit.show_message(tr("Reading the picture"))
            self.desk.ask(lambda: pictures_of(config, found.part), self._was_read)
        self._refresh()

    def _was_read(self, pictures: Pictures) -> None:
        found = self.model.at(self.table.currentIndex())
        if found is not None and found.record.uuid == pictures.uuid:
            self.exhibit.show_part(found.part, pictures, blind=False)

    def _refresh(self) -> None:
        gathered = self.gathered
        taken = 0 if gathered is None else len(gathered.taken)
        if gathered is None:
            self.summary.setText(tr("Looking for decided parts"))
        else:
            self.summary.setText(tr("Parts for training: {count}", count=taken))
        self.export_button.setEnabled(taken > 0 and not self.work.exporting)
        self.hint.setText(hint(gathered, self.chosen) if self.model.rows else "")
        if self._failure:
            self.outcome.setText(tr(self._failure))
        elif self._exported is not None:
            self.outcome.setText(told(self._exported))
        self.outcome.setVisible(bool(self.outcome.text()))

    def _name(self, candidate: Candidate, class_name: str) -> None:
        if not self.desk.operator:
            text = tr("Nobody is signed in: a class carries the name of who gave it.")
            self.desk.tell(text, Severity.WARNING)
            return
        self.work.name(candidate, class_name, self.desk.operator)

    def _ticked(self, candidate: Candidate, taken: bool) -> None:
        if taken and candidate.obstacle is Obstacle.TO_CONFIRM:
            self.confirm()
            return
        self._tick([candidate], taken)

    def _tick(self, candidates: list[Candidate], taken: bool) -> None:
        if self.gathered is not None:
            uuids = {each.record.uuid for each in candidates}
            self._gathered(ticked(self.gathered, uuids, taken))  # seen at once, asked for after
        self.work.tick(candidates, taken, self.desk.operator)

    def _outrun(self, review: Review) -> None:
        said = decision_word(review.decision)
        text = tr("{who} said {said} on this part meanwhile.", who=review.operator, said=said)
        self.desk.tell(text, Severity.WARNING)

    def _cutting(self, done: int, total: int) -> None:
        if self.work.exporting:
            self.outcome.setText(tr("Cut out {done} of {total}", done=done, total=total))
            self.outcome.show()

    def _was_exported(self, exported: Exported) -> None:
        self._exported, self._failure = exported, ""
        self._refresh()

    def _was_not_exported(self, why: str) -> None:
        self._failure = why
        self._refresh()

    def _watched(self, watched: Watched) -> None:
        self.panel.installed = watched.installed
        self.panel.show_progress(watched.training, watched.progress)

    def _failed(self, why: str) -> None:
        self.desk.tell(why, Severity.ERROR)

    def may_close(self) -> bool:
        """Asked before the window closes: whether a training that runs may be left behind."""
        training = self.training
        wanted = Leave.GO_ON if training is None else asks_to_close(self)
        if training is not None and wanted is Leave.STOP:
            self.work.stop(training)
        return wanted is not Leave.STAY
