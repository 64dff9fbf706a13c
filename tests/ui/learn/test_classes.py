"""Rejected parts of which nobody said what defect they have: one key says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kept import sha256_of, uuid_of
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot
from waiting_parts import a_word, doubtful, know_the_bundle

from station.config import StationConfig
from station.domain import Decision
from station.learning.candidates import Obstacle
from station.store.store import Store, open_store
from ui.actions import install
from ui.desk import Desk
from ui.learn.page import LearnView

Key = Qt.Key


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "inbox").mkdir()
    for number in (1, 2):
        path = tmp_path / "out" / "images" / sha256_of(number)[:2] / f"{sha256_of(number)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a picture")
    with open_store(str(tmp_path / "out" / "inspections.db")) as store:
        know_the_bundle(store)
        store.add(doubtful(1, 0.7), doubtful(2, 0.7))
        for number in (1, 2):
            store.add_review(a_word(number, number, Decision.REJECT))
        yield store


@pytest.fixture
def view(store: Store, tmp_path: Path, qtbot: QtBot) -> Iterator[LearnView]:
    config = StationConfig(
        inbox=tmp_path / "inbox", bundle=tmp_path / "none", out=tmp_path / "out", operator="Ada"
    )
    desk = Desk(config)
    view = LearnView(desk)
    install(view, view.ACTIONS)  # as the window does
    qtbot.addWidget(view)
    view.show()
    view.entered()
    qtbot.waitUntil(lambda: view.gathered is not None)
    yield view
    view.left()
    view.close()
    assert desk.wait()


def row(view: LearnView, part: int) -> int:
    return [each.record.uuid for each in view.model.rows].index(uuid_of(part))


def test_what_nobody_named_is_not_taken_until_somebody_does(
    view: LearnView, store: Store, qtbot: QtBot
) -> None:
    assert view.summary.text() == "Parts for training: 0"
    assert not view.export_button.isEnabled()
    assert {each.obstacle for each in view.model.rows} == {Obstacle.TO_CONFIRM}
    view.table.selectRow(row(view, 1))
    qtbot.keyClick(view.table, Key.Key_C)  # as the model guessed
    qtbot.waitUntil(lambda: view.summary.text() == "Parts for training: 1")
    view.table.selectRow(row(view, 2))
    qtbot.keyClick(view.table, Key.Key_2)
    qtbot.waitUntil(lambda: view.summary.text() == "Parts for training: 2")
    words = {part: store.reviews(uuid_of(part))[-1] for part in (1, 2)}
    assert {part: word.true_class for part, word in words.items()} == {1: "crack", 2: "chip"}
    assert {word.reason for word in words.values()} == {"class given: crack", "class given: chip"}
    assert {word.decision for word in words.values()} == {Decision.REJECT}
    assert {word.operator for word in words.values()} == {"Ada"}


def test_several_are_named_at_once(view: LearnView, qtbot: QtBot) -> None:
    view.table.selectAll()
    qtbot.keyClick(view.table, Key.Key_1)
    qtbot.waitUntil(lambda: view.summary.text() == "Parts for training: 2")
    assert {each.class_name for each in view.model.rows} == {"crack"}


def test_who_was_quicker_is_told(view: LearnView, store: Store, qtbot: QtBot) -> None:
    told: list[str] = []
    view.desk.said.connect(lambda text, _severity: told.append(text))
    store.add_review(a_word(9, 1, Decision.PASS, operator="Bob"))
    view.table.selectRow(row(view, 1))
    qtbot.keyClick(view.table, Key.Key_C)
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["Bob said PASS on this part meanwhile."]
    qtbot.waitUntil(lambda: view.model.rows[row(view, 1)].class_name == "normal")
