"""Names as buttons; typed where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from station.people.known import Known
from ui.language import say, tr
from ui.people.wording import role_word

COLUMNS, MOST_SHOWN = 2, 10
"""More names than this are found by typing."""
BUTTON_LINES, NAME_LINES = 3.0, 11.0
"""Height and width of a name's button, in lines of text."""


class Names(QWidget):
    """Everybody who may sign in."""

    chosen = pyqtSignal(object)
    """A Known."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.more = QLineEdit(), QLabel()
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(60)
        say(self.field.setPlaceholderText, "Type your name")
        self.more.setObjectName("quiet")
        self.more.setWordWrap(True)
        self.buttons: list[QPushButton] = []
        self._known: tuple[Known, ...] = ()
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        for column_number in range(COLUMNS):
            self._grid.setColumnStretch(column_number, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        column.addLayout(self._grid)
        column.addWidget(self.more)
        column.addStretch(1)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._choose_only)

    def show_known(self, known: Sequence[Known]) -> None:
        """Everybody who may sign in, in the order of being added."""
        self._known = tuple(known)
        self._fill()

    def forget_typed(self) -> None:
        """Show everybody again, and give the first place the keyboard."""
        self.field.clear()
        self._fill()
        if self.is_typed:
            self.field.setFocus()
        elif self.buttons:
            self.buttons[0].setFocus()

    def retranslate(self) -> None:
        """Roles are said in the new language."""
        self._fill()

    @property
    def is_typed(self) -> bool:
        """Whether there are more names than buttons."""
        return len(self._known) > MOST_SHOWN

    @property
    def _found(self) -> list[Known]:
        typed = " ".join(self.field.text().split()).casefold()
        return [known for known in self._known if typed in known.name.casefold()]

    def _fill(self) -> None:
        found = self._found
        self.field.setVisible(self.is_typed)
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(known) for known in found[:MOST_SHOWN]]
        for place, button in enumerate(self.buttons):
            self._grid.addWidget(button, place // COLUMNS, place % COLUMNS)
            button.show()  # now, not with the next layout: only what shows takes the keyboard
        if not found:
            self.more.setText(tr("Nobody of that name may sign in here."))
        else:
            hidden = len(found) - len(self.buttons)
            self.more.setText(tr("{count} more: type some letters of the name.", count=hidden))
            self.more.setVisible(hidden > 0)
        self.more.setVisible(not found or len(found) > MOST_SHOWN)

    def _button(self, known: Known) -> QPushButton:
        button = QPushButton(self)
        metrics = button.fontMetrics()
        wide = round(NAME_LINES * metrics.height())
        room = wide - 2 * metrics.height()  # the sheet's padding and border
        name = metrics.elidedText(known.name, Qt.TextElideMode.ElideRight, room)
        # An ampersand in a name is no shortcut.
        button.setText(f"{name}\n{role_word(known.role)}".replace("&", "&&"))
        button.setMinimumWidth(wide)
        button.setToolTip(known.name)
        button.setAccessibleName(f"{known.name}, {role_word(known.role)}")
        button.setMinimumHeight(round(BUTTON_LINES * metrics.height()))
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setAutoDefault(True)  # Enter presses it, as Space does
        button.clicked.connect(partial(self.chosen.emit, known))
        return button

    def _choose_only(self) -> None:
        """Enter: where one name is left, it is meant."""
        if len(self._found) == 1:
            self.chosen.emit(self._found[0])
