"""The whole way with a real bundle: files in, verdicts, rows, overlays, files moved."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from builders import lattice_disc, red_mark_bundle, write_picture

import station.opened
import station.steps
from engines.bundle import Bundle
from engines.errors import EngineError
from station.config import StationConfig
from station.domain import Decision, Part
from station.drawing.overlay import draw_overlay
from station.outcome import Outcome
from station.run import AHEAD, TOGETHER, run_station
from station.store.store import open_store

Watch = Callable[..., list[Outcome]]
Configure = Callable[..., StationConfig]


def test_marks_are_found_where_they_are_and_sized(inbox: Path, watch: Watch) -> None:
    places = [(2.0, -1.5), (-3.5, 0.0), (0.4, 4.1)]
    for number, place in enumerate(places):
        image = lattice_disc(place, mark_size_mm=1.5, centre_px=(246 + 5 * number, 262))
        write_picture(inbox / f"{number}.png", image)
    outcomes = watch()
    assert [o.record.decision for o in outcomes] == [Decision.REJECT] * 3
    for place, outcome in zip(places, outcomes, strict=True):
        record = outcome.record
        # A cell of this bundle's heatmap is 0.83 mm wide.
        assert record.defect_x_mm == pytest.approx(place[0], abs=0.2)
        assert record.defect_y_mm == pytest.approx(place[1], abs=0.2)
        assert record.defect_size_mm == pytest.approx(1.5, abs=0.5)


def test_the_three_verdicts_and_their_figures(inbox: Path, watch: Watch) -> None:
    write_picture(inbox / "a-good.png", lattice_disc())
    write_picture(inbox / "b-faint.png", lattice_disc((1.0, 1.0), redness=0.31))
    write_picture(inbox / "c-bad.png", lattice_disc((1.0, 1.0)))
    by_name = {o.record.source: o.record for o in watch()}
    good, faint, bad = (by_name[f"{n}.png"] for n in ("a-good", "b-faint", "c-bad"))
    assert (good.decision, bad.decision) == (Decision.PASS, Decision.REJECT)
    assert faint.decision is Decision.REVIEW
    assert good.defect_probability is not None
    assert good.defect_probability < 0.001
    assert good.predicted_class == "normal"
    assert good.defect_size_mm is None
    assert bad.predicted_class == "marked"
    assert bad.probabilities is not None
    assert sum(bad.probabilities.values()) == pytest.approx(1.0, abs=1e-5)
    assert bad.probabilities["marked"] == bad.defect_probability
    assert faint.defect_probability is not None
    assert 0.2 <= faint.defect_probability < 0.8


def test_a_row_proves_where_it_came_from(
    inbox: Path, watch: Watch, bundle: Bundle, tmp_path: Path
) -> None:
    data = write_picture(inbox / "part 7.png", lattice_disc((2, 0))).read_bytes()
    before = datetime.now(timezone.utc)
    (outcome,) = watch(lot="L42", operator="ada")
    with open_store(str(tmp_path / "out" / "inspections.db"), create=False) as store:
        (record,) = store.records()
    assert record == outcome.record
    assert record.image_sha256 == hashlib.sha256(data).hexdigest()
    assert record.bundle_sha256 == bundle.digest
    assert record.engine.startswith("openvino ")
    assert (record.station, record.lot, record.operator) == ("bench-1", "L42", "ada")
    assert before <= record.decided_at <= datetime.now(timezone.utc)
    assert record.latency_ms is not None
    assert 0 < record.latency_ms < 10_000
    # The picture is kept by its content, whatever becomes of the sender's file.
    kept = Path(str(record.image_path))
    assert kept.is_relative_to(tmp_path / "out" / "images")
    assert kept.stem == record.image_sha256
    assert kept.read_bytes() == data
    assert (inbox / "processed" / "part 7.png").read_bytes() == data
    assert record.overlay_path is not None
    overlay = cv2.imread(record.overlay_path)
    assert outcome.inspection is not None
    seen = outcome.inspection
    drawn = draw_overlay(seen.part, seen.prediction, seen.verdict)
    assert overlay.shape == drawn.shape
    assert np.abs(overlay[..., ::-1].astype(int) - drawn).mean() < 4


def test_files_of_one_name_are_all_kept(inbox: Path, watch: Watch) -> None:
    for place in (None, (2.0, 0.0), (0.0, 2.0)):
        write_picture(inbox / "a.png", lattice_disc(place))
        watch()
    kept = sorted(p.name for p in (inbox / "processed").iterdir())
    assert kept == ["a-2.png", "a-3.png", "a.png"]
    assert len({p.read_bytes() for p in (inbox / "processed").iterdir()}) == 3


def test_no_disc_is_a_review_with_the_whole_picture(inbox: Path, watch: Watch) -> None:
    image = np.full((300, 400, 3), 90, np.uint8)
    image[100:140, 100:140] = (255, 0, 0)
    write_picture(inbox / "a.png", image)
    (outcome,) = watch()
    assert outcome.record.decision is Decision.REVIEW
    assert "No disc was found" in outcome.record.reason
    assert outcome.record.defect_x_mm is None
    assert outcome.inspection is not None
    assert outcome.inspection.part.crop_rgb.shape == (300, 400, 3)
    assert outcome.record.overlay_path is not None


def test_a_bundle_for_whole_frames_needs_no_disc(inbox: Path, watch: Watch, tmp_path: Path) -> None:
    whole = red_mark_bundle(tmp_path / "whole.bundle", locate="frame")
    image = np.full((200, 200, 3), 90, np.uint8)
    write_picture(inbox / "a.png", image)
    image[50:100, 120:170] = (255, 0, 0)
    write_picture(inbox / "b.png", image)
    good, bad = sorted(watch(bundle=whole.path), key=lambda o: o.record.source)
    assert good.record.decision is Decision.PASS
    assert bad.record.decision is Decision.REJECT
    assert bad.record.defect_size_mm is None
    assert bad.inspection is not None
    mark = bad.inspection.verdict.defect
    assert mark is not None
    assert mark.centre_px == pytest.approx((144.5, 74.5), abs=4)


def test_a_stop_finishes_the_parts_in_hand(
    inbox: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        write_picture(inbox / f"{number:02}.png", lattice_disc())
    real, asked = station.steps.answer, []

    def answer(part: Part, *others: Any) -> object:
        asked.append(part.frame.source)
        return real(part, *others)

    monkeypatch.setattr(station.steps, "answer", answer)
    stop = threading.Event()
    outcomes = []
    for outcome in run_station(configure(once=False), stop):
        outcomes.append(outcome)
        stop.set()
    # Whatever the engine was asked about is finished; what was only read ahead stays.
    assert [o.record.source for o in outcomes] == asked
    assert 1 <= len(outcomes) <= 2 * (AHEAD + 2) + TOGETHER + 1
    assert {o.path.parent.name for o in outcomes} == {"processed"}
    assert len(list(inbox.glob("*.png"))) == 40 - len(outcomes)


def test_a_kill_between_row_and_move_gives_no_second_row(
    inbox: Path, configure: Configure, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(inbox / "a.png", lattice_disc())

    class Killed(BaseException):
        pass

    def die(*_: object) -> Path:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(station.opened.Inbox, "move", die)
        with pytest.raises(Killed):
            list(run_station(configure(), threading.Event()))
    assert (inbox / "a.png").exists()
    assert watch() == []
    assert (inbox / "processed" / "a.png").exists()
    with open_store(configure().database) as store:
        assert store.counts()[Decision.PASS] == 1


def test_a_kill_before_the_row_gives_exactly_one(
    inbox: Path, configure: Configure, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(inbox / "a.png", lattice_disc())

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(station.opened.Store, "add", die)
        with pytest.raises(Killed):
            list(run_station(configure(), threading.Event()))
    assert [o.record.decision for o in watch()] == [Decision.PASS]
    with open_store(configure().database) as store:
        assert sum(store.counts().values()) == 1


def test_a_part_the_engine_cannot_answer_is_an_error_and_others_go_on(
    inbox: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        write_picture(inbox / name, lattice_disc())
    real = station.steps.answer

    def failing(part, engine, policy):  # type: ignore[no-untyped-def]
        if part.frame.source == "b.png":
            raise EngineError("the engine returned heatmap with values that are not finite.")
        return real(part, engine, policy)

    monkeypatch.setattr(station.steps, "answer", failing)
    by_name = {o.record.source: o for o in watch()}
    assert by_name["b.png"].record.decision is Decision.ERROR
    assert by_name["b.png"].path == inbox / "quarantine" / "b.png"
    assert by_name["a.png"].record.decision is Decision.PASS
    assert by_name["c.png"].record.decision is Decision.PASS


def test_an_engine_that_answers_nothing_stops_the_station(
    inbox: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write_picture(inbox / f"{number}.png", lattice_disc())

    def broken(*_: object) -> None:
        raise EngineError("the device is lost.")

    monkeypatch.setattr(station.steps, "answer", broken)
    seen = []
    with pytest.raises(EngineError, match="the device is lost"):
        for outcome in run_station(configure(), threading.Event()):
            seen.append(outcome)
    assert len(seen) == 2
    assert len(list(inbox.glob("*.png"))) == 3


def test_a_picture_laid_over_one_in_hand_is_a_part_of_its_own(
    inbox: Path, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row speaks of the picture that is filed under it, and no picture passes unseen."""
    good, bad = lattice_disc(), lattice_disc((1.0, 1.0))
    path = write_picture(inbox / "cam.png", good)
    answer, replaced = station.steps.answer, []

    def answer_then_replace(*arguments: Any) -> object:
        inspection = answer(*arguments)
        if not replaced:
            write_picture(inbox.parent / "next.png", bad)
            (inbox.parent / "next.png").rename(path)
            replaced.append(True)
        return inspection

    monkeypatch.setattr(station.steps, "answer", answer_then_replace)
    outcomes = watch()
    assert [o.record.decision for o in outcomes] == [Decision.PASS, Decision.REJECT]
    for outcome in outcomes:
        kept = Path(str(outcome.record.image_path)).read_bytes()
        assert outcome.record.image_sha256 == hashlib.sha256(kept).hexdigest()
    overlays = {Path(str(o.record.overlay_path)) for o in outcomes}
    assert set((tmp_path / "out" / "overlays").iterdir()) == overlays
    (moved,) = (inbox / "processed").iterdir()
    assert hashlib.sha256(moved.read_bytes()).hexdigest() == outcomes[1].record.image_sha256
