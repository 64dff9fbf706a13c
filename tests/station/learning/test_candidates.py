"""Which parts are candidates, of which class, and why some are left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kept import numbered, sha256_of, uuid_of
from waiting_parts import a_word, doubtful, know_the_bundle

from station.domain import Decision
from station.errors import StationError
from station.learning.candidates import Candidate, Obstacle, gather
from station.learning.choices import CHOICES, FOLDER, read_excluded, set_included
from station.reviewing.answers import Answer, give, take_back
from station.reviewing.queue import look_up
from station.store.store import Store, open_store

PASS, REVIEW, REJECT, ERROR = Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.ERROR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "x.db")) as store:
        know_the_bundle(store)
        yield store


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A picture for each of the parts 1 to 20."""
    for number in range(1, 21):
        path = tmp_path / "images" / sha256_of(number)[:2] / f"{sha256_of(number)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a picture")
    return tmp_path / "images"


def found(store: Store, images: Path, *excluded: str) -> dict[int, Candidate]:
    gathered = gather(store, images, excluded)
    return {int(each.record.uuid[-4:]): each for each in gathered.candidates}


def test_the_class_is_what_the_person_said_or_the_only_one_there_is(
    store: Store, images: Path
) -> None:
    store.add(doubtful(1, 0.7), doubtful(2, 0.7), doubtful(3, 0.7), doubtful(4))
    store.add_review(a_word(1, 1, PASS))
    store.add_review(a_word(2, 2, REJECT, true_class="chip"))
    store.add_review(a_word(3, 3, REJECT))
    candidates = found(store, images)
    assert {n: (c.class_name, c.confirmed, c.obstacle) for n, c in candidates.items()} == {
        1: ("normal", True, None),
        2: ("chip", True, None),
        3: ("crack", False, Obstacle.TO_CONFIRM),  # the likelier of the two, which nobody said
    }


def test_what_the_model_would_have_said_otherwise_is_marked(store: Store, images: Path) -> None:
    store.add(doubtful(1, 0.3), doubtful(2, 0.3), doubtful(3, 0.7), doubtful(4, 0.7))
    store.add_review(a_word(1, 1, PASS))
    store.add_review(a_word(2, 2, REJECT, true_class="crack"))
    store.add_review(a_word(3, 3, REJECT, true_class="crack"))
    store.add_review(a_word(4, 4, REJECT, true_class="chip"))  # the model said crack
    assert {n: c.disagrees for n, c in found(store, images).items()} == {
        1: False,
        2: True,
        3: False,
        4: True,
    }
    counts = {c.name: (c.taken, c.disagree) for c in gather(store, images).counts}
    assert counts == {"chip": (1, 1), "crack": (2, 1), "normal": (1, 0)}


def test_what_is_open_or_taken_back_is_no_candidate(store: Store, images: Path) -> None:
    store.add(doubtful(1), doubtful(2), numbered(3, PASS))
    store.add_review(a_word(1, 1, REVIEW))
    for number in (2, 3):
        part = look_up(store, uuid_of(number))
        assert part is not None
        given = give(store, part, Answer(REJECT, "crack", "dust"), "Ada")
        take_back(store, given, "Ada")
    gathered = gather(store, images)
    assert gathered.candidates == () and gathered.known == 0


@pytest.mark.parametrize(
    ("number", "changes", "obstacle"),
    [
        (1, {"decision": ERROR}, Obstacle.NOT_INSPECTED),
        (2, {"bundle_sha256": "cd" * 32}, Obstacle.NO_CLASS),
        (50, {}, Obstacle.NO_PICTURE),
        (3, {"image_sha256": None}, Obstacle.NO_PICTURE),
    ],
)
def test_what_cannot_be_trained_on_says_why(
    store: Store, images: Path, number: int, changes: dict[str, object], obstacle: Obstacle
) -> None:
    store.add(replace(numbered(number, REVIEW), **changes))  # type: ignore[arg-type]
    store.add_review(a_word(1, number, REJECT, true_class="crack"))
    (candidate,) = found(store, images).values()
    assert candidate.obstacle is obstacle


def test_the_same_picture_counts_once_and_not_at_all_where_people_contradict(
    store: Store, images: Path
) -> None:
    one, other = {"image_sha256": sha256_of(1)}, {"image_sha256": sha256_of(2)}
    store.add(doubtful(1, **one), doubtful(2, **one), doubtful(3, **other), doubtful(4, **other))
    for number, decision in ((1, PASS), (2, PASS), (3, PASS), (4, REJECT)):
        store.add_review(a_word(number, number, decision, true_class=None))
    store.add_review(a_word(9, 4, REJECT, true_class="chip"))
    assert {n: c.obstacle for n, c in found(store, images).items()} == {
        1: Obstacle.SAME_PICTURE,
        2: None,  # said last
        3: Obstacle.CONTRADICTION,
        4: Obstacle.CONTRADICTION,
    }


def test_what_somebody_took_out_stays_out_until_it_is_taken_in(
    store: Store, images: Path, tmp_path: Path
) -> None:
    store.add(doubtful(1), doubtful(2))
    for number in (1, 2):
        store.add_review(a_word(number, number, PASS))
    set_included(tmp_path, [uuid_of(1), uuid_of(2)], False, "Ada")
    set_included(tmp_path, [uuid_of(2)], True, "Bob")
    excluded = read_excluded(tmp_path)
    assert [(uuid, entry["by"]) for uuid, entry in excluded.items()] == [(uuid_of(1), "Ada")]
    candidates = found(store, images, *excluded)
    assert candidates[1].obstacle is Obstacle.BY_HAND and candidates[2].obstacle is None


@pytest.mark.parametrize("text", ["", "[]", '{"excluded": 3}', '{"excluded": {"a": 1}}', "{}"])
def test_a_damaged_choice_is_an_error_and_not_an_empty_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / FOLDER / CHOICES
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(StationError, match="taken out of the training"):
        read_excluded(tmp_path)
    with pytest.raises(StationError):
        set_included(tmp_path, [uuid_of(1)], False, "Ada")
    assert path.read_text() == text


def test_choices_of_two_at_once_are_all_kept(tmp_path: Path) -> None:
    import threading

    def choose(first: int) -> None:
        for number in range(first, first + 10):
            set_included(tmp_path, [uuid_of(number)], False, "Ada")

    threads = [threading.Thread(target=choose, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_excluded(tmp_path)) == [uuid_of(n) for n in range(30)]
    assert json.loads((tmp_path / FOLDER / CHOICES).read_text())
