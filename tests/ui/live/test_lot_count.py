"""The counters' numbers add up: from the database, and from what was decided since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import a_record
from pytestqt.qtbot import QtBot

from station.domain import Decision
from station.store.account import Account
from ui.language import Speech
from ui.live.counters import Counters
from ui.live.lot_count import LotCount
from ui.wording import clock


def account(lot: str, **counts: int) -> Account:
    full = {decision: counts.get(decision.value, 0) for decision in Decision}
    return Account(lot, sum(full.values()), full, ())


def test_a_lot_goes_on_where_the_database_has_it() -> None:
    count = LotCount()
    count.begin("L1")
    asked_at = count.mark()
    assert count.take(account("L1", PASS=7, REJECT=2), asked_at)
    count.add(a_record(lot="L1", decision=Decision.REVIEW))
    count.add(a_record(lot="OTHER", decision=Decision.PASS))
    assert count.total == 10 == sum(count.count(decision) for decision in Decision)
    assert count.passed_share == 0.7


def test_an_answer_from_before_a_part_was_decided_is_not_taken() -> None:
    count = LotCount()
    count.begin("L1")
    asked_at = count.mark()
    count.add(a_record(lot="L1", decision=Decision.PASS))
    assert not count.take(account("L1", PASS=7), asked_at)
    assert count.total == 1
    assert count.take(account("L1", PASS=8), count.mark())
    assert count.total == 8


def test_an_answer_for_the_lot_before_is_not_taken() -> None:
    count = LotCount()
    count.begin("L1")
    asked_at = count.mark()
    count.begin("L2")
    assert not count.take(account("L1", PASS=7), asked_at)
    assert count.total == 0 and count.passed_share is None


@pytest.mark.parametrize(("language", "words"), [("en", "Parts in since "), ("ko", "부터 입고")])
def test_without_a_lot_the_counters_say_since_when_they_count(
    qtbot: QtBot, speech: Speech, language: str, words: str
) -> None:
    speech.use(language)
    counters, count = Counters(), LotCount()
    qtbot.addWidget(counters)
    count.add(a_record(lot=None, decision=Decision.PASS))
    count.add(a_record(lot="L1", decision=Decision.PASS))
    counters.show_counts(count)
    assert counters.head.text().replace(words, "") == clock(count.since, seconds=False)
    assert counters.shown()["in"] == "1"
    count.since -= timedelta(days=2)
    counters.show_counts(count)
    local = count.since.astimezone()
    assert counters.head.text().replace(words, "") == f"{local:%m-%d}"
    count.begin("L1")
    counters.show_counts(count)
    assert counters.head.text() in ("Parts in", "입고") and counters.shown()["in"] == "0"
    before = count.since
    count.begin(None)
    assert count.since >= before > count.since - timedelta(minutes=1)
