"""Golden parts against their record: what is found, what it speaks for, and what passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from golden_records import NOW, bad_part, golden_pair, golden_record, good_part, placements

from station.check_lots import check_lot, is_check_lot
from station.domain import Decision, Record
from station.errors import ConfigError
from station.shift.causes import REMEDIES, Cause
from station.shift.check import place
from station.shift.golden import GoldenPart, GoldenParts, from_json, taken_up, to_json
from station.shift.measures import learned
from station.shift.session import CheckSession
from station.shift.settings import ShiftSettings


def session(repeats: int = 1) -> CheckSession:
    settings = ShiftSettings(repeats=repeats)
    lot = check_lot("shift-start", NOW, "bench-1")
    return CheckSession(golden_pair(), settings, lot, "bench-1", "Ada", NOW)


def causes(part: GoldenPart, record: Record) -> list[Cause | None]:
    return [finding.cause for finding in place(part, record, NOW, 90.0).wrong]


def test_a_tolerance_is_the_prediction_interval_of_one_more_placement() -> None:
    # mean 10, s = sqrt(2.5); t(0.9985, 4) = 6.4351 (tables), so 6.4351 * 1.5811 * sqrt(1.2).
    known = learned("px_per_mm", [8.0, 9.0, 10.0, 11.0, 12.0], 0.997)
    assert known.mean == 10.0
    assert known.sd == pytest.approx(1.58114, abs=1e-5)
    assert known.tolerance == pytest.approx(11.146, abs=0.005)


def test_a_steady_part_still_has_the_floor_as_its_tolerance() -> None:
    assert learned("px_per_mm", [36.0] * 5, 0.997).tolerance == pytest.approx(0.36)
    assert learned("defect_probability", [0.5] * 5, 0.997).tolerance == pytest.approx(0.05)


def test_golden_parts_that_are_as_they_were_pass() -> None:
    check = session()
    assert check.wanted is not None
    assert check.wanted.name == "GOOD-1"
    assert check.take(golden_record(1)) is not None
    assert check.wanted.name == "BAD-1"
    assert not check.passed
    check.take(golden_record(2, Decision.REJECT, 0.98))
    assert check.wanted is None
    assert check.passed


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"focus": 0.4}, Cause.BLUR),
        ({"focus": 0.8}, Cause.SHARPENED),
        ({"brightness": 0.45}, Cause.DARKER),
        ({"brightness": 0.55}, Cause.BRIGHTER),
        ({"contrast": 0.45}, Cause.HAZE),
        ({"contrast": 0.65}, Cause.HARSH),
        ({"px_per_mm": 36.6}, Cause.CLOSER),
        ({"px_per_mm": 35.4}, Cause.FARTHER),
        ({"centre_x_mm": 1.3}, Cause.MOVED),
        ({"centre_y_mm": -1.4}, Cause.MOVED),
        ({"diameter_mm": 12.2}, Cause.SIZE),
        ({"ovality_mm": 0.2}, Cause.SHAPE),
        ({"novelty": 0.6}, Cause.UNFAMILIAR),
    ],
)
def test_each_difference_names_its_cause_and_a_remedy(
    changed: dict[str, float], cause: Cause
) -> None:
    placement = place(good_part(), golden_record(1, changed=changed), NOW, 90.0)
    assert not placement.ok
    assert [finding.cause for finding in placement.wrong] == [cause]
    assert placement.wrong[0].text.endswith(REMEDIES[cause])


def test_less_novelty_and_less_ovality_are_no_fault() -> None:
    assert causes(good_part(), golden_record(1, changed={"novelty": 0.1, "ovality_mm": 0.0})) == []


def test_the_score_may_not_wander_though_the_verdict_is_the_same() -> None:
    assert causes(good_part(), golden_record(1, score=0.15)) == [Cause.SCORE_HIGHER]
    rejected = golden_record(1, Decision.REJECT, 0.85)
    assert causes(bad_part(), rejected) == [Cause.SCORE_LOWER]


def test_a_known_bad_part_that_passes_fails_the_check_for_good() -> None:
    check = session(repeats=5)
    check.take(golden_record(1))
    escaped = check.take(golden_record(2, Decision.PASS, 0.05))
    assert escaped is not None
    assert Cause.ESCAPE in [finding.cause for finding in escaped.placements[0].findings]
    assert check.wanted is None
    assert not check.passed
    assert check.take(golden_record(3, Decision.REJECT, 0.98)) is None
    assert not check.passed


def test_a_bad_part_that_was_always_rejected_may_not_become_a_review() -> None:
    assert Cause.WEAKER in causes(bad_part(), golden_record(1, Decision.REVIEW, 0.97))
    records = placements(Decision.REJECT, 0.6)
    records[0] = replace(records[0], decision=Decision.REVIEW)
    wavering = taken_up(GoldenPart("BAD-2", False), records, "Ada", NOW, 0.997)
    assert causes(wavering, golden_record(1, Decision.REVIEW, 0.6)) == []


def test_a_good_part_is_never_rejected_and_a_review_is_let_by_with_a_word() -> None:
    assert Cause.OVERKILL in causes(good_part(), golden_record(1, Decision.REJECT, 0.9))
    placement = place(good_part(), golden_record(1, Decision.REVIEW), NOW, 90.0)
    assert placement.ok
    assert [finding.cause for finding in placement.findings if finding.cause] == [Cause.DOUBTED]


def test_an_error_is_never_a_pass() -> None:
    for part in (good_part(), bad_part()):
        assert causes(part, golden_record(1, Decision.ERROR)) == [Cause.UNDECIDED]


def test_a_measure_that_is_missing_is_no_agreement() -> None:
    record = golden_record(1)
    evidence = {name: value for name, value in (record.evidence or {}).items() if name != "focus"}
    assert causes(good_part(), replace(record, evidence=evidence)) == [Cause.NOT_MEASURED]


def test_another_model_or_an_old_record_does_not_pass() -> None:
    assert causes(good_part(), golden_record(1, bundle_sha256="cd" * 32)) == [Cause.OTHER_MODEL]
    old = good_part(NOW - timedelta(days=91))
    assert causes(old, golden_record(1)) == [Cause.EXPIRED]
    ahead = good_part(NOW + timedelta(days=1))
    assert causes(ahead, golden_record(1)) == [Cause.EXPIRED]


def test_a_part_may_be_laid_down_again_once_and_all_placements_stay() -> None:
    check = session(repeats=1)
    blurred = golden_record(1, changed={"focus": 0.3})
    check.take(blurred)
    assert check.wanted is not None
    assert (check.wanted.name, check.repeats_left(check.wanted)) == ("GOOD-1", 1)
    result = check.take(golden_record(2))
    assert result is not None
    assert result.ok
    assert [placement.ok for placement in result.placements] == [False, True]

    strict = session(repeats=0)
    strict.take(blurred)
    assert strict.wanted is not None
    assert strict.wanted.name == "BAD-1"
    strict.take(golden_record(2, Decision.REJECT, 0.98))
    assert not strict.passed


def test_parts_of_other_lots_and_records_seen_twice_are_none_of_it() -> None:
    check = session()
    assert check.take(golden_record(1, lot="L42")) is None
    assert check.take(golden_record(1)) is not None
    assert check.take(golden_record(1)) is None
    assert check.done == 1


def test_a_scanned_serial_says_which_part_lies_there() -> None:
    check = session()
    told = check.take(golden_record(1, Decision.REJECT, 0.98, part_serial="BAD-1"))
    assert told is not None
    assert told.part.name == "BAD-1"
    assert check.take(golden_record(2, part_serial="SN-0815")) is None
    assert check.wanted is not None
    assert check.wanted.name == "GOOD-1"


def test_a_part_that_is_not_shown_fails_the_check() -> None:
    check = session()
    check.take(golden_record(1))
    check.give_up()
    assert check.wanted is None
    assert not check.passed


def test_a_check_needs_a_good_and_a_bad_part() -> None:
    with pytest.raises(ConfigError, match="no known bad golden part"):
        CheckSession(GoldenParts((good_part(),)), ShiftSettings(), "lot", "bench-1", None, NOW)


@pytest.mark.parametrize(
    ("good", "decision"), [(True, Decision.REJECT), (False, Decision.PASS), (True, Decision.ERROR)]
)
def test_a_part_that_the_line_tells_wrong_is_not_taken_up(good: bool, decision: Decision) -> None:
    right = Decision.PASS if good else Decision.REJECT
    records = [*placements(right, 0.5)[:4], golden_record(9, decision, 0.5)]
    with pytest.raises(ConfigError, match=f"placement 5 was decided as {decision.value}"):
        taken_up(GoldenPart("X", good), records, "Ada", NOW, 0.997)


def test_two_placements_are_too_few_to_learn_from() -> None:
    with pytest.raises(ConfigError, match="2 placements; expected at least 3"):
        taken_up(GoldenPart("X", True), placements(Decision.PASS, 0.1)[:2], "Ada", NOW, 0.997)


def test_golden_parts_come_back_from_json_as_they_were() -> None:
    assert from_json(to_json(golden_pair())) == golden_pair()
    with pytest.raises(ConfigError, match="another version"):
        from_json({"golden_parts": [{"name": "A"}]})


def test_lots_of_checks_are_told_from_lots_of_production() -> None:
    assert check_lot("shift-start", NOW, "bench-1") == "shift-start 2026-11-21 06:02:31 bench-1"
    assert is_check_lot("gauge 2026-11-21 06:02:31 diameter")
    for lot in (None, "L42", "shift-start", "shift-start L42", "my gauge 2026-11-21 06:02:31 x"):
        assert not is_check_lot(lot)
