"""Makes one report: asked off the window's thread, painted a page at a time, written whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QBuffer, QObject, QTimer, pyqtSignal

from engines.errors import EngineError
from station.errors import StationError
from station.sinks import write_atomically
from ui.desk import Desk
from ui.language import tr
from ui.wording import moment, number
from ui.yields.paper.facts import PaperFacts, paper_facts
from ui.yields.paper.report import blocks_of, title_of
from ui.yields.paper.sheets import new_buffer, paint_sheets, sheets_of


class ReportJob(QObject):
    """One report at a time."""

    progressed = pyqtSignal(str)
    """How far it is, in the window's language."""
    finished = pyqtSignal(object)
    """The Path that was written."""
    failed = pyqtSignal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._path: Path | None = None
        self._pages: Iterator[int] = iter(())
        self._count = 0
        self._buffer: QBuffer | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._paint_page)

    @property
    def is_busy(self) -> bool:
        """Whether one is being made."""
        return self._path is not None

    def start(self, lot: str | None, path: Path) -> None:
        """Make the report of a lot, or with None of all parts. One that is being made goes on."""
        config = self._desk.config
        if self.is_busy or config is None:
            return
        self._path = path
        self.progressed.emit(tr("Report: counting…"))
        offset = datetime.now().astimezone().utcoffset() or timedelta(0)
        question = partial(paper_facts, lot, offset, config.policy)
        self._desk.ask_store(question, self._gathered, self._fail)

    def stop(self) -> None:
        """Nothing more is painted, and nothing written."""
        self._timer.stop()
        self._pages = iter(())
        self._buffer = self._path = None

    def _gathered(self, facts: PaperFacts) -> None:
        if self._path is None:
            return
        sheets = sheets_of(blocks_of(facts))
        self._count = len(sheets)
        title = title_of(facts)
        self._buffer = new_buffer()
        footer = tr("made {when}", when=moment(facts.made_at))
        self._pages = paint_sheets(sheets, title, title, footer, self._buffer)
        self._timer.start(0)

    def _paint_page(self) -> None:
        try:
            done = next(self._pages)
        except StopIteration:
            self._timer.stop()
            self._write()
        except (StationError, EngineError) as error:
            self._fail(str(error))
        else:
            said = tr(
                "Report: page {page} of {pages}", page=number(done), pages=number(self._count)
            )
            self.progressed.emit(said)

    def _write(self) -> None:
        buffer, path = self._buffer, self._path
        if buffer is None or path is None:
            return
        data = bytes(buffer.data().data())
        self._buffer = None
        self._desk.ask(partial(_written, path, data), self._wrote, self._fail)

    def _wrote(self, path: Path) -> None:
        self._path = None
        self.finished.emit(path)

    def _fail(self, why: str) -> None:
        self.stop()
        self.failed.emit(tr("No report was written: {why}", why=why))


def _written(path: Path, data: bytes) -> Path:
    write_atomically(path, data)
    return path
