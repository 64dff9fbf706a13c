"""Rows of a name and what is said of it, under headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QWidget


@dataclass(frozen=True, slots=True)
class Row:
    """One row; texts in the window's language."""

    name: str
    """A heading where there is no text."""
    text: str = ""
    mood: str = ""
    """Object name of the sheet: good, bad, quiet; empty: plain."""


class Facts(QScrollArea):
    """A page of rows that scrolls when it is long."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these in place of those before."""
        if tuple(rows) == self.rows:
            return
        self.rows = tuple(rows)
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(18)
        for at, row in enumerate(self.rows):
            if not row.text:
                heading = _label(row.name, "title" if at == 0 else "heading")
                heading.setContentsMargins(0, 0 if at == 0 else 10, 0, 0)
                font = heading.font()
                font.setBold(True)
                heading.setFont(font)
                grid.addWidget(heading, at, 0, 1, 2)
                continue
            name = _label(row.name, "quiet")
            name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
            text = _label(row.text, row.mood)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(text, at, 1, Qt.AlignmentFlag.AlignTop)
        grid.setRowStretch(len(self.rows), 1)
        self.setWidget(inner)


def _label(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if name:
        label.setObjectName(name)
    return label
