"""A lot with everything in a real store, and the page over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from builders import lattice_disc
from kept import a_review, an_intent, numbered
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.domain import Decision, Record
from station.sayings import Severity
from station.sinks import write_overlay
from station.store.store import open_store
from ui.actions import install
from ui.desk import Desk
from ui.language import Speech
from ui.theme import LIGHT, apply_theme
from ui.yields.page import YieldView

LOT = "LOT-7"
DIGEST = "ab" * 32
ENGINE = "openvino CPU certificate 0123456789ab"
LATE = timedelta(minutes=30)
SCORES = {Decision.PASS: 0.05, Decision.REVIEW: 0.4, Decision.REJECT: 0.9, Decision.ERROR: None}
CODES = {
    Decision.PASS: "SCORE_PASS", Decision.REVIEW: "SCORE_BAND", Decision.REJECT: "SCORE_REJECT",
    Decision.ERROR: "UNREADABLE",
}  # fmt: skip


def kind(number: int) -> Decision:
    """6 % rejected; all of the parts 161 to 180."""
    if 160 < number <= 180 or number % 20 == 0:
        return Decision.REJECT
    if number % 50 == 1:
        return Decision.REVIEW
    return Decision.ERROR if number % 100 == 33 else Decision.PASS


def part(number: int, start: datetime, overlay: Path | None, lot: str = LOT) -> Record:
    """The number-th part, 5 seconds after the one before."""
    decision = kind(number)
    when = start + timedelta(seconds=5 * number)
    return numbered(
        number,
        decision,
        lot=lot,
        part_serial=f"SN-{number:05d}",
        decided_at=when,
        captured_at=when,
        defect_probability=SCORES[decision],
        predicted_class=None if decision is Decision.ERROR else "crack",
        codes=(CODES[decision],),
        bundle_sha256=DIGEST,
        engine=ENGINE,
        overlay_path=None if overlay is None or decision is Decision.PASS else str(overlay),
    )


@pytest.fixture
def config(tmp_path: Path) -> StationConfig:
    """A station whose database holds 400 parts of LOT-7, decided in the last hour, one of them
    still open; people judged 40 passed parts and 6 rejected ones."""
    config = StationConfig(
        inbox=tmp_path / "inbox", bundle=tmp_path / "b", out=tmp_path / "out", lot=LOT
    )
    start = datetime.now(timezone.utc) - LATE - timedelta(seconds=2000)
    overlay = write_overlay(config.overlays, "a", "b", lattice_disc((2.0, 1.0)))
    with open_store(config.database) as store:
        thresholds = {"pass_below": 0.2, "reject_from": 0.6}
        store.add_bundle(DIGEST, "a.bundle", {"thresholds": thresholds}, start)
        body = {"signature": {"fingerprint": "ab12 cd34"}}
        store.add_certificate("0123456789ab" + "0" * 52, DIGEST, "x", 0.03, body, start)
        for first in range(1, 400, 100):
            store.add(*(part(n, start, overlay) for n in range(first, first + 100)))
        passes = [n for n in range(1, 401) if kind(n) is Decision.PASS]
        for number in passes[:40]:
            store.add_review(a_review(number, number))
        for number in range(161, 167):
            word = Decision.PASS if number == 161 else Decision.REJECT
            store.add_review(a_review(number, number, decision=word))
        store.open_parts(an_intent(9001, lot=LOT, source="still-open.png"))
    return config


@dataclass(slots=True)
class Shown:
    """The page, and what it told the person."""

    view: YieldView
    desk: Desk
    config: StationConfig
    qtbot: QtBot
    said: list[tuple[str, Severity]] = field(default_factory=list)

    def settle(self) -> YieldView:
        """Until every question was answered."""
        self.desk.wait()
        QApplication.processEvents()
        self.desk.wait()
        QApplication.processEvents()
        return self.view

    def value(self, tile: str) -> str:
        return self.view.tiles.tiles[tile].number.text()

    def note(self, tile: str) -> str:
        return self.view.tiles.tiles[tile].note.said

    def add(self, *records: Record) -> None:
        with open_store(self.config.database) as store:
            store.add(*records)


@pytest.fixture
def open_yield(
    qtbot: QtBot, qapp: QApplication, config: StationConfig
) -> Iterator[Callable[..., Shown]]:
    """Opens the page; changes are of the station's configuration."""
    opened: list[Shown] = []
    apply_theme(qapp, LIGHT)

    def open_one(**changes: object) -> Shown:
        mine = replace(config, **changes)  # type: ignore[arg-type]
        desk = Desk(mine)
        view = YieldView(desk)
        install(view, view.ACTIONS)
        shown = Shown(view, desk, mine, qtbot)
        desk.said.connect(lambda text, severity: shown.said.append((text, severity)))
        opened.append(shown)
        view.resize(1280, 620)
        view.show()
        view.entered()
        shown.settle()
        return shown

    yield open_one
    for shown in opened:
        shown.view.left()
        shown.settle()
        shown.view.close()
        shown.view.deleteLater()


@pytest.fixture
def korean(qapp: QApplication) -> Iterator[None]:
    speech = Speech(qapp)
    speech.use("ko")
    yield
    speech.use("en")
    speech.deleteLater()
