"""What was changed and not saved, and the two ways out of it."""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from ui.language import say, tr
from ui.settings.draft import Draft


class SaveBar(QFrame):
    """At the foot of the page; always there, so that nothing jumps."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.draft = draft
        self.text, self.wrong = QLabel(), QLabel()
        self.save, self.discard, self.undo = QPushButton(), QPushButton(), QPushButton()
        for label in (self.text, self.wrong):
            label.setWordWrap(True)
        self.wrong.setObjectName("bad")
        self.save.setObjectName("primary")
        say(self.save.setText, "Save (Ctrl+S)")
        say(self.discard.setText, "Discard (Ctrl+D)")
        say(self.undo.setText, "Undo (Ctrl+Z)")
        row = QHBoxLayout(self)
        row.addWidget(self.text, 3)
        row.addWidget(self.wrong, 4)
        for button in (self.undo, self.discard, self.save):
            row.addWidget(button)
        self.save.clicked.connect(draft.save)
        self.undo.clicked.connect(draft.undo)
        self.discard.clicked.connect(draft.discard)
        draft.changed.connect(self.follow)
        draft.tried.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Say how many changes there are, and what saving does."""
        draft = self.draft
        count = len(draft.keys) + len(draft.unread.keys() - set(draft.keys))
        wrong = len(draft.wrong)
        self.text.setText(self._said(count))
        self.wrong.setText(
            tr(draft.errors.get("", "")) or (self._count_wrong(wrong) if wrong else "")
        )
        self.wrong.setVisible(bool(wrong))
        for button in (self.undo, self.discard):
            button.setEnabled(draft.is_changed and not draft.is_saving)
        can = self._can_save(count, wrong)
        self.save.setEnabled(can)

    def _can_save(self, count: int, wrong: int) -> bool:
        draft = self.draft
        is_new = draft.place is not None and draft.desk.config_file is None
        return not draft.is_saving and not wrong and (count > 0 or is_new)

    def _said(self, count: int) -> str:
        draft, place = self.draft, self.draft.place
        if draft.is_saving:
            return tr("Saving…")
        if place is None:
            return tr("Nothing is configured yet: there is nothing to change.")
        if draft.desk.config_file is None:
            return tr("There is no station.toml yet. Saving writes {file}.", file=str(place))
        if not count:
            return tr("Nothing is changed. File: {file}", file=str(place))
        if draft.restarts:
            return tr("Changed: {count}. The line starts anew after the part in hand.", count=count)
        return tr("Changed: {count}. Holds at once, the line goes on.", count=count)

    def _count_wrong(self, count: int) -> str:
        return tr("Wrong: {count}. Correct what is marked.", count=count)
