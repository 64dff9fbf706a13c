"""The Model page over a bench with two real models."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from model_pages import Shown
from pytestqt.qtbot import QtBot
from shops import Shop, open_shop

from station.config import StationConfig
from station.domain import Record
from station.run import run_station
from station.store.store import open_store
from ui.desk import Desk
from ui.model.page import ModelView


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return open_shop(tmp_path)


@pytest.fixture
def inspected(shop: Shop) -> Shop:
    """good, faint and red: PASS, REVIEW and REJECT by `old`, PASS, PASS and REJECT by `new`."""
    for name, redness in (("good.png", None), ("faint.png", 0.3), ("red.png", 1.0)):
        shop.put(name, redness)
    for _ in run_station(shop.config, threading.Event()):
        pass
    return shop


@pytest.fixture
def records(inspected: Shop) -> dict[str, Record]:
    with open_store(inspected.config.database) as store:
        return {record.source: record for record in store.records()}


@pytest.fixture
def open_page(qtbot: QtBot) -> Iterator[Callable[..., Shown]]:
    """Opens the page; at the end nothing of it works on."""
    opened: list[Shown] = []

    def open_one(config: StationConfig | None, **changes: object) -> Shown:
        desk = Desk(None if config is None else replace(config, **changes))  # type: ignore[arg-type]
        shown = Shown(ModelView(desk), desk, qtbot)
        opened.append(shown)
        desk.said.connect(lambda text, severity: shown.said.append((text, severity)))
        shown.view.resize(1184, 660)
        shown.view.show()
        shown.view.entered()
        shown.settle()
        return shown

    yield open_one
    for shown in opened:
        shown.view.errand.end()
        shown.settle()
        shown.desk.wait()
        shown.view.close()
        shown.view.deleteLater()
