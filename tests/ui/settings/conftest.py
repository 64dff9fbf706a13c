"""A bench with a station.toml on the disk, and its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from station.settings_file import load_config
from ui.desk import Desk
from ui.settings.page import SettingsView
from ui.settings.section import Section
from ui.settings.sections import SECTIONS

TEXT = """# the bench at the window
[station]
name = "bench-1"
bundle = "{bundle}"
out = "results"
camera = "{camera}"

[trigger]
mode = "automatic"  # or manual
"""


@pytest.fixture
def toml(tmp_path: Path, bundle_folder: Path) -> Path:
    path = tmp_path / "station.toml"
    camera = "sim:?rate=60&size=320x240&fps=15"
    path.write_text(TEXT.format(bundle=bundle_folder, camera=camera), encoding="utf-8")
    return path


OpenPage = Callable[[Path | None], SettingsView]


@pytest.fixture
def open_page(qtbot: QtBot, toml: Path) -> Iterator[OpenPage]:
    """Opens the page as the window would; nothing of it lives on after the test."""
    opened: list[SettingsView] = []

    def open_one(file: Path | None) -> SettingsView:
        view = SettingsView(Desk(load_config(toml, {}), file))
        opened.append(view)
        view.resize(1280, 600)
        view.show()
        view.entered()
        return view

    yield open_one
    for view in opened:
        view.left()
        view.desk.line.halt()
        qtbot.waitUntil(lambda view=view: not view.desk.line.is_alive, timeout=30_000)
        assert view.desk.wait()
        view.close()
        view.deleteLater()


@pytest.fixture
def page(open_page: OpenPage, toml: Path) -> SettingsView:
    return open_page(toml)


@pytest.fixture
def go_to(page: SettingsView) -> Callable[[str], Section]:
    """Another section, by its English title."""

    def go(title: str) -> Section:
        page.list.setCurrentRow([row.title for row in SECTIONS].index(title))
        assert page.section is not None
        return page.section

    return go


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the person says to questions, in order; a question that is not expected fails."""
    said: list[bool] = []

    def question(*_: object) -> QMessageBox.StandardButton:
        buttons = QMessageBox.StandardButton
        return buttons.Yes if said.pop(0) else buttons.No

    monkeypatch.setattr(QMessageBox, "question", question)
    return said
