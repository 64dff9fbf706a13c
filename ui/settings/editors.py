"""One editor for each kind of setting: shows a value, and says what a person makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QLocale, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)
from typing_extensions import override

from station.settings_fields import Kind, SettingField
from ui.language import say, tr
from ui.settings.words import VALUES

FOLDERS = ("station.inbox", "station.models")


class Editor(QObject):
    """A widget with a value of one kind."""

    edited = pyqtSignal(object)
    """By the person: the new value."""
    unreadable = pyqtSignal(str)
    """By the person: why it is no value."""

    def __init__(self, widget: QWidget, put: Callable[[object], None]) -> None:
        super().__init__(widget)
        self.widget = widget
        self._put = put

    def show_value(self, value: object) -> None:
        """Show it, unless the person is typing that very value."""
        self._put(value)


def editor_for(field: SettingField) -> Editor:
    """The editor of a setting."""
    makers = {
        Kind.FLAG: _flag,
        Kind.CHOICE: _choice,
        Kind.TEXTS: _texts,
        Kind.PATH: _path,
        Kind.WHOLE: _number,
        Kind.NUMBER: _number,
    }
    return makers.get(field.kind, _text)(field)


def _flag(field: SettingField) -> Editor:
    del field
    box = Ticked()
    editor = Editor(box, lambda value: box.put(bool(value)))
    box.clicked.connect(lambda checked: editor.edited.emit(bool(checked)))
    return editor


class Ticked(QPushButton):
    """A switch that says in words whether it is on: its colour is not alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.toggled.connect(lambda _: self._say())
        self._say()

    def put(self, checked: bool) -> None:
        """Show it."""
        self.setChecked(checked)

    def _say(self) -> None:
        if self.isChecked():
            say(self.setText, "✓ On")
        else:
            say(self.setText, "Off")


class Choice(QComboBox):
    """A list to choose from; the wheel moves the page, not the choice."""

    def __init__(self, field: SettingField) -> None:
        super().__init__()
        self.key = field.key
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for value in field.choices:
            self.addItem("", value)
        self.say_all()

    def say_all(self) -> None:
        """In the language of the window."""
        for index in range(self.count()):
            value = str(self.itemData(index))
            self.setItemText(index, tr(VALUES.get(f"{self.key}={value}", value)))

    def put(self, value: object) -> None:
        """Show it."""
        self.setCurrentIndex(self.findData(value))

    @override
    def wheelEvent(self, e: QWheelEvent | None) -> None:
        """Qt's own name."""
        if e is not None:
            e.ignore()


def _choice(field: SettingField) -> Editor:
    box = Choice(field)
    editor = Editor(box, box.put)
    box.activated.connect(lambda index: editor.edited.emit(box.itemData(index)))
    return editor


def _text(field: SettingField) -> Editor:
    line = QLineEdit()

    def put(value: object) -> None:
        if line.text() != str("" if value is None else value):
            line.setText("" if value is None else str(value))

    editor = Editor(line, put)
    empty = None if field.optional else ""
    line.textEdited.connect(lambda text: editor.edited.emit(text if text else empty))
    return editor


def _number(field: SettingField) -> Editor:
    line = QLineEdit()
    whole = field.kind is Kind.WHOLE

    def put(value: object) -> None:
        shown = "" if value is None else number_text(value)
        if read_number(line.text(), whole) != value or not line.hasFocus():
            line.setText(shown)

    def read(text: str) -> None:
        value = read_number(text, whole)
        if value is not None or (field.optional and not text.strip()):
            editor.edited.emit(value)
        elif not text.strip():
            editor.unreadable.emit(tr("Give a number."))
        elif whole:
            editor.unreadable.emit(tr("{given} is no whole number.", given=text))
        else:
            editor.unreadable.emit(tr("{given} is no number.", given=text))

    editor = Editor(line, put)
    line.textEdited.connect(read)
    return editor


def number_text(value: object) -> str:
    """A number as it is typed here: without grouping, as short as it goes."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    if isinstance(value, float):
        short = QLocale.FloatingPointPrecisionOption.FloatingPointShortest.value
        return locale.toString(value, "g" if abs(value) >= 1e12 else "f", short)
    return locale.toString(int(str(value)))


def read_number(text: str, whole: bool) -> int | float | None:
    """What was typed, by this place's rules or with a plain point; None: no number."""
    text = text.strip()
    for locale in (QLocale(), QLocale.c()):
        if whole:
            count, is_read = locale.toLongLong(text)
            if is_read:
                return int(count)
        else:
            number, is_read = locale.toDouble(text)
            if is_read:
                return float(number)
    return None


def _texts(field: SettingField) -> Editor:
    box = QPlainTextEdit()
    box.setTabChangesFocus(True)
    box.setFixedHeight(max(44, 8 * box.fontMetrics().lineSpacing()))

    def lines() -> tuple[str, ...]:
        return tuple(text for line in box.toPlainText().split("\n") if (text := line.strip()))

    def put(value: object) -> None:
        texts = value if isinstance(value, tuple) else ()
        if lines() != texts:
            box.blockSignals(True)
            box.setPlainText("\n".join(texts))
            box.blockSignals(False)

    editor = Editor(box, put)
    empty = None if field.optional else ()
    box.textChanged.connect(lambda: editor.edited.emit(lines() or empty))
    return editor


def _path(field: SettingField) -> Editor:
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    line, button = QLineEdit(), QPushButton()
    say(button.setText, "Choose…")
    row.addWidget(line, 1)
    row.addWidget(button)
    widget.setFocusProxy(line)

    def put(value: object) -> None:
        text = "" if value is None else str(value)
        if line.text() != text:
            line.setText(text)

    def choose() -> None:
        is_folder = field.key in FOLDERS
        if is_folder:
            found = QFileDialog.getExistingDirectory(widget, "", line.text())
        else:
            found, _ = QFileDialog.getOpenFileName(widget, "", line.text())
        if found:
            line.setText(found)
            editor.edited.emit(Path(found))

    editor = Editor(widget, put)
    line.textEdited.connect(lambda text: editor.edited.emit(Path(text) if text else None))
    button.clicked.connect(choose)
    return editor
