"""A view of a lot tells what its rows say, counted again here in plain Python, in one state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from kept import WHEN, a_review, an_event, an_intent, numbered, uuid_of

from station.domain import Decision, Record
from station.sayings import Review, Severity
from station.store.lot import LotView
from station.store.store import Store, open_store

LOTS = ("L-1", "L-2", None)
PARTS = 400


@pytest.fixture(scope="module")
def kept(new_database: Callable[[], str]) -> Iterator[tuple[Store, list[Record], list[Review]]]:
    rng = random.Random(8)
    records = [
        numbered(
            n,
            rng.choice(list(Decision)),
            lot=rng.choice(LOTS),
            defect_probability=rng.choice([None, rng.random()]),
        )
        for n in range(1, PARTS + 1)
    ]
    words = [Decision.PASS, Decision.REVIEW, Decision.REJECT]
    reviews = [
        a_review(n, rng.randrange(1, PARTS + 1), decision=rng.choice(words)) for n in range(200)
    ]
    # What could not be inspected is passed by nobody.
    errors = {r.uuid for r in records if r.decision is Decision.ERROR}
    reviews = [r for r in reviews if r.part_uuid not in errors or r.decision is not Decision.PASS]
    with open_store(new_database()) as store:
        store.add(*records)
        for review in reviews:
            store.add_review(review)
        yield store, records, reviews


@pytest.mark.parametrize("lot", ["L-1", None])
def test_steps_are_the_inspections_in_order_with_the_latest_word(
    kept: tuple[Store, list[Record], list[Review]], lot: str | None
) -> None:
    store, records, reviews = kept
    latest = {review.part_uuid: review.decision for review in reviews}
    mine = [r for r in records if lot is None or r.lot == lot]
    with store.lot(lot) as view:
        steps = list(view.steps())
        assert [seen.record for seen in view.first(len(records))] == mine
        assert [seen.record for seen in view.first(3)] == mine[:3]
    assert [(s.decision, s.codes, s.lot, s.decided_at) for s in steps] == [
        (r.decision, r.codes, r.lot, r.decided_at) for r in mine
    ]
    assert [s.final for s in steps] == [latest.get(r.uuid, r.decision) for r in mine]
    assert [s.reviewed for s in steps] == [r.uuid in latest for r in mine]
    assert any(s.final is not s.decision for s in steps)


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("lot", ["L-2", None])
def test_the_worst_of_a_verdict_come_first_with_their_review(
    kept: tuple[Store, list[Record], list[Review]], decision: Decision, lot: str | None
) -> None:
    store, records, reviews = kept
    latest = {review.part_uuid: review for review in reviews}
    mine = [r for r in records if r.decision is decision and (lot is None or r.lot == lot)]
    none_last = -1.0
    mine.sort(
        key=lambda r: none_last if r.defect_probability is None else r.defect_probability,
        reverse=True,
    )
    with store.lot(lot) as view:
        seen = view.worst(decision, 20)
    assert [s.record for s in seen] == mine[:20]
    assert [s.review for s in seen] == [latest.get(r.uuid) for r in mine[:20]]


@pytest.mark.parametrize("lot", ["L-1", None])
def test_passes_that_people_overruled_are_found(
    kept: tuple[Store, list[Record], list[Review]], lot: str | None
) -> None:
    store, records, reviews = kept
    latest = {review.part_uuid: review.decision for review in reviews}
    mine = [
        r.uuid
        for r in records
        if (lot is None or r.lot == lot)
        and r.decision is Decision.PASS
        and latest.get(r.uuid, Decision.PASS) is not Decision.PASS
    ]
    assert len(mine) > 3
    with store.lot(lot) as view:
        seen, total = view.overruled_passes(2)
        assert [s.record.uuid for s in seen] == mine[:2]
        assert total == len(mine)


def test_known_and_unknown_lots(kept: tuple[Store, list[Record], list[Review]]) -> None:
    store, _, _ = kept
    for lot, known in (("L-1", True), ("L-9", False), ("", False), (None, True)):
        with store.lot(lot) as view:
            assert view.is_known() is known
            assert sorted(view.known_lots(9)) == ["L-1", "L-2"]


def test_a_lot_with_parts_that_have_no_verdict_yet_is_known(store: Store) -> None:
    store.open_parts(an_intent(1, lot="NEW"))
    with store.lot("NEW") as view:
        assert view.is_known()
        assert view.account.parts_in == 1
        assert list(view.steps()) == []
        assert view.period.first_opened_at == WHEN + timedelta(seconds=1)
        assert view.period.last_decided_at is None


def test_all_of_a_view_is_of_one_state_while_parts_come_in(store: Store) -> None:
    store.add(numbered(1))
    with store.lot(None) as view:
        assert view.account.parts_in == 1
        store.add(numbered(2))
        store.add_event(an_event())
        assert len(list(view.steps())) == 1
        assert view.chain_head()[0] == 1
        assert view.events(5)[0] == []
    with store.lot(None) as view:
        assert len(list(view.steps())) == 2


def test_events_are_those_of_the_lot_s_stations_in_its_period(store: Store) -> None:
    first, last = numbered(10), numbered(20)
    within = replace(an_event(15), text="within")
    store.add_event(replace(an_event(5), text="before"))
    store.add(first)
    store.add_event(within)
    store.add_event(replace(an_event(16), station="bench-2", text="elsewhere"))
    store.add(last)
    store.add_event(replace(an_event(40), text="after"))
    with store.lot("LOT-42") as view:
        events, counts = view.events(9)
    assert events == [within]
    assert counts == {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 0}
    store.open_parts(an_intent(30))
    with store.lot("LOT-42") as view:
        assert [e.text for e in view.events(9)[0]] == ["after", "within"]
    with store.lot(None) as view:
        assert len(view.events(9)[0]) == 4


def test_where_there_are_many_events_warnings_are_named_before_notes(store: Store) -> None:
    store.add_event(an_event(1))
    for number in range(2, 12):
        store.add_event(replace(an_event(number), severity=Severity.INFO))
    with store.lot(None) as view:
        events, counts = view.events(5)
    assert [event.text for event in events] == ["Alarm 1: größer."]
    assert counts == {Severity.INFO: 10, Severity.WARNING: 1, Severity.ERROR: 0}


def test_bundles_and_certificates_of_the_lot(store: Store) -> None:
    store.add(numbered(1))
    for digest in ("ab" * 32, "cd" * 32):
        store.add_bundle(digest, f"{digest[:2]}.bundle", {"thresholds": {}}, WHEN)
        store.add_certificate(digest[:32], digest, "openvino", 0.01, {}, WHEN)
    with store.lot(None) as view:
        assert list(view.bundles(["ab" * 32])) == ["ab" * 32]
        (certificate,) = view.certificates(["ab" * 32])
        assert certificate.fingerprint == "ab" * 16
        assert view.audit().broken is None
        assert [seen.record.uuid for seen in view.first(9)] == [uuid_of(1)]


def test_many_reviews_cost_no_more_than_as_many_parts(tmp_path: Path) -> None:
    """Counted in steps of SQLite's machine: four times the rows, about four times the steps."""
    steps = []
    for rows in (500, 2000):
        ticks: list[int] = []
        with open_store(str(tmp_path / f"{rows}.db")) as store:
            store.add(*(numbered(n) for n in range(1, rows + 1)))
            for number in range(1, rows + 1, 4):
                store.add_review(a_review(number, number, decision=Decision.REJECT))
            with store.database.reading() as connection:
                raw = connection.connection.dbapi_connection
                assert raw is not None
                raw.set_progress_handler(lambda ticks=ticks: ticks.append(1) or 0, 100)
                view = LotView(connection, "LOT-42")
                assert sum(step.reviewed for step in view.steps()) == rows // 4
                assert view.overruled_passes(10)[1] == rows // 4
                raw.set_progress_handler(None, 0)
        steps.append(len(ticks))
    assert steps[1] < 7 * steps[0], steps
