"""The lock: nothing acts, what shows stays in sight, and a PIN opens it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bench_people import OPERATOR, OTHER, SECRETS, SUPERVISOR
from PyQt6.QtCore import QPoint, QRect, QSize, Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.language import Speech
from ui.people.lock_screen import place_beside
from ui.people.session import Session

Settle = Callable[[], None]
LEFT = Qt.MouseButton.LeftButton


@pytest.mark.usefixtures("at_work")
def test_the_banner_stays_in_sight_beside_the_card(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    size = window.banner.size()
    session.lock()
    settle()
    for unfolded in (False, True):
        if unfolded:
            window.lock.unfold()
            settle()
        assert window.lock.unfolded is unfolded
        banner = QRect(window.banner.mapTo(window, QPoint(0, 0)), window.banner.size())
        for part in (window.lock.card, window.lock.bar):
            if not part.isHidden():
                place = QRect(part.mapTo(window, QPoint(0, 0)), part.size())
                assert not place.intersects(banner)
                assert window.rect().contains(place)
        shown = window.grab().toImage()
        middle = window.banner.mapTo(window, window.banner.rect().center())
        assert window.lock.childAt(middle) is None
        assert shown.pixelColor(middle).isValid()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    assert window.banner.size() == size, "the bar gave its room back"


@pytest.mark.usefixtures("at_work")
def test_typing_the_pin_opens_it(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    session.lock()
    settle()
    card = window.lock.card
    qtbot.keyClicks(window.lock, "2")  # the first key opens the card, and counts
    assert window.lock.unfolded
    assert card.person is not None and card.person.name == OPERATOR.name
    qtbot.keyClicks(card.field, "58")
    qtbot.mouseClick(card.pad.keys["1"], LEFT)
    qtbot.mouseClick(card.pad.keys["erase"], LEFT)
    qtbot.mouseClick(card.pad.keys["0"], LEFT)
    assert card.field.text() == "2580"
    assert card.field.displayText() != "2580"
    qtbot.mouseClick(card.pad.keys["enter"], LEFT)
    settle()
    assert not session.shut
    assert window.lock.isHidden()
    assert card.field.text() == ""


@pytest.mark.usefixtures("at_work")
def test_a_wrong_pin_is_said_and_forgotten_and_three_make_it_wait(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    now_s = [0.0]
    session.tries.clock = lambda: now_s[0]
    session.lock()
    settle()
    window.lock.unfold()
    card = window.lock.card
    for number in range(3):
        assert card.field.isEnabled()
        qtbot.keyClicks(card.field, "1111")
        qtbot.keyClick(card.field, Qt.Key.Key_Return)
        settle()
        assert session.shut
        assert card.field.text() == ""
        if number < 2:
            assert card.message.text() == "That PIN or password is not right. Try again."
            assert card.field.hasFocus()
    assert card.message.text() == "Too many wrong tries. Try again in 5 s."
    assert card.enter.text() == "Wait 5 s" and not card.enter.isEnabled()
    assert not card.pad.isEnabled() and not card.field.isEnabled()
    now_s[0] = 3.2
    card._show_state()
    assert card.message.text() == "Too many wrong tries. Try again in 2 s."
    now_s[0] = 5.0
    card._show_state()
    assert card.field.isEnabled() and card.field.hasFocus() and card.enter.text() == "Sign in"
    qtbot.keyClicks(card.field, "2580")
    qtbot.keyClick(card.field, Qt.Key.Key_Return)
    settle()
    assert not session.shut


@pytest.mark.usefixtures("people")
def test_at_the_start_one_is_asked_who_one_is(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    session.start()
    assert window.lock.isVisible() and not window.lock.unfolded
    assert window.try_all(qtbot) == []
    settle()
    card = window.lock.card
    assert window.lock.unfolded and card.person is None
    texts = [button.text() for button in card.names.buttons]
    assert texts == ["Kim Younghee\nadministrator", "B. Jones\nsupervisor",
                     "김 철수\noperator", "A. Smith\noperator"]  # fmt: skip
    assert card.names.buttons[0].hasFocus()
    qtbot.mouseClick(card.names.buttons[1], LEFT)
    assert card.title.text() == SUPERVISOR.name
    qtbot.keyClicks(card.field, SECRETS[SUPERVISOR.name])
    qtbot.mouseClick(card.enter, LEFT)
    settle()
    assert session.desk.person == SUPERVISOR


@pytest.mark.usefixtures("at_work")
def test_switching_asks_for_the_name_first(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    session.switch_person()
    settle()
    card = window.lock.card
    assert window.lock.unfolded and card.person is None
    assert session.desk.person == OPERATOR
    qtbot.mouseClick(card.names.buttons[3], LEFT)
    qtbot.keyClicks(card.field, SECRETS[OTHER.name])
    qtbot.keyClick(card.field, Qt.Key.Key_Return)
    settle()
    assert session.desk.person == OTHER


@pytest.mark.usefixtures("at_work")
def test_the_language_changes_under_the_lock(
    window: Any, session: Session, qapp: QApplication, settle: Settle
) -> None:
    session.lock()
    settle()
    speech = Speech(qapp)
    assert window.lock.bar.text.text() == (
        "Locked. 김 철수 (operator) is signed in. The inspection goes on."
    )
    speech.use("ko")
    settle()
    assert window.lock.bar.text.text() == (
        "잠겨 있습니다. 로그인: 김 철수 (작업자). 검사는 계속됩니다."
    )
    window.lock.unfold()
    assert window.lock.card.role.text() == "작업자"
    assert window.lock.card.enter.text() == "로그인"
    speech.use("en")
    speech.deleteLater()


@pytest.mark.usefixtures("people")
def test_many_names_are_found_by_typing(
    window: Any, session: Session, settle: Settle, qtbot: QtBot
) -> None:
    session.start()
    settle()
    names = window.lock.card.names
    known = session.known
    assert known is not None
    many = [known[0], *(known[2] for _ in range(3)), *known] * 2
    names.show_known(many)
    assert names.field.isVisible()
    assert len(names.buttons) == 10
    assert names.more.text() == "6 more: type some letters of the name."
    qtbot.keyClicks(names.field, "jones")
    assert {button.toolTip() for button in names.buttons} == {SUPERVISOR.name}
    names.field.setText("nobody at all")
    assert names.buttons == []
    assert names.more.text() == "Nobody of that name may sign in here."
    names.show_known([*known, *(known[0] for _ in range(8))])
    names.field.setText("smith")
    with qtbot.waitSignal(names.chosen) as chosen:
        qtbot.keyClick(names.field, Qt.Key.Key_Return)
    assert chosen.args == [known[3]]


ROOM = QRect(0, 0, 1280, 660)


@pytest.mark.parametrize(
    ("taken", "inside"),
    [
        (QRect(850, 0, 430, 480), QRect(0, 0, 850, 660)),
        (QRect(0, 0, 430, 660), QRect(430, 0, 850, 660)),
        (QRect(0, 0, 1280, 240), QRect(0, 240, 1280, 420)),
        (QRect(0, 440, 1280, 220), QRect(0, 0, 1280, 440)),
        (None, ROOM),
        (QRect(2000, 0, 100, 100), ROOM),
    ],
)
def test_a_card_lies_where_it_hides_nothing(taken: QRect | None, inside: QRect) -> None:
    place = place_beside(taken, ROOM, QSize(400, 560))
    assert inside.contains(place)
    assert place.width() == 400
    if inside.height() > 600:
        assert place.height() == 560
