"""A person's answers: what they are called, what is refused, and how one is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kept import numbered, uuid_of
from waiting_parts import a_word, doubtful, know_the_bundle

from station.domain import Decision
from station.errors import ConfigError
from station.reviewing.answers import Answer, Given, give, name_class, take_back
from station.reviewing.leaning import leaning, likeliest_defect
from station.reviewing.queue import Asked, Queue, Waiting, look_up, pending
from station.reviewing.words import Kind, kind_of, said_in, standing, text_of
from station.store.answered import AnsweredError
from station.store.store import Store, open_store
from station.store.verify import walk

PASS, REVIEW, REJECT, ERROR = Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.ERROR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "x.db")) as store:
        know_the_bundle(store)
        yield store


def part(store: Store, number: int) -> Waiting:
    found = look_up(store, uuid_of(number))
    assert found is not None
    return found


def answered(store: Store, number: int, answer: Answer, who: str = "Ada") -> Given:
    return give(store, part(store, number), answer, who)


def open_numbers(store: Store, who: str | None = "Ada") -> list[int]:
    found = pending(store, Asked(operator=who))
    return [int(each.record.uuid[-4:]) for each in found.parts]


def is_sound(store: Store) -> bool:
    with store.database.reading() as connection:
        return walk(connection).broken is None


@pytest.mark.parametrize(
    ("p", "codes", "side"),
    [
        (0.2, ("SCORE_BAND",), PASS),
        (0.499, ("SCORE_BAND",), PASS),
        (0.5, ("SCORE_BAND",), REJECT),
        (0.9, ("TILTED",), REJECT),
        (0.9, ("UNFAMILIAR",), None),
        (0.01, ("NOT_FOUND",), None),
        (None, ("SCORE_BAND",), None),
    ],
)
def test_a_review_leans_to_its_likelier_side(
    p: float | None, codes: tuple[str, ...], side: Decision | None
) -> None:
    record = numbered(1, REVIEW, defect_probability=p, codes=codes)
    assert leaning(record) is side


def test_a_verdict_leans_to_itself_and_an_error_to_nothing() -> None:
    assert leaning(numbered(1, PASS, defect_probability=0.9)) is PASS
    assert leaning(numbered(1, REJECT, defect_probability=0.1)) is REJECT
    assert leaning(numbered(1, ERROR, defect_probability=None)) is None


def test_the_likeliest_defect_is_no_good_class() -> None:
    record = doubtful(1, 0.2)
    assert likeliest_defect(record, ("crack", "chip")) == "crack"
    assert likeliest_defect(record, ()) is None


def test_agreeing_and_overruling_are_told_apart_and_written_so(store: Store) -> None:
    store.add(doubtful(1, 0.3), doubtful(2, 0.3), doubtful(3, 0.3, codes=("UNFAMILIAR",)))
    assert answered(store, 1, Answer(PASS)).kind is Kind.AGREED
    overruled = answered(store, 2, Answer(REJECT, "chip", "dust", "at the  rim"))
    assert overruled.kind is Kind.OVERRULED
    assert answered(store, 3, Answer(PASS)).kind is Kind.DECIDED
    (review,) = store.reviews(uuid_of(2))
    assert review.reason == "overruled: dust; at the rim"
    assert (review.true_class, review.operator, review.decision) == ("chip", "Ada", REJECT)
    assert kind_of(review) is Kind.OVERRULED and said_in(review) == "dust; at the rim"
    assert open_numbers(store) == []
    assert is_sound(store)


def test_overruling_needs_a_reason(store: Store) -> None:
    store.add(numbered(1, REJECT), doubtful(2, 0.3))
    for number, decision in ((1, PASS), (2, REJECT)):
        with pytest.raises(ConfigError, match="without a reason"):
            answered(store, number, Answer(decision))
        assert store.reviews(uuid_of(number)) == []


def test_an_error_is_never_passed(store: Store) -> None:
    store.add(numbered(1, ERROR, defect_probability=None, probabilities=None))
    with pytest.raises(ConfigError, match="Inspect it again"):
        answered(store, 1, Answer(PASS))
    given = answered(store, 1, Answer(REJECT))
    back = take_back(store, given, "Ada")
    assert back.review.decision is REVIEW
    with pytest.raises(ConfigError, match="Inspect it again"):
        answered(store, 1, Answer(PASS))
    assert PASS not in [review.decision for review in store.reviews(uuid_of(1))]


@pytest.mark.parametrize("who", [None, "", "   "])
def test_a_decision_carries_a_name(store: Store, who: str | None) -> None:
    store.add(doubtful(1, 0.3))
    with pytest.raises(ConfigError, match="carries a name"):
        give(store, part(store, 1), Answer(PASS), who)


@pytest.mark.parametrize("name", ["normal", "dent", ""])
def test_a_reject_is_of_a_defect_class_of_the_bundle(store: Store, name: str) -> None:
    store.add(doubtful(1, 0.7))
    with pytest.raises(ConfigError, match="expected one of crack, chip"):
        answered(store, 1, Answer(REJECT, name))


def test_a_note_has_an_end() -> None:
    with pytest.raises(ConfigError, match="at most 500"):
        text_of(Kind.OVERRULED, "other", "x" * 501)


def test_undo_restores_what_was_and_removes_nothing(store: Store) -> None:
    store.add(doubtful(1, 0.3))
    given = answered(store, 1, Answer(PASS))
    back = take_back(store, given, "Ada")
    assert back.kind is Kind.UNDONE and back.review.decision is REVIEW
    assert open_numbers(store) == [1]
    assert standing(store.reviews(uuid_of(1))) is None
    answered(store, 1, Answer(REJECT, "chip", "lighting"))
    third = answered(store, 1, Answer(PASS, None, "other", "a hair"))
    take_back(store, third, "Ada")
    words = store.reviews(uuid_of(1))
    assert [w.decision for w in words] == [PASS, REVIEW, REJECT, PASS, REJECT]
    counts = standing(words)
    assert counts is not None and counts == words[2]
    assert words[-1].true_class == "chip"
    assert open_numbers(store) == []
    assert is_sound(store)


def test_undo_of_an_undo_restores_what_stood(store: Store) -> None:
    store.add(doubtful(1, 0.3))
    first = answered(store, 1, Answer(PASS))
    undone = take_back(store, first, "Ada")
    again = give(store, part(store, 1), Answer(REJECT, None, "dust"), "Ada")
    take_back(store, again, "Ada")
    words = store.reviews(uuid_of(1))
    assert words[-1].reason == f"undone: back to review {undone.review.uuid}"
    assert standing(words) is None


def test_undo_of_a_look_at_a_pass_is_no_word_on_it(store: Store) -> None:
    store.add(numbered(1, PASS))
    given = answered(store, 1, Answer(REJECT, "crack", blind=True))
    assert given.kind is Kind.BLIND and given.review.reason == "blind"
    take_back(store, given, "Ada")
    assert [w.decision for w in store.reviews(uuid_of(1))] == [REJECT, PASS]
    assert standing(store.reviews(uuid_of(1))) is None


def test_undo_stops_where_somebody_said_more(store: Store) -> None:
    store.add(doubtful(1, 0.3))
    given = answered(store, 1, Answer(PASS))
    store.add_review(a_word(1, 1, REJECT))
    with pytest.raises(AnsweredError):
        take_back(store, given, "Ada")
    assert len(store.reviews(uuid_of(1))) == 2


def test_the_second_to_answer_is_told_and_nothing_is_overwritten(store: Store) -> None:
    store.add(doubtful(1, 0.3))
    seen_by_both = part(store, 1)
    give(store, seen_by_both, Answer(PASS), "Ada")
    with pytest.raises(AnsweredError) as told:
        give(store, seen_by_both, Answer(REJECT, None, "dust"), "Bob")
    assert told.value.review.operator == "Ada"
    assert [w.operator for w in store.reviews(uuid_of(1))] == ["Ada"]


def test_a_second_opinion_is_somebody_else_s(store: Store) -> None:
    store.add(doubtful(1, 0.3), doubtful(2, 0.3))
    assert answered(store, 1, Answer(REVIEW, note="is that a rim?")).kind is Kind.SECOND
    assert open_numbers(store, "ADA") == [2]
    assert open_numbers(store, "Bob") == [1, 2]
    assert pending(store, Asked(operator="Ada")).elsewhere == 1
    asked = part(store, 1)
    assert asked.asked_by == "Ada"
    with pytest.raises(ConfigError, match="somebody else"):
        give(store, asked, Answer(PASS), "ada")
    assert give(store, asked, Answer(PASS), "Bob").kind is Kind.AGREED
    assert open_numbers(store, "Bob") == [2]


def test_a_second_opinion_can_be_taken_back_by_who_asked(store: Store) -> None:
    store.add(doubtful(1, 0.3))
    take_back(store, answered(store, 1, Answer(REVIEW)), "Ada")
    assert open_numbers(store, "Ada") == [1]
    assert part(store, 1).asked_by is None


def test_a_class_is_named_without_changing_the_decision(store: Store) -> None:
    store.add(numbered(1, REJECT))
    answered(store, 1, Answer(REJECT))
    name_class(store, part(store, 1), "chip", "Bob")
    latest = store.reviews(uuid_of(1))[-1]
    assert (latest.decision, latest.true_class) == (REJECT, "chip")
    assert latest.reason == "class given: chip"
    with pytest.raises(ConfigError, match="expected one of crack, chip"):
        name_class(store, part(store, 1), "normal", "Bob")
    assert is_sound(store)


def test_the_queues_hold_what_they_say(store: Store) -> None:
    from waiting_parts import NOW

    store.add(doubtful(1), numbered(2, REJECT), numbered(3, PASS), numbered(4, ERROR))

    def seen(queue: Queue, share: float = 1.0) -> list[int]:
        found = pending(store, Asked(queue, "Ada", pass_share=share), now=NOW)
        assert found.count == len(found.parts)
        return [int(each.record.uuid[-4:]) for each in found.parts]

    assert seen(Queue.REVIEW) == [1]
    assert seen(Queue.REJECT) == [1, 2]
    assert seen(Queue.BLIND) == [2, 3]
    answered(store, 3, Answer(PASS, blind=True))
    answered(store, 2, Answer(REJECT))
    assert seen(Queue.BLIND) == [] and seen(Queue.REJECT) == [1]


def test_a_blind_look_is_at_about_as_many_rejects_as_passes(store: Store) -> None:
    from uuid import UUID

    import numpy as np
    from waiting_parts import NOW

    rng = np.random.default_rng(11)

    def some(first: int, count: int, decision: Decision) -> None:
        uuids = [str(UUID(bytes=rng.bytes(16), version=4)) for _ in range(count)]
        store.add(*(numbered(first + n, decision, uuid=u) for n, u in enumerate(uuids)))

    some(1, 600, PASS)
    some(1000, 200, REJECT)
    found = pending(store, Asked(Queue.BLIND, pass_share=0.1), now=NOW, limit=500).parts
    verdicts = [each.record.decision for each in found]
    # 60 of each are expected; five standard deviations.
    assert 23 < verdicts.count(PASS) < 97 and 28 < verdicts.count(REJECT) < 92
    assert len(verdicts) == verdicts.count(PASS) + verdicts.count(REJECT)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan")])
def test_a_share_of_the_passes_is_one(share: float) -> None:
    with pytest.raises(ConfigError, match="share"):
        Asked(pass_share=share)
