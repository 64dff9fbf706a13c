"""What the page of the yield shows agrees with the report, and with plain counting."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from kept import WHEN, a_review, an_intent, numbered

from station.domain import Decision
from station.figures.limits import limits_of
from station.figures.yields import DAY, YieldFacts, yield_facts
from station.pages.lot_facts import gather
from station.store.figures import open_figures
from station.store.query import HistoryQuery
from station.store.store import Store, open_store
from station.verdict import Overrides

ENGINE = "openvino CPU certificate 0123456789ab"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "x.db")) as store:
        yield store


def fill(store: Store, count: int = 300) -> None:
    rng = random.Random(3)
    for start in range(1, count, 100):
        records = []
        for number in range(start, start + 100):
            p = rng.random() ** 3
            decision = Decision.PASS if p < 0.3 else Decision.REVIEW if p < 0.6 else Decision.REJECT
            if number % 50 == 0:
                decision = Decision.ERROR
            records.append(
                numbered(
                    number,
                    decision,
                    lot="L-1",
                    part_serial=f"SN-{number - (number % 60 == 0)}",
                    defect_probability=None if decision is Decision.ERROR else p,
                    predicted_class=rng.choice(["crack", "chip"]),
                    codes=(rng.choice(["SCORE_BAND", "BLURRED"]),),
                    engine=ENGINE,
                )
            )
        store.add(*records)


def facts_of(store: Store, query: HistoryQuery, **options: object) -> YieldFacts:
    with open_figures(store) as figures:
        facts = yield_facts(figures, query, **options)  # type: ignore[arg-type]
    assert facts is not None
    return facts


def test_the_page_and_the_report_say_the_same(store: Store) -> None:
    fill(store)
    store.open_parts(an_intent(900, lot="L-1"))
    for number in range(1, 60):
        word = Decision.REJECT if number % 3 else Decision.PASS
        if number % 50:
            store.add_review(a_review(number, number, decision=word))
    facts = facts_of(store, HistoryQuery(lot="L-1"))
    with store.lot("L-1") as view:
        report = gather(view, most_listed=10)
    tally = report.tally
    assert facts.counts == tally.counts
    assert facts.parts_in == report.account.parts_in == 301
    assert facts.open == 1
    assert facts.passed.count == tally.final[Decision.PASS]
    assert facts.truth.moves == tally.moves
    assert facts.chart == report.rejects
    assert [(g.parts, g.rejected, g.first_at) for g in facts.subgroups] == [
        (g.parts, g.rejected, g.first_at) for g in report.subgroups
    ]
    assert {b.name: b.together for b in facts.classes} == tally.classes[Decision.REJECT]
    assert sum(sum(b.counts.values()) for b in facts.scores) == 300 - facts.without_score
    assert sum(b.together for b in facts.codes) == 300 - tally.counts[Decision.PASS]
    assert facts.without_score == 6


def test_first_pass_leaves_out_what_was_inspected_again(store: Store) -> None:
    serials = ["A", "B", "A", "C", "A"]
    kinds = [Decision.REJECT, Decision.PASS, Decision.PASS, Decision.REJECT, Decision.REVIEW]
    store.add(
        *(
            numbered(n, kind, lot="L-1", part_serial=serial)
            for n, (serial, kind) in enumerate(zip(serials, kinds, strict=True), start=1)
        )
    )
    facts = facts_of(store, HistoryQuery(lot="L-1"))
    assert (facts.first_pass.count, facts.first_pass.total, facts.repeats) == (1, 3, 2)
    assert (facts.passed.count, facts.passed.total) == (2, 5)


def test_escapes_and_overkill_come_from_the_parts_that_people_judged(store: Store) -> None:
    fill(store)
    with store.lot("L-1") as view:
        passes, rejects = (
            [seen.record.uuid for seen in view.worst(decision, 200)]
            for decision in (Decision.PASS, Decision.REJECT)
        )
    words = [
        *((uuid, Decision.PASS) for uuid in passes[:90]),
        (passes[90], Decision.REJECT),
        (passes[91], Decision.REVIEW),
        *((uuid, Decision.REJECT) for uuid in rejects[:5]),
        (rejects[5], Decision.PASS),
    ]
    for number, (uuid, word) in enumerate(words):
        store.add_review(a_review(number, 1, part_uuid=uuid, decision=word))
    truth = facts_of(store, HistoryQuery(lot="L-1")).truth
    assert (truth.escapes.count, truth.escapes.total) == (1, 91)
    assert truth.escapes.upper == pytest.approx(0.05107, abs=1e-4)
    assert (truth.overkill.count, truth.overkill.total) == (1, 6)
    assert truth.needless.total == 0
    assert truth.needless.share is None


def test_hours_are_those_of_the_place_and_none_is_left_out(store: Store) -> None:
    store.add(numbered(1), numbered(5 * 3600, decided_at=WHEN + timedelta(hours=5)))
    offset = timedelta(hours=5, minutes=30)
    slots = facts_of(store, HistoryQuery(), utc_offset=offset).slots
    assert slots[0].since == datetime(2026, 3, 4, 4, 30, tzinfo=timezone.utc)
    assert [sum(slot.counts.values()) for slot in slots] == [1, 0, 0, 0, 0, 1]


def test_a_long_time_is_shown_by_days(store: Store) -> None:
    store.add(numbered(1), numbered(2, decided_at=WHEN + timedelta(days=9)))
    facts = facts_of(store, HistoryQuery())
    assert (facts.slot_length, len(facts.slots)) == (DAY, 10)


def test_where_nothing_is_rejected_the_chart_counts_reviews(store: Store) -> None:
    store.add(
        *(numbered(n, Decision.REVIEW if n % 5 == 0 else Decision.PASS) for n in range(1, 61))
    )
    facts = facts_of(store, HistoryQuery())
    assert facts.drawn is Decision.REVIEW
    assert facts.chart is not None and facts.chart.mean == 0.2


def test_limits_are_those_of_the_last_decider_less_its_margin(store: Store) -> None:
    digest = "ab" * 32
    store.add_bundle(digest, "b", {"thresholds": {"pass_below": 0.2, "reject_from": 0.6}}, WHEN)
    store.add_certificate("0123456789ab" + "0" * 52, digest, "x", 0.03, {}, WHEN)
    with open_figures(store) as figures:
        limits = limits_of(figures, digest, ENGINE)
        assert limits is not None
        assert (limits.margin, limits.overridden) == (0.03, False)
        assert (limits.held.pass_below, limits.held.reject_from) == pytest.approx((0.17, 0.63))
        other = limits_of(figures, digest, "an engine without one", Overrides(pass_below=0.1))
        assert other is not None
        assert (other.pass_below, other.margin, other.overridden) == (0.1, None, True)
        assert limits_of(figures, "ff" * 32, ENGINE) is None


def test_nothing_was_inspected(store: Store) -> None:
    facts = facts_of(store, HistoryQuery(lot="nowhere"))
    assert (facts.total, facts.chart, facts.slots, facts.first_pass.share) == (0, None, (), None)
