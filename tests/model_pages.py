"""The Model page, as a test looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pytestqt.qtbot import QtBot

from station.sayings import Severity
from ui.desk import Desk
from ui.model.confirm import Confirm
from ui.model.page import ModelView


@dataclass(slots=True)
class Shown:
    """The page, and what it told the person."""

    view: ModelView
    desk: Desk
    qtbot: QtBot
    said: list[tuple[str, Severity]] = field(default_factory=list)

    @property
    def inspects_with(self) -> Path | None:
        """The bundle that the line was started with; None: it never was."""
        config = self.desk.line.config
        return None if config is None else config.bundle

    def settle(self) -> None:
        """Until nothing is under way, and all of it is shown."""
        self.qtbot.waitUntil(lambda: not self.view.errand.is_running, timeout=180_000)
        self.qtbot.waitUntil(lambda: not self.desk.line.is_alive, timeout=60_000)
        self.qtbot.waitUntil(lambda: self.desk.wait(0) and not self.desk.is_asking, timeout=30_000)

    def look_at(self, path: Path) -> None:
        self.view.list.look_at(path)
        self.settle()

    def agree(self, name: str = "Ada", reason: str = "a trial") -> None:
        """Fill in the dialog that was asked, and say yes."""
        dialog = self.view.findChild(Confirm)
        assert dialog is not None
        if not dialog.name.isReadOnly():
            dialog.name.setText(name)
        dialog.reason.setCurrentText(reason)
        dialog.yes.click()
        self.qtbot.waitUntil(lambda: not dialog.isVisible())
        self.settle()
