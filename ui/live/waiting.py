"""What the page says while there is no verdict to show."""

from __future__ import annotations

from typing import TypeAlias

from station.config import StationConfig
from ui.desk import Desk
from ui.language import tr
from ui.line import State

Doing: TypeAlias = "tuple[str, int, int]"
"""What takes long before the first part, how many steps of how many."""


def waiting_words(desk: Desk, doing: Doing) -> tuple[str, str]:
    """A word for the banner, and a sentence that says what to do."""
    what, done, total = doing
    state = desk.line.state
    if state is State.STARTING:
        step = f"{what} {done}/{total}" if total > 1 else what
        return tr("Starting"), tr("The engine is opened: {step}", step=step or "…")
    if state is State.ENDED:
        return tr("Done"), tr("No more parts will come.")
    if state is State.RUNNING:
        return tr("Next part"), _how_to_begin(desk.config)
    return tr("Stopped"), tr("Nothing is inspected now.")


def locked_words() -> str:
    """What to do while production is locked."""
    return tr("Production is locked. Press F7 and lay down the golden parts.")


def source_words(config: StationConfig | None) -> str:
    """Where the first picture will come from."""
    if config is None:
        return ""
    if config.camera is not None:
        return tr("The camera {name} is opened.", name=config.feed)
    return tr("Pictures laid into {folder} appear here.", folder=str(config.inbox))


def _how_to_begin(config: StationConfig | None) -> str:
    if config is None or config.camera is None:
        return tr("It is inspected as soon as its picture is there.")
    if config.trigger.is_asked:
        return tr("Lay it down and press the space bar.")
    return tr("Lay it down and take your hand away.")
