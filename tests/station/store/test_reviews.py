"""What waits for a person: the latest word decides, on either database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from kept import numbered, uuid_of
from waiting_parts import NOW, a_word, doubtful

from station.domain import Decision
from station.sayings import Review
from station.store.answered import AnsweredError, LastKnown
from station.store.reviews import (
    SECOND,
    Sought,
    Wanted,
    count_waiting,
    decided_by_people,
    find_part,
    waiting,
)
from station.store.store import Store

PASS, REVIEW, REJECT, ERROR = Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.ERROR
OPEN = Sought((Wanted(REVIEW),))


def numbers(store: Store, sought: Sought = OPEN, **asked: int) -> list[int]:
    return [int(found.record.uuid[-4:]) for found in waiting(store, sought, **asked)]


def test_those_wait_whose_latest_word_is_review_oldest_first(store: Store) -> None:
    store.add(doubtful(1), numbered(2), doubtful(3), numbered(4, REJECT), numbered(5, ERROR))
    store.add(doubtful(6))
    assert numbers(store) == [1, 3, 6]
    store.add_review(a_word(1, 1, PASS))
    store.add_review(a_word(2, 4, REVIEW))  # somebody wants a rejected part looked at
    assert numbers(store) == [3, 4, 6]
    store.add_review(a_word(3, 1, REVIEW))  # taken back
    store.add_review(a_word(4, 4, REJECT))
    assert numbers(store) == [1, 3, 6]
    assert count_waiting(store, OPEN).waiting == 3


def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    store.add(*(doubtful(n) for n in range(1, 30)))
    store.add_review(a_word(1, 7, PASS))
    store.add_review(a_word(2, 9, REVIEW))
    seen: list[int] = []
    after = 0
    while page := waiting(store, OPEN, after=after, limit=4):
        seen += [int(found.record.uuid[-4:]) for found in page]
        after = page[-1].id
    assert seen == [n for n in range(1, 30) if n != 7]


def test_the_floor_hides_nothing_and_only_rises(store: Store) -> None:
    store.add(*(doubtful(n) for n in range(1, 12)))
    floor = 0
    for number in range(1, 10):
        store.add_review(a_word(number, number, PASS))
        count = count_waiting(store, OPEN, floor=floor)
        assert count.floor >= floor and count.waiting == 11 - number
        floor = count.floor
        assert numbers(store, floor=floor) == numbers(store)
    store.add_review(a_word(20, 2, REVIEW))  # below the floor
    assert numbers(store, floor=floor) == [2, 10, 11]
    store.add_review(a_word(21, 10, PASS))
    store.add_review(a_word(22, 11, PASS))
    floor = count_waiting(store, OPEN, floor=floor).floor
    store.add(doubtful(40))
    assert numbers(store, floor=floor) == [2, 40]


def test_a_lot_is_that_which_the_part_came_in_under(store: Store) -> None:
    store.add(doubtful(1, lot="A"), doubtful(2, lot="B"), doubtful(3, lot=None))
    store.add_review(a_word(1, 2, REVIEW))
    assert numbers(store, Sought((Wanted(REVIEW),), lot="A")) == [1]
    assert numbers(store, Sought((Wanted(REVIEW),), lot="B")) == [2]
    assert count_waiting(store, Sought((Wanted(REVIEW),), lot="B")).waiting == 1


def test_what_one_sent_to_a_second_person_waits_for_others_alone(store: Store) -> None:
    store.add(doubtful(1), doubtful(2), doubtful(3))
    store.add_review(a_word(1, 2, REVIEW, operator="Ada", reason=f"{SECOND}: the rim?"))
    ada = Sought((Wanted(REVIEW),), hidden_from="ada")
    assert numbers(store, ada) == [1, 3]
    assert numbers(store, Sought((Wanted(REVIEW),), hidden_from="Bob")) == [1, 2, 3]
    count = count_waiting(store, ada)
    assert (count.waiting, count.elsewhere) == (2, 1)


def test_a_sample_is_the_same_whenever_it_is_asked_for(store: Store) -> None:
    digits = "0123456789abcdef"
    store.add(*(numbered(n, uuid=f"{d}{uuid_of(n)[1:]}") for n, d in enumerate(digits, start=1)))
    quarter = Sought((Wanted(PASS, below="4"),), reopened=False)
    assert numbers(store, quarter) == [1, 2, 3, 4]
    since = Sought((Wanted(PASS, since=NOW - timedelta(days=2), below="4"),), reopened=False)
    assert numbers(store, since) == [1, 2, 3, 4]
    late = Sought((Wanted(PASS, since=NOW + timedelta(days=2)),), reopened=False)
    assert numbers(store, late) == []


def test_people_s_decisions_come_latest_first_with_all_that_was_said(store: Store) -> None:
    store.add(doubtful(1), doubtful(2), numbered(3), doubtful(4))
    for number, (part, decision) in enumerate(
        [(1, PASS), (2, REVIEW), (3, REJECT), (1, REVIEW), (1, REJECT)]
    ):
        store.add_review(a_word(number, part, decision))
    found, count = decided_by_people(store, 10)
    assert [(each.record.uuid, len(words)) for each, words in found] == [
        (uuid_of(1), 3),
        (uuid_of(3), 1),
    ]
    assert count == 2
    assert found[0][0].latest == found[0][1][-1]
    assert len(decided_by_people(store, 1)[0]) == 1


def test_a_part_is_found_by_its_uuid(store: Store) -> None:
    store.add(numbered(1))
    store.add_review(a_word(1, 1, REJECT, true_class="crack"))
    found = find_part(store, uuid_of(1))
    assert found is not None and found.latest is not None
    assert found.latest.true_class == "crack"
    assert find_part(store, uuid_of(2)) is None


def test_of_many_who_answer_at_once_one_is_written_and_the_others_are_told(store: Store) -> None:
    store.add(doubtful(1))
    told: list[Review] = []
    start = threading.Barrier(6)

    def answer(number: int) -> None:
        start.wait()
        try:
            word = a_word(number, 1, PASS if number % 2 else REJECT, operator=f"P{number}")
            store.add_review(word, LastKnown(None))
        except AnsweredError as error:
            told.append(error.review)

    threads = [threading.Thread(target=answer, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (written,) = store.reviews(uuid_of(1))
    assert told == [written] * 5


def test_a_word_that_was_seen_may_be_followed_by_another(store: Store) -> None:
    store.add(doubtful(1))
    first, second = a_word(1, 1, PASS), a_word(2, 1, REJECT)
    store.add_review(first, LastKnown(None))
    store.add_review(second, LastKnown(first.uuid))
    with pytest.raises(AnsweredError, match=r"B\. Jones decided REJECT"):
        store.add_review(a_word(3, 1, PASS), LastKnown(first.uuid))
    assert store.reviews(uuid_of(1)) == [first, second]
