"""What a person has changed and not saved: tried as a whole by the station, undone step by step."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from typing_extensions import override

from station.person import Role
from station.sayings import Severity
from station.settings_change import (
    Changed,
    SettingsFile,
    change_settings,
    check_bench,
    default_of,
    default_place,
    faults_in,
    new_settings_file,
    read_settings_file,
)
from station.settings_fields import field_of, key_in, value_of
from station.settings_save import save_settings
from station.settings_text import UNSET
from station.store.store import open_store
from ui.desk import Desk
from ui.language import tr
from ui.settings.eye import Eye

TRIED_AFTER_MS = 250
"""After the last key: a number is not refused while it is being typed."""
AT_ONCE = ("window.",)
"""Settings that hold without the line starting anew."""
Saved = tuple[Changed, SettingsFile]
Trial = tuple[SettingsFile | None, dict[str, str]]
"""The file that was changed, and what is wrong: key -> why."""


class _Abstract(sip.wrappertype, ABCMeta):
    """Of a QObject that leaves methods to those that are made of it."""


class Values(QObject, metaclass=_Abstract):
    """Settings as a row of the page sees them; where they are kept is each draft's own."""

    changed = pyqtSignal()
    """A value, by whomever."""
    tried = pyqtSignal()
    """The station has looked at it: `errors` is new."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.errors: dict[str, str] = {}
        """Key -> the station's own sentence; under the empty key what is no single setting's."""
        self.unread: dict[str, str] = {}
        """Key -> why what was typed cannot be read."""
        self.objections: dict[str, str] = {}
        """Key -> what a section has against it that only the bundle knows."""

    @property
    @abstractmethod
    def keys(self) -> tuple[str, ...]:
        """What is changed."""

    @abstractmethod
    def value(self, key: str) -> object:
        """As the person wants it."""

    @abstractmethod
    def set(self, key: str, value: object) -> None:
        """Want another value."""

    def type(self, key: str, value: object) -> None:
        """`set`, letter by letter: all of it is one step."""
        self.set(key, value)

    def is_default(self, key: str) -> bool:
        """Whether a setting is what it is without a line in the file."""
        return self.value(key) == field_of(key).default

    def reset(self, key: str) -> None:
        """Back to what holds without a line in the file."""
        self.set(key, field_of(key).default)

    def cannot_read(self, key: str, why: str) -> None:
        """What was typed is no value of that kind."""
        self.unread[key] = why
        self.changed.emit()

    def error(self, key: str) -> str:
        """What is wrong with a setting, in the window's language; empty: nothing is."""
        return tr(self.wrong.get(key, ""))

    @property
    def wrong(self) -> dict[str, str]:
        """Key -> why it cannot be saved; empty: all is well."""
        return {**self.objections, **self.errors, **self.unread}


class Draft(Values):
    """The settings as the person wants them. Values are as station.settings_fields tells."""

    saved = pyqtSignal()
    about_to_save = pyqtSignal()
    """The camera must be let go: the line will want it."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.is_saving = False
        self.eye = Eye(desk, self)
        self._changes: dict[str, object] = {}
        self._before: list[dict[str, object]] = []
        self._last: tuple[str, ...] = ()
        """What is being typed; nothing after any other step."""
        self._saved_changes: dict[str, object] = {}
        self._number = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TRIED_AFTER_MS)
        self._timer.timeout.connect(self.try_it)
        self._file: SettingsFile | None = None
        """As it was when the first change was made."""

    @property
    @override
    def keys(self) -> tuple[str, ...]:
        return tuple(self._changes)

    @property
    def is_changed(self) -> bool:
        """Whether anything would be lost."""
        return bool(self._changes or self.unread)

    @property
    def place(self) -> Path | None:
        """The file that is written to; None while nothing is configured."""
        if self.desk.config_file is not None or self.desk.config is None:
            return self.desk.config_file
        return default_place(self.desk.config)

    @property
    def restarts(self) -> bool:
        """Whether the line has to start anew for it."""
        return any(not key.startswith(AT_ONCE) for key in (*self._changes, *self.unread))

    @override
    def value(self, key: str) -> object:
        value = self._changes.get(key, self.running(key))
        return default_of(key) if value is UNSET else value

    def running(self, key: str) -> object:
        """As the station runs."""
        config = self.desk.config
        if "." not in key:  # a whole table
            return None if config is None else getattr(config, key)
        return default_of(key) if config is None else value_of(config, key)

    @override
    def set(self, key: str, value: object) -> None:
        self.set_all({key: value})

    @override
    def type(self, key: str, value: object) -> None:
        self.set_all({key: value}, is_typed=True)

    def set_all(self, values: dict[str, object], *, is_typed: bool = False) -> None:
        """Want several other values, as one step."""
        wanted = dict(self._changes)
        for key, value in values.items():
            self.unread.pop(key, None)
            if ("." in key and value is not UNSET and value == self.running(key)) or (
                key == "outbox" and value == self.running(key)
            ):
                wanted.pop(key, None)
            else:
                wanted[key] = value
        if wanted == self._changes:
            self.changed.emit()
            return
        if not is_typed or self._last != tuple(values):
            self._before.append(self._changes)
        self._last = tuple(values) if is_typed else ()
        self._changes = wanted
        self._news()

    @override
    def reset(self, key: str) -> None:
        self.set(key, UNSET if default_of(key) != self.running(key) else self.running(key))

    def drop(self, *keys: str) -> None:
        """Want nothing else of these than what runs."""
        if any(key in self._changes for key in keys):
            self._before.append(self._changes)
            self._changes = {k: v for k, v in self._changes.items() if k not in keys}
            self._last = ()
            self._news()

    def undo(self) -> bool:
        """Take the last step back; False where there is none."""
        if not self._before:
            return False
        self._changes, self._last = self._before.pop(), ()
        self.unread.clear()
        self._news()
        return True

    def discard(self) -> None:
        """Everything as the station runs."""
        self._changes, self._before, self._last, self._file = {}, [], (), None
        self.errors, self.unread, self.objections = {}, {}, {}
        self._number += 1
        self.changed.emit()
        self.tried.emit()

    def try_it(self) -> None:
        """Ask the station what it says to all of it."""
        self._number += 1
        config, read, changes = self.desk.config, self._reader(), dict(self._changes)
        if config is None or read is None or not changes:
            self._judge(self._number, (None, {}))
            return

        def work() -> Trial:
            file = read()
            return file, faults_in(file, config, changes)

        self.desk.ask(
            work, partial(self._judge, self._number), partial(self._no_word, self._number)
        )

    def save(self) -> None:
        """Write it, if the station can start with it; the line then starts anew with it."""
        config, read, changes = self.desk.config, self._reader(), dict(self._changes)
        if not self.desk.may(Role.SUPERVISOR):
            self.desk.tell(tr("Only a supervisor may change the settings."), Severity.WARNING)
            return
        if self.is_saving or self.unread or self.objections or read is None or config is None:
            return
        self.is_saving = True
        self.about_to_save.emit()
        self.eye.stop()
        self._number += 1
        self._timer.stop()
        self._saved_changes = changes
        who = self.desk.operator or tr("Somebody who is not signed in")
        url, busy_s = config.database, config.busy_timeout_s

        def write() -> Saved:
            changed = change_settings(read(), config, changes)
            check_bench(changed)
            self.eye.wait()  # the line will want the camera
            with open_store(url, busy_timeout_s=busy_s) as store:
                return changed, save_settings(changed, who, store.add_event)

        self.changed.emit()
        self.desk.ask(write, self._written, self._not_written)

    def _news(self) -> None:
        self.changed.emit()
        self._timer.start()

    def _reader(self) -> Callable[[], SettingsFile] | None:
        """Gives the file that is changed; as it was when the first change was tried."""
        config, place, file = self.desk.config, self.place, self._file
        if config is None or place is None:
            return None
        if file is not None:
            return lambda: file
        if self.desk.config_file is None:
            return partial(new_settings_file, place, config)
        return partial(read_settings_file, place)

    def _judge(self, number: int, found: Trial) -> None:
        # An answer that was on its way when the page went is nobody's.
        if number == self._number and not sip.isdeleted(self):
            self._file, self.errors = found[0] or self._file, found[1]
            self.tried.emit()

    def _no_word(self, number: int, text: str) -> None:
        self._judge(number, (None, {"": text}))

    def _written(self, saved: Saved) -> None:
        changed, _ = saved
        restarts = self.restarts
        self.is_saving = False
        self.desk.config_file = changed.file.path
        if restarts:
            self.desk.restart(changed.config)
        else:
            self.desk.config = changed.config
            self.desk.changed.emit()
        later = {k: v for k, v in self._changes.items() if v != self._saved_changes.get(k, self)}
        self.discard()
        if later:  # changed while the rest was being written
            self.set_all(later)
        self.desk.tell(tr("Saved in {file}.", file=changed.file.path.name))
        self.saved.emit()

    def _not_written(self, text: str) -> None:
        self.is_saving = False
        self.errors = {key_in(text, self._changes) or "": text}
        self.changed.emit()
        self.tried.emit()
        self.desk.tell(text, Severity.ERROR)
