"""The model looked at: its name, what it is at the moment, and what can be done with it."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from station.models.active import Act, Activation
from station.models.shelf import Shelf, Shelved
from ui.language import say, tr
from ui.wording import moment


class Head(QWidget):
    """Above the tabs."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.state = QLabel(), QLabel()
        self.name.setObjectName("title")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.activate, self.back, self.measure = QPushButton(), QPushButton(), QPushButton()
        self.activate.setObjectName("primary")
        say(self.activate.setText, "Activate (A)")
        say(self.back.setText, "Roll back (B)")
        say(self.measure.setText, "Measure here (W)")
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        for button in (self.measure, self.back, self.activate):
            row.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(row)
        box.addWidget(self.state)

    def show_model(self, shelf: Shelf | None, model: Shelved | None, *, busy: bool) -> None:
        """busy: something takes long at the moment, so that nothing else can be begun."""
        self.name.setText("" if model is None else model.name)
        self.name.setToolTip("" if model is None else str(model.path))
        text, mood = _state(shelf, model)
        self.state.setText(text)
        self.state.setVisible(bool(text))
        if self.state.objectName() != mood:
            self.state.setObjectName(mood)
            style = self.state.style()
            if style is not None:
                style.unpolish(self.state)
                style.polish(self.state)
        whole = model is not None and model.bundle is not None and model.trusted
        done = model is not None and model.decides and not model.trouble
        self.activate.setEnabled(whole and not done and not busy)
        self.measure.setEnabled(whole and not busy)
        before = None if shelf is None or shelf.actives is None else shelf.actives.before
        self.back.setEnabled(before is not None and not busy)
        self.back.setToolTip(
            tr("No model was activated in place of another here.")
            if before is None
            else tr("{name} decides again", name=before.name)
        )


def _state(shelf: Shelf | None, model: Shelved | None) -> tuple[str, str]:
    """What is said of the model, and the mood of the label."""
    if shelf is not None and shelf.trouble:
        return shelf.trouble, "bad"
    if model is None or shelf is None:
        return "", ""
    if model.trouble:
        return tr(model.trouble), "bad"
    if model.decides:
        latest = None if shelf.actives is None else shelf.actives.history[-1]
        if latest is None:
            return tr("Decides, as the settings name it."), "good"
        return _since(latest), "good"
    if model.before:
        return tr("Decided before: a rollback brings it back."), "quiet"
    return tr("Verified: every file is as it was exported. It does not decide."), "quiet"


def _since(latest: Activation) -> str:
    values = {"who": latest.by, "when": moment(latest.at, seconds=False), "why": latest.reason}
    if latest.act is Act.ROLLED_BACK:
        return tr("Decides since {when}, rolled back by {who}: {why}", **values)
    return tr("Decides since {when}, activated by {who}: {why}", **values)
