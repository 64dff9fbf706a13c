"""What the history is asked: fields, times, and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from station.domain import Decision
from station.errors import ConfigError
from station.store.which_lot import WhichLot

LEAST = 3
"""Letters of a beginning: a shorter one stands for too many words."""
TOKEN = re.compile(r"[^\W_]+")
"""A word, as both databases see it."""


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What a record must be like; None: whatever. Raises ConfigError."""

    lot: WhichLot = None
    serial: str | None = None
    decision: Decision | None = None
    """As it was decided; what a person said of it later is in the page's reviews."""
    predicted_class: str | None = None
    since: datetime | None = None
    """Decided then or later."""
    until: datetime | None = None
    """Decided before."""
    operator: str | None = None
    text: str | None = None
    """Whole words, each of them in the file's name, serial, lot, operator, verdict, class or
    reasons; `scaf*` is the beginning of one. Case does not matter."""

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            when = getattr(self, name)
            if when is not None and when.tzinfo is None:
                raise ConfigError(
                    "{name} is {when}, without a time zone; give one, such as Z.",
                    name=name,
                    when=when,
                )
        if self.text is not None:
            check_words(self.text)
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ConfigError(
                "since ({since}) must lie before until ({until}).",
                since=self.since,
                until=self.until,
            )


def as_beginnings(typed: str) -> str:
    """What a person types, who has not come to the end of each word yet: every word of at least
    LEAST letters stands for those that begin so."""
    terms = []
    for term in typed.split():
        tokens = TOKEN.findall(term)
        long_enough = bool(tokens) and len(tokens[-1]) >= LEAST and term[-1] not in "*_"
        terms.append(f"{term}*" if long_enough else term)
    return " ".join(terms)


def check_words(typed: str) -> None:
    """Raises ConfigError for a text without a word, or a beginning that is too short."""
    terms = terms_of(typed)
    if not terms:
        raise ConfigError("the text {typed!r} holds no word; give letters or digits.", typed=typed)
    for tokens, begins in terms:
        if begins and len(tokens[-1]) < LEAST:
            raise ConfigError(
                "{tokens}* stands for too many words; give at least {least} letters before "
                "the asterisk.",
                tokens=tokens[-1],
                least=LEAST,
            )


def terms_of(typed: str) -> list[tuple[list[str], bool]]:
    """For each blank-separated term: its words in order, and whether the last only begins so."""
    terms = [(TOKEN.findall(term), term.endswith("*")) for term in typed.split()]
    return [(tokens, begins) for tokens, begins in terms if tokens]
