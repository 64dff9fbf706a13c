"""The table of the window's pages. A page's file is imported when it is first shown."""

from __future__ import annotations

from importlib import import_module

from station.person import Role
from ui.desk import Desk
from ui.language import mark
from ui.view import View, ViewRow


def _page(module: str, name: str, desk: Desk) -> View:
    made: View = getattr(import_module(module), name)(desk)
    return made


PAGES: tuple[ViewRow, ...] = (
    ViewRow("live", mark("Live"), "F1", "live", lambda d: _page("ui.live.page", "LiveView", d)),
    ViewRow(
        "decide", mark("Decide"), "F2", "decide", lambda d: _page("ui.decide.page", "DecideView", d)
    ),
    ViewRow(
        "history", mark("History"), "F3", "history",
        lambda d: _page("ui.records.page", "RecordsView", d),
    ),
    ViewRow(
        "yield", mark("Yield"), "F4", "yield", lambda d: _page("ui.yields.page", "YieldView", d)
    ),
    ViewRow(
        "model", mark("Model"), "F5", "model", lambda d: _page("ui.model.page", "ModelView", d)
    ),
    ViewRow(
        "learn", mark("Learn"), "F6", "learn", lambda d: _page("ui.learn.page", "LearnView", d)
    ),
    ViewRow(
        "shift", mark("Shift start"), "F7", "shift",
        lambda d: _page("ui.shift.page", "ShiftView", d),
    ),
    ViewRow(
        "settings", mark("Settings"), "F8", "settings",
        lambda d: _page("ui.settings.page", "SettingsView", d), Role.SUPERVISOR,
    ),
)  # fmt: skip
