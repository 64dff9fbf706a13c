"""Who may sign in, for Settings: everybody, and a form beside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from station.people.changes import (
    Word,
    add_person,
    list_people,
    set_active,
    set_role,
    set_secret,
)
from station.people.hashing import checked_secret
from station.people.known import Known, key_of
from station.people.trouble import PeopleError
from station.person import Person, Role
from station.store.store import Store
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.people.person_form import PersonForm, Wish
from ui.people.session import session_of
from ui.people.wording import role_word, trouble_word
from ui.theme import TOUCH_PX

HEADS = (mark("Name"), mark("Role"), mark("May sign in"))
NOBODY = mark(
    "Nobody needs to sign in here: everybody may do everything. Add an administrator, and from "
    "then on one signs in at this window, and every record carries a name that was proved."
)
ONE_RULE = mark("Only an administrator may change this. Sign in as one.")


class UsersPage(QWidget):
    """A table of people; whoever is chosen can be changed in the form, or somebody added."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.known: list[Known] = []
        self._asked = 0
        self._busy = False
        self._loaded = False
        self.title, self.text, self.left = QLabel(), QLabel(), QWidget()
        self.table, self.add, self.form = QTableWidget(0, len(HEADS)), QPushButton(), PersonForm()
        self._build()
        desk.changed.connect(self._show_state)
        self._show_state()

    def entered(self) -> None:
        """The page comes into sight: ask who there is."""
        if self.desk.config is None:
            return
        self._asked += 1
        number = self._asked
        self.desk.ask_store(partial(_listed, number), self._on_listed, self._on_failed)

    def choose(self, name: str) -> None:
        """Show somebody in the form."""
        for row, known in enumerate(self.known):
            if key_of(known.name) == key_of(name):
                self.table.selectRow(row)

    def add_somebody(self) -> None:
        """An empty form."""
        self.table.clearSelection()
        self.form.show_person(None, first=not self.known)
        self.form.show()
        self.form.give_focus()

    def _build(self) -> None:
        self.title.setObjectName("title")
        self.text.setObjectName("quiet")
        self.text.setWordWrap(True)
        say(self.title.setText, "Who may sign in")
        say(self.add.setText, "Add a person")
        table = self.table
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        rows, heads = table.verticalHeader(), table.horizontalHeader()
        assert rows is not None and heads is not None
        rows.hide()
        line = self.fontMetrics().height()
        rows.setDefaultSectionSize(max(TOUCH_PX, round(2.3 * line)))
        heads.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        heads.setMinimumSectionSize(4 * line)
        heads.setHighlightSections(False)
        table.setWordWrap(False)
        table.setStyleSheet(f"QTableView::item {{ padding: 0 {line // 2}px; }}")
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        left, across, column = QVBoxLayout(self.left), QHBoxLayout(), QVBoxLayout(self)
        left.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(line)
        left.addWidget(table, 1)
        left.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        across.addWidget(self.left, 1)
        across.addWidget(self.form, 1)
        column.setContentsMargins(0, 0, line // 2, line // 2)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(across, 1)
        self.form.hide()
        table.itemSelectionChanged.connect(self._on_chosen)
        table.cellClicked.connect(self._on_chosen)  # also the row that is chosen already
        self.add.clicked.connect(self.add_somebody)
        self.form.added.connect(self._add)
        self.form.saved.connect(self._save)
        self.form.toggled.connect(self._toggle)
        self.form.cancelled.connect(self._cancel)

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.LanguageChange:
            self._fill()
            self.form.retranslate()
            self._show_state()

    # What is asked of the station ----------------------------------------------------------------

    def _add(self, wish: Wish) -> None:
        author = self.desk.person
        if author is None or not self.known:
            author = Person(wish.name.strip() or "?", Role.ADMINISTRATOR)
        word = self._word(author)
        self._change(lambda s: add_person(s, word, wish.name, wish.role, wish.secret), wish)

    def _save(self, wish: Wish) -> None:
        known, author = self.form.known, self.desk.person
        if known is None or author is None:
            return
        word = self._word(author)

        def change(store: Store) -> Known:
            now = known
            if wish.secret:
                checked_secret(wish.secret)  # all of it is done, or nothing
            if wish.role is not known.role:
                now = set_role(store, word, known.name, wish.role)
            return set_secret(store, word, known.name, wish.secret) if wish.secret else now

        self._change(change, wish)

    def _toggle(self) -> None:
        known, author = self.form.known, self.desk.person
        if known is not None and author is not None:
            word = self._word(author)
            self._change(lambda s: set_active(s, word, known.name, not known.active), None)

    def _word(self, author: Person) -> Word:
        config = self.desk.config
        return Word(author, "unknown" if config is None else config.station)

    def _change(self, change: Callable[[Store], Known], wish: Wish | None) -> None:
        if self._busy:
            return
        self._busy = True
        self.form.setEnabled(False)
        self._wish = wish
        self.desk.ask_store(partial(_changed, change), self._on_changed, self._on_failed)

    # What it answers -----------------------------------------------------------------------------

    def _on_changed(self, answer: Known | PeopleError) -> None:
        self._end_change()
        if isinstance(answer, PeopleError):
            self.form.say_trouble(trouble_word(answer))
            return
        first, wish = not self.known, self._wish
        self.desk.tell(tr("Saved: {name}, {role}.", name=answer.name, role=role_word(answer.role)))
        session = session_of(self.desk)
        if first and wish is not None:
            session.sign_in(answer.name, wish.secret)
        self._wish = None
        session.refresh()
        self._cancel()
        self.entered()

    def _on_failed(self, why: str) -> None:
        self._end_change()
        self.form.say_trouble(tr(why))
        if self.form.isHidden():
            say(self.text.setText, why)

    def _end_change(self) -> None:
        self._busy = False
        self.form.setEnabled(True)

    def _on_listed(self, answer: tuple[int, list[Known]]) -> None:
        number, known = answer
        if number != self._asked:
            return
        self.known, self._loaded = known, True
        self._fill()
        self._show_state()

    # What it shows -------------------------------------------------------------------------------

    def _fill(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels([tr(head) for head in HEADS])
        table.setRowCount(len(self.known))
        for row, known in enumerate(self.known):
            cells = (
                known.name,
                role_word(known.role),
                tr("yes") if known.active else tr("no"),
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(row, column, item)

    def _show_state(self) -> None:
        may = self.desk.may(Role.ADMINISTRATOR)
        nobody = self._loaded and not self.known
        if self.desk.config is None:
            self.text.setText(tr("Set up the station first: people are kept in its database."))
        elif not self._loaded:
            self.text.setText(tr("Asking who there is…"))
        else:
            self.text.setText(tr(NOBODY) if nobody else "" if may else tr(ONE_RULE))
        self.text.setVisible(bool(self.text.text()))
        self.left.setVisible(bool(self.known))
        self.add.setEnabled(may)
        if nobody and self.form.isHidden():
            self.form.show_person(None, first=True)
            self.form.show()
        self.form.cancel.setVisible(not nobody)
        if not may:
            self.form.hide()

    def _on_chosen(self, *_: object) -> None:
        rows = {item.row() for item in self.table.selectedItems()}
        if not rows or not self.desk.may(Role.ADMINISTRATOR):
            return
        self.form.show_person(self.known[rows.pop()])
        self.form.show()

    def _cancel(self) -> None:
        self.table.clearSelection()
        self.form.hide()


def _listed(number: int, store: Store) -> tuple[int, list[Known]]:
    return number, list_people(store)


def _changed(change: Callable[[Store], Known], store: Store) -> Known | PeopleError:
    try:
        return change(store)
    except PeopleError as error:
        return error
