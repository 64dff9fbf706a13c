"""The page over a real store, whose parts people decided."""

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
from station.domain import Decision
from station.reviewing.answers import Answer, give
from station.reviewing.leaning import leaning
from station.reviewing.queue import look_up
from station.run import run_station
from station.sayings import Severity
from station.store.store import open_store
from ui.actions import install
from ui.desk import Desk
from ui.learn.page import LearnView


@dataclass(slots=True)
class Shown:
    """The page, and what it told the person."""

    view: LearnView
    desk: Desk
    config: StationConfig
    said: list[tuple[str, Severity]] = field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        return [each.record.source for each in self.view.model.rows]


@pytest.fixture(scope="session")
def decided_once(tmp_path_factory: pytest.TempPathFactory, bundle_folder: Path) -> Path:
    """1 good, 2 doubtful and rejected, 3 marked, 4 doubtful and not decided."""
    root = tmp_path_factory.mktemp("decided")
    (root / "inbox").mkdir()
    bench = Bench(inbox_config(root, bundle_folder))
    bench.put_good("1.png")
    bench.put_doubtful("2.png")
    bench.put_marked("3.png")
    bench.put_doubtful("4.png")
    for _ in run_station(bench.config, threading.Event()):
        pass
    said = {"1.png": Decision.PASS, "2.png": Decision.REJECT, "3.png": Decision.REJECT}
    with open_store(bench.config.database) as store:
        for record in store.records():
            decision = said.get(record.source)
            part = look_up(store, record.uuid)
            if decision is not None and part is not None:
                reason = "" if leaning(record) is decision else "dust"
                give(store, part, Answer(decision, reason=reason), "Bob")
    return root


@pytest.fixture
def decided(decided_once: Path, bundle_folder: Path, tmp_path: Path) -> Bench:
    """A copy of its own."""
    shutil.copytree(decided_once, tmp_path / "bench")
    return Bench(inbox_config(tmp_path / "bench", bundle_folder))


@pytest.fixture
def open_page(qtbot: QtBot) -> Iterator[Callable[..., Shown]]:
    """Opens the page on a bench; at the end nothing of it works on."""
    opened: list[Shown] = []

    def open_one(bench: Bench, operator: str | None = "Ada") -> Shown:
        config = replace(bench.config, operator=operator)
        desk = Desk(config)
        shown = Shown(LearnView(desk), desk, config)
        desk.said.connect(lambda text, severity: shown.said.append((text, severity)))
        opened.append(shown)
        install(shown.view, shown.view.ACTIONS)  # as the window does
        qtbot.addWidget(shown.view)
        shown.view.resize(1280, 640)
        shown.view.show()
        shown.view.entered()
        qtbot.waitUntil(lambda: shown.view.gathered is not None)
        return shown

    yield open_one
    for shown in opened:
        shown.view.left()
        shown.view.close()
        assert shown.desk.wait()
