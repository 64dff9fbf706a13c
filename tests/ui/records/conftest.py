from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from looked_back import Inspected, inspect_some
from pytestqt.qtbot import QtBot
from records_pages import Open, many_rows, wait_idle

from station.config import StationConfig
from station.store.store import open_store
from ui.desk import Desk
from ui.language import Speech
from ui.records.page import RecordsView


@pytest.fixture(scope="session")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    return inspect_some(tmp_path_factory.mktemp("inspected"))


@pytest.fixture
def some(inspected: Inspected, tmp_path: Path) -> StationConfig:
    """Six parts with their pictures, in a folder of the test's own."""
    shutil.copytree(inspected.config.out, tmp_path / "some")
    return replace(inspected.config, out=tmp_path / "some")


@pytest.fixture(scope="session")
def many_once(inspected: Inspected, tmp_path_factory: pytest.TempPathFactory) -> StationConfig:
    config = replace(inspected.config, out=tmp_path_factory.mktemp("many"))
    with open_store(config.database) as store:
        store.add(*many_rows())
    return config


@pytest.fixture
def many(many_once: StationConfig, tmp_path: Path) -> StationConfig:
    """Rows without pictures."""
    shutil.copytree(many_once.out, tmp_path / "out")
    return replace(many_once, out=tmp_path / "out")


@pytest.fixture
def open_view(qtbot: QtBot, speech: Speech) -> Iterator[Open]:
    """Opens pages at 1180 x 640; they and their questions are over at the end of the test."""
    opened: list[RecordsView] = []
    speech.use("en")

    def open_one(config: StationConfig) -> RecordsView:
        view = RecordsView(Desk(config))
        qtbot.addWidget(view)
        opened.append(view)
        view.resize(1180, 640)
        view.show()
        view.entered()
        wait_idle(qtbot, view)
        return view

    yield open_one
    for view in opened:
        view.left()
        assert view.desk.wait()
        view.close()
