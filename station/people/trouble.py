"""Why somebody could not be added, changed or let in: said to people, and told apart by programs,
which say it in their own language."""

from __future__ import annotations

from enum import Enum

from station.errors import ConfigError


class Trouble(str, Enum):
    """What kind of no it is."""

    NAME_ODD = "name_odd"
    NAME_TAKEN = "name_taken"
    NAME_UNKNOWN = "name_unknown"
    FIRST_RULES = "first_rules"
    """The first one must be an administrator."""
    LAST_RULES = "last_rules"
    """There must always be an administrator who may sign in."""
    NO_RIGHT = "no_right"
    SECRET_ODD = "secret_odd"
    PIN_SHORT = "pin_short"
    PIN_EASY = "pin_easy"
    PASSWORD_SHORT = "password_short"
    WRONG = "wrong"
    """Name and secret do not belong together."""
    WAIT = "wait"
    """Too many wrong tries in a row."""


class PeopleError(ConfigError):
    """Nothing was changed, and nobody let in."""

    def __init__(self, trouble: Trouble, text: str, *, name: str = "", wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.trouble = trouble
        self.name = name
        """Whom it is about, if anybody."""
        self.wait_s = wait_s
        """Before this nothing is tried."""
