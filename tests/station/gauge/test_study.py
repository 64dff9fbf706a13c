"""A study from the first placement to the chain: its order, its rests, and what does not count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from gauge_data import aiag_placement
from golden_records import BUNDLE, NOW, golden_record

from station.domain import Decision, Record
from station.errors import ConfigError
from station.gauge import book
from station.gauge.study import GaugePart, Plan, Study, parts_of
from station.store.store import Store, open_store

LOT = "gauge 2026-11-21 06:02:31 bench-1"
OPERATORS = ("Ada", "Bob", "Cai")
PLAN = Plan(parts_of("P0, P1, P2, P3, P4, P5, P6, P7+, P8, P9-"), OPERATORS, 3)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "inspections.db"))


def begun(plan: Plan = PLAN) -> Study:
    return Study(plan, LOT, "bench-1", NOW)


def measured(study: Study, number: int) -> Record:
    """The published study's value for the placement that is wanted."""
    turn = study.wanted
    assert turn is not None
    return aiag_placement(study, turn, number)


def completed(study: Study, number: int = 1) -> Study:
    while study.wanted is not None:
        study = study.take(measured(study, number))
        number += 1
    return study


def test_every_operator_lays_down_every_part_in_every_round_in_a_new_order() -> None:
    turns = list(PLAN.turns())
    assert len(turns) == PLAN.total == 90
    assert set(Counter((t.operator, t.part.name) for t in turns).values()) == {3}
    orders = {tuple(t.part.name for t in turns[i : i + 10]) for i in range(0, 90, 10)}
    assert len(orders) == 9
    assert list(PLAN.turns()) == turns  # the same order after a rest


def test_the_result_is_that_of_the_values_wherever_they_stood_in_the_order() -> None:
    findings = completed(begun()).findings()
    assert findings.gauge is not None
    assert findings.gauge.component("gauge").of_total == pytest.approx(0.2786, abs=5e-5)
    assert findings.gauge.component("gauge").sd == pytest.approx(0.0302372, abs=1e-6)
    assert findings.agreement.between.hits == 10
    assert findings.values["P3", "Bob"] == pytest.approx((12.001, 12.103, 12.020))


def test_a_record_of_another_lot_or_seen_before_changes_nothing() -> None:
    study = begun()
    assert study.take(replace(measured(study, 1), lot="L42")) is study
    once = study.take(measured(study, 1))
    assert once.take(measured(study, 1)) is once


def test_a_placement_that_was_not_measured_is_to_be_made_again() -> None:
    study = begun()
    record = measured(study, 1)
    without = {name: v for name, v in (record.evidence or {}).items() if name != "diameter_mm"}
    for bad in (golden_record(1, Decision.ERROR, lot=LOT), replace(record, evidence=without)):
        with pytest.raises(ConfigError, match="was not measured"):
            study.take(bad)


def test_another_model_in_the_middle_is_refused() -> None:
    study = begun().take(measured(begun(), 1))
    with pytest.raises(ConfigError, match="another model"):
        study.take(replace(measured(study, 2), bundle_sha256="cd" * 32))


def test_what_is_taken_back_is_wanted_again_and_stays_named() -> None:
    study = begun().take(measured(begun(), 1))
    back = study.take_back()
    assert back.wanted == begun().wanted
    assert [placed.part_uuid for placed in back.dropped] == [golden_record(1).uuid]
    assert back.take(measured(begun(), 1)) is back  # its record does not count a second time


def test_a_study_goes_on_after_a_rest_where_it_was(tmp_path: Path) -> None:
    assert book.resume(tmp_path) is None
    study = begun().take(measured(begun(), 1))
    book.save(tmp_path, study)
    assert book.resume(tmp_path) == study
    (tmp_path / "open.json").write_text("{")
    with pytest.raises(ConfigError, match="cannot be read"):
        book.resume(tmp_path)


def test_a_finished_study_is_in_the_chain_and_read_back_as_it_was(
    store: Store, tmp_path: Path
) -> None:
    study = completed(begun())
    book.save(tmp_path, study)
    kept = book.finish(store, tmp_path, study, NOW + timedelta(hours=1))
    assert book.resume(tmp_path) is None
    (read,) = book.studies(store, tmp_path, "bench-1")
    assert read == kept
    event = store.events()[-1]
    assert event.kind == "gauge"
    assert "10 parts, 3 operators, 3 trials: GRR 27.9% of the total variation" in event.text
    (file,) = tmp_path.glob("*.json")
    body = json.loads(file.read_text())
    assert body["findings"]["gauge"]["classes"] == 4
    assert body["bundle_sha256"] == BUNDLE
    with pytest.raises(ConfigError, match="1 of 90"):
        book.finish(store, tmp_path, begun().take(measured(begun(), 1)), NOW)


def test_a_study_that_was_given_up_is_named_in_the_chain(store: Store, tmp_path: Path) -> None:
    book.save(tmp_path, begun().take(measured(begun(), 1)))
    book.abandon(store, tmp_path, "Grace", NOW)
    assert book.resume(tmp_path) is None
    assert "Grace gave up" in store.events()[-1].text
    assert book.studies(store, tmp_path, "bench-1") == ()


def test_one_part_and_one_operator_make_a_study_of_repeatability() -> None:
    plan = Plan(parts_of("M-1"), ("Ada",), 10, "diameter_mm", 0.8)
    study = begun(plan)
    for number in range(10):
        value = 12.0 + 0.01 * (number % 5)
        study = study.take(golden_record(number, changed={"diameter_mm": value}, lot=LOT))
    findings = study.findings()
    assert findings.gauge is None
    assert findings.type1 is not None
    assert findings.type1.cg == pytest.approx(0.2 * 0.8 / (6 * 0.0149071), rel=1e-4)


def test_parts_are_read_from_what_was_typed() -> None:
    assert parts_of("P1+, P 2 -,, P3\nP4 −") == (
        GaugePart("P1", True), GaugePart("P 2", False), GaugePart("P3"), GaugePart("P4", False),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Plan((), ("Ada",), 3), "0 parts"),
        (lambda: Plan(parts_of("A, A"), ("Ada",), 3), "stands there twice"),
        (lambda: Plan(parts_of("A, B"), ("Ada",), 1), "expected 2 to"),
        (lambda: Plan(parts_of("A"), ("Ada",), 20), "needs the tolerance"),
        (lambda: Plan(parts_of("A"), ("Ada", "Bob"), 3), "2 parts or more"),
        (lambda: Plan(parts_of("A, B"), ("Ada",), 3, "weight"), "expected one of diameter_mm"),
        (lambda: Plan(parts_of("A, B"), ("Ada",), 3, tolerance=-1.0), "above 0"),
    ],
)
def test_a_plan_that_can_tell_nothing_is_refused(make: Callable[[], Plan], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        make()
