"""Who is at the bench, as the desk knows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bench_people import ADMIN, BY_ADMIN, OPERATOR, SHELL, SUPERVISOR
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.people.changes import add_person, set_active, set_role
from station.people.trouble import PeopleError, Trouble
from station.person import Role
from station.sayings import Event
from station.store.store import open_store
from ui.desk import Desk
from ui.people.idle import IdleLock
from ui.people.session import Session

Settle = Callable[[], None]


def log(config: StationConfig) -> list[str]:
    with open_store(config.database) as store:
        return [event.text for event in store.events() if is_of_people(event)]


def is_of_people(event: Event) -> bool:
    return event.kind == "people"


def test_a_bench_without_users_lets_everybody_do_everything(
    session: Session, desk: Desk, settle: Settle
) -> None:
    session.start()
    assert session.shut, "until the database has said so, nobody may"
    assert not desk.may(Role.OPERATOR)
    settle()
    assert not session.shut
    assert not desk.has_users
    assert desk.may(Role.ADMINISTRATOR)
    session.lock()
    assert not session.shut, "nobody could open it again"


def test_without_a_configuration_there_is_nobody_to_ask(qtbot: QtBot) -> None:
    desk = Desk(None)
    session = Session(desk)
    session.start()
    assert not session.shut
    assert not desk.has_users
    desk.deleteLater()


def test_a_database_that_cannot_be_asked_opens_no_door(
    session: Session, desk: Desk, settle: Settle, config: StationConfig
) -> None:
    Path(config.database).parent.mkdir(parents=True)
    Path(config.database).write_bytes(b"no database at all" * 100)
    session.start()
    settle()
    assert session.known is None
    assert session.shut
    assert not desk.may(Role.OPERATOR)
    assert "not a database" in session.trouble
    Path(config.database).unlink()
    session.refresh()
    settle()
    assert not session.shut
    assert session.trouble == ""


@pytest.mark.usefixtures("people")
def test_signing_in_and_out(
    session: Session, desk: Desk, settle: Settle, qtbot: QtBot, config: StationConfig
) -> None:
    told: list[object] = []
    session.answered.connect(told.append)
    session.start()
    settle()
    assert session.shut
    assert desk.has_users
    assert not desk.may(Role.OPERATOR)
    with qtbot.assertNotEmitted(session.person_changed):
        session.sign_in(OPERATOR.name, "9999")
        settle()
    (wrong,) = told
    assert isinstance(wrong, PeopleError) and wrong.trouble is Trouble.WRONG
    with qtbot.waitSignals([session.person_changed, session.shut_changed, desk.changed]):
        session.sign_in(OPERATOR.name, "2580")
    assert told[1:] == [None]
    assert desk.person == OPERATOR
    assert desk.operator == OPERATOR.name
    assert desk.may(Role.OPERATOR) and not desk.may(Role.SUPERVISOR)
    session.sign_out()
    assert session.shut
    assert desk.person is None
    settle()
    assert log(config)[-2:] == ["김 철수 signed in as operator.", "김 철수 signed out."]


@pytest.mark.usefixtures("people")
def test_a_locked_window_keeps_its_person_and_lets_in_another(
    session: Session, desk: Desk, settle: Settle, config: StationConfig
) -> None:
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    session.lock()
    assert session.shut and session.locked
    assert desk.operator == OPERATOR.name, "records go on to carry the name"
    session.sign_in(SUPERVISOR.name, "correct horse")
    settle()
    assert not session.shut
    assert desk.person == SUPERVISOR
    assert "The window was locked; 김 철수 was signed in." in log(config)


@pytest.mark.usefixtures("people")
def test_what_is_changed_elsewhere_counts_here(
    session: Session, desk: Desk, settle: Settle, config: StationConfig
) -> None:
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    with open_store(config.database) as store:
        set_role(store, BY_ADMIN, OPERATOR.name, Role.SUPERVISOR)
    session.refresh()
    settle()
    assert desk.may(Role.SUPERVISOR)
    with open_store(config.database) as store:
        set_active(store, SHELL, OPERATOR.name, False)
    session.refresh()
    settle()
    assert desk.person is None
    assert session.shut


def test_the_first_user_by_the_command_line_shuts_the_window(
    session: Session, desk: Desk, settle: Settle, config: StationConfig
) -> None:
    session.start()
    settle()
    assert not session.shut
    with open_store(config.database) as store:
        add_person(store, SHELL, ADMIN.name, Role.ADMINISTRATOR, "7391")
    session.refresh()
    settle()
    assert session.shut and desk.has_users


@pytest.mark.usefixtures("people")
def test_an_answer_that_comes_late_counts_for_nothing(
    session: Session, desk: Desk, settle: Settle
) -> None:
    session.start()
    settle()
    known = session.known
    session._on_known((0, ()))
    assert session.known == known


class Clock:
    """Seconds that pass when told."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.usefixtures("people")
def test_the_window_locks_once_nobody_touched_it_for_so_long(
    session: Session, settle: Settle, clock: Clock, qtbot: QtBot, config: StationConfig
) -> None:
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    idle = IdleLock(session, lambda: 10.0, clock)
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    clock.now_s = 599.0
    idle.check()
    assert not session.shut
    qtbot.keyClick(widget, Qt.Key.Key_Space)
    clock.now_s = 1198.0
    idle.check()
    assert not session.shut, "a key was pressed in between"
    clock.now_s = 1199.0
    idle.check()
    assert session.shut and session.locked
    settle()
    assert "The window was locked after 10 minutes without a touch; 김 철수" in log(config)[-1]
    # Signing in is a touch of its own.
    clock.now_s = 5000.0
    session.sign_in(OPERATOR.name, "2580")
    settle()
    idle.check()
    assert not session.shut


@pytest.mark.usefixtures("people")
def test_only_a_mouse_that_moved_is_a_touch(
    session: Session, settle: Settle, clock: Clock, qtbot: QtBot
) -> None:
    """Qt tells of moves, too, when the picture below a resting mouse changes."""
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    idle = IdleLock(session, lambda: 10.0, clock)
    widget = QWidget()
    qtbot.addWidget(widget)

    def move(x: float) -> None:
        at, no = QPointF(x, 5.0), Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, at, at, no, no, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(widget, event)

    move(10.0)
    for minute in range(1, 10):
        clock.now_s = 60.0 * minute
        move(10.0)
    clock.now_s = 601.0
    idle.check()
    assert session.shut
    session.sign_in(OPERATOR.name, "2580")
    settle()
    for minute in range(11, 30):
        clock.now_s = 60.0 * minute
        move(float(minute))
        idle.check()
    assert not session.shut


@pytest.mark.usefixtures("people")
def test_never_locks_by_itself_where_no_time_is_set(
    session: Session, settle: Settle, clock: Clock
) -> None:
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    idle = IdleLock(session, clock=clock)  # as configured: no time
    clock.now_s = 1e6
    idle.check()
    assert not session.shut
