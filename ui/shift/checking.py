"""A check under way, and what the page knows of golden parts: asked of the station, never of Qt."""

from __future__ import annotations

from datetime import datetime, timezone

from PyQt6.QtCore import QObject, pyqtSignal

from station.check_lots import check_lot
from station.domain import Record
from station.errors import StationError
from station.sayings import Severity
from station.shift.book import ShiftCheck, folder_of, keep_check, override, retire_golden
from station.shift.overview import ShiftNow, shift_now
from station.shift.session import CheckSession, PartResult
from station.shift.state import FAILED
from ui.desk import Desk
from ui.language import tr
from ui.shift.run import LineRun


def utc_now() -> datetime:
    """Now."""
    return datetime.now(timezone.utc)


class Checking(QObject):
    """Golden parts laid down one after the other."""

    changed = pyqtSignal()
    """Anything that is shown."""
    over = pyqtSignal(object)
    """A ShiftCheck that was noted."""

    def __init__(self, desk: Desk, line: LineRun) -> None:
        super().__init__()
        self._desk, self._line = desk, line
        self._request = 0
        self.now: ShiftNow | None = None
        """None: not known yet."""
        self.failure = ""
        """Why it is not known."""
        self.session: CheckSession | None = None
        """None: no check is under way."""
        self.last: PartResult | None = None
        """What came of the last placement."""
        self.outcome: ShiftCheck | None = None
        """How the last check ended, until the next begins."""
        self.saving = False
        line.placed.connect(self._placed)

    def load(self) -> None:
        """Ask for the state of things."""
        config = self._desk.config
        if config is None:
            return
        self._request += 1
        request = self._request
        self._desk.ask_store(
            lambda store: (request, shift_now(store, config, utc_now())),
            self._loaded,
            self._not_loaded,
        )

    @property
    def hint(self) -> str:
        """What to do once the part lies there."""
        return self._line.hint

    @property
    def trouble(self) -> str:
        """Why the line stopped in the middle; empty: it did not."""
        return self._line.trouble

    def start(self) -> bool:
        """Begin a check; False where none can begin."""
        config = self._desk.config
        if config is None or self.now is None or self._line.running or self.saving:
            return False
        begun = utc_now()
        lot = check_lot("shift-start", begun, config.station)
        try:
            self.session = CheckSession(
                self.now.golden, config.shift, lot, config.station, self._desk.operator, begun
            )
        except StationError as error:
            self._desk.tell(str(error), Severity.WARNING)
            return False
        self.last, self.outcome = None, None
        self._line.begin(lot, self._desk.operator)
        self._ask_next()
        return True

    def skip(self) -> None:
        """The part that is wanted is not there, or not laid down again."""
        if self.session is not None:
            self.session.give_up()
            self._ask_next()

    def stop(self) -> None:
        """End the check here. Where a part was laid down it is noted as failed: what was seen
        stays seen."""
        session = self.session
        if session is None:
            return
        if not session.placements:
            self.session = None
            self._line.end()
            self.changed.emit()
            return
        while session.wanted is not None:
            session.give_up()
        self._ask_next()

    def override(self, supervisor: str, reason: str) -> None:
        """Open production with a reason."""
        config = self._desk.config
        if config is None:
            return
        self._desk.ask_store(
            lambda store: override(
                store, folder_of(config), config.station, supervisor, reason, utc_now()
            ),
            self._overridden,
        )

    def retire(self, name: str, by: str) -> None:
        """Show a golden part no more."""
        config = self._desk.config
        if config is None:
            return
        self._desk.ask_store(
            lambda store: retire_golden(
                store, folder_of(config), config.station, name, by, utc_now()
            ),
            self._retired,
        )

    def _loaded(self, answer: tuple[int, ShiftNow]) -> None:
        request, found = answer
        if request == self._request:
            self.now, self.failure = found, ""
            self.changed.emit()

    def _not_loaded(self, text: str) -> None:
        self.now, self.failure = None, text
        self.changed.emit()

    def _placed(self, record: Record) -> None:
        if self.session is None:
            return
        taken = self.session.take(record)
        if taken is None:
            if record.part_serial is not None:
                self._desk.tell(
                    tr("{serial} is not wanted in this check.", serial=record.part_serial),
                    Severity.WARNING,
                )
            return
        self.last = taken
        self._ask_next()

    def _ask_next(self) -> None:
        session = self.session
        if session is None:
            return
        if session.wanted is not None:
            self._line.ask(session.wanted)
        else:
            self._end(session)
        self.changed.emit()

    def _end(self, session: CheckSession) -> None:
        config = self._desk.config
        assert config is not None
        self.session, self.saving = None, True
        folder = folder_of(config)
        self._desk.ask_store(
            lambda store: keep_check(store, folder, session, utc_now()), self._kept, self._not_kept
        )

    def _kept(self, check: ShiftCheck) -> None:
        self.saving, self.outcome = False, check
        # Not before: the line looks at the lock when it starts.
        self._line.end()
        self.over.emit(check)
        self.load()
        self.changed.emit()

    def _not_kept(self, text: str) -> None:
        """An error is never a PASS: without a note in the chain production stays locked."""
        self.saving = False
        self.outcome = ShiftCheck(utc_now(), FAILED, text, self._desk.operator)
        self._line.end()
        self._desk.tell(text, Severity.ERROR)
        self.load()
        self.changed.emit()

    def _overridden(self, _check: ShiftCheck) -> None:
        self._desk.tell(tr("Noted: production is open for a while."), Severity.WARNING)
        if self._desk.config is not None and not self._line.running:
            self._desk.restart(self._desk.config)
        self.load()

    def _retired(self, _golden: object) -> None:
        self._desk.tell(tr("Noted: the golden part is shown no more."))
        self.load()
