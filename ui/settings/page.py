"""The page Settings: sections at the left, their settings at the right, what is unsaved below."""

from __future__ import annotations

from typing import ClassVar

from PyQt6.QtCore import QEvent, QSize, Qt
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QMessageBox,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from ui.actions import ActionRow
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.settings.bar import SaveBar
from ui.settings.draft import Draft
from ui.settings.section import Section
from ui.settings.sections import SECTIONS
from ui.view import View


class SettingsView(View):
    """Made cheaply: a section is built when it is first chosen."""

    ACTIONS: ClassVar[tuple[ActionRow, ...]] = (
        ActionRow("save", mark("Save the settings"), "Ctrl+S", lambda page: page.save()),
        ActionRow("discard", mark("Discard what is not saved"), "Ctrl+D", lambda p: p.discard()),
        ActionRow("undo", mark("Undo the last change"), "Ctrl+Z", lambda p: p.draft.undo()),
        ActionRow("next", mark("Next section"), "Ctrl+PgDown", lambda page: page.step(1)),
        ActionRow("before", mark("Section before"), "Ctrl+PgUp", lambda page: page.step(-1)),
        ActionRow("hold", mark("Hold the picture still"), "P", lambda p: p.act("hold")),
        ActionRow("take", mark("Take this picture of the board"), "T", lambda p: p.act("take")),
        ActionRow("region", mark("Draw the region"), "R", lambda p: p.act("region")),
        ActionRow("ignore", mark("Draw an area to ignore"), "I", lambda p: p.act("ignore")),
        ActionRow("remove", mark("Remove the chosen area"), "Del", lambda p: p.act("remove")),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.draft = Draft(desk, self)
        self.list, self.stack, self.bar = QListWidget(), QStackedWidget(), SaveBar(self.draft)
        self.sections: dict[int, Section] = {}
        self._build()
        self.list.currentRowChanged.connect(self._choose)
        self.draft.about_to_save.connect(self._let_go)
        self.draft.saved.connect(self._resume)
        self.draft.tried.connect(self._mark_wrong)
        self.draft.changed.connect(self._mark_wrong)
        desk.changed.connect(self._on_desk_changed)
        self.retranslate()

    @property
    def section(self) -> Section | None:
        """The one in sight."""
        return self.sections.get(self.list.currentRow())

    def save(self) -> None:
        """Write what was changed, or show what is wrong with it."""
        wrong = self.draft.wrong
        if wrong:
            self._show_wrong(next(iter(wrong)))
        elif self.bar.save.isEnabled():
            self.draft.save()

    def discard(self) -> None:
        """Everything as it runs; asked about, since it cannot be undone."""
        if self.draft.is_changed and self._asked(
            tr("Discard {count} changes?", count=max(1, len(self.draft.keys)))
        ):
            self.draft.discard()

    def step(self, by: int) -> None:
        """Another section."""
        self.list.setCurrentRow((self.list.currentRow() + by) % self.list.count())

    def act(self, name: str) -> None:
        """A key that means something in the section in sight."""
        if self.section is not None:
            self.section.act(name)

    @override
    def entered(self) -> None:
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        elif self.section is not None:
            self.section.entered()
        self.list.setFocus()
        self.bar.follow()

    @override
    def left(self) -> None:
        self._let_go()
        self.draft.eye.stop()

    @override
    def may_leave(self) -> bool:
        if not self.draft.is_changed:
            return True
        if not self._asked(tr("The changes are not saved. Leave, and lose them?")):
            return False
        self.draft.discard()
        return True

    @override
    def retranslate(self) -> None:
        for index, row in enumerate(SECTIONS):
            item = self.list.item(index)
            if item is not None:
                item.setText(tr(row.title))
                item.setSizeHint(QSize(0, self._touch_px()))
        metrics = self.list.fontMetrics()
        widest = max(metrics.horizontalAdvance("⚠ " + tr(row.title)) for row in SECTIONS)
        self.list.setFixedWidth(widest + 2 * metrics.height())
        for section in self.sections.values():
            section.retranslate()
        self.bar.follow()

    def _touch_px(self) -> int:
        """Height of what a finger presses, at this size of letters."""
        self.list.ensurePolished()
        return round(2.2 * self.list.fontMetrics().height())

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.StyleChange:
            self.retranslate()  # other letters: other widths

    def _build(self) -> None:
        for row in SECTIONS:
            self.list.addItem(tr(row.title))
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.stack.addWidget(scroll)
        self.list.setStyleSheet(
            "QListWidget::item { padding-left: 0.6em; } QListWidget::item:selected "
            "{ background: palette(highlight); color: palette(highlighted-text); }"
        )
        say(self.list.setAccessibleName, "Sections of the settings")
        middle = QHBoxLayout()
        middle.addWidget(self.list)
        middle.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(middle, 1)
        column.addWidget(self.bar)

    def _choose(self, index: int) -> None:
        if index < 0:
            return
        self._let_go()
        scroll = self.stack.widget(index)
        if index not in self.sections and isinstance(scroll, QScrollArea):
            self.sections[index] = section = SECTIONS[index].make(self.draft)
            if section.is_narrow:  # it scrolls for itself, beside its picture
                self.stack.removeWidget(scroll)
                scroll.deleteLater()
                self.stack.insertWidget(index, section)
            else:
                scroll.setWidget(section)
        self.stack.setCurrentIndex(index)
        if self.isVisible():
            self.sections[index].entered()

    def _let_go(self) -> None:
        for section in self.sections.values():
            section.left()

    def _resume(self) -> None:
        if self.isVisible() and self.section is not None:
            self.section.entered()

    def _mark_wrong(self) -> None:
        """The sections with something wrong in them, by a sign in the list."""
        wrong = self.draft.wrong
        for index, row in enumerate(SECTIONS):
            item = self.list.item(index)
            is_wrong = any(key in wrong for key in row.keys)
            if item is not None:
                item.setText(("⚠ " if is_wrong else "") + tr(row.title))

    def _show_wrong(self, key: str) -> None:
        for index, row in enumerate(SECTIONS):
            if key in row.keys:
                self.list.setCurrentRow(index)
                editor = self.sections[index].show_row(key)
                if editor is not None:
                    editor.setFocus()
                    self._scroll_to(editor)

    def _scroll_to(self, editor: QWidget) -> None:
        above = editor.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(editor)

    def _asked(self, question: str) -> bool:
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(self, tr("Settings"), question, buttons.Yes | buttons.No)
        return answer == buttons.Yes

    def _on_desk_changed(self) -> None:
        if not self.draft.is_saving:
            self.draft.changed.emit()
