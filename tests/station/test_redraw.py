"""A kill may come between a row and its overlay: the next start draws it, as it was decided."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import lattice_disc, red_mark_bundle, write_picture

import station.steps
from station.config import StationConfig
from station.domain import Decision
from station.errors import StationError
from station.kept_answer import place_of_kept, read_kept
from station.outcome import Outcome
from station.run import run_station
from station.store.store import open_store

Watch = Callable[..., list[Outcome]]
Configure = Callable[..., StationConfig]


def test_what_is_missing_is_drawn_to_the_byte(inbox: Path, watch: Watch, tmp_path: Path) -> None:
    write_picture(inbox / "good.png", lattice_disc())
    write_picture(inbox / "marked.png", lattice_disc((1.0, 1.0)))
    outcomes = watch()
    assert {o.record.decision for o in outcomes} == {Decision.PASS, Decision.REJECT}
    places = [Path(str(o.record.overlay_path)) for o in outcomes]
    before = [place.read_bytes() for place in places]
    (rejected,) = (o.record for o in outcomes if o.record.decision is Decision.REJECT)
    kept = read_kept(tmp_path / "out", rejected.uuid)
    assert kept is not None
    for lost in (*places, place_of_kept(tmp_path / "out", rejected.uuid)):
        lost.unlink()
    assert watch() == []
    assert [place.read_bytes() for place in places] == before
    again = read_kept(tmp_path / "out", rejected.uuid)
    assert again is not None
    assert abs(again.defect_heatmap - kept.defect_heatmap).max() < 1e-6


def test_an_overlay_of_another_model_is_left_and_told(
    inbox: Path, watch: Watch, configure: Configure, tmp_path: Path
) -> None:
    write_picture(inbox / "a.png", lattice_disc())
    (outcome,) = watch()
    overlay = Path(str(outcome.record.overlay_path))
    overlay.unlink()
    other = red_mark_bundle(tmp_path / "other.bundle", locate="frame")
    assert watch(bundle=other.path) == []
    assert not overlay.exists()
    with open_store(configure().database) as store:
        (told,) = store.events(kind="overlay")
        assert store.records() == [outcome.record]
    assert "another model" in told.text


@pytest.mark.parametrize(("mark", "told"), [(None, 0), ((1.0, 1.0), 1)])
def test_a_picture_that_is_gone_is_told_unless_it_passed_and_was_pruned(
    inbox: Path,
    watch: Watch,
    configure: Configure,
    mark: tuple[float, float] | None,
    told: int,
) -> None:
    write_picture(inbox / "a.png", lattice_disc(mark))
    (outcome,) = watch()
    for gone in (outcome.record.overlay_path, outcome.record.image_path):
        Path(str(gone)).unlink()
    assert watch() == []
    with open_store(configure().database) as store:
        texts = [event.text for event in store.events(kind="overlay")]
    assert ["no longer in the image store" in text for text in texts] == [True] * told


def test_another_stations_parts_are_its_own_affair(
    inbox: Path, watch: Watch, configure: Configure
) -> None:
    write_picture(inbox / "a.png", lattice_disc())
    (outcome,) = watch()
    Path(str(outcome.record.overlay_path)).unlink()
    assert watch(station="bench-2") == []
    assert not Path(str(outcome.record.overlay_path)).exists()


def test_an_overlay_that_cannot_be_written_stops_the_station_and_costs_no_verdict(
    inbox: Path, watch: Watch, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(inbox / "a.png", lattice_disc())

    def full(*_: object) -> Path:
        raise StationError("the disk is full. Free space, then start again.")

    with monkeypatch.context() as patch:
        patch.setattr(station.steps, "write_overlay", full)
        stream = run_station(configure(), threading.Event())
        outcome = next(stream)
        with pytest.raises(StationError, match="disk is full"):
            outcome.wait_for_overlay()
        with pytest.raises(StationError, match="disk is full"):
            next(stream)
    assert outcome.record.decision is Decision.PASS
    with open_store(configure().database) as store:
        assert [event.text for event in store.events(kind="overlay")] == [
            "the disk is full. Free space, then start again."
        ]
    assert watch() == []
    assert Path(str(outcome.record.overlay_path)).exists()
