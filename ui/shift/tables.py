"""Tables that are read, row by row."""

from __future__ import annotations

from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget


def plain_table(columns: int) -> QTableWidget:
    """A table without row numbers, whose first column takes the room that is left."""
    table = QTableWidget(0, columns)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setWordWrap(False)
    for header, mode in (
        (table.horizontalHeader(), QHeaderView.ResizeMode.ResizeToContents),
        (table.verticalHeader(), QHeaderView.ResizeMode.ResizeToContents),
    ):
        if header is not None:
            header.setSectionResizeMode(mode)
    across, rows = table.horizontalHeader(), table.verticalHeader()
    if across is not None:
        across.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    if rows is not None:
        rows.hide()
    return table
