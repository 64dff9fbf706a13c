"""The History page: what was inspected, newest first, and all that is known of each part."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import ClassVar

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from typing_extensions import override

from station.browsing.periods import shift_began
from station.errors import ConfigError
from station.store.facets import Facets, facets_of
from station.store.query import HistoryQuery
from station.store.store import Store
from ui.actions import ActionRow
from ui.desk import Desk
from ui.language import mark, tr
from ui.records.layout import Layout
from ui.records.model import RecordsModel, Row
from ui.records.newer import Newer
from ui.records.part import Part
from ui.records.taking import Taking
from ui.records.thumbnails import Thumbnails
from ui.view import View
from ui.wording import number
from ui.zoom import zoom_rows


class RecordsView(View):
    """Filters above, the list at the left, the part looked at at the right."""

    ACTIONS: ClassVar[tuple[ActionRow, ...]] = (
        ActionRow("search", mark("Search words"), "/", lambda page: page.search()),
        ActionRow("clear", mark("Clear the filter"), "Ctrl+Backspace",
                  lambda page: page.filters.reset()),
        ActionRow("newest", mark("Newest part"), "Ctrl+Home", lambda page: page.go_home()),
        ActionRow("oldest", mark("Oldest part"), "Ctrl+End", lambda page: page.go_end()),
        ActionRow("large", mark("Large picture"), "Ctrl+Return", lambda page: page.toggle_large()),
        ActionRow("swipe", mark("Before / after"), "B", lambda page: page.exhibit.toggle_swipe()),
        ActionRow("overlay", mark("Overlay"), "H", lambda page: page.exhibit.toggle_heat()),
        *zoom_rows(lambda page: page.exhibit.picture),
        ActionRow("audit", mark("Audit entry"), "A", lambda page: page.taking.show_audit()),
        ActionRow("review", mark("Decide on this part"), "D", lambda page: page.ask_review()),
        ActionRow("copy", mark("Copy the selected parts"), "Ctrl+C",
                  lambda page: page.taking.copy()),
        ActionRow("copy_uuid", mark("Copy the part number"), "U",
                  lambda page: page.taking.copy_uuid()),
        ActionRow("export", mark("Export"), "Ctrl+E", lambda page: page.taking.export()),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.model = RecordsModel(desk, self)
        self.thumbnails = Thumbnails(desk, self)
        self._fresh = True
        """Nothing was asked yet."""
        self._database = ""
        """That was asked."""
        layout = Layout(self, self.model, self.thumbnails)
        self.filters, self.table = layout.filters, layout.table
        self.exhibit, self.layout_ = layout.exhibit, layout
        self.part = Part(desk, layout, self)
        self.newer = Newer(desk, self.model, layout.newer, self)
        self.taking = Taking(desk, self.table, self.model, self.part, self)
        self._connect()

    def _connect(self) -> None:
        layout = self.layout_
        self.filters.changed.connect(self.refresh)
        self.model.begun.connect(self._begun)
        self.model.counted.connect(self._show_count)
        self.model.failed.connect(self._failed)
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(self.toggle_large)
        self.table.home_wanted.connect(self.go_home)
        self.exhibit.large_wanted.connect(self.toggle_large)
        self.newer.first_came.connect(self.refresh)
        for button, act in (
            (layout.newer, self.go_home), (layout.export, self.taking.export),
            (layout.audit, self.taking.show_audit), (layout.review, self.ask_review),
            (layout.copy_uuid, self.taking.copy_uuid), (layout.empty_button, self.filters.reset),
        ):  # fmt: skip
            button.clicked.connect(act)
        chosen = self.table.selectionModel()
        if chosen is not None:
            chosen.selectionChanged.connect(lambda *_: self._show_count())
        self.desk.decided.connect(self._decided)

    # The list ----------------------------------------------------------------------------------

    @override
    def entered(self) -> None:
        """The page comes into sight."""
        if self.desk.config is None:
            self.layout_.show_empty(tr("The station is not set up yet."), clear=False)
            return
        station, database = self.desk.config.station, self.desk.config.database
        self._fresh = self._fresh or database != self._database
        self._database = database
        self.desk.ask_store(lambda store: _offered(store, station), self._offer)
        if self._fresh:
            self.refresh()
        else:
            self.newer.ask()
            self.model.read_again()
            self.part.look_again()
        self.table.setFocus()

    @override
    def left(self) -> None:
        """Another page comes into sight, or the window closes."""
        self.thumbnails.forget()
        self.part.forget()
        self.taking.close()

    @override
    def retranslate(self) -> None:
        """Cells are asked for their texts when they are painted."""
        self.model.retranslate()
        self.filters.retranslate()
        self.exhibit.retranslate()
        self.layout_.facts.retranslate()
        self._show_count()
        self.newer.say()
        self.part.say_caption()
        if self.model.rowCount() == 0 and self.desk.config is not None:
            self._begun()

    def refresh(self) -> None:
        """Ask what is entered in the filter."""
        if self.desk.config is None:
            return
        try:
            query = self.filters.query(datetime.now(timezone.utc))
        except ConfigError as error:
            self.layout_.show_problem(str(error))
            return
        self.layout_.show_problem("")
        self._fresh = False
        self.newer.forget()
        self.layout_.count.setText(tr("Looking…"))
        self.model.show(query)

    def show_query(self, query: HistoryQuery) -> None:
        """Show what another page names, such as the parts behind a bar of a chart."""
        self._fresh = True
        self.layout_.set_large(False)
        self.filters.show_query(query)
        if self._fresh:
            self.refresh()

    def search(self) -> None:
        """Type words."""
        self.layout_.set_large(False)
        self.filters.text.setFocus()
        self.filters.text.selectAll()

    def go_home(self) -> None:
        """The newest part; those that came meanwhile, too."""
        if self.newer.count:
            self.refresh()
        else:
            self.table.look_at(0)

    def go_end(self) -> None:
        """The oldest part."""
        self.table.look_at(self.model.rowCount() - 1)

    def _offer(self, found: tuple[Facets, datetime | None]) -> None:
        self.filters.offer(*found)

    def _begun(self) -> None:
        if self.model.rowCount():
            self.layout_.show_list()
            self.table.look_at(0)
            return
        self._chosen(None)
        if self.filters.blank:
            text = tr("No part was inspected yet. Each one appears here as soon as it is decided.")
            self.layout_.show_empty(text, clear=False)
        else:
            self.layout_.show_empty(tr("No part matches the filter."), clear=True)

    def _show_count(self) -> None:
        rows = self.model.rowCount()
        text = tr("1 part") if rows == 1 else tr("{count} parts", count=number(rows))
        if not self.model.complete:
            text = tr("{count} parts and more", count=number(rows))
        chosen = self.table.chosen_count
        if chosen > 1:
            text += " · " + tr("{count} selected", count=number(chosen))
        self.layout_.count.setText(text)

    def _failed(self, text: str) -> None:
        self.layout_.show_problem(text)
        if self.model.rowCount() == 0:
            self.layout_.show_empty(tr("The history cannot be read."), clear=False)

    def _decided(self, _seen: object) -> None:
        if self.isVisible():
            self.newer.ask_soon()

    # One part ----------------------------------------------------------------------------------

    def _chosen(self, row: Row | None) -> None:
        self.part.choose(row, waits=self.model.rowCount() > 0)

    @override
    def event(self, a0: QEvent | None) -> bool:
        """Qt's own name: Esc goes back to the list before it means anything to the window."""
        wants = QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape
        if isinstance(a0, QKeyEvent) and (a0.type(), a0.key()) == wants and self.layout_.large:
            a0.accept()
            return True
        return super().event(a0)

    @override
    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        """Qt's own name: beside the large picture keys move through the list, too."""
        keys = Qt.Key
        steps = {keys.Key_Up: -1, keys.Key_PageUp: -1, keys.Key_Down: 1, keys.Key_PageDown: 1}
        if a0 is None or not self.layout_.large:
            super().keyPressEvent(a0)
        elif a0.key() in steps:
            self.table.step(steps[Qt.Key(a0.key())])
        elif a0.key() in (keys.Key_Return, keys.Key_Enter, keys.Key_Escape):
            self.toggle_large()
        elif a0.key() == keys.Key_Home:
            self.go_home()
        elif a0.key() == keys.Key_End:
            self.go_end()
        else:
            super().keyPressEvent(a0)

    def toggle_large(self) -> None:
        """The picture over the whole page, or beside the list again."""
        if self.part.row is not None:
            self.layout_.set_large(not self.layout_.large)

    def ask_review(self) -> None:
        """Decide on this part, on the page for it."""
        row = self.part.row
        if row is not None:
            self.review_wanted.emit(row.record.uuid)


def _offered(store: Store, station: str) -> tuple[Facets, datetime | None]:
    """What the filter offers to choose from."""
    return facets_of(store), shift_began(store, station, datetime.now(timezone.utc))
