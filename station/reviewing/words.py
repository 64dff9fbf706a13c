"""What a review says of how it came about, as it stands in the chain: `overruled: dust; a hair`.

The first word is one of Kind; what a review from elsewhere says (`station review`) is its own text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from station.errors import ConfigError
from station.sayings import Review
from station.store.reviews import SECOND as SECOND_OPINION

NOTE_MOST = 500
"""Letters of what a person writes."""
_UNDONE = re.compile(r"undone: back to (?:review ([0-9a-f-]{36})|the verdict)")


class Kind(str, Enum):
    """How a person's word came about."""

    AGREED = "agreed"
    """The side that the model found likelier."""
    OVERRULED = "overruled"
    """The other side; the reason is said."""
    DECIDED = "decided"
    """Where the model leaned to no side."""
    BLIND = "blind"
    """Without having seen the verdict."""
    SECOND = SECOND_OPINION
    """Somebody else is asked."""
    CLASSED = "class given"
    """The decision stays; what the part really is was told."""
    UNDONE = "undone"
    """What was said before counts again."""
    OTHER = "other"
    """Said elsewhere."""


def text_of(kind: Kind, reason: str = "", note: str = "") -> str:
    """A review's reason. Raises ConfigError for a note that is too long to be one."""
    note = " ".join(note.split())
    if len(note) > NOTE_MOST:
        raise ConfigError(
            "the note has {count} letters; expected at most {note_most}. Shorten it.",
            count=len(note),
            note_most=NOTE_MOST,
        )
    said = "; ".join(part for part in (reason.strip(), note) if part)
    return f"{kind.value}: {said}" if said else kind.value


def kind_of(review: Review) -> Kind:
    """How a review came about."""
    head = review.reason.partition(":")[0]
    return next((kind for kind in Kind if kind.value == head), Kind.OTHER)


def said_in(review: Review) -> str:
    """The reason and the note, without the kind; a review from elsewhere as it is."""
    if kind_of(review) is Kind.OTHER:
        return review.reason
    return review.reason.partition(":")[2].strip()


def undone_text(restored: Review | None) -> str:
    """Of a review that takes back another. restored: what counts again; None: the verdict."""
    place = "the verdict" if restored is None else f"review {restored.uuid}"
    return f"{Kind.UNDONE.value}: back to {place}"


def standing(reviews: Sequence[Review]) -> Review | None:
    """The word that counts, of all that was said of a part in order; None: the station's verdict
    does. One that undoes stands for what it restored."""
    by_uuid = {review.uuid: review for review in reviews}
    latest = reviews[-1] if reviews else None
    for _ in range(len(reviews)):
        back = None if latest is None else _UNDONE.fullmatch(latest.reason)
        if latest is None or back is None:
            return latest
        latest = None if back[1] is None else by_uuid.get(back[1], latest)
    return latest
