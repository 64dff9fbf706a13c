"""One page of the window, and the table of pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PyQt6.QtCore import QEvent, pyqtSignal
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from station.person import Role
from station.store.query import HistoryQuery
from ui.actions import ActionRow
from ui.desk import Desk


class View(QWidget):
    """A page. Texts that `say` was given follow the language by themselves; for all others a page
    overrides `retranslate`."""

    history_wanted = pyqtSignal(object)
    """A HistoryQuery: the page of records is to show what it finds."""
    review_wanted = pyqtSignal(str)
    """Uuid of a part that the person wants to decide on."""
    ACTIONS: ClassVar[tuple[ActionRow, ...]] = ()
    """What keys do while the page is in sight; each `run` is called with the page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def retranslate(self) -> None:
        """The language changed: say again what `say` does not know of."""

    def entered(self) -> None:
        """The page comes into sight: ask for what is new."""

    def left(self) -> None:
        """Another page comes into sight, or the window closes."""

    def show_query(self, query: HistoryQuery) -> None:
        """The page of records shows what a query finds; no other page does."""

    def show_part(self, uuid: str) -> None:
        """The page of decisions brings a part forward; no other page does."""

    def may_leave(self) -> bool:
        """Whether nothing would be lost; a page with unsaved changes asks the person."""
        return True

    def may_close(self) -> bool:
        """Whether the window may close; a page with work under way asks the person."""
        return True

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.LanguageChange:
            self.retranslate()


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One row of the table of pages."""

    name: str
    """Of its screenshots and of its catalogue."""
    title: str
    """From `mark`."""
    shortcut: str
    icon: str
    """One of ui.icons."""
    make: Callable[[Desk], View]
    """Imports the page's file only when it is first shown."""
    needs: Role | None = None
    """Where the bench has users: nobody below may enter."""
