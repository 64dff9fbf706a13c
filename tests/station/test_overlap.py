"""Steps run at the same time, order is kept, errors come in their turn, nothing is left running."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from station.overlap import mapped_ahead, ready_together


def feeders() -> int:
    return sum(thread.name == "feed" for thread in threading.enumerate())


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as opened:
        yield opened
    assert feeders() == 0, "a stream left its thread alive"


@pytest.fixture
def leave() -> threading.Event:
    return threading.Event()


def test_order_is_kept_whatever_each_item_takes(
    pool: ThreadPoolExecutor, leave: threading.Event
) -> None:
    rng = random.Random(3)
    delays = [rng.uniform(0, 0.02) for _ in range(60)]

    def slow(index: int) -> int:
        time.sleep(delays[index])
        return index

    first = mapped_ahead(slow, iter(range(60)), pool, 3, leave)
    second = mapped_ahead(lambda n: slow(59 - n), first, pool, 3, leave)
    assert list(second) == [59 - n for n in range(60)]
    assert leave.is_set()


def test_a_step_begins_the_next_item_before_its_reader_is_done_with_this_one(
    pool: ThreadPoolExecutor, leave: threading.Event
) -> None:
    """The reader of item n waits until item n + 1 is being worked on: in turns that never ends."""
    begun = [threading.Event() for _ in range(12)]

    def work(index: int) -> int:
        begun[index].set()
        return index

    for index in mapped_ahead(work, iter(range(11)), pool, 1, leave):
        if index < 10:
            assert begun[index + 1].wait(10), f"{index + 1} waits for the reader of {index}"
    assert not begun[11].is_set()


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_no_more_is_read_ahead_than_said(
    pool: ThreadPoolExecutor, leave: threading.Event, ahead: int
) -> None:
    taken = []

    def source() -> Iterator[int]:
        for index in range(50):
            taken.append(index)
            yield index

    stream = mapped_ahead(lambda n: n, source(), pool, ahead, leave)
    for read in range(1, 6):
        assert next(stream) == read - 1
        time.sleep(0.05)
        assert len(taken) <= read + ahead + 2
    stream.close()
    assert len(taken) <= 5 + 2 * (ahead + 2)


def test_an_error_comes_after_all_results_before_it(
    pool: ThreadPoolExecutor, leave: threading.Event
) -> None:
    def fail_at_7(index: int) -> int:
        if index == 7:
            raise ValueError("seven")
        time.sleep(0.01)
        return index

    seen: list[int] = []
    with pytest.raises(ValueError, match="seven"):
        for batch in ready_together(
            mapped_ahead(fail_at_7, iter(range(20)), pool, 4, leave), 4, leave
        ):
            seen += batch
    assert seen == list(range(7))


def test_an_error_of_the_source_comes_in_its_turn_too(
    pool: ThreadPoolExecutor, leave: threading.Event
) -> None:
    def source() -> Iterator[int]:
        yield from range(5)
        raise OSError("the drive is gone")

    seen = []
    with pytest.raises(OSError, match="the drive is gone"):
        for number in mapped_ahead(lambda n: 2 * n, source(), pool, 2, leave):
            seen.append(number)
    assert seen == [0, 2, 4, 6, 8]


def test_closing_ends_a_source_that_waits_and_closes_it(
    pool: ThreadPoolExecutor, leave: threading.Event
) -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            yield 1
            while not leave.wait(0.01):
                pass
        finally:
            closed.set()

    steps = mapped_ahead(lambda n: n, mapped_ahead(lambda n: n, source(), pool, 2, leave), pool, 2,
                         leave)  # fmt: skip
    assert next(steps) == 1
    steps.close()
    assert closed.is_set()


def test_what_is_ready_comes_together_and_nothing_waits_for_company(leave: threading.Event) -> None:
    more = threading.Event()

    def source() -> Iterator[int]:
        yield 0
        more.wait(10)
        yield from range(1, 8)

    batches = ready_together(source(), 4, leave)
    assert next(batches) == [0], "the first is not held back"
    more.set()
    time.sleep(0.1)
    rest = list(batches)
    assert [n for batch in rest for n in batch] == list(range(1, 8))
    assert rest[0] == [1, 2, 3, 4]
    assert max(map(len, rest)) == 4
    assert feeders() == 0
