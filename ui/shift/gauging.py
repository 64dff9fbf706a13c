"""A gauge study under way, and those that are finished: asked of the station, never of Qt."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from station.check_lots import check_lot
from station.domain import Record
from station.errors import StationError
from station.gauge.book import (
    KeptStudy,
    abandon,
    finish,
    folder_of,
    resume,
    save,
    studies,
)
from station.gauge.page import write_page
from station.gauge.study import Plan, Study
from station.sayings import Severity
from station.shift.golden import GoldenPart
from ui.desk import Desk
from ui.language import tr
from ui.shift.checking import utc_now
from ui.shift.run import LineRun

Found = tuple[int, Study | None, tuple[KeptStudy, ...]]


class Gauging(QObject):
    """One study at a time."""

    changed = pyqtSignal()

    def __init__(self, desk: Desk, line: LineRun) -> None:
        super().__init__()
        self._desk, self._line = desk, line
        self._request = 0
        self.study: Study | None = None
        """Under way, running or resting."""
        self.running = False
        self.kept: tuple[KeptStudy, ...] = ()
        """Finished ones, oldest first."""
        self.loaded = False
        self.failure = ""
        self.trouble = ""
        """Why the last placement does not count."""
        self.saving = False
        self._writing: Study | None = None
        line.placed.connect(self._placed)

    def load(self) -> None:
        """Ask for what there is."""
        config = self._desk.config
        if config is None or self.running or self.saving:
            return
        self._request += 1
        request, folder = self._request, folder_of(config)
        self._desk.ask_store(
            lambda store: (request, resume(folder), studies(store, folder, config.station)),
            self._loaded,
            self._not_loaded,
        )

    @property
    def hint(self) -> str:
        """What to do once the part lies there."""
        return self._line.hint

    @property
    def stopped(self) -> str:
        """Why the line stopped in the middle; empty: it did not."""
        return self._line.trouble

    def begin(self, plan: Plan) -> bool:
        """Begin a study; False where the line is busy or one is under way."""
        config = self._desk.config
        if config is None or self._line.running or self.study is not None or self.saving:
            return False
        begun = utc_now()
        lot = check_lot("gauge", begun, config.station)
        self.study = Study(plan, lot, config.station, begun)
        return self.go_on()

    def go_on(self) -> bool:
        """Go on with the study that rests."""
        study = self.study
        if study is None or study.wanted is None or self._line.running or self.saving:
            return False
        self.running, self.trouble = True, ""
        made = len(study.placed) + len(study.dropped)
        self._line.begin(study.lot, study.wanted.operator, asked=made)
        self._ask()
        self.changed.emit()
        return True

    def rest(self) -> None:
        """Give the line back; the study can be gone on with later."""
        if self.running:
            self.running = False
            self._line.end()
            self.changed.emit()

    def take_back(self) -> None:
        """The last placement does not count."""
        if self.study is None or not self.running or not self.study.placed:
            return
        self._keep(self.study.take_back())
        self._ask()

    def give_up(self, who: str) -> None:
        """The study is not gone on with; its placements stay in the database."""
        config = self._desk.config
        if config is None or self.study is None:
            return
        self.rest()
        self.study, folder = None, folder_of(config)
        self.saving = True
        self._desk.ask_store(lambda store: abandon(store, folder, who, utc_now()), self._gone,
                             self._failed)  # fmt: skip
        self.changed.emit()

    def write_page(self) -> None:
        """The last finished study as a page for others."""
        config = self._desk.config
        if config is not None and self.kept:
            kept, folder = self.kept[-1], folder_of(config)
            self._desk.ask(lambda: write_page(kept, folder), self._page_written)

    def _page_written(self, path: Path) -> None:
        self._desk.tell(tr("The report was written: {path}", path=path))

    def _loaded(self, found: Found) -> None:
        request, study, kept = found
        if request == self._request and not self.running and not self.saving:
            self.study, self.kept, self.loaded, self.failure = study, kept, True, ""
            self.changed.emit()

    def _not_loaded(self, text: str) -> None:
        self.loaded, self.failure = True, text
        self.changed.emit()

    def _placed(self, record: Record) -> None:
        if not self.running or self.study is None:
            return
        try:
            after = self.study.take(record)
        except StationError as error:
            self.trouble = str(error)
            self._desk.tell(str(error), Severity.WARNING)
            self._ask()
            self.changed.emit()
            return
        if after is self.study:
            return
        self.trouble = ""
        self._keep(after)
        self._ask()

    def _ask(self) -> None:
        if self.study is not None and (turn := self.study.wanted) is not None:
            good = turn.part.good is not False
            asked = GoldenPart(turn.part.name, good, picture=turn.part.picture)
            self._line.ask(asked, turn.operator)

    def _keep(self, study: Study) -> None:
        """After each placement the study goes onto the disk, the newest state last."""
        self.study = study
        self._write()
        self.changed.emit()

    def _write(self) -> None:
        config, study = self._desk.config, self.study
        if config is None or study is None or self._writing is not None:
            return
        self._writing, folder = study, folder_of(config)
        self._desk.ask(lambda: save(folder, study), self._written, self._not_written)

    def _written(self, _nothing: object) -> None:
        written, self._writing = self._writing, None
        if self.study is None:
            return
        if self.study is not written:
            self._write()
        elif self.study.wanted is None and self.running:
            self._finish(self.study)

    def _not_written(self, text: str) -> None:
        """Without a disk no placement is asked for that would be lost."""
        self._writing, self.trouble = None, text
        self._desk.tell(text, Severity.ERROR)
        self.rest()

    def _finish(self, study: Study) -> None:
        config = self._desk.config
        assert config is not None
        folder = folder_of(config)
        self.running, self.saving = False, True
        self._line.end()
        self._desk.ask_store(
            lambda store: finish(store, folder, study, utc_now()), self._finished, self._failed
        )
        self.changed.emit()

    def _finished(self, kept: KeptStudy) -> None:
        self.saving, self.study, self.kept = False, None, (*self.kept, kept)
        self._desk.tell(tr("The study is complete, and noted."))
        self.changed.emit()

    def _failed(self, text: str) -> None:
        self.saving, self.failure = False, text
        self._desk.tell(text, Severity.ERROR)
        self.load()

    def _gone(self, _nothing: object) -> None:
        self.saving = False
        self.load()
