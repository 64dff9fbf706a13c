"""Two models on parts whose answers are known: every number is exact."""

from __future__ import annotations

import json
import threading
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from shops import Shop

from station.domain import Decision, Record
from station.errors import ConfigError, StationError
from station.images import find_picture
from station.models.apart import compare_apart
from station.models.compare import compare, last_lots, pictures_folder
from station.models.comparison import Compared, Said, tally
from station.models.comparison_file import (
    latest_comparison,
    read_comparison,
    write_comparison,
)
from station.models.stopped import StoppedError
from station.run import run_station
from station.sayings import Review
from station.store.store import open_store

PARTS = {"good.png": None, "faint.png": 0.3, "red.png": 1.0}
"""Its redness: `old` says PASS, REVIEW, REJECT; `new`, with limits of 0.6 and 0.9, otherwise."""


@pytest.fixture
def inspected(shop: Shop) -> tuple[Shop, dict[str, Record]]:
    for name, redness in PARTS.items():
        shop.put(name, redness)
    with closing(run_station(shop.config, threading.Event())) as outcomes:
        return shop, {outcome.record.source: outcome.record for outcome in outcomes}


def review(shop: Shop, record: Record, decision: Decision) -> None:
    said = Review(
        str(uuid.uuid4()), record.uuid, "Ada", decision, "looked", datetime.now(timezone.utc)
    )
    with open_store(shop.config.database) as store:
        store.add_review(said)


def test_changes_escapes_and_overkill_are_counted_exactly(
    inspected: tuple[Shop, dict[str, Record]],
) -> None:
    shop, records = inspected
    assert [records[name].decision.value for name in PARTS] == ["PASS", "REVIEW", "REJECT"]
    p = records["faint.png"].defect_probability
    assert p is not None and 0.2 < p < 0.6
    review(shop, records["faint.png"], Decision.REJECT)
    review(shop, records["red.png"], Decision.PASS)
    path, found = compare(shop.config, shop.old, shop.new, "L1")
    assert found.changes == {
        (Decision.PASS, Decision.PASS): 1,
        (Decision.REVIEW, Decision.PASS): 1,
        (Decision.REJECT, Decision.REJECT): 1,
    }
    assert found.changed == 1 and found.known == 2 and found.without_picture == 0
    assert found.complete
    old, new = found.tallies
    assert (old.escapes, old.defects, old.overkill, old.goods) == (0, 1, 1, 1)
    assert (new.escapes, new.defects, new.overkill, new.goods) == (1, 1, 1, 1)
    assert found.time_ratio is not None and found.time_ratio > 0.0
    (worst,) = found.worst(5)
    assert worst.source == "faint.png" and worst.recorded is Decision.REVIEW
    for name in (worst.picture_one, worst.picture_other):
        assert name is not None and (pictures_folder(path) / name).stat().st_size > 1000
    assert worst.one.defect_probability == pytest.approx(p, abs=1e-5)


def test_a_comparison_is_kept_and_read_again_and_no_verdict_is_written(
    inspected: tuple[Shop, dict[str, Record]],
) -> None:
    shop, _ = inspected
    with open_store(shop.config.database) as store:
        before = store.head(), len(store.records())
    path, found = compare(shop.config, shop.old, shop.new, "L1")
    with open_store(shop.config.database) as store:
        assert (store.head(), len(store.records())) == before
    assert read_comparison(path) == found
    assert latest_comparison(shop.config) == (path, found)
    assert json.loads(path.read_text())["changed"] == 1
    path.write_text("{}")
    assert latest_comparison(shop.config) is None
    with pytest.raises(StationError, match="Compare the models again"):
        read_comparison(path)


def test_old_comparisons_make_room_with_their_pictures(
    inspected: tuple[Shop, dict[str, Record]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = inspected
    first, found = compare(shop.config, shop.old, shop.new, "L1")
    assert pictures_folder(first).is_dir()
    monkeypatch.setattr("station.models.comparison_file.KEPT", 2)
    later = [
        write_comparison(shop.config, replace(found, at=found.at + timedelta(seconds=n)))
        for n in (1, 2)
    ]
    assert sorted(first.parent.glob("*.json")) == later
    assert not pictures_folder(first).exists()


def test_a_part_without_its_picture_is_counted_and_not_guessed(
    inspected: tuple[Shop, dict[str, Record]],
) -> None:
    shop, records = inspected
    sha256 = records["red.png"].image_sha256
    assert sha256 is not None
    gone = find_picture(shop.config.images, sha256)
    assert gone is not None
    gone.unlink()
    _, found = compare(shop.config, shop.old, shop.new, "L1")
    assert {part.source for part in found.parts} == {"faint.png", "good.png"}
    assert found.without_picture == 1
    _, latest = compare(shop.config, shop.old, shop.new, None, most=2)
    assert len(latest.parts) + latest.without_picture == 2 and not latest.complete


def test_an_answer_that_failed_is_no_pass_and_no_time() -> None:
    failed = Said(Decision.ERROR, None, None, 5000.0)
    passed = Said(Decision.PASS, 0.1, "normal", 10.0)
    found = tally([(Decision.REJECT, failed), (Decision.REJECT, passed), (None, passed)])
    assert (found.escapes, found.defects, found.quick_ms) == (1, 2, 10.0)
    many = [(None, replace(passed, spent_ms=float(ms))) for ms in (900, *range(20, 0, -1))]
    assert tally(many).quick_ms == 3.0  # of 21 the third, whatever disturbed the others
    assert found.counts[Decision.ERROR] == 1 and found.counts[Decision.PASS] == 2


def test_the_worst_disagreement_is_pass_against_reject_then_one_that_people_call_wrong() -> None:
    def part(
        name: str, one: Decision, other: Decision, p: float, truth: Decision | None = None
    ) -> Compared:
        said = Said(one, 0.5, "x", 1.0), Said(other, 0.5 + p, "x", 1.0)
        return Compared(name, name, None, one, truth, *said)

    near = part("near", Decision.PASS, Decision.REVIEW, 0.4)
    wrong = part("wrong", Decision.PASS, Decision.REVIEW, 0.1, Decision.REJECT)
    far = part("far", Decision.REJECT, Decision.PASS, 0.2)
    ordered = sorted([near, far, wrong], key=lambda each: each.apart, reverse=True)
    assert [each.uuid for each in ordered] == ["far", "wrong", "near"]


def test_what_cannot_be_compared_is_said(inspected: tuple[Shop, dict[str, Record]]) -> None:
    shop, _ = inspected
    with pytest.raises(ConfigError, match="same model"):
        compare(shop.config, shop.old, shop.old, "L1")
    with pytest.raises(ConfigError, match="no part of lot 'L9'"):
        compare(shop.config, shop.old, shop.new, "L9")
    assert last_lots(shop.config) == ("L1",)


def test_a_stop_ends_it_and_leaves_nothing(inspected: tuple[Shop, dict[str, Record]]) -> None:
    shop, _ = inspected
    stop = threading.Event()

    def on_progress(what: str, done: int, total: int) -> None:
        if what == "asking new.bundle":
            stop.set()

    with pytest.raises(StoppedError):
        compare(shop.config, shop.old, shop.new, "L1", on_progress=on_progress, stop=stop)
    assert latest_comparison(shop.config) is None


def test_in_a_process_of_its_own_it_says_the_same(
    inspected: tuple[Shop, dict[str, Record]],
) -> None:
    shop, _ = inspected
    told: list[str] = []
    _, found = compare_apart(
        shop.config, shop.old, shop.new, "L1", on_progress=lambda what, *_: told.append(what)
    )
    assert found.changed == 1 and "asking old.bundle" in told and "asking new.bundle" in told
    with pytest.raises(StationError, match="same model"):
        compare_apart(shop.config, shop.old, shop.old, "L1")
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        compare_apart(shop.config, shop.old, shop.new, "L1", stop=stop)


def test_looser_limits_are_refused_as_they_would_be_at_the_start(
    inspected: tuple[Shop, dict[str, Record]],
) -> None:
    shop, _ = inspected
    loose = replace(shop.config, policy=replace(shop.config.policy, pass_below=0.5))
    with pytest.raises(ConfigError, match="looser"):
        compare(loose, shop.old, shop.new, "L1")
