"""A bundle with several defect classes: a digit says which; parts that come in while one looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kept import uuid_of
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot
from waiting_parts import a_word, doubtful, know_the_bundle

from station.config import StationConfig
from station.domain import Decision
from station.person import Person, Role
from station.sayings import Review
from station.store.store import Store, open_store
from ui.actions import install
from ui.decide.page import DecideView
from ui.desk import Desk

Key = Qt.Key


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "inbox").mkdir()
    with open_store(str(tmp_path / "out" / "inspections.db")) as store:
        know_the_bundle(store)
        yield store


@pytest.fixture
def view(store: Store, tmp_path: Path, qtbot: QtBot) -> Iterator[DecideView]:
    store.add(doubtful(1, 0.7), doubtful(2, 0.3), doubtful(3, 0.7))
    config = StationConfig(
        inbox=tmp_path / "inbox", bundle=tmp_path / "none", out=tmp_path / "out", operator="Ada"
    )
    desk = Desk(config)
    view = DecideView(desk)
    install(view, view.ACTIONS)  # as the window does
    qtbot.addWidget(view)
    view.resize(1100, 620)
    view.show()
    view.entered()
    qtbot.waitUntil(lambda: not view.rounds.loading)
    yield view
    view.left()
    view.close()
    assert desk.wait()


def said_of(store: Store, part: int, qtbot: QtBot) -> Review:
    qtbot.waitUntil(lambda: bool(store.reviews(uuid_of(part))))
    return store.reviews(uuid_of(part))[-1]


def press(view: DecideView, key: Qt.Key, qtbot: QtBot) -> None:
    qtbot.keyClick(view.focusWidget() or view, key)


def test_a_digit_rejects_as_that_class(view: DecideView, store: Store, qtbot: QtBot) -> None:
    assert [button.word for button in view.bar.class_buttons] == ["crack", "chip"]
    press(view, Key.Key_2, qtbot)
    review = said_of(store, 1, qtbot)
    assert (review.decision, review.true_class) == (Decision.REJECT, "chip")
    assert review.reason == "agreed"
    press(view, Key.Key_3, qtbot)  # there is no third
    assert view.rounds.part is not None and view.rounds.part.record.uuid == uuid_of(2)


def test_a_digit_against_the_model_asks_why_and_keeps_the_class(
    view: DecideView, store: Store, qtbot: QtBot
) -> None:
    view.rounds.skip()
    press(view, Key.Key_1, qtbot)
    assert view.asks_reason
    assert view.reasons.question.text().startswith("REJECT (crack)")
    press(view, Key.Key_1, qtbot)
    review = said_of(store, 2, qtbot)
    assert (review.true_class, review.reason) == (
        "crack",
        "overruled: defect not seen by the model",
    )


def test_a_click_on_a_class_does_as_its_key(view: DecideView, store: Store, qtbot: QtBot) -> None:
    qtbot.mouseClick(view.bar.class_buttons[0], Qt.MouseButton.LeftButton)
    assert said_of(store, 1, qtbot).true_class == "crack"


def test_a_part_that_comes_in_joins_without_moving_what_is_in_hand(
    view: DecideView, store: Store, qtbot: QtBot
) -> None:
    assert view.head.progress.text() == "1 of 3 waiting"
    store.add(doubtful(9))
    view.desk.decided.emit(object())
    qtbot.waitUntil(lambda: view.head.progress.text() == "1 of 4 waiting")
    assert view.rounds.part is not None and view.rounds.part.record.uuid == uuid_of(1)


def test_an_answer_that_cannot_be_written_brings_its_part_back(
    view: DecideView, store: Store, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from station.errors import StoreError

    told: list[str] = []
    view.desk.said.connect(lambda text, _severity: told.append(text))

    def broken(*_: object, **__: object) -> None:
        raise StoreError("the database cannot be written (disk full).")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "add_review", broken)
        press(view, Key.Key_R, qtbot)
        qtbot.waitUntil(lambda: bool(told))
    assert "disk full" in told[0]
    assert view.rounds.part is not None and view.rounds.part.record.uuid == uuid_of(1)
    assert view.head.progress.text() == "1 of 3 waiting" and view.rounds.undoable is None
    press(view, Key.Key_R, qtbot)
    assert said_of(store, 1, qtbot).decision is Decision.REJECT


def test_what_was_said_before_is_shown_and_may_be_said_otherwise(
    view: DecideView, store: Store, qtbot: QtBot
) -> None:
    store.add_review(a_word(1, 3, Decision.PASS, reason="overruled: dust"))
    view.show_part(uuid_of(3))
    qtbot.waitUntil(lambda: "B. Jones decided PASS" in view.case.second.text())
    assert view.case.second.text().endswith(": dust")
    press(view, Key.Key_1, qtbot)
    qtbot.waitUntil(lambda: len(store.reviews(uuid_of(3))) == 2)
    assert store.reviews(uuid_of(3))[-1].true_class == "crack"


def test_another_person_takes_back_nobody_s_answers(
    view: DecideView, store: Store, qtbot: QtBot
) -> None:
    press(view, Key.Key_R, qtbot)
    qtbot.waitUntil(lambda: view.rounds.undoable is not None)
    view.desk.person = Person("Bob", Role.OPERATOR)
    view.desk.changed.emit()
    qtbot.waitUntil(lambda: not view.rounds.loading)
    assert view.rounds.undoable is None and not view.bar.undo_button.isEnabled()
    press(view, Key.Key_P, qtbot)
    assert said_of(store, 2, qtbot).operator == "Bob"


def test_the_line_s_coming_and_going_leaves_the_part_in_hand(
    view: DecideView, qtbot: QtBot
) -> None:
    view.rounds.skip()
    view.desk.changed.emit()
    assert not view.rounds.loading
    assert view.rounds.part is not None and view.rounds.part.record.uuid == uuid_of(2)


def test_all_buttons_fit_a_finger(view: DecideView) -> None:
    for button in (view.bar.pass_button, view.bar.undo_button, *view.bar.class_buttons):
        assert button.height() >= 44
