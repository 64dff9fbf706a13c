"""What was counted of many inspections."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from station.domain import Decision
from station.store.account import Account

SCORE_BINS = 50
"""Of defect probabilities, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What some parts have in common."""

    decision: Decision
    predicted_class: str | None
    code: str | None
    """Of the reason that decided."""
    score_bin: int | None
    """0 to SCORE_BINS - 1; None without a defect probability."""
    since: datetime
    """Beginning of the hour, or of the longer time asked for, in which they were decided."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person's latest word made of some parts."""

    decision: Decision
    """The station's."""
    said: Decision
    """The person's: PASS, REJECT, or REVIEW where it is still open."""
    score_bin: int | None


@dataclass(frozen=True, slots=True)
class Block:
    """Parts with an answer that were decided one after the other."""

    parts: int
    rejected: int
    review: int
    first_at: datetime
    last_at: datetime
    change: str | None
    """The engine or bundle that decides from some part of it on."""


@dataclass(frozen=True, slots=True)
class Counted:
    """All that was counted, in one state of the database."""

    cells: Counter[Cell]
    judged: Counter[Judged]
    repeats: Counter[Decision]
    """Inspections of a serial that the same lot had before."""
    blocks: tuple[Block, ...]
    account: Account | None
    """Parts in against verdicts; None where only a time was asked for."""
    open: int
    """Parts that came in and have no verdict yet."""
    deciders: tuple[tuple[str, str], ...]
    """(digest of the bundle, engine), each where it began to decide."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is quickly told of a lot and a time."""

    counts: Counter[Decision]
    first_at: datetime | None
    """When the first of them was decided; None where there is none."""
    last_at: datetime | None
