"""What was found of the part that was laid down last, in words."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from station.shift.check import Finding
from station.shift.session import PartResult
from ui.shift.wordings import finding_words, remedy_words


class FindingsPanel(QScrollArea):
    """A line for each finding; what is not as it was comes first, with what to do."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._result: PartResult | None = None
        self._lines: tuple[str, ...] = ()
        self._body = QWidget()
        self.setWidget(self._body)
        self.show_result(None)

    @property
    def lines(self) -> tuple[str, ...]:
        """What it says."""
        return self._lines

    def show_result(self, result: PartResult | None) -> None:
        """None: nothing was laid down yet."""
        self._result = result
        self._body = QFrame()
        self._body.setObjectName("panel")
        down = QVBoxLayout(self._body)
        down.setSpacing(3)
        lines = []
        for text, name in self._texts():
            label = QLabel(text)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            if name:
                label.setObjectName(name)
            down.addWidget(label)
            lines.append(text)
        down.addStretch(1)
        self._lines = tuple(lines)
        self.setWidget(self._body)
        self._body.setVisible(bool(lines))

    def retranslate(self) -> None:
        """The language changed."""
        self.show_result(self._result)

    def _texts(self) -> list[tuple[str, str]]:
        """Text and object name of each line."""
        if self._result is None or not self._result.placements:
            return []
        placed = self._result.placements[-1]
        said = [finding for finding in placed.findings if not finding.ok or finding.cause]
        rest = [finding for finding in placed.findings if finding not in said]
        told = [text for finding in said for text in _told(finding)]
        return told + [(finding_words(finding), "quiet") for finding in rest]


def _told(finding: Finding) -> list[tuple[str, str]]:
    return [(finding_words(finding), "bad" if not finding.ok else ""), (remedy_words(finding), "")]
