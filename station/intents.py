"""What is written before the engine is asked: one intent for each part, so that none is forgotten.

Here, too, it is known which picture is no new part: the same file seen again, or the same picture
under a second name.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from station.arrival import Arrival
from station.domain import Intent, Part
from station.labels import Labels
from station.opened import Opened


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """An arrival, and the part in each of its views."""

    arrival: Arrival
    parts: tuple[Part, ...]
    """As many as frames; none for what is no picture."""
    sha256: str | None
    """Of the file that was read; None where it cannot be."""
    captured_at: datetime
    spent_s: float
    """On reading, keeping and locating."""


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A part with its intent on the disk; or a file that is no new part."""

    located: Located
    intent: Intent
    repeats: str | None = None
    """Uuid of the part that this file shows again: it is moved away, and not inspected."""


def begin_parts(
    opened: Opened, batches: Generator[list[Located], None, None]
) -> Generator[Begun, None, None]:
    """Write intents, a batch in one transaction; yields each part after its own is on the disk.

    Raises StoreError, the batch then staying in the inbox.
    """
    with closing(batches):
        for batch in batches:
            opened.disk.check()
            begun = [_begin(opened, located) for located in batch]
            new = [b.intent for b in begun if _is_new(b)]
            if new:
                opened.shift.check([intent.lot for intent in new])
                opened.store.open_parts(*new)
            yield from begun


def _is_new(begun: Begun) -> bool:
    arrival = begun.located.arrival
    return begun.repeats is None and arrival.intent is None and arrival.error is None


def _begin(opened: Opened, located: Located) -> Begun:
    arrival = located.arrival
    if arrival.intent is not None:
        opened.ledger.enter(None, located.sha256, arrival.intent.uuid)
        return Begun(located, arrival.intent)
    waiting = opened.ledger.resumed(arrival.source, located.sha256)
    if waiting is not None:
        resumed = replace(located, arrival=replace(arrival, intent=waiting))
        opened.ledger.enter(arrival.path, located.sha256, waiting.uuid)
        return Begun(resumed, waiting)
    intent = _intent(opened, located)
    repeats = _repeated(opened, located)
    if repeats is None and arrival.error is None:
        opened.ledger.enter(arrival.path, located.sha256, intent.uuid)
    return Begun(located, intent, repeats)


def _repeated(opened: Opened, located: Located) -> str | None:
    """The part that an inbox's file shows again; None: it is one of its own."""
    path, sha256 = located.arrival.path, located.sha256
    if path is None or sha256 is None or located.arrival.error is not None:
        return None
    in_hand = opened.ledger.in_hand(path, sha256)
    if in_hand is not None or opened.config.duplicates == "inspect":
        return in_hand
    in_hand = opened.ledger.in_hand(None, sha256)
    if in_hand is not None:
        return in_hand
    decided = opened.store.decided_with(sha256, _labels(opened, located.arrival).lot)
    return None if decided is None else decided.uuid


def _labels(opened: Opened, arrival: Arrival) -> Labels:
    """What was told of a part when it arrived."""
    if arrival.labels is not None:
        return arrival.labels
    return Labels(opened.config.lot, opened.config.operator)


def _intent(opened: Opened, located: Located) -> Intent:
    config, arrival = opened.config, located.arrival
    labels = _labels(opened, arrival)
    return Intent(
        uuid=str(uuids.uuid4()),
        station=config.station,
        feed=config.feed,
        lot=labels.lot,
        part_serial=arrival.serial or labels.serial,
        operator=labels.operator,
        source=arrival.source,
        image_sha256=located.sha256,
        captured_at=located.captured_at,
        opened_at=datetime.now(timezone.utc),
    )
