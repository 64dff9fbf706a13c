"""Who may sign in, changed at the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from bench_people import ADMIN, BY_ADMIN, OPERATOR, OTHER, SECRETS, SUPERVISOR
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.people.changes import list_people, set_role
from station.people.hashing import fits
from station.people.known import Known
from station.person import Role
from station.store.store import open_store
from station.store.verify import audit
from ui.desk import Desk
from ui.language import Speech
from ui.people.badge import PersonBadge
from ui.people.own_secret import OwnSecret
from ui.people.session import Session
from ui.people.users_page import UsersPage

Settle = Callable[[], None]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(desk: Desk, session: Session, settle: Settle, qtbot: QtBot) -> Iterator[UsersPage]:
    """An administrator looks at it, where there is one."""
    session.start()
    settle()
    if session.known:
        session.sign_in(ADMIN.name, SECRETS[ADMIN.name])
        settle()
    page = UsersPage(desk)
    qtbot.addWidget(page)
    page.resize(1040, 640)
    page.show()
    page.entered()
    settle()
    yield page
    page.close()


def stored(config: StationConfig) -> dict[str, Known]:
    with open_store(config.database) as store:
        assert audit(store.database).broken is None
        return {known.name: known for known in list_people(store)}


def rows(page: UsersPage) -> list[tuple[str, ...]]:
    table = page.table
    items = [[table.item(r, c) for c in range(3)] for r in range(table.rowCount())]
    return [tuple("" if item is None else item.text() for item in row) for row in items]


def type_secret(page: UsersPage, qtbot: QtBot, first: str, again: str | None = None) -> None:
    qtbot.keyClicks(page.form.secrets.first, first)
    qtbot.keyClicks(page.form.secrets.again, first if again is None else again)


def test_the_first_administrator_is_added_at_the_window_and_signed_in(
    page: UsersPage, desk: Desk, session: Session, settle: Settle, qtbot: QtBot,
    config: StationConfig,
) -> None:  # fmt: skip
    assert "everybody may do everything" in page.text.text()
    form = page.form
    assert form.isVisible() and not form.save.isEnabled()
    assert not form.roles[Role.OPERATOR].isVisible()
    qtbot.keyClicks(form.name, "Kim Younghee")
    type_secret(page, qtbot, "7391", "7392")
    qtbot.mouseClick(form.save, LEFT)
    assert form.message.text() == "The two are not the same. Type both again."
    assert stored(config) == {}
    type_secret(page, qtbot, "1234")
    qtbot.mouseClick(form.save, LEFT)
    settle()
    assert form.message.text() == "That PIN is too easy to guess. Give another one."
    form.secrets.clear()
    type_secret(page, qtbot, "7391")
    qtbot.keyClick(form.secrets.again, Qt.Key.Key_Return)
    settle()
    assert list(stored(config)) == ["Kim Younghee"]
    assert desk.person == ADMIN and desk.has_users
    assert not session.shut
    assert rows(page) == [("Kim Younghee", "administrator", "yes")]


@pytest.mark.usefixtures("people")
def test_somebody_is_added_and_stands_in_the_table(
    page: UsersPage, settle: Settle, qtbot: QtBot, config: StationConfig
) -> None:
    qtbot.mouseClick(page.add, LEFT)
    form = page.form
    assert form.name.hasFocus()
    qtbot.keyClicks(form.name, "b. JONES")
    qtbot.mouseClick(form.roles[Role.SUPERVISOR], LEFT)
    type_secret(page, qtbot, "8642")
    qtbot.mouseClick(form.save, LEFT)
    settle()
    assert form.message.text() == "There is B. Jones already. Give another name."
    form.name.setText("  Lee   Minho ")
    qtbot.mouseClick(form.save, LEFT)
    settle()
    assert rows(page)[-1] == ("Lee Minho", "supervisor", "yes")
    added = stored(config)["Lee Minho"]
    assert added.changed_by == ADMIN.name
    assert fits(added.secret, "8642")
    assert not form.isVisible()


@pytest.mark.usefixtures("people")
def test_a_role_and_a_pin_are_changed_only_when_saved(
    page: UsersPage, settle: Settle, qtbot: QtBot, config: StationConfig
) -> None:
    page.choose(OPERATOR.name)
    form = page.form
    assert form.title.text() == OPERATOR.name
    assert not form.save.isEnabled(), "nothing was changed yet"
    qtbot.mouseClick(form.roles[Role.SUPERVISOR], LEFT)
    assert form.save.isEnabled()
    assert stored(config)[OPERATOR.name].role is Role.OPERATOR
    qtbot.mouseClick(form.save, LEFT)
    settle()
    assert stored(config)[OPERATOR.name].role is Role.SUPERVISOR
    page.choose(OPERATOR.name)
    form.secrets.first.setFocus()
    for digit in "8642":
        qtbot.mouseClick(form.secrets.pad.keys[digit], LEFT)
    assert not form.save.isEnabled(), "typed once only"
    qtbot.mouseClick(form.secrets.pad.keys["enter"], LEFT)
    for digit in "8642":
        qtbot.mouseClick(form.secrets.pad.keys[digit], LEFT)
    qtbot.mouseClick(form.secrets.pad.keys["enter"], LEFT)
    settle()
    assert fits(stored(config)[OPERATOR.name].secret, "8642")


@pytest.mark.usefixtures("people")
def test_a_pin_that_is_no_good_leaves_the_role_as_it_was(
    page: UsersPage, settle: Settle, qtbot: QtBot, config: StationConfig
) -> None:
    page.choose(OPERATOR.name)
    qtbot.mouseClick(page.form.roles[Role.SUPERVISOR], LEFT)
    type_secret(page, qtbot, "1111")
    qtbot.mouseClick(page.form.save, LEFT)
    settle()
    assert page.form.message.text() == "That PIN is too easy to guess. Give another one."
    assert stored(config)[OPERATOR.name].role is Role.OPERATOR


@pytest.mark.usefixtures("people")
def test_somebody_is_shut_out_and_let_in_again(
    page: UsersPage, session: Session, settle: Settle, qtbot: QtBot, config: StationConfig
) -> None:
    page.choose(OTHER.name)
    qtbot.mouseClick(page.form.toggle, LEFT)
    settle()
    assert rows(page)[3] == (OTHER.name, "operator", "no")
    assert OTHER.name not in [known.name for known in session.known or ()]
    page.choose(OTHER.name)
    assert page.form.toggle.text() == "May sign in again"
    qtbot.mouseClick(page.form.toggle, LEFT)
    settle()
    assert stored(config)[OTHER.name].active
    page.choose(ADMIN.name)
    qtbot.mouseClick(page.form.toggle, LEFT)
    settle()
    assert page.form.message.text() == (
        "Kim Younghee is the last administrator. Make somebody else an administrator first."
    )
    assert stored(config)[ADMIN.name].active


@pytest.mark.usefixtures("people")
def test_nobody_below_an_administrator_changes_anything(
    page: UsersPage, session: Session, settle: Settle, config: StationConfig
) -> None:
    session.sign_in(SUPERVISOR.name, SECRETS[SUPERVISOR.name])
    settle()
    assert not page.add.isEnabled()
    assert page.text.text() == "Only an administrator may change this. Sign in as one."
    page.choose(OTHER.name)
    assert not page.form.isVisible()


@pytest.mark.usefixtures("people")
def test_who_is_no_administrator_any_more_is_told_so(
    page: UsersPage, settle: Settle, qtbot: QtBot, config: StationConfig
) -> None:
    """The window does not know it yet; the database does."""
    with open_store(config.database) as store:
        set_role(store, BY_ADMIN, OTHER.name, Role.ADMINISTRATOR)
        set_role(store, BY_ADMIN, ADMIN.name, Role.OPERATOR)
    page.choose(SUPERVISOR.name)
    qtbot.mouseClick(page.form.toggle, LEFT)
    settle()
    assert page.form.message.text() == "Only an administrator may do this."
    assert stored(config)[SUPERVISOR.name].active


@pytest.mark.usefixtures("people")
def test_it_speaks_korean(page: UsersPage, qapp: QApplication, settle: Settle) -> None:
    page.choose(OPERATOR.name)
    speech = Speech(qapp)
    speech.use("ko")
    settle()
    assert page.title.text() == "로그인할 수 있는 사람"
    assert rows(page)[1] == ("B. Jones", "감독자", "예")
    head = page.table.horizontalHeaderItem(1)
    assert head is not None and head.text() == "역할"
    assert page.form.save.text() == "저장"
    assert page.form.roles[Role.ADMINISTRATOR].text() == "관리자"
    assert page.form.may.text() == "검사, 재검 판정, 교대 시작을 합니다."
    speech.use("en")
    speech.deleteLater()


@pytest.mark.usefixtures("people")
def test_everybody_may_change_their_own_pin(
    desk: Desk, session: Session, settle: Settle, qtbot: QtBot, config: StationConfig
) -> None:
    session.start()
    settle()
    badge = PersonBadge(session)
    qtbot.addWidget(badge)
    assert badge.isHidden()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    assert badge.text() == "김 철수 · operator"
    dialog = badge.change_secret()
    for old in ("0000", "2580"):
        qtbot.keyClicks(dialog.old, old)
        dialog.secrets.clear()
        qtbot.keyClicks(dialog.secrets.first, "8642")
        qtbot.keyClicks(dialog.secrets.again, "8642")
        qtbot.mouseClick(dialog.save, LEFT)
        settle()
        if old == "0000":
            assert dialog.message.text() == "That PIN or password is not right. Try again."
            assert dialog.isVisible()
            assert fits(stored(config)[OPERATOR.name].secret, "2580")
    assert fits(stored(config)[OPERATOR.name].secret, "8642")


@pytest.mark.usefixtures("people")
def test_the_own_pin_is_changed_by_touch_alone(
    session: Session, settle: Settle, qtbot: QtBot, config: StationConfig, window: QWidget
) -> None:
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    dialog = OwnSecret(session, window)
    dialog.open()
    qtbot.waitUntil(dialog.old.hasFocus)
    for digits in ("2580", "8642", "8642"):
        for sign in (*digits, "enter"):
            qtbot.mouseClick(dialog.secrets.pad.keys[sign], LEFT)
    settle()
    assert fits(stored(config)[OPERATOR.name].secret, "8642")


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Too many wrong tries. Try again in {} s."),
        ("ko", "여러 번 틀렸습니다. {}초 뒤에 다시 시도하세요."),
    ],
)
def test_three_wrong_old_pins_make_it_wait_and_it_says_how_long(
    session: Session, settle: Settle, qtbot: QtBot, window: QWidget, speech: Speech,
    language: str, said: str,
) -> None:  # fmt: skip
    speech.use(language)
    now_s = [0.0]
    session.tries.clock = lambda: now_s[0]
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    dialog = OwnSecret(session, window)
    dialog.open()
    for _ in range(3):
        dialog.secrets.clear()
        for field, typed in (
            (dialog.old, "0000"), (dialog.secrets.first, "8642"), (dialog.secrets.again, "8642"),
        ):  # fmt: skip
            field.setText(typed)
        dialog.submit()
        settle()
    assert dialog.message.text() == said.format(5)
    dialog.old.setText("2580")
    assert not dialog.save.isEnabled()
    for at_s, shown in ((1.0, said.format(4)), (4.5, said.format(1)), (5.0, "")):
        now_s[0] = at_s
        qtbot.waitUntil(lambda shown=shown: dialog.message.text() == shown, timeout=2000)
    assert dialog.save.isEnabled()
    dialog.reject()


@pytest.mark.usefixtures("people")
def test_a_dialog_is_gone_with_the_lock(
    desk: Desk, session: Session, settle: Settle, qtbot: QtBot, window: object
) -> None:
    session.start()
    settle()
    session.sign_in(OPERATOR.name, "2580")
    settle()
    badge = PersonBadge(session)
    qtbot.addWidget(badge)
    badge.change_secret()
    session.lock()
    settle()
    assert QApplication.activeModalWidget() is None
