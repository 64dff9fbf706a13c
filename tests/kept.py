"""Builders of what the store keeps, numbered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from builders import a_record

from station.domain import Decision, Intent, Record
from station.sayings import Event, Review, Severity
from station.store.store import Store
from station.store.tables import PersonRow
from station.store.writing import write_sealed

WHEN = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=timezone.utc)


def uuid_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def sha256_of(number: int) -> str:
    return f"{number:064x}"


def an_intent(number: int = 1, **changes: Any) -> Intent:
    when = WHEN + timedelta(seconds=number)
    values: dict[str, Any] = {
        "uuid": uuid_of(number),
        "station": "bench-1",
        "feed": "folder:/in",
        "lot": "LOT-42",
        "part_serial": None,
        "operator": "A. Smith",
        "source": f"part-{number}.png",
        "image_sha256": sha256_of(number),
        "captured_at": when,
        "opened_at": when,
    }
    return Intent(**{**values, **changes})


def record_for(intent: Intent, decision: Decision = Decision.PASS, **changes: Any) -> Record:
    """The record of a part that came in."""
    names = ("uuid", "station", "lot", "part_serial", "operator", "source", "image_sha256")
    shared = {name: getattr(intent, name) for name in names}
    record = a_record(
        **shared,
        decision=decision,
        captured_at=intent.captured_at,
        decided_at=intent.opened_at + timedelta(milliseconds=40),
        codes=("SCORE_PASS",),
        evidence={"diameter_mm": 12.03},
    )
    return replace(record, **changes)


def numbered(number: int, decision: Decision = Decision.PASS, **changes: Any) -> Record:
    return record_for(an_intent(number), decision, **changes)


def an_event(number: int = 1, **changes: Any) -> Event:
    when = WHEN + timedelta(seconds=number)
    event = Event(when, "bench-1", "engine", Severity.WARNING, f"Alarm {number}: größer.")
    return replace(event, **changes)


def a_review(number: int, part: int, **changes: Any) -> Review:
    review = Review(
        uuid_of(900_000 + number),
        uuid_of(part),
        "B. Jones",
        Decision.PASS,
        "A hair, brushed off.",
        WHEN + timedelta(hours=1),
    )
    return replace(review, **changes)


def a_person_row() -> dict[str, Any]:
    """Somebody who may sign in, less the id."""
    texts = {"name_key": "b. jones", "name": "B. Jones", "role": "operator", "secret": "a hash"}
    return {**texts, "state": "active", "changed_by": "A. Smith", "at": WHEN}


def fill(store: Store) -> None:
    """22 links of every kind, one after the other."""
    store.add_bundle("b" * 64, "demo", {"classes": ["ok", "crack"], "size": 1.5}, WHEN)
    store.add_certificate("f" * 32, "b" * 64, "openvino CPU", 0.01, {"max_dp": 0.01}, WHEN)
    store.add_event(an_event(0))
    for number in range(1, 11):
        decision = list(Decision)[number % 4]
        store.open_parts(an_intent(number))
        store.add(record_for(an_intent(number), decision))
        if number % 3 == 0:
            # What could not be inspected is passed by nobody.
            word = Decision.REJECT if decision is Decision.ERROR else Decision.PASS
            label = "crack" if number == 6 else None
            store.add_review(a_review(number, number, decision=word, true_class=label))
        if number % 4 == 0:
            store.add_event(an_event(number))
    store.add(*(numbered(n) for n in range(11, 14)))
    with store.database.writing() as connection:
        write_sealed(connection, "person", PersonRow, [a_person_row()])
