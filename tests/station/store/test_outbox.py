"""What must be told to others stays in the outbox until each of them has it."""

from __future__ import annotations

from typing import Any

import pytest
from kept import WHEN, numbered

from station.domain import Record
from station.errors import StoreError
from station.store.store import Store


def told(record: Record) -> dict[str, Any]:
    return {"uuid": record.uuid, "verdict": record.decision.value}


def test_without_a_destination_nothing_is_kept(store: Store) -> None:
    store.add(numbered(1), outbox=told)
    assert store.outbox_state() == []
    with pytest.raises(StoreError, match=r"'mqtt' is not a destination .*there: none"):
        store.outbox_after("mqtt", 10)
    store.outbox_destinations("mqtt")
    assert store.outbox_after("mqtt", 10) == []


def test_messages_come_in_order_and_stay_until_all_have_them(store: Store) -> None:
    assert store.outbox_destinations("mqtt", "webhook") == []
    store.add(numbered(1), numbered(2), outbox=told)
    store.add(numbered(3), outbox=told)
    first, second, third = store.outbox_after("mqtt", 10)
    assert [m.payload["uuid"] for m in (first, second, third)] == [
        numbered(n).uuid for n in (1, 2, 3)
    ]
    assert (first.kind, first.payload["verdict"]) == ("inspection", "PASS")
    assert first.id < second.id < third.id
    assert first.created_at.tzinfo is not None
    assert store.outbox_after("mqtt", 2) == [first, second]
    store.outbox_delivered("mqtt", second.id)
    assert store.outbox_after("mqtt", 10) == [third]
    assert len(store.outbox_after("webhook", 10)) == 3
    waiting = {d.name: d.waiting for d in store.outbox_state()}
    assert waiting == {"mqtt": 1, "webhook": 3}
    store.outbox_delivered("webhook", first.id)
    with store.database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT id FROM outbox ORDER BY id").scalars().all()
    assert kept == [second.id, third.id]


def test_a_number_is_never_given_twice(store: Store) -> None:
    store.outbox_destinations("mqtt")
    store.add(numbered(1), outbox=told)
    (first,) = store.outbox_after("mqtt", 10)
    store.outbox_delivered("mqtt", first.id)
    store.outbox_destinations()
    store.outbox_destinations("mqtt")
    store.add(numbered(2), outbox=told)
    (second,) = store.outbox_after("mqtt", 10)
    assert second.id > first.id


def test_a_failure_is_kept_until_the_next_success(store: Store) -> None:
    store.outbox_destinations("mqtt")
    store.add(numbered(1), outbox=told)
    store.outbox_failed("mqtt", "refused", WHEN)
    store.outbox_failed("mqtt", "timed out", WHEN)
    (state,) = store.outbox_state()
    assert (state.attempts, state.last_error, state.next_try_at) == (2, "timed out", WHEN)
    assert (state.waiting, state.oldest_at) == (1, store.outbox_after("mqtt", 1)[0].created_at)
    (message,) = store.outbox_after("mqtt", 10)
    store.outbox_delivered("mqtt", message.id)
    (state,) = store.outbox_state()
    assert (state.attempts, state.last_error, state.next_try_at) == (0, None, None)
    assert (state.waiting, state.oldest_at, state.delivered_up_to) == (0, None, message.id)


def test_a_message_that_was_never_written_cannot_be_delivered(store: Store) -> None:
    store.outbox_destinations("mqtt")
    with pytest.raises(StoreError, match="no such message"):
        store.outbox_delivered("mqtt", 5)


def test_a_destination_taken_away_is_named_and_its_messages_go(store: Store) -> None:
    store.outbox_destinations("mqtt", "webhook")
    store.add(numbered(1), outbox=told)
    (message,) = store.outbox_after("mqtt", 10)
    store.outbox_delivered("mqtt", message.id)
    (gone,) = store.outbox_destinations("mqtt")
    assert (gone.name, gone.waiting) == ("webhook", 1)
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar() == 0


def test_a_message_is_written_with_its_record_or_not_at_all(store: Store) -> None:
    store.outbox_destinations("mqtt")
    store.add(numbered(1), outbox=told)
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.add(numbered(2), numbered(1), outbox=told)
    assert len(store.outbox_after("mqtt", 10)) == 1
    with pytest.raises(StoreError):
        store.add(numbered(3), outbox=lambda _: {"odd": object()})
    assert store.find(numbered(3).uuid) is None
