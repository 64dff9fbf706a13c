"""Somebody who is known to the bench: name, role, the hash of the secret. No database, no clock."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from station.errors import ConfigError
from station.people.trouble import PeopleError, Trouble
from station.person import Person, Role

LONGEST_NAME = 60
"""Letters of a name: it stands on a button."""
ROLES = {role.name.lower(): role for role in Role}
"""As the database and the command line write them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody is from a time on. Raises ConfigError for a name that no record can carry."""

    name: str
    role: Role
    secret: str
    """The hash of the PIN or password, never the secret itself."""
    active: bool
    """Whether the person may sign in."""
    changed_by: str
    """By whose word it is so."""
    at: datetime
    """Aware, UTC."""

    def __post_init__(self) -> None:
        if self.name != name_of(self.name):
            raise ConfigError("the name {name!r} is not as `name_of` writes it.", name=self.name)

    @property
    def person(self) -> Person:
        """Who this is at the bench."""
        return Person(self.name, self.role)


def name_of(typed: str) -> str:
    """A name as it is kept: composed letters (NFC), single spaces. Raises PeopleError."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PeopleError(
            Trouble.NAME_ODD,
            f"{typed!r} is no name for a person; give 1 to {LONGEST_NAME} letters that print.",
        )
    return name


def key_of(typed: str) -> str:
    """What two spellings of one name have in common: `KIM  J.` is `Kim J.`."""
    return unicodedata.normalize("NFC", name_of(typed).casefold())


def role_of(typed: str) -> Role:
    """A role by its name. Raises ConfigError for none."""
    role = ROLES.get(typed.strip().lower())
    if role is None:
        raise ConfigError(
            "{typed!r} is no role; give one of {roles}.", typed=typed, roles=", ".join(ROLES)
        )
    return role
