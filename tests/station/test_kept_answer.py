"""What the engine said about a part that did not pass can be looked at again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import lattice_disc, write_picture

import station.opened
from station.config import StationConfig
from station.domain import Decision
from station.errors import StationError
from station.kept_answer import ANSWERS, KeptAnswer, place_of_kept, read_kept, write_kept
from station.outcome import Outcome
from station.run import run_station
from station.store.store import open_store

Watch = Callable[..., list[Outcome]]
Configure = Callable[..., StationConfig]
UUID = "0b7e0f1c-0000-4000-8000-000000000001"


def an_answer(**changes: Any) -> KeptAnswer:
    rng = np.random.default_rng(3)
    values: dict[str, Any] = {
        "probabilities": np.array([0.25, 0.75], np.float32),
        "heatmap": rng.random((4, 5), np.float32),
        "defect_heatmap": rng.random((4, 5), np.float32),
        "features": rng.random(7, np.float32),
        "box_px": (-3, 4, 50, 60),
    }
    return KeptAnswer(**{**values, **changes})


def assert_same(found: KeptAnswer | None, expected: KeptAnswer) -> None:
    assert found is not None
    for name in ("probabilities", "heatmap", "defect_heatmap", "features"):
        got, wanted = getattr(found, name), getattr(expected, name)
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got, wanted)
    assert found.box_px == expected.box_px


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    path = write_kept(tmp_path, UUID, an_answer())
    assert path == tmp_path / "answers" / "0b" / f"{UUID}.npz"
    assert_same(read_kept(tmp_path, UUID), an_answer())
    assert read_kept(tmp_path, UUID.replace("0b7e", "0b7f")) is None
    assert [p.name for p in (tmp_path / ANSWERS).rglob("*") if p.is_file()] == [path.name]


def test_a_second_answer_takes_the_place_of_the_first(tmp_path: Path) -> None:
    write_kept(tmp_path, UUID, an_answer(box_px=(0, 0, 1, 1)))
    write_kept(tmp_path, UUID, an_answer())
    assert_same(read_kept(tmp_path, UUID), an_answer())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"no archive at all",
        lambda data: data[:300] + bytes([data[300] ^ 0xFF]) + data[301:],
    ],
    ids=["empty", "cut", "other", "one byte"],
)
def test_a_damaged_file_is_named_and_says_what_to_do(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = write_kept(tmp_path, UUID, an_answer())
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StationError, match="is damaged") as caught:
        read_kept(tmp_path, UUID)
    assert str(path) in str(caught.value)
    assert "backup" in str(caught.value)


def test_every_byte_of_a_file_counts(tmp_path: Path) -> None:
    """Whatever byte turns, the answer is as it was, or it is refused: never another one."""
    path = write_kept(tmp_path, UUID, an_answer())
    data = path.read_bytes()
    refused = 0
    for at in range(0, len(data), 7):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
        try:
            assert_same(read_kept(tmp_path, UUID), an_answer())
        except StationError:
            refused += 1
    assert refused > len(data) // 7 // 2


@pytest.mark.parametrize(
    "changes",
    [
        {"probabilities": np.array([0.2, 0.2], np.float32)},
        {"heatmap": np.full((4, 5), np.nan, np.float32)},
        {"defect_heatmap": np.full((4, 5), 7.0, np.float32)},
        {"defect_heatmap": np.zeros((2, 2), np.float32)},
        {"features": np.zeros((2, 2), np.float32)},
        {"box_px": (1, 2, 3)},
    ],
)
def test_what_no_engine_says_no_file_says(tmp_path: Path, changes: dict[str, Any]) -> None:
    write_kept(tmp_path, UUID, an_answer(**changes))
    with pytest.raises(StationError, match="is damaged"):
        read_kept(tmp_path, UUID)


def test_another_parts_file_is_not_taken(tmp_path: Path) -> None:
    other = UUID.replace("0001", "0002")
    write_kept(tmp_path, other, an_answer()).rename(place_of_kept(tmp_path, UUID).resolve())
    with pytest.raises(StationError, match=f"it is that of part {other}"):
        read_kept(tmp_path, UUID)


@pytest.mark.parametrize("uuid", ["", "../../etc/passwd", "a/b", "..", "0b7e\n", "x" * 80])
def test_no_uuid_leads_out_of_the_folder(tmp_path: Path, uuid: str) -> None:
    with pytest.raises(StationError, match="expected letters, digits and dashes"):
        read_kept(tmp_path, uuid)


def test_parts_that_did_not_pass_have_one_and_others_none(inbox: Path, watch: Watch) -> None:
    write_picture(inbox / "a-good.png", lattice_disc())
    write_picture(inbox / "b-faint.png", lattice_disc((1.0, 1.0), redness=0.31))
    write_picture(inbox / "c-bad.png", lattice_disc((1.0, 1.0)))
    write_picture(inbox / "d-none.png", np.full((300, 400, 3), 70, np.uint8))
    outcomes = watch()
    out = Path(str(outcomes[0].record.overlay_path)).parent.parent
    by_name = {o.record.source: o for o in outcomes}
    assert read_kept(out, by_name["a-good.png"].record.uuid) is None
    for name in ("b-faint.png", "c-bad.png", "d-none.png"):
        outcome = by_name[name]
        kept, seen = read_kept(out, outcome.record.uuid), outcome.inspection
        assert kept is not None
        assert seen is not None
        assert kept.box_px == seen.part.box_px
        np.testing.assert_array_equal(kept.features, seen.prediction.features)
        np.testing.assert_array_equal(kept.heatmap, seen.prediction.heatmap)
        assert list(kept.probabilities) == list((outcome.record.probabilities or {}).values())
    assert len(list((out / ANSWERS).rglob("*.npz"))) == 3
    assert not list((out / ".parts").iterdir())


def test_an_answer_that_cannot_be_kept_is_told_once_and_loses_no_part(
    inbox: Path, configure: Configure, watch: Watch
) -> None:
    config = configure()
    config.out.mkdir()
    (config.out / ANSWERS).write_text("a file where the folder should be")
    for number in range(3):
        write_picture(inbox / f"{number}.png", lattice_disc((1.0, 1.0 + number)))
    assert [o.record.decision for o in watch()] == [Decision.REJECT] * 3
    with open_store(config.database) as store:
        told = [event for event in store.events() if event.kind == ANSWERS]
    assert len(told) == 1
    assert "only their heat cannot be looked at again" in told[0].text


def test_a_kill_before_the_row_leaves_no_answer_behind(
    inbox: Path, configure: Configure, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(inbox / "a.png", lattice_disc((1.0, 1.0)))
    out = configure().out

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(station.opened.Store, "add", die)
        with pytest.raises(Killed):
            list(run_station(configure(), threading.Event()))
    assert not list((out / ANSWERS).rglob("*.npz"))
    (outcome,) = watch()
    assert read_kept(out, outcome.record.uuid) is not None
    # What is recorded stays when the station ends.
    assert len(list((out / ANSWERS).rglob("*.npz"))) == 1


def test_an_answer_from_before_a_kill_goes_where_the_part_now_passes(
    inbox: Path, configure: Configure, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the power fails between answer and row, and another bundle is there afterwards."""
    write_picture(inbox / "a.png", lattice_disc())
    config = configure()

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(station.opened.Store, "add", die)
        with pytest.raises(Killed):
            list(run_station(config, threading.Event()))
    with open_store(config.database) as store:
        (intent,) = store.open_intents(config.station, config.feed)
    write_kept(config.out, intent.uuid, an_answer())
    (outcome,) = watch()
    assert (outcome.record.uuid, outcome.record.decision) == (intent.uuid, Decision.PASS)
    assert read_kept(config.out, intent.uuid) is None
