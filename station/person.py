"""Who stands at the bench, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from station.errors import ConfigError


class Role(IntEnum):
    """What a person may do; each role may do all that the lower ones may."""

    OPERATOR = 1
    """Inspects, decides on REVIEW, starts a shift."""
    SUPERVISOR = 2
    """Besides: activates a model, overrides a lock with a reason, changes the bench's settings."""
    ADMINISTRATOR = 3
    """Besides: who may sign in."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in. Raises ConfigError for a blank name."""

    name: str
    """As it stands in records and reviews."""
    role: Role

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigError("a person's name is blank; give the name that records will carry.")
