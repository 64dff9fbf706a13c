"""Documents whose hash stands in the chain: findings that nobody can change unnoticed.

A document lies as DIGEST.json in a folder beside the results; an event names the digest. The file
comes first: a kill in between leaves a file that no event names, never the reverse.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from station.errors import StationError
from station.sayings import Event, Severity
from station.store.store import Store

TAIL = re.compile(r" \[(?P<words>[^\[\]]*\b)sha256 (?P<digest>[0-9a-f]{64})\]$")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event of the chain that names a document."""

    event: Event
    words: tuple[str, ...]
    """For programs, in the event's text: what the document comes to."""
    digest: str
    """Of the document."""

    @property
    def sentence(self) -> str:
        """The event's text, for people."""
        return TAIL.sub("", self.event.text)


def seal(
    store: Store, folder: Path, event: Event, words: tuple[str, ...], body: Mapping[str, Any]
) -> Sealed:
    """Write a document, then its event. Raises StationError.

    words: without blanks or brackets.
    """
    data = json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    raw = data.encode("utf-8")
    digest = hashlib.sha256(raw).hexdigest()
    try:
        write_atomically(folder / f"{digest}.json", raw)
    except OSError as error:
        raise StationError(
            "{folder} cannot be written ({strerror}). Nothing was noted; make room, or see "
            "who may write there.",
            folder=folder,
            strerror=error.strerror,
        ) from error
    text = f"{event.text} [{' '.join((*words, ''))}sha256 {digest}]"
    noted = Event(event.at, event.station, event.kind, event.severity, text)
    store.add_event(noted)
    return Sealed(noted, words, digest)


def sealed(store: Store, station: str, kind: str, limit: int | None = None) -> tuple[Sealed, ...]:
    """Events of a kind that name documents, oldest first; with `limit`, of the latest so many."""
    events = store.events(limit=limit, station=station, kind=kind)
    return tuple(found for event in events if (found := read_event(event)) is not None)


def read_event(event: Event) -> Sealed | None:
    """What an event names; None: no document."""
    match = TAIL.search(event.text)
    if match is None:
        return None
    return Sealed(event, tuple(match["words"].split()), match["digest"])


def document(folder: Path, named: Sealed) -> dict[str, Any]:
    """The document that an event names. Raises StationError where it is gone or was changed."""
    path = folder / f"{named.digest}.json"
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StationError(
            "{path} cannot be read ({strerror}): what was noted at {at:%Y-%m-%d %H:%M} UTC "
            "is gone. Bring the file back from a copy.",
            path=path,
            strerror=error.strerror,
            at=named.event.at,
        ) from error
    if hashlib.sha256(raw).hexdigest() != named.digest:
        raise StationError(
            "{path} was changed since it was noted at {at:%Y-%m-%d %H:%M} UTC. Bring the "
            "file back from a copy.",
            path=path,
            at=named.event.at,
        )
    body: dict[str, Any] = json.loads(raw)
    return body


def information(at: datetime, station: str, kind: str, text: str) -> Event:
    """An event that asks nothing of anybody."""
    return Event(at, station, kind, Severity.INFO, text)
