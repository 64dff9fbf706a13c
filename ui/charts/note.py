"""A sentence that keeps to a line or two."""

from __future__ import annotations

import re

from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QLabel, QSizePolicy
from typing_extensions import override

SENTENCE = re.compile(r"(?<=[.!?])(?=\s)")


class Note(QLabel):
    """A sentence in a line or two, the rest in its tip; or all of it when `whole`."""

    def __init__(self, lines: int = 1) -> None:
        super().__init__()
        self._lines = lines
        self.setWordWrap(lines > 1)
        self.setObjectName("quiet")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._said = ""
        self._is_whole = False
        self.is_extra = False
        """Only to be seen when `whole`."""
        self.stays = False
        """Keeps its place while it says nothing."""

    def say(self, text: str, bad: bool = False) -> None:
        """Say another; bad: that something is not well."""
        self._said = text
        name = "bad" if bad else "quiet"
        if name != self.objectName():
            self.setObjectName(name)
            style = self.style()
            if style is not None:
                style.unpolish(self)
                style.polish(self)
        self._fit()

    @property
    def said(self) -> str:
        """All of it, also where not all can be seen."""
        return self._said

    def show_whole(self, whole: bool) -> None:
        """In several lines, or in one."""
        self._is_whole = whole
        self.setWordWrap(whole or self._lines > 1)
        self._fit()

    @override
    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(a0)
        self._fit()

    def _fit(self) -> None:
        shown = self._said if self._is_whole else self._cut()
        self.setText(shown)
        self.setToolTip("" if shown == self._said else self._said)
        is_seen = self._is_whole or not self.is_extra
        self.setVisible(self.stays or (bool(self._said) and is_seen))

    def _cut(self) -> str:
        """As much as there is room for, in whole sentences where one fits; the rest is in the
        tip."""
        if self._lines > 1 and self._fits(self._said):
            return self._said
        flat = " ".join(self._said.split("\n"))
        pieces = SENTENCE.split(flat)
        for count in range(len(pieces), 0, -1):
            shown = "".join(pieces[:count]) + (" …" if count < len(pieces) else "")
            if self._fits(shown):
                return shown
        if self._lines == 1:
            width = self._room_px()
            return self.fontMetrics().elidedText(flat, Qt.TextElideMode.ElideRight, width)
        words = flat.split(" ")
        while len(words) > 1 and not self._fits(" ".join(words) + "…"):
            words.pop()
        return " ".join(words) + "…"

    def _fits(self, text: str) -> bool:
        metrics = self.fontMetrics()
        if self._lines == 1:
            return metrics.horizontalAdvance(text) <= self._room_px()
        room, flags = QRect(0, 0, self._room_px(), 10_000), int(Qt.TextFlag.TextWordWrap.value)
        most = (self._lines + 0.6) * metrics.lineSpacing()
        return metrics.boundingRect(room, flags, text).height() <= most

    def _room_px(self) -> int:
        return max(40, self.width() - 4)
