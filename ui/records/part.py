"""The part looked at: its picture and its facts, read once a row was looked at for a moment."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QTimer

from station.browsing.facts import Facts, Places, facts_of
from station.config import StationConfig
from ui.desk import Desk
from ui.language import tr
from ui.records.layout import Layout
from ui.records.model import Row, cell_lines
from ui.records.newest import Newest
from ui.wording import decision_word, moment

SETTLE_MS = 60
"""A held arrow key passes by sooner than that."""


def places_of(config: StationConfig) -> Places:
    """Where that station keeps what is no row."""
    return Places(config.out, config.images, config.overlays, config.max_pixels)


class Part(QObject):
    """Shows one row at a time."""

    def __init__(self, desk: Desk, layout: Layout, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._layout = desk, layout
        self.row: Row | None = None
        """What is looked at."""
        self._facts_of = Newest(desk, self)
        self._facts_of.answered.connect(self._show)
        self._facts_of.failed.connect(layout.exhibit.show_message)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._ask)

    def choose(self, row: Row | None, *, waits: bool) -> None:
        """Look at another row; waits: whether one is being read, where it is None."""
        before, self.row = self.row, row
        if row is not None and before is not None and row.record == before.record:
            if row.review != before.review:
                self.look_again()
            return
        self._facts_of.forget()
        self._layout.enable_part(row is not None)
        self.say_caption()
        if row is None:
            self._settle.stop()
            self._layout.facts.show_record(None)
            self._layout.exhibit.show_message(tr("Reading…") if waits else "")
        else:
            self._layout.facts.show_record(row.record, row.review)
            self._settle.start()

    def say_caption(self) -> None:
        """Whose picture it is, in the language of the window."""
        text = ""
        if self.row is not None:
            record, claim = self.row.record, cell_lines(self.row, 4)[0]
            told = (decision_word(record.decision), claim, record.lot, record.part_serial,
                    moment(record.decided_at))  # fmt: skip
            text = " · ".join(each for each in told if each and each != "–")
        self._layout.exhibit.caption.setText(text)

    def look_again(self) -> None:
        """Somebody may have reviewed it meanwhile."""
        if self.row is not None:
            self._settle.start()

    def forget(self) -> None:
        """The page is out of sight."""
        self._settle.stop()
        self._facts_of.forget()

    def _ask(self) -> None:
        row, config = self.row, self._desk.config
        if row is None or config is None:
            return
        places, record = places_of(config), row.record
        self._facts_of.ask(lambda store: facts_of(store, places, record))

    def _show(self, facts: Facts) -> None:
        if self.row is not None and self.row.record.uuid == facts.uuid:
            measured = self.row.record.evidence or {}
            self._layout.exhibit.show_facts(facts, measured.get("px_per_mm"))
            self._layout.facts.show_facts(facts)
