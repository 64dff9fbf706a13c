"""One setting on the page: its name, its editor, what it does, its default, and what is wrong."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from station.settings_fields import Kind, SettingField, field_of
from ui.language import tr
from ui.settings.draft import Values
from ui.settings.editors import Choice, editor_for, number_text
from ui.settings.helps import HELPS
from ui.settings.told import told
from ui.settings.words import NAMES, VALUES


class SettingRow(QWidget):
    """Follows the draft, and changes it."""

    def __init__(self, draft: Values, key: str, *, is_narrow: bool = False) -> None:
        super().__init__()
        self.draft, self.key, self.field = draft, key, field_of(key)
        self.is_narrow = is_narrow
        self.editor = editor_for(self.field)
        self.name, self.help = QLabel(), QLabel()
        self.unit, self.wrong, self.back = QLabel(self.field.unit), QLabel(), QPushButton()
        self._build()
        self.editor.edited.connect(lambda value: draft.type(key, value))
        self.editor.unreadable.connect(lambda why: draft.cannot_read(key, why))
        self.back.clicked.connect(lambda: draft.reset(key))
        draft.changed.connect(self.follow)
        draft.tried.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Show what the draft holds."""
        if self.key not in self.draft.unread:
            self.editor.show_value(self.draft.value(self.key))
        is_default = self.draft.is_default(self.key)
        self.back.setEnabled(not is_default)
        self.back.setVisible(not (self.field.required or (is_default and self.is_narrow)))
        changed = self.key in self.draft.keys or self.key in self.draft.unread
        self.name.setText(("● " if changed else "") + tr(NAMES.get(self.key, self.key)))
        error = self.draft.error(self.key)
        self.wrong.setText(told(error, self.field))
        self.wrong.setVisible(bool(error))

    def fit(self) -> None:
        """Widths that go with the size of the letters."""
        self.name.ensurePolished()
        metrics = self.name.fontMetrics()
        letter, line = metrics.horizontalAdvance("0"), metrics.height()
        if self.field.kind in (Kind.WHOLE, Kind.NUMBER):
            self.editor.widget.setFixedWidth(14 * letter + line)
        elif self.field.kind is Kind.FLAG:
            self.editor.widget.setMinimumWidth(10 * letter)
        if not self.is_narrow:
            self.back.setFixedWidth(22 * letter + line)
            self.name.setContentsMargins(0, line // 2, 0, 0)

    def retranslate(self) -> None:
        """The language changed, or the size of the letters."""
        self.fit()
        self.help.setText(self._help())
        text = tr("Default: {value}", value=default_text(self.field))
        metrics = self.name.fontMetrics()
        width = 22 * metrics.horizontalAdvance("0")
        self.back.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, width))
        self.back.setToolTip(text)
        self.editor.widget.setAccessibleName(tr(NAMES.get(self.key, self.key)))
        if isinstance(self.editor.widget, Choice):
            self.editor.widget.say_all()
        self.follow()

    def _build(self) -> None:
        self.help.setObjectName("quiet")
        self.wrong.setObjectName("bad")
        self.back.setObjectName("plain")
        for label in (self.name, self.help, self.wrong):
            label.setWordWrap(True)
        self.name.setBuddy(self.editor.widget)
        line = QHBoxLayout()
        line.setSpacing(6)
        if self.field.kind in (Kind.WHOLE, Kind.NUMBER):
            line.addWidget(self.editor.widget)
            line.addWidget(self.unit)
            line.addStretch(1)
        elif self.field.kind is Kind.FLAG:
            line.addWidget(self.editor.widget)
            line.addStretch(1)
        else:
            line.addWidget(self.editor.widget, 1)
        if self.is_narrow:
            self._build_narrow(line)
        else:
            self._build_wide(line)
        self.retranslate()
        self.help.setVisible(bool(self.help.text()))

    def _build_wide(self, line: QHBoxLayout) -> None:
        """The name at the left, in one column with those above and below."""
        line.addWidget(self.back)
        right = QVBoxLayout()
        right.setSpacing(2)
        right.addLayout(line)
        right.addWidget(self.wrong)
        right.addWidget(self.help)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.addWidget(self.name, 2, Qt.AlignmentFlag.AlignTop)
        row.addLayout(right, 5)

    def _build_narrow(self, line: QHBoxLayout) -> None:
        """The name above: beside a picture there is no room for two columns."""
        if self.field.kind in (Kind.WHOLE, Kind.NUMBER, Kind.FLAG):
            line.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 6)
        column.setSpacing(2)
        column.addWidget(self.name)
        column.addLayout(line)
        if self.field.kind not in (Kind.WHOLE, Kind.NUMBER, Kind.FLAG):
            column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.wrong)
        column.addWidget(self.help)

    def _help(self) -> str:
        text = HELPS.get(self.key, "")
        return tr(text) if text else ""


def default_text(field: SettingField) -> str:
    """A default, in the words of the page."""
    value = field.default
    if value is None or value == "" or value == ():
        return tr("nothing")
    if field.kind is Kind.FLAG:
        return tr("On") if value else tr("Off")
    if field.kind in (Kind.WHOLE, Kind.NUMBER):
        return f"{number_text(value)} {field.unit}".strip()
    if field.kind is Kind.CHOICE:
        return tr(VALUES.get(f"{field.key}={value}", str(value)))
    if field.kind is Kind.TEXTS:
        return tr("the list that comes with it")
    return str(value)
