"""Roles, and why somebody was not let in or changed, in the language of the window."""

from __future__ import annotations

import math

from station.people.trouble import PeopleError, Trouble
from station.person import Role
from ui.language import mark, tr
from ui.wording import number

ROLES = {
    Role.OPERATOR: mark("operator"),
    Role.SUPERVISOR: mark("supervisor"),
    Role.ADMINISTRATOR: mark("administrator"),
}
MAY = {
    Role.OPERATOR: mark("Inspects, decides on REVIEW, starts a shift."),
    Role.SUPERVISOR: mark("As an operator; also activates models, lifts a lock, changes settings."),
    Role.ADMINISTRATOR: mark("As a supervisor; also says who may sign in."),
}
TROUBLES = {
    Trouble.NAME_ODD: mark("Give a name of 1 to 60 letters."),
    Trouble.NAME_TAKEN: mark("There is {name} already. Give another name."),
    Trouble.NAME_UNKNOWN: mark("There is nobody called {name}."),
    Trouble.FIRST_RULES: mark("The first one must be an administrator."),
    Trouble.LAST_RULES: mark(
        "{name} is the last administrator. Make somebody else an administrator first."
    ),
    Trouble.NO_RIGHT: mark("Only an administrator may do this."),
    Trouble.SECRET_ODD: mark("Give at most 128 letters, without tabs or line breaks."),
    Trouble.PIN_SHORT: mark("A PIN has 4 digits or more."),
    Trouble.PIN_EASY: mark("That PIN is too easy to guess. Give another one."),
    Trouble.PASSWORD_SHORT: mark("A password has 8 letters or more; a PIN is of digits alone."),
    Trouble.WRONG: mark("That PIN or password is not right. Try again."),
    Trouble.WAIT: mark("Too many wrong tries. Try again in {seconds} s."),
}


def role_word(role: Role) -> str:
    """`supervisor`."""
    return tr(ROLES[role])


def wait_word(wait_s: float) -> str:
    """How long nothing is tried yet: said anew while it runs down."""
    return tr(TROUBLES[Trouble.WAIT], seconds=number(math.ceil(wait_s)))


def trouble_word(error: PeopleError) -> str:
    """What was wrong and what to do, in a sentence."""
    seconds = number(math.ceil(error.wait_s))
    return tr(TROUBLES[error.trouble], name=error.name, seconds=seconds)
