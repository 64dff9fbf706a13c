"""Which candidates are shown: all, those against the model, those without a class, or one class."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QListWidget, QListWidgetItem
from typing_extensions import override

from station.learning.candidates import Candidate, Gathered, Obstacle
from ui.language import mark, tr
from ui.wording import class_word

ALL, AGAINST, CONFIRM, OUT = "all", "against", "confirm", "out"
GROUPS = {
    ALL: mark("All parts: {count}"),
    AGAINST: mark("Against the model: {count}"),
    CONFIRM: mark("Class to be confirmed: {count}"),
    OUT: mark("Left out: {count}"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """One choice."""

    kind: str
    class_name: str | None = None

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate is shown under it."""
        if self.class_name is not None:
            return candidate.class_name == self.class_name
        if self.kind == AGAINST:
            return candidate.disagrees
        if self.kind == CONFIRM:
            return candidate.obstacle is Obstacle.TO_CONFIRM
        if self.kind == OUT:
            return candidate.obstacle not in (None, Obstacle.TO_CONFIRM)
        return True


class GroupList(QListWidget):
    """The choices with their counts."""

    chosen = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[Group] = [Group(ALL)]
        self._gathered = Gathered((), 0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(True)
        self.currentRowChanged.connect(lambda _row: self.chosen.emit())

    @property
    def group(self) -> Group:
        """The one that is chosen."""
        return self._groups[max(0, min(self.currentRow(), len(self._groups) - 1))]

    def next_group(self) -> None:
        """Choose the next one."""
        if self.count():
            self.setCurrentRow((self.currentRow() + 1) % self.count())

    def show_gathered(self, gathered: Gathered) -> None:
        """Count anew; what was chosen stays chosen."""
        before = self.group
        self._gathered = gathered
        classes = [count.name for count in gathered.counts if count.name]
        self._groups = [*map(Group, GROUPS), *(Group("class", name) for name in classes)]
        at = self._groups.index(before) if before in self._groups else 0
        self.blockSignals(True)
        self.clear()
        for text in self._texts():
            item = QListWidgetItem(text)
            item.setToolTip(text)
            lines = 1 + text.count("\n")
            item.setSizeHint(QSize(0, max(44, round((0.7 + 1.25 * lines) * self._line()))))
            self.addItem(item)
        self.setCurrentRow(at)
        self.blockSignals(False)

    def retranslate(self) -> None:
        """The language changed."""
        self.show_gathered(self._gathered)

    def _line(self) -> int:
        return self.fontMetrics().height()

    def _texts(self) -> list[str]:
        candidates, texts = self._gathered.candidates, []
        counts = {count.name: count for count in self._gathered.counts}
        for group in self._groups:
            if group.class_name is None:
                held = sum(group.holds(each) for each in candidates)
                texts.append(tr(GROUPS[group.kind], count=held))
                continue
            count = counts[group.class_name]
            text = tr("{name}: {count}", name=class_word(count.name), count=count.taken)
            facts = []
            if count.disagree:
                facts.append(tr("{count} against the model", count=count.disagree))
            if count.to_confirm:
                facts.append(tr("{count} to be confirmed", count=count.to_confirm))
            texts.append("\n".join([text, *facts]))
        return texts

    @override
    def sizeHint(self) -> QSize:
        return QSize(10 * self._line(), 12 * self._line())
