"""Which model decided when, and by whose word."""

from __future__ import annotations

from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from station.models.active import Act, Actives
from ui.charts.panel import Numbers, NumbersTable
from ui.language import mark, tr
from ui.model.tables import show_table
from ui.wording import moment

ACTS = {Act.ACTIVATED: mark("activated"), Act.ROLLED_BACK: mark("rolled back")}

WIDE = (2, 3, 5)
"""Columns that share what the others leave."""


class Choices(QWidget):
    """The table, the latest first."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.empty = NumbersTable(), QLabel()
        self.empty.setObjectName("quiet")
        self.empty.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 6, 0, 0)
        box.addWidget(self.empty)
        box.addWidget(self.table, 1)

    def show_actives(self, actives: Actives | None) -> None:
        """None: nothing was ever activated."""
        history = () if actives is None else actives.history[::-1]
        rows = tuple(
            (moment(each.at, seconds=False), tr(ACTS[each.act]), each.model.name,
             each.instead_of or "–", each.by, each.reason)
            for each in history
        )  # fmt: skip
        headers = (
            tr("When"), tr("What"), tr("Model"), tr("In place of"), tr("Who"), tr("Why"),
        )  # fmt: skip
        show_table(self.table, Numbers(headers, rows), WIDE)
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self.empty.setText(
            tr("No model was activated here yet: the one that the settings name decides.")
        )
