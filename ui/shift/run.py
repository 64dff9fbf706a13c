"""Drives the line for golden parts and gauge studies, and gives it back to production."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QObject, pyqtSignal

from station.config import StationConfig
from station.domain import Record
from station.labels import Labels
from station.shift.golden import GoldenPart
from station.shift.line import is_simulated, placement_config
from ui.desk import Desk
from ui.language import tr
from ui.line import State


class LineRun(QObject):
    """One lot of its own at a time."""

    placed = pyqtSignal(object)
    """A Record of the lot."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._production: StationConfig | None = None
        self._given: StationConfig | None = None
        """What the line was asked to run with last."""
        self._operator: str | None = None
        self._asked, self._first = 0, True
        self.lot: str | None = None
        """None: production has the line."""
        desk.decided.connect(self._on_decided)

    @property
    def running(self) -> bool:
        """Whether the line inspects golden parts."""
        return self.lot is not None

    @property
    def trouble(self) -> str:
        """Why the line, having golden parts, stopped; empty: it did not."""
        line = self._desk.line
        return line.failure if self.running and line.state is State.FAILED else ""

    @property
    def is_asked(self) -> bool:
        """Whether a key says that a part lies there."""
        production = self._production
        asked = production is not None and production.trigger.is_asked
        return asked and production is not None and production.camera is not None

    @property
    def hint(self) -> str:
        """What to do once the part lies there; empty: the camera sees it by itself."""
        return tr("Then press the space bar.") if self.is_asked else ""

    def press(self) -> None:
        """Somebody says that the part lies there."""
        if self.is_asked:
            self._desk.line.presses.press()

    def begin(self, lot: str, operator: str | None, asked: int = 0) -> None:
        """Take the line from production; `ask` says what is to be laid down.

        asked: so many placements were made before, in this lot.
        """
        if self.running:
            self.end()
        self._production, self.lot = self._production_now(), lot
        self._operator, self._first = operator, True
        self._asked = asked

    def ask(self, part: GoldenPart, operator: str | None = None) -> None:
        """A part is to be laid down; on a simulated bench it is."""
        if self._production is None or self.lot is None:
            return
        if operator is not None and operator != self._operator:
            self._operator = operator
            self._desk.line.labels.set(Labels(self.lot, operator))
        self._asked += 1
        if self._first or is_simulated(self._production):
            self._first = False
            self._given = placement_config(
                self._production, self.lot, part, self._asked, self._operator
            )
            self._desk.restart(self._given)

    def end(self) -> None:
        """Give the line back to production."""
        production, self._production, self.lot = self._production, None, None
        if production is None:
            return
        given, self._given = self._given, None
        now = self._desk.config
        if now is not None and given is not None and now is not given:
            production = _merged(now, given, production)
        line = self._desk.line
        if line.state is State.IDLE and not line.is_alive:
            # It was halted: the window closes, and nothing is to be started any more.
            self._desk.config = production
            self._desk.changed.emit()
        else:
            self._desk.restart(production)

    def _production_now(self) -> StationConfig | None:
        """The configuration, with the operator that was told while it ran; the lot that was told
        is the line's to remember."""
        config, line = self._desk.config, self._desk.line
        if config is None or line.config is not config:
            return config
        return replace(config, operator=line.labels.now.operator)

    def _on_decided(self, seen: object) -> None:
        record: Record | None = getattr(seen, "record", None)
        if record is not None and self.running and record.lot == self.lot:
            self.placed.emit(record)


def _merged(now: StationConfig, given: StationConfig, production: StationConfig) -> StationConfig:
    """What somebody changed meanwhile holds; what was put in for golden parts does not."""
    return replace(
        now,
        lot=production.lot,
        operator=production.operator,
        once=production.once,
        duplicates=production.duplicates,
        camera=production.camera if now.camera == given.camera else now.camera,
    )
