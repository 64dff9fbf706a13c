"""Figures are what plain counting finds in the same rows, in pieces of any length."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from kept import WHEN, a_review, an_intent, numbered, uuid_of

from station.domain import Decision, Record
from station.errors import ConfigError
from station.sayings import Review
from station.store import counting
from station.store.counted import SCORE_BINS, Cell, Counted, Judged
from station.store.figures import open_figures
from station.store.query import HistoryQuery
from station.store.store import Store, open_store

PARTS = 700
HOUR = timedelta(hours=1)
OFFSET = timedelta(hours=5, minutes=30)
MIDDLE = HistoryQuery(since=WHEN + timedelta(hours=3), until=WHEN + timedelta(hours=9))
QUERIES = (
    HistoryQuery(),
    HistoryQuery(lot="L-1"),
    MIDDLE,
    HistoryQuery(lot="L-2", since=MIDDLE.since),
)


def a_part(rng: random.Random, number: int) -> Record:
    decision = rng.choice([Decision.PASS, Decision.PASS, *Decision])
    is_error = decision is Decision.ERROR
    when = WHEN + timedelta(minutes=number)
    return numbered(
        number,
        decision,
        lot=rng.choice(["L-1", "L-2", None]),
        part_serial=rng.choice([None, f"SN-{rng.randrange(200)}"]),
        captured_at=when,
        decided_at=when + timedelta(milliseconds=rng.randrange(900)),
        defect_probability=None if is_error else rng.choice([0.0, 1.0, rng.random(), 0.02]),
        predicted_class=None if is_error else rng.choice(["normal", "crack"]),
        codes=(rng.choice(["SCORE_PASS", "BLURRED"]), "DARK"),
        bundle_sha256=("ab" if number < 300 else "cd") * 32,
        engine="one" if number < 150 or 400 < number < 410 else "two",
    )


@pytest.fixture(scope="module")
def kept(new_database: Callable[[], str]) -> Iterator[tuple[Store, list[Record], list[Review]]]:
    rng = random.Random(8)
    records = [a_part(rng, number) for number in range(1, PARTS + 1)]
    words = [Decision.PASS, Decision.REVIEW, Decision.REJECT]
    errors = {r.uuid for r in records if r.decision is Decision.ERROR}
    reviews = [
        a_review(n, rng.randrange(1, PARTS + 1), decision=rng.choice(words)) for n in range(400)
    ]
    reviews = [r for r in reviews if r.part_uuid not in errors]
    with open_store(new_database()) as store:
        for start in range(0, PARTS, 100):
            store.add(*records[start : start + 100])
        for review in reviews:
            store.add_review(review)
        for number, lot in ((901, "L-1"), (902, "L-1"), (903, None)):
            store.open_parts(an_intent(number, lot=lot, opened_at=WHEN + timedelta(hours=4)))
        yield store, records, reviews


def asked_for(records: list[Record], query: HistoryQuery) -> list[Record]:
    return [
        r
        for r in records
        if (query.lot is None or r.lot == query.lot)
        and (query.since is None or r.decided_at >= query.since)
        and (query.until is None or r.decided_at < query.until)
    ]


def a_bin(record: Record) -> int | None:
    p = record.defect_probability
    return None if p is None else min(int(p * SCORE_BINS), SCORE_BINS - 1)


def counted(store: Store, query: HistoryQuery, **options: object) -> Counted:
    with open_figures(store) as figures:
        found = figures.count(query, **options)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.fixture(params=[7, 65_536])
def together(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Rows that are grouped at a time."""
    monkeypatch.setattr(counting, "TOGETHER", request.param)
    size: int = request.param
    return size


@pytest.mark.parametrize("query", QUERIES)
def test_cells_are_the_parts_by_all_that_they_have_in_common(
    kept: tuple[Store, list[Record], list[Review]], query: HistoryQuery, together: int
) -> None:
    store, records, _ = kept
    mine = asked_for(records, query)
    found = counted(store, query, utc_offset=OFFSET)

    def hour(record: Record) -> Cell:
        local = record.decided_at + OFFSET
        since = local.replace(minute=0, second=0, microsecond=0) - OFFSET
        return Cell(
            record.decision, record.predicted_class, record.codes[0], a_bin(record), since
        )  # fmt: skip

    assert found.cells == Counter(map(hour, mine))
    assert found.cells.total() == len(mine) > 50
    with open_figures(store) as figures:
        seen = figures.overview(query)
    assert seen.counts == Counter(r.decision for r in mine)
    assert (seen.first_at, seen.last_at) == (mine[0].decided_at, mine[-1].decided_at)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("size", [5, 64])
def test_blocks_are_answered_parts_in_order(
    kept: tuple[Store, list[Record], list[Review]], query: HistoryQuery, size: int, together: int
) -> None:
    store, records, _ = kept
    mine = [r for r in asked_for(records, query) if r.decision is not Decision.ERROR]
    found = counted(store, query, block_size=size).blocks
    groups = [mine[start : start + size] for start in range(0, len(mine), size)]
    assert [
        (b.parts, b.rejected, b.review, b.first_at, b.last_at) for b in found
    ] == [
        (
            len(group),
            sum(r.decision is Decision.REJECT for r in group),
            sum(r.decision is Decision.REVIEW for r in group),
            group[0].decided_at,
            group[-1].decided_at,
        )
        for group in groups
    ]  # fmt: skip


def test_a_block_says_what_began_to_decide_in_it(
    kept: tuple[Store, list[Record], list[Review]], together: int
) -> None:
    store, _, _ = kept
    found = counted(store, HistoryQuery(), block_size=50)
    changes = [block.change for block in found.blocks if block.change]
    # Engine two came and went within one block: the first change of it is told.
    assert changes == ["two", f"bundle {'cd' * 6}", "one"]
    ab, cd = "ab" * 32, "cd" * 32
    expected = ((ab, "one"), (ab, "two"), (cd, "two"), (cd, "one"), (cd, "two"))
    assert found.deciders == expected


@pytest.mark.parametrize("query", QUERIES)
def test_people_are_counted_by_their_latest_word(
    kept: tuple[Store, list[Record], list[Review]], query: HistoryQuery
) -> None:
    store, records, reviews = kept
    latest = {review.part_uuid: review.decision for review in reviews}
    mine = [r for r in asked_for(records, query) if r.uuid in latest]
    expected = Counter(Judged(r.decision, latest[r.uuid], a_bin(r)) for r in mine)
    assert counted(store, query).judged == expected
    assert len(mine) > 20


@pytest.mark.parametrize("query", QUERIES)
def test_a_serial_is_a_repeat_where_its_lot_had_it_before(
    kept: tuple[Store, list[Record], list[Review]], query: HistoryQuery
) -> None:
    store, records, _ = kept
    seen: set[tuple[str | None, str]] = set()
    expected: Counter[Decision] = Counter()
    for record in asked_for(records, query):
        if record.part_serial is not None:
            key = (record.lot, record.part_serial)
            expected[record.decision] += key in seen
            seen.add(key)
    assert counted(store, query).repeats == +expected
    assert expected.total() > 0


def test_open_parts_and_the_account(kept: tuple[Store, list[Record], list[Review]]) -> None:
    store, records, _ = kept
    whole, lot, time = (counted(store, query) for query in QUERIES[:3])
    assert (whole.open, lot.open, time.open) == (3, 2, 3)
    assert whole.account is not None and lot.account is not None and time.account is None
    assert whole.account.parts_in == len(records) + 3
    assert lot.account.parts_in == sum(r.lot == "L-1" for r in records) + 2
    later = HistoryQuery(since=WHEN + timedelta(hours=5))
    assert counted(store, later).open == 0


def test_nothing_at_all(new_database: Callable[[], str]) -> None:
    with open_store(new_database()) as store:
        found = counted(store, HistoryQuery(), block_size=5)
        with open_figures(store) as figures:
            seen = figures.overview(HistoryQuery(lot="nowhere"))
    assert (found.cells, found.blocks, found.deciders, found.open) == (Counter(), (), (), 0)
    assert (seen.counts, seen.first_at, seen.last_at) == (Counter(), None, None)


def test_counting_stops_when_told(kept: tuple[Store, list[Record], list[Review]]) -> None:
    stop = threading.Event()
    stop.set()
    with open_figures(kept[0]) as figures:
        assert figures.count(HistoryQuery(), stop=stop) is None


def test_more_than_lot_and_time_is_refused(
    kept: tuple[Store, list[Record], list[Review]],
) -> None:
    with (
        open_figures(kept[0]) as figures,
        pytest.raises(ConfigError, match=r"decision.*Leave it out"),
    ):
        figures.count(HistoryQuery(decision=Decision.PASS))


def test_one_state_for_all_of_it(kept: tuple[Store, list[Record], list[Review]]) -> None:
    store, _, _ = kept
    with open_figures(store) as figures:
        before = figures.overview(HistoryQuery(lot="L-9")).counts
        store.add(numbered(5000, lot="L-9", uuid=uuid_of(5000)))
        assert figures.overview(HistoryQuery(lot="L-9")).counts == before == Counter()
    with open_figures(store) as figures:
        assert figures.overview(HistoryQuery(lot="L-9")).counts[Decision.PASS] == 1
