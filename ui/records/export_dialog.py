"""Records for others: which, as what, and where to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from station.browsing.copies import Copied, Wanted, Watch, copy_pictures, write_table
from station.browsing.facts import Places
from station.store.query import HistoryQuery
from station.store.store import Store
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.wording import number

PICTURES = "pictures"
FORMS = {
    ".csv": mark("Table for spreadsheets (CSV)"),
    ".json": mark("JSON"),
    ".parquet": mark("Parquet"),
    PICTURES: mark("Pictures and overlays, with a list"),
}
"""Ending of the file, or PICTURES -> what it is."""


class ExportDialog(QDialog):
    """Stays until the copy is made, or was stopped."""

    told = pyqtSignal(int)
    """So many rows so far; from the thread that copies."""

    def __init__(
        self,
        desk: Desk,
        places: Places,
        query: HistoryQuery,
        after: int | None,
        matching: str,
        chosen: tuple[int, Callable[[Store], tuple[str, ...]]] | None,
        parent: QWidget | None = None,
    ) -> None:
        """query, after: all that match, as in Store.history; matching: how many, as a text.

        chosen: how many are selected, and the question for their uuids; None: none are.
        """
        super().__init__(parent)
        self._desk, self._places = desk, places
        self._query, self._after, self._chosen = query, after, chosen
        self._stop = threading.Event()
        self._running = False
        self._agreed: Path | None = None
        self.selected, self.all = QRadioButton(), QRadioButton()
        self.form, self.place = QComboBox(), QLineEdit()
        self.state, self.progress = QLabel(), QProgressBar()
        self.browse, self.start, self.close_button = QPushButton(), QPushButton(), QPushButton()
        say(self.setWindowTitle, "Export")
        say(self.all.setText, "All parts that match: {count}", count=matching)
        count = number(0 if chosen is None else chosen[0])
        say(self.selected.setText, "Selected parts: {count}", count=count)
        self.selected.setEnabled(chosen is not None)
        (self.all if chosen is None or chosen[0] < 2 else self.selected).setChecked(True)
        for key, text in FORMS.items():
            self.form.addItem(tr(text), key)
        self._lay_out()
        self._propose()
        self.form.currentIndexChanged.connect(self._propose)
        self.browse.clicked.connect(self._browse)
        self.start.clicked.connect(self.run)
        self.close_button.clicked.connect(self.reject)
        self.told.connect(self._tell)

    def _lay_out(self) -> None:
        say(self.browse.setText, "Choose…")
        say(self.start.setText, "Export")
        say(self.close_button.setText, "Close")
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        self.progress.setRange(0, 0)
        self.progress.hide()
        self.state.setWordWrap(True)
        self.setMinimumWidth(round(32 * self.fontMetrics().height()))
        path, buttons = QHBoxLayout(), QHBoxLayout()
        path.addWidget(self.place, 1)
        path.addWidget(self.browse)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.start)
        down = QVBoxLayout(self)
        for widget in (self.selected, self.all, self.form):
            down.addWidget(widget)
        down.addLayout(path)
        down.addWidget(self.state)
        down.addWidget(self.progress)
        down.addStretch(1)
        down.addLayout(buttons)

    @property
    def kind(self) -> str:
        """Key of FORMS."""
        return str(self.form.currentData())

    def _propose(self) -> None:
        """A name that is not taken, in a folder of its own among the results."""
        stamp = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        name = f"parts-{stamp}" + ("" if self.kind == PICTURES else self.kind)
        self.place.setText(str(self._places.out / "exports" / name))

    def _browse(self) -> None:
        before = self.place.text()
        if self.kind == PICTURES:
            found = QFileDialog.getExistingDirectory(self, tr("Folder"), str(Path(before).parent))
        else:
            found, _ = QFileDialog.getSaveFileName(self, tr("File"), before, f"*{self.kind}")
        if found:
            self._agreed = Path(found)
            self.place.setText(found)

    def run(self) -> None:
        """Begin, or say what is wrong with the name."""
        out = Path(self.place.text().strip())
        if not self.place.text().strip() or not out.is_absolute():
            self._say(tr("Give a whole path, with its folder."), bad=True)
            return
        if self.kind != PICTURES and out.exists() and out != self._agreed:
            self._say(tr("There is a file of that name. Give another name."), bad=True)
            return
        kind, places, chosen, query, after = (
            self.kind, self._places, self._chosen, self._query, self._after,
        )  # fmt: skip
        ask_chosen = chosen[1] if self.selected.isChecked() and chosen is not None else None
        watch = Watch(self._stop, self.told.emit)

        def question(store: Store) -> tuple[Copied, Path]:
            uuids = None if ask_chosen is None else ask_chosen(store)
            wanted = Wanted(query, after, uuids)
            if kind == PICTURES:
                return copy_pictures(store, wanted, places, out, watch), out
            return write_table(store, wanted, out, watch), out

        self._set_running(True)
        self._say(tr("Exporting…"))
        self._desk.ask_store(question, self._done, self._failed)

    def _set_running(self, running: bool) -> None:
        self._running = running
        for widget in (self.start, self.browse, self.form, self.place, self.all):
            widget.setEnabled(not running)
        self.selected.setEnabled(not running and self._chosen is not None)
        self.progress.setVisible(running)
        if running:
            say(self.close_button.setText, "Stop")
        else:
            say(self.close_button.setText, "Close")

    def _tell(self, rows: int) -> None:
        if self._running:
            self._say(tr("Exporting… {count} parts so far", count=number(rows)))

    def _done(self, answer: tuple[Copied, Path]) -> None:
        copied, out = answer
        self._set_running(False)
        text = tr("{count} parts written to {path}", count=number(copied.rows), path=out)
        if self.kind == PICTURES:
            text = tr(
                "{count} parts: {pictures} pictures and {overlays} overlays copied to {path}",
                count=number(copied.rows),
                pictures=number(copied.pictures),
                overlays=number(copied.overlays),
                path=out,
            )
            if copied.lacking:
                text += " " + tr(
                    "{count} parts have no picture that is what was inspected; the list says why.",
                    count=number(copied.lacking),
                )
        self._say(text)
        self.close_button.setFocus()

    def _failed(self, text: str) -> None:
        stopped, self._stop = self._stop.is_set(), threading.Event()
        self._set_running(False)
        self._say(tr("Stopped. No file was written.") if stopped else tr(text), bad=not stopped)

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.state.setText(text)
        self.state.setObjectName("bad" if bad else "")
        style = self.state.style()
        if style is not None:
            style.polish(self.state)

    @override
    def reject(self) -> None:
        """Qt's own name: Esc or Close; while it runs it is stopped first."""
        if self._running:
            self._stop.set()
        else:
            super().reject()

    @override
    def closeEvent(self, a0: QCloseEvent | None) -> None:
        """Qt's own name: the window closes, so the copy ends."""
        self._stop.set()
        super().closeEvent(a0)
