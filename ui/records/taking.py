"""What a person takes along from the history: numbers, lines, exports, a part's audit entry."""

from __future__ import annotations

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QApplication, QDialog, QWidget

from station.store.store import Store
from ui.desk import Desk
from ui.language import tr
from ui.records.audit_dialog import AuditDialog
from ui.records.export_dialog import ExportDialog
from ui.records.model import RecordsModel
from ui.records.part import Part, places_of
from ui.records.table import RecordsTable
from ui.wording import number

COPIED_MOST = 1000
"""Rows that Ctrl+C takes at most; more are exported."""


class Taking(QObject):
    """Of what is looked at and selected; one dialog at a time."""

    def __init__(
        self, desk: Desk, table: RecordsTable, model: RecordsModel, part: Part, page: QWidget
    ) -> None:
        super().__init__(page)
        self._desk, self._table, self._model = desk, table, model
        self._part, self._page = part, page
        self.dialog: QDialog | None = None

    def copy_uuid(self) -> None:
        """The part's number to the clipboard."""
        row, clipboard = self._part.row, QApplication.clipboard()
        if row is not None and clipboard is not None:
            clipboard.setText(row.record.uuid)
            self._desk.tell(tr("Copied: {uuid}", uuid=row.record.uuid))

    def copy(self) -> None:
        """The selected parts as lines of a table."""
        count = self._table.chosen_count
        if count == 0:
            return
        if count > COPIED_MOST:
            self._desk.tell(tr("Too many parts to copy: use the export (Ctrl+E)."))
            return
        question = self._model.uuids_of(self._table.ranges)

        def lines(store: Store) -> str:
            found = [store.find(uuid) for uuid in question(store)]
            rows = [
                (r.uuid, r.decision.value, r.decided_at.isoformat(), r.lot or "",
                 r.part_serial or "", r.predicted_class or "", r.operator or "", r.source)
                for r in found if r is not None
            ]  # fmt: skip
            return "\n".join("\t".join(row) for row in rows)

        self._desk.ask_store(lines, self._copied)

    def _copied(self, text: str) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
            count = text.count("\n") + 1
            several = tr("{count} parts copied", count=number(count))
            self._desk.tell(tr("1 part copied") if count == 1 else several)

    def show_audit(self) -> None:
        """The part's entry in the chain."""
        if self._part.row is not None:
            self._open(AuditDialog(self._desk, self._part.row.record, self._page))

    def export(self) -> None:
        """Copies for others, of what is selected or of all that match."""
        config, model, count = self._desk.config, self._model, self._table.chosen_count
        if config is None or model.rowCount() == 0:
            return
        chosen = None
        if 0 < count < model.rowCount():  # the numbers of all would fill the memory for nothing
            chosen = count, model.uuids_of(self._table.ranges)
        matching = number(model.rowCount()) + ("" if model.complete else " +")
        places, after = places_of(config), model.newest + 1
        self._open(
            ExportDialog(self._desk, places, model.query, after, matching, chosen, self._page)
        )

    def close(self) -> None:
        """The page goes out of sight."""
        if self.dialog is not None:
            self.dialog.close()

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(lambda _result: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        dialog.deleteLater()
        if self.dialog is dialog:
            self.dialog = None
