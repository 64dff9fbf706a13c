"""Section Window: how it looks, sounds and locks. Nothing here changes a verdict."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from station.domain import Decision
from ui.language import mark, tr
from ui.settings.draft import Draft
from ui.settings.section import Section
from ui.tone import Tone
from ui.wording import decision_word

KEYS = (
    "window.language", "window.theme", "window.tone", "window.volume", "window.lock_after_min",
    "window.kiosk", "window.heat_opacity", "window.pass_reasons",
    "window.reject_reasons", "window.reasons",
)  # fmt: skip


class WindowSection(Section):
    """The tones can be tried at the volume that is not saved yet."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.tone = Tone()
        self.tries = {decision: QPushButton() for decision in Decision}
        self.silent = QLabel()
        self.add_title(mark("Window"), mark("Nothing here changes a verdict; it holds at once."))
        self.add_rows(KEYS)
        self.add_title(mark("Try the tones"))
        line = QHBoxLayout()
        for decision, button in self.tries.items():
            button.clicked.connect(lambda _=False, decision=decision: self._play(decision))
            line.addWidget(button)
        line.addStretch(1)
        self.column.addLayout(line)
        self.silent.setObjectName("bad")
        self.silent.setWordWrap(True)
        self.column.addWidget(self.silent)
        self.end()
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed."""
        super().retranslate()
        for decision, button in self.tries.items():
            button.setText(decision_word(decision))

    def _play(self, decision: Decision) -> None:
        volume = self.draft.value("window.volume")
        loud = volume if isinstance(volume, float) and 0.0 <= volume <= 1.0 else 0.5
        self.tone.use(True, loud)
        self.tone.play(decision)
        why = self.tone.failure
        self.silent.setText(tr("There is no sound: {why}", why=why) if why else "")
