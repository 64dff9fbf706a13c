"""What a trigger is told and what it gives: presses in, shots out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from station.domain import Reason
from station.grabbed import Grabbed
from station.trigger.settings import TriggerSettings


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody, or a machine, says that a part is there."""

    serial: str | None
    """The part's, where it was told."""
    monotonic_s: float
    """When, by the clock that live pictures carry."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """The pictures of one part: what is to be inspected, once."""

    frames: tuple[Grabbed, ...]
    """At least one, the sharpest first; several where `views` asks for them."""
    serial: str | None = None
    doubts: tuple[Reason, ...] = ()
    """Why this part cannot pass, whatever the pictures show; empty: no doubt."""

    def __post_init__(self) -> None:
        if not self.frames:
            raise ValueError("a shot has no picture; expected at least one.")


Presses = Callable[[], Press | None]
"""The next press that was not taken yet, or None; never waits."""
Consider = Callable[[Grabbed], None]
"""Told a picture that may well become a part's best view: it must return at once."""


class Trigger(Protocol):
    """Tells parts from a stream of pictures."""

    def __call__(
        self,
        grabbed: Iterable[Grabbed],
        settings: TriggerSettings,
        presses: Presses,
        consider: Consider = ...,
        /,
    ) -> Iterator[Shot]:
        """One Shot for each part."""
        ...


def unconsidered(grabbed: Grabbed) -> None:
    """For who need not know beforehand."""


def no_presses() -> Press | None:
    """For modes that nobody presses anything for."""
    return None
