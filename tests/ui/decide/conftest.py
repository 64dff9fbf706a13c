"""The page over a real store, which a real stream of the station filled."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from benches import Bench, inbox_config
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.domain import Record
from station.run import run_station
from station.sayings import Review, Severity
from station.store.store import open_store
from ui.actions import install
from ui.decide.page import DecideView
from ui.desk import Desk


@dataclass(slots=True)
class Shown:
    """The page, and what it told the person."""

    view: DecideView
    desk: Desk
    config: StationConfig
    said: list[tuple[str, Severity]] = field(default_factory=list)

    @property
    def source(self) -> str | None:
        part = self.view.rounds.part
        return None if part is None else part.record.source

    def reviews(self, record: Record) -> list[Review]:
        with open_store(self.config.database) as store:
            return store.reviews(record.uuid)


@pytest.fixture(scope="session")
def inspected_once(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> Path:
    """1 good, 2 and 3 doubtful, 4 marked, 5 doubtful, 6 broken; all of them decided."""
    root = tmp_path_factory.mktemp("inspected")
    (root / "inbox").mkdir()
    bench = Bench(inbox_config(root, bundle_folder))
    bench.put_good("1.png")
    bench.put_doubtful("2.png")
    bench.put_doubtful("3.png")
    bench.put_marked("4.png")
    bench.put_doubtful("5.png")
    bench.put_broken("6.png")
    for _ in run_station(bench.config, threading.Event()):
        pass
    return root


@pytest.fixture
def inspected(inspected_once: Path, bundle_folder: Path, tmp_path: Path) -> Bench:
    """A copy of its own."""
    shutil.copytree(inspected_once, tmp_path / "bench")
    return Bench(inbox_config(tmp_path / "bench", bundle_folder))


@pytest.fixture
def records(inspected: Bench) -> dict[str, Record]:
    """By the picture's name."""
    with open_store(inspected.config.database) as store:
        return {record.source: record for record in store.records()}


@pytest.fixture
def open_page(qtbot: QtBot, inspected: Bench) -> Iterator[Callable[..., Shown]]:
    """Opens the page; at the end nothing of it works on."""
    opened: list[Shown] = []

    def open_one(operator: str | None = "Ada", **changes: object) -> Shown:
        config = replace(inspected.config, operator=operator, **changes)  # type: ignore[arg-type]
        desk = Desk(config)
        shown = Shown(DecideView(desk), desk, config)
        desk.said.connect(lambda text, severity: shown.said.append((text, severity)))
        opened.append(shown)
        install(shown.view, shown.view.ACTIONS)  # as the window does
        qtbot.addWidget(shown.view)
        shown.view.resize(1280, 640)
        shown.view.show()
        shown.view.entered()
        qtbot.waitUntil(lambda: not shown.view.rounds.loading)
        return shown

    yield open_one
    for shown in opened:
        shown.view.left()
        shown.view.close()
        assert shown.desk.wait()
