"""Who is signed in at this window, and whether it is locked. Knows of no widget."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from station.people.changes import list_people
from station.people.known import Known, key_of
from station.people.sign_in import Tries, sign_in, write_event
from station.people.trouble import PeopleError
from station.person import Person
from station.sayings import Severity
from station.store.store import Store
from ui.desk import Desk
from ui.language import tr

ASK_AGAIN_MS = 30_000
"""Somebody may be added or shut out elsewhere: at another window, by the command line."""
TRY_AGAIN_MS = 5_000
"""While the database does not say who may sign in."""


def session_of(desk: Desk) -> Session:
    """The one session of a desk."""
    found = desk.findChild(Session)
    return Session(desk) if found is None else found


class Session(QObject):
    """Keeps `desk.person` and `desk.has_users`. Until the database has said whether anybody must
    sign in, nobody may do anything: a database that cannot be asked opens no door."""

    person_changed = pyqtSignal()
    """Somebody else is at the bench, or has another role; None: nobody."""
    shut_changed = pyqtSignal(bool)
    """Whether what acts is out of reach."""
    known_changed = pyqtSignal()
    """Who may sign in, or why that is not known."""
    answered = pyqtSignal(object)
    """What became of `sign_in`: None (signed in), a PeopleError, or a text."""

    def __init__(self, desk: Desk, tries: Tries | None = None) -> None:
        super().__init__(desk)
        self.desk = desk
        self.tries = tries or Tries()
        self.known: tuple[Known, ...] | None = None
        """Who may sign in; empty: nobody needs to; None: that is not known yet."""
        self.trouble = ""
        """Why it is not known."""
        self.locked = False
        self.switching = False
        """Locked because somebody else wants to come to the bench."""
        self.busy = False
        """Somebody is just being let in."""
        self._asked = 0
        self._database: str | None = None
        self._was_shut = False
        self._again = QTimer(self)
        self._again.timeout.connect(self.refresh)
        desk.changed.connect(self._on_desk_changed)

    @property
    def shut(self) -> bool:
        """Whether what acts is out of reach: somebody must sign in first."""
        if self.known is None:
            return self._database is not None
        return bool(self.known) and (self.locked or self.desk.person is None)

    def start(self) -> None:
        """Ask who may sign in; call it once the window is made, and again for another bench."""
        config = self.desk.config
        database = None if config is None else str(config.database)
        if database == self._database and self.known is not None:
            return
        self._database = database
        self.known, self.trouble = (() if database is None else None), ""
        self._show_state()
        self.refresh()

    def refresh(self) -> None:
        """Ask again who may sign in."""
        if self._database is None:
            return
        self._asked += 1
        self._again.start(ASK_AGAIN_MS if self.known is not None else TRY_AGAIN_MS)
        number = self._asked
        self.desk.ask_store(partial(_ask, number), self._on_known, self._on_unknown)

    def sign_in(self, name: str, secret: str) -> None:
        """Let somebody in if name and secret belong together; `answered` says what became of it."""
        config = self.desk.config
        if self.busy or config is None:
            return
        self.busy = True
        work = partial(_sign_in, name, secret, self.tries, config.station)
        self.desk.ask_store(work, self._on_signed_in, self._on_no_answer)

    def lock(self, idle_min: float | None = None) -> None:
        """Put what acts out of reach until somebody signs in; the inspection goes on.

        idle_min: for so long nobody had touched anything; None: a person did it.
        """
        person = self.desk.person
        if not self.known or self.shut or person is None:
            return
        self.locked, self.switching = True, False
        why = "" if idle_min is None else f" after {idle_min:g} minutes without a touch"
        self._write(f"The window was locked{why}; {person.name} was signed in.")
        self._show_state()

    def switch_person(self) -> None:
        """Somebody else comes to the bench: whoever was there is named until then."""
        if self.known and not self.shut:
            self.locked = self.switching = True
            self._show_state()

    def sign_out(self) -> None:
        """Nobody is at the bench."""
        person = self.desk.person
        if person is not None:
            self._write(f"{person.name} signed out.")
            self._put(None)

    def _on_desk_changed(self) -> None:
        config = self.desk.config
        if self._database != (None if config is None else str(config.database)):
            self.start()

    def _on_known(self, answer: tuple[int, tuple[Known, ...]]) -> None:
        number, known = answer
        if number != self._asked:
            return
        self._again.start(ASK_AGAIN_MS)
        active = tuple(person for person in known if person.active)
        is_new = active != self.known
        self.known, self.trouble = active, ""
        self._put(self._as_now(self.desk.person))
        if is_new:
            self.known_changed.emit()

    def _on_unknown(self, why: str) -> None:
        """Whoever is signed in stays; a window that just opened stays shut."""
        self._again.start(TRY_AGAIN_MS)
        self.trouble = why
        self.known_changed.emit()
        self._show_state()

    def _on_signed_in(self, answer: Person | PeopleError) -> None:
        self.busy = False
        if isinstance(answer, PeopleError):
            self.answered.emit(answer)
            return
        self.locked = self.switching = False
        self._put(answer)
        self.answered.emit(None)

    def _on_no_answer(self, why: str) -> None:
        self.busy = False
        self.answered.emit(tr(why))

    def _as_now(self, person: Person | None) -> Person | None:
        """With the role of now; None for somebody who may no longer sign in."""
        if person is None:
            return None
        key = key_of(person.name)
        found = [known for known in self.known or () if key_of(known.name) == key]
        return found[0].person if found else None

    def _put(self, person: Person | None) -> None:
        is_new = person != self.desk.person
        self.desk.person = person
        if person is None:
            self.locked = self.switching = False
        self._show_state(is_new)
        if is_new:
            self.person_changed.emit()

    def _show_state(self, changed: bool = False) -> None:
        has_users = self.known is None or bool(self.known)
        if self._database is None:
            has_users = False
        changed = changed or has_users != self.desk.has_users
        self.desk.has_users = has_users
        shut = self.shut
        if shut != self._was_shut:
            self._was_shut = shut
            self.shut_changed.emit(shut)
        if changed:
            self.desk.changed.emit()

    def _write(self, text: str) -> None:
        config = self.desk.config
        if config is not None:
            work = partial(write_event, station=config.station, text=text)
            self.desk.ask_store(work, self._on_written, self._on_not_written)

    def _on_written(self, _: None) -> None:
        pass

    def _on_not_written(self, why: str) -> None:
        self.desk.tell(tr("This could not be written into the log: {why}", why=why), Severity.ERROR)


def _ask(number: int, store: Store) -> tuple[int, tuple[Known, ...]]:
    return number, tuple(list_people(store))


def _sign_in(
    name: str, secret: str, tries: Tries, station: str, store: Store
) -> Person | PeopleError:
    try:
        return sign_in(store, name, secret, tries=tries, station=station)
    except PeopleError as error:
        return error
