"""The history shows exactly the records that match, newest first, page after page."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from kept import WHEN, a_review, numbered, uuid_of

from station.domain import Decision, Record
from station.errors import ConfigError
from station.store.query import HistoryQuery
from station.store.store import Store, open_store

LOTS = ("LOT-1", "LOT-10", "lot 1", None)
OPERATORS = ("ada", "A. Smith", None, "--")
CLASSES = ("normal", "crack", None)
ROWS = 3000


def made(seed: int = 3) -> list[Record]:
    """Rows over three spans, with a clock that is set back by a day in the middle."""
    rng = random.Random(seed)
    records = []
    for number in range(1, ROWS + 1):
        day = timedelta(days=1) if number < ROWS // 2 else timedelta(0)
        records.append(
            numbered(
                number,
                rng.choice(list(Decision)),
                lot=rng.choice(LOTS),
                operator=rng.choice(OPERATORS),
                predicted_class=rng.choice(CLASSES),
                part_serial=rng.choice([None, f"S{number % 50}"]),
                reason=rng.choice(["Risse – größer als erlaubt.", "Below the limit 0.970."]),
                decided_at=WHEN + day + timedelta(seconds=number),
            )
        )
    return records


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return made()


@pytest.fixture(scope="module")
def store(new_database: Callable[[], str], records: list[Record]) -> Iterator[Store]:
    with open_store(new_database()) as store:
        for start in range(0, ROWS, 700):
            store.add(*records[start : start + 700])
        yield store


def expected(records: list[Record], query: HistoryQuery, *matches: Callable[[Record], bool]):  # type: ignore[no-untyped-def]
    """By looking at every record."""

    def fits(record: Record) -> bool:
        return (
            query.lot in (None, record.lot)
            and query.serial in (None, record.part_serial)
            and query.operator in (None, record.operator)
            and query.decision in (None, record.decision)
            and query.predicted_class in (None, record.predicted_class)
            and (query.since is None or record.decided_at >= query.since)
            and (query.until is None or record.decided_at < query.until)
            and all(match(record) for match in matches)
        )

    return [record.uuid for record in reversed(records) if fits(record)]


def every_page(store: Store, query: HistoryQuery, limit: int) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = store.history(query, after, limit)
        assert len(page.records) <= limit
        found += [record.uuid for record in page.records]
        if page.next is None:
            return found
        assert len(page.records) == limit
        after = page.next


def queries() -> list[HistoryQuery]:
    """Every combination of some value or none for each field."""
    hours = [None, WHEN + timedelta(seconds=900), WHEN + timedelta(days=1, seconds=300)]
    rng = random.Random(1)
    made = []
    for given in itertools.product([False, True], repeat=5):
        for since, until in itertools.product(hours, hours):
            if since is not None and until is not None and since >= until:
                continue
            lot, serial, decision, kind, operator = given
            made.append(
                HistoryQuery(
                    lot=rng.choice(LOTS[:3]) if lot else None,
                    serial=f"S{rng.randrange(50)}" if serial else None,
                    decision=rng.choice(list(Decision)) if decision else None,
                    predicted_class=rng.choice(CLASSES[:2]) if kind else None,
                    operator=rng.choice([o for o in OPERATORS if o]) if operator else None,
                    since=since,
                    until=until,
                )
            )
    return made


def test_every_combination_of_filters_finds_what_matches(
    store: Store, records: list[Record]
) -> None:
    found_any = 0
    for query in queries():
        wanted = expected(records, query)
        assert every_page(store, query, 1000 if len(wanted) > 100 else 7) == wanted, query
        found_any += bool(wanted)
    assert found_any > 100


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("risse", lambda r: "Risse" in r.reason),
        ("GRÖSSER risse", lambda r: False),
        ("größer", lambda r: "Risse" in r.reason),
        ("risse reject", lambda r: "Risse" in r.reason and r.decision is Decision.REJECT),
        ("part-17.png", lambda r: r.source == "part-17.png"),
        ("part-17", lambda r: r.source == "part-17.png"),
        ("part-170*", lambda r: r.source.startswith("part-170")),
        ("riss", lambda r: False),
        ("ris*", lambda r: "Risse" in r.reason),
        ("0.970", lambda r: "0.970" in r.reason),
        ('"; DROP TABLE inspections; --', lambda r: False),
        ("limit AND risse", lambda r: False),
        ("S17", lambda r: r.part_serial == "S17"),
    ],
)
@pytest.mark.parametrize(
    "query", [{}, {"lot": "LOT-10"}, {"decision": Decision.REJECT, "operator": "A. Smith"}]
)
def test_words_are_found(
    store: Store,
    records: list[Record],
    text: str,
    match: Callable[[Record], bool],
    query: dict[str, object],
) -> None:
    asked = HistoryQuery(text=text, **query)  # type: ignore[arg-type]
    assert every_page(store, asked, 500) == expected(records, HistoryQuery(**query), match)  # type: ignore[arg-type]


def test_the_latest_word_of_a_person_comes_along(store: Store, records: list[Record]) -> None:
    last = records[-1]
    store.add_review(a_review(1, ROWS, decision=Decision.REJECT))
    store.add_review(a_review(2, ROWS, decision=Decision.PASS, reason="Looked again."))
    page = store.history(HistoryQuery(), limit=3)
    assert page.records[0] == last
    assert {uuid: review.reason for uuid, review in page.reviews.items()} == {
        uuid_of(ROWS): "Looked again."
    }


def test_the_order_is_that_of_writing_whatever_the_clock_says(
    store: Store, records: list[Record]
) -> None:
    """The second half was decided a day before the first."""
    page = store.history(HistoryQuery(since=WHEN + timedelta(days=1)), limit=2)
    assert [r.uuid for r in page.records] == [uuid_of(ROWS // 2 - 1), uuid_of(ROWS // 2 - 2)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": " - "}, "holds no word"),
        ({"text": "ab*"}, "at least 3 letters"),
        ({"since": datetime(2026, 1, 1)}, "without a time zone"),
        ({"since": WHEN, "until": WHEN}, "must lie before"),
    ],
)
def test_an_impossible_question_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        HistoryQuery(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, 1001])
def test_an_impossible_page_is_refused(store: Store, limit: int) -> None:
    with pytest.raises(ConfigError, match="give 1 to 1000"):
        store.history(HistoryQuery(), limit=limit)


def test_an_empty_database_has_an_empty_page(url: str) -> None:
    with open_store(url) as store:
        assert store.history(HistoryQuery(since=WHEN)).records == ()
        assert store.history(HistoryQuery(text="word", lot="L")).next is None
