"""Every part that came in is known, until it has exactly one verdict."""

from __future__ import annotations

import threading

import pytest
from kept import a_review, an_event, an_intent, numbered, record_for, uuid_of

from station.domain import Decision
from station.errors import StoreError
from station.store.store import Store


def test_what_could_not_be_inspected_is_passed_by_nobody(store: Store) -> None:
    store.add(numbered(1, Decision.ERROR))
    with pytest.raises(StoreError, match=r"could not be inspected .* never a PASS"):
        store.add_review(a_review(1, 1))
    store.add_review(a_review(2, 1, decision=Decision.REJECT))
    assert [r.decision for r in store.reviews(uuid_of(1))] == [Decision.REJECT]


def test_an_opened_part_is_open_until_its_record_is_written(store: Store) -> None:
    intents = [an_intent(n) for n in range(3)]
    store.open_parts(*intents)
    assert store.open_intents("bench-1", "folder:/in") == intents
    store.add(record_for(intents[1]))
    assert store.open_intents("bench-1", "folder:/in") == [intents[0], intents[2]]
    store.add(record_for(intents[0]), record_for(intents[2]))
    assert store.open_intents("bench-1", "folder:/in") == []
    assert [r.uuid for r in store.records()] == [uuid_of(1), uuid_of(0), uuid_of(2)]


def test_open_parts_are_found_by_station_and_feed(store: Store) -> None:
    here, there, other = (
        an_intent(1),
        an_intent(2, station="bench-2"),
        an_intent(3, feed="v4l2:/dev/video0", lot=None, operator=None, image_sha256=None),
    )
    store.open_parts(here, there, other)
    assert store.open_intents("bench-1", "folder:/in") == [here]
    assert store.open_intents("bench-2", "folder:/in") == [there]
    assert store.open_intents("bench-1", "v4l2:/dev/video0") == [other]
    assert store.open_intents("bench-1", "") == []


def test_parts_are_opened_all_or_none(store: Store) -> None:
    store.open_parts(an_intent(1))
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.open_parts(an_intent(2), an_intent(1))
    assert store.open_intents("bench-1", "folder:/in") == [an_intent(1)]
    # A name that only the refused transaction brought is met again.
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.open_parts(an_intent(2, lot="NEW"), an_intent(1))
    store.open_parts(an_intent(3, lot="NEW"))
    assert store.account("NEW").parts_in == 1


def test_a_record_without_an_intent_makes_its_part(store: Store) -> None:
    store.open_parts(an_intent(1))
    store.add(numbered(1), numbered(2))
    assert store.account().parts_in == 2
    assert store.account().balanced
    assert store.open_intents("bench-1", "") == []


def test_nothing_to_write_is_nothing_written(store: Store) -> None:
    store.open_parts()
    store.add()
    assert store.account().parts_in == 0


def test_a_second_verdict_on_a_part_is_refused(store: Store) -> None:
    store.open_parts(an_intent(1))
    store.add(numbered(1, Decision.REJECT))
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.add(numbered(1, Decision.PASS))
    assert [r.decision for r in store.records()] == [Decision.REJECT]


def test_the_account_names_what_is_open(store: Store) -> None:
    store.open_parts(*(an_intent(n, lot="A" if n < 8 else "B") for n in range(10)))
    for number, decision in enumerate(Decision):
        store.add(numbered(number, decision, lot="A"))
    account = store.account("A")
    assert (account.parts_in, account.decided) == (8, 4)
    assert account.counts == dict.fromkeys(Decision, 1)
    assert [i.uuid for i in account.open] == [uuid_of(n) for n in range(4, 8)]
    assert not account.balanced
    assert account.difference.startswith("4 of 8 parts have no verdict: part-4.png (")
    assert [i.uuid for i in store.account("B").open] == [uuid_of(8), uuid_of(9)]
    assert len(store.account().open) == 6
    store.add(*(numbered(n, lot="A") for n in range(4, 8)))
    assert store.account("A").balanced
    assert store.account("A").difference == ""
    assert store.account("none").balanced


def test_the_account_tells_a_verdict_under_another_lot(store: Store) -> None:
    store.open_parts(an_intent(1, lot="A"))
    store.add(numbered(1, lot="B"))
    for lot in ("A", "B"):
        account = store.account(lot)
        assert not account.balanced
        assert "1 parts came in under one lot and have a verdict under another" in (
            account.difference
        )


def test_the_newest_record_of_a_picture_in_a_lot_is_found(store: Store) -> None:
    same = "c" * 64
    store.add(*(numbered(n, lot=lot, image_sha256=same) for n, lot in enumerate("ABA")))
    store.add(numbered(3, lot=None, image_sha256=same), numbered(4, lot="A"))
    found = {lot: store.decided_with(same, lot) for lot in ("A", "B", None, "C")}
    assert {lot: r and r.uuid for lot, r in found.items()} == {
        "A": uuid_of(2),
        "B": uuid_of(1),
        None: uuid_of(3),
        "C": None,
    }


def test_reviews_stand_beside_the_verdict_and_are_written_once(store: Store) -> None:
    store.add(numbered(1, Decision.REJECT))
    first, second = a_review(1, 1), a_review(2, 1, decision=Decision.REJECT, operator="A. Smith")
    store.add_review(first)
    store.add_review(second)
    store.add_review(first)
    assert store.reviews(uuid_of(1)) == [first, second]
    assert [r.decision for r in store.records()] == [Decision.REJECT]
    with pytest.raises(StoreError, match="none is changed"):
        store.add_review(a_review(1, 1, reason="Other words."))
    with pytest.raises(StoreError, match="no verdict on a part"):
        store.add_review(a_review(3, 2))
    with pytest.raises(StoreError, match="no person's decision"):
        store.add_review(a_review(3, 1, decision=Decision.ERROR))
    assert store.reviews(uuid_of(1)) == [first, second]


def test_the_latest_review_of_many_parts_is_found(store: Store) -> None:
    store.add(*(numbered(n) for n in range(2500)))
    for number, part in enumerate((3, 2400, 3)):
        store.add_review(a_review(number, part))
    found = store.latest_reviews([uuid_of(n) for n in range(2500)])
    assert {part: review.uuid for part, review in found.items()} == {
        uuid_of(3): a_review(2, 3).uuid,
        uuid_of(2400): a_review(1, 2400).uuid,
    }


def test_bundles_and_certificates_are_kept_once(store: Store) -> None:
    at = an_event().at
    with pytest.raises(StoreError, match="never added"):
        store.add_certificate("f" * 32, "b" * 64, "openvino CPU", 0.01, {}, at)
    for _ in range(2):
        store.add_bundle("b" * 64, "demo", {"classes": ["ok"]}, at)
        store.add_certificate("f" * 32, "b" * 64, "openvino CPU", 0.01, {"max_dp": 0.01}, at)
    store.add_certificate("f" * 32, "b" * 64, "openvino CPU", 0.02, {"max_dp": 0.02}, at)
    with store.database.reading() as connection:
        ask = connection.exec_driver_sql
        assert ask("SELECT count(*) FROM bundles").scalar() == 1
        assert ask("SELECT margin FROM certificates ORDER BY id").scalars().all() == [0.01, 0.02]


def test_several_threads_write_at_once_and_nothing_is_lost(store: Store) -> None:
    failures: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 25):
                store.open_parts(an_intent(number, lot=f"LOT-{number % 3}"))
                store.add(numbered(number, lot=f"LOT-{number % 3}"))
                store.add_event(an_event(number))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.account().parts_in == 100
    assert store.account().balanced
    assert len(store.events()) == 100
