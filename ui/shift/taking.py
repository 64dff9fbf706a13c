"""A golden part being taken up: laid down several times, then learned."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from station.check_lots import check_lot
from station.domain import Record
from station.sayings import Severity
from station.shift.golden import GoldenPart
from station.shift.overview import take_up
from ui.desk import Desk
from ui.language import tr
from ui.shift.checking import utc_now
from ui.shift.run import LineRun


class TakingUp(QObject):
    """One golden part at a time."""

    changed = pyqtSignal()
    taken = pyqtSignal()
    """A part was taken up and noted."""

    def __init__(self, desk: Desk, line: LineRun) -> None:
        super().__init__()
        self._desk, self._line = desk, line
        self.part: GoldenPart | None = None
        """None: none is being taken up."""
        self.records: list[Record] = []
        self.count = 0
        """So many placements are wanted."""
        self.saving = False
        self.refused = ""
        """Why the last part was not taken up."""
        self._by = ""
        line.placed.connect(self._placed)

    @property
    def hint(self) -> str:
        """What to do once the part lies there."""
        return self._line.hint

    @property
    def stopped(self) -> str:
        """Why the line stopped in the middle; empty: it did not."""
        return self._line.trouble

    def begin(self, part: GoldenPart, by: str) -> bool:
        """False where the line is busy."""
        config = self._desk.config
        if config is None or self._line.running or self.saving:
            return False
        self.part, self._by, self.records = part, by, []
        self.count, self.refused = config.shift.placements, ""
        self._line.begin(check_lot("golden", utc_now(), part.name), by)
        self._line.ask(part)
        self.changed.emit()
        return True

    def stop(self) -> None:
        """Give it up; the placements stay in their lot."""
        if self.part is not None:
            self.part = None
            self._line.end()
            self.changed.emit()

    def _placed(self, record: Record) -> None:
        part, config = self.part, self._desk.config
        if part is None or config is None:
            return
        self.records.append(record)
        if len(self.records) < self.count:
            self._line.ask(part)
        else:
            records, by = tuple(self.records), self._by
            self.part, self.saving = None, True
            self._line.end()
            self._desk.ask_store(
                lambda store: take_up(store, config, part, records, by, utc_now()),
                self._kept,
                self._refused,
            )
        self.changed.emit()

    def _kept(self, _golden: object) -> None:
        self.saving = False
        self._desk.tell(tr("The golden part is taken up, and noted."))
        self.taken.emit()
        self.changed.emit()

    def _refused(self, text: str) -> None:
        self.saving, self.refused = False, text
        self._desk.tell(text, Severity.WARNING)
        self.changed.emit()
