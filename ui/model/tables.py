"""Tables of this page: no word of them is cut where there is room for it."""

from __future__ import annotations

from collections.abc import Collection

from PyQt6.QtWidgets import QHeaderView

from ui.charts.panel import Numbers, NumbersTable


def show_table(table: NumbersTable, numbers: Numbers, wide: Collection[int] = ()) -> None:
    """Show numbers; every column as wide as its words, those of `wide` share what is left."""
    table.show_numbers(numbers)
    fit_columns(table, wide)


def fit_columns(table: NumbersTable, wide: Collection[int] = ()) -> None:
    """The widths alone, for a table that is filled by others."""
    header = table.horizontalHeader()
    if header is None:
        return
    modes = QHeaderView.ResizeMode
    for column in range(table.columnCount()):
        header.setSectionResizeMode(
            column, modes.Stretch if column in wide else modes.ResizeToContents
        )


def fit_height(table: NumbersTable) -> None:
    """As high as its rows, with the bar below them where there is one."""
    header, bar = table.horizontalHeader(), table.horizontalScrollBar()
    head = header.sizeHint().height() if header is not None else 0
    rows = sum(table.rowHeight(row) for row in range(table.rowCount()))
    scroll = bar.sizeHint().height() if bar is not None and bar.maximum() > 0 else 0
    table.setFixedHeight(head + rows + 2 * table.frameWidth() + 2 + scroll)
