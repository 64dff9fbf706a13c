"""One section of the page: rows of settings in groups, and what else belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.language import say
from ui.settings.draft import Draft
from ui.settings.row import SettingRow


def put_text(label: QLabel, name: str, text: str) -> None:
    """Say something, as one of the style sheet's names: bad, good, quiet."""
    if label.objectName() != name:
        label.setObjectName(name)
        if (style := label.style()) is not None:  # so that the new name is seen
            style.unpolish(label)
            style.polish(label)
    label.setText(text)


class Section(QWidget):
    """What stands at the right of the list."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft, self.desk = draft, draft.desk
        self.rows: dict[str, SettingRow] = {}
        self.is_narrow = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 8, 16, 16)
        self.column.setSpacing(10)

    def add_title(self, text: str, what: str = "") -> None:
        """A heading, and a sentence below it. Both are texts from `mark`."""
        title = QLabel()
        title.setObjectName("title")
        title.setWordWrap(True)
        say(title.setText, text)
        self.column.addWidget(title)
        if what:
            self.add_quiet(what)

    def add_quiet(self, text: str) -> QLabel:
        """A sentence of less weight; a text from `mark`."""
        label = QLabel()
        label.setObjectName("quiet")
        label.setWordWrap(True)
        say(label.setText, text)
        self.column.addWidget(label)
        return label

    def split(self, picture: QWidget, *below: QWidget) -> None:
        """A picture at the left, as large as it goes; what is added from now on stands at its
        right, and scrolls for itself: a hand sets, and the eye stays on the picture."""
        left = QVBoxLayout()
        say(picture.setAccessibleName, "Picture of the camera")
        left.addWidget(picture, 1)
        for widget in below:
            left.addWidget(widget)
        scroll, inside = QScrollArea(), QWidget()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        row = QHBoxLayout()
        row.addLayout(left, 5)
        row.addWidget(scroll, 4)
        self.column.addLayout(row, 1)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(4, 0, 4, 0)
        self.column.setSpacing(10)
        self.is_narrow = True

    def add_rows(self, keys: Sequence[str]) -> QWidget:
        """A panel with these settings."""
        panel = QFrame()
        panel.setObjectName("panel")
        inside = QVBoxLayout(panel)
        for key in keys:
            self.rows[key] = row = SettingRow(self.draft, key, is_narrow=self.is_narrow)
            inside.addWidget(row)
        self.column.addWidget(panel)
        return panel

    def add_more(self, keys: Sequence[str]) -> None:
        """A panel that is folded away until it is wanted: what is seldom set."""
        button = QPushButton()
        button.setCheckable(True)
        say(button.setText, "More settings")
        self.column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        panel = self.add_rows(keys)
        panel.hide()
        button.toggled.connect(panel.setVisible)

    def end(self) -> None:
        """All is added: what is left of the height stays empty."""
        self.column.addStretch(1)

    def show_row(self, key: str) -> QWidget | None:
        """The editor of a setting, unfolded where it was folded away; None: it is not here."""
        row = self.rows.get(key)
        if row is None:
            return None
        for button in self.findChildren(QPushButton):
            if button.isCheckable() and not row.isVisibleTo(self):
                button.setChecked(True)
        return row.editor.widget

    def entered(self) -> None:
        """It comes into sight."""

    def left(self) -> None:
        """Something else comes into sight: let go of cameras and the like."""

    def act(self, name: str) -> None:
        """A key of the page that means something here."""
        del name

    def retranslate(self) -> None:
        """The language changed."""
        for row in self.rows.values():
            row.retranslate()
