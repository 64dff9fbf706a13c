"""Rows kept on the disk: found again, gone on with, refused where there is no room."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from trainer.config import TrainerError
from trainer.feeding.feature_cache import (
    CacheRoom,
    Features,
    keep_features,
    key_of,
    list_caches,
    remove_caches,
    storage_for,
)

SHAPE = (100, 3, 3, 4)
FACTS = {"weights": "abc", "storage": "float16", "blocks": 2, "copies": 1}


class Blocks:
    """Counts the rows that it was asked for."""

    def __init__(self, scale: float = 1.0) -> None:
        self.asked: list[int] = []
        numbers = np.random.default_rng(0).gamma(1.0, 2.0, SHAPE)
        self.rows = (scale * numbers).astype(np.float32)

    def __call__(self, start: int, end: int) -> np.ndarray:  # type: ignore[type-arg]
        self.asked += range(start, end)
        return self.rows[start:end]


def _keep(
    room: CacheRoom, blocks: Blocks, stop_after: int = 10**9, **changes: str
) -> Features | None:
    return keep_features(
        room,
        FACTS | changes,
        SHAPE,
        blocks,
        lambda _text: None,
        lambda: len(blocks.asked) >= stop_after,
    )


def test_rows_are_computed_once_and_rounded_to_float16(tmp_path: Path) -> None:
    room, blocks = CacheRoom(tmp_path), Blocks()
    first = _keep(room, blocks)
    again = _keep(room, blocks)
    assert first is not None
    assert again is not None
    assert blocks.asked == list(range(100))
    assert again.rows.dtype == np.float16
    taken = again.take([3, 99, 3])
    assert taken.dtype == np.float32
    assert taken == pytest.approx(blocks.rows[[3, 99, 3]], rel=2.0**-11)


def test_bfloat16_is_kept_bit_for_bit(tmp_path: Path) -> None:
    blocks = Blocks()
    blocks.rows = blocks.rows.astype(ml_dtypes.bfloat16)
    assert storage_for("mixed_bfloat16", half=True) == "bfloat16"
    assert storage_for("float32") == "float32"
    kept = _keep(CacheRoom(tmp_path), blocks, storage="bfloat16")
    assert kept is not None
    taken = kept.take(np.arange(100))
    assert taken.dtype == ml_dtypes.bfloat16
    assert (taken.view(np.uint16) == blocks.rows.view(np.uint16)).all()


def test_features_beyond_float16_are_kept_as_float32(tmp_path: Path) -> None:
    room, blocks = CacheRoom(tmp_path), Blocks(scale=30_000.0)
    kept = _keep(room, blocks)
    assert kept is not None
    assert kept.storage == "float32"
    assert (kept.take(np.arange(100)) == blocks.rows).all()
    assert len(list_caches(tmp_path)) == 1


def test_a_channel_whose_differences_would_be_lost_in_rounding_is_kept_as_float32(
    tmp_path: Path,
) -> None:
    blocks = Blocks()
    blocks.rows[..., 2] = 1000.0 + 0.01 * blocks.rows[..., 2]
    kept = _keep(CacheRoom(tmp_path), blocks)
    assert kept is not None
    assert kept.storage == "float32"


def test_a_stopped_computation_goes_on_where_it_was(tmp_path: Path) -> None:
    room, blocks = CacheRoom(tmp_path), Blocks()
    assert _keep(room, blocks, stop_after=40) is None
    assert list_caches(tmp_path)[0]["rows"] == 64
    kept = _keep(room, blocks)
    assert kept is not None
    assert blocks.asked == list(range(100))
    assert kept.take(np.arange(100)) == pytest.approx(blocks.rows, rel=2.0**-11)


def test_rows_that_were_not_written_down_as_done_are_computed_again(tmp_path: Path) -> None:
    room, blocks = CacheRoom(tmp_path), Blocks()
    _keep(room, blocks)
    folder = tmp_path / f"features-{key_of(FACTS)}"
    (folder / "done.json").write_text('{"rows": 90')  # cut off
    _keep(room, blocks)
    assert len(blocks.asked) == 200


def test_rows_whose_file_is_gone_or_cut_are_computed_again(tmp_path: Path) -> None:
    """Else the room that is reserved anew would be taken for features of zeros."""
    room, blocks = CacheRoom(tmp_path), Blocks()
    _keep(room, blocks, stop_after=64)
    rows = tmp_path / f"features-{key_of(FACTS)}" / "rows.bin"
    rows.unlink()
    kept = _keep(room, blocks)
    assert kept is not None
    assert kept.take(np.arange(100)) == pytest.approx(blocks.rows, rel=2.0**-11)
    rows.write_bytes(rows.read_bytes()[:-1])
    kept = _keep(room, blocks)
    assert kept is not None
    assert kept.take(np.arange(100)) == pytest.approx(blocks.rows, rel=2.0**-11)


def test_what_the_numbers_depend_on_names_the_cache(tmp_path: Path) -> None:
    room, blocks = CacheRoom(tmp_path), Blocks()
    _keep(room, blocks)
    _keep(room, blocks, weights="abd")
    assert len(blocks.asked) == 200
    assert len(list_caches(tmp_path)) == 2


def test_a_budget_that_does_not_hold_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    blocks = Blocks()
    with pytest.raises(TrainerError, match=r"take 0\.00 GB, the budget is 5e-06 GB.*--copies"):
        _keep(CacheRoom(tmp_path, budget_gb=5e-6), blocks)
    assert blocks.asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 7000))
    with pytest.raises(TrainerError, match=r"has 0\.00 GB free"):
        _keep(CacheRoom(tmp_path), Blocks())
    assert list(tmp_path.iterdir()) == []


def test_removal_takes_the_caches_and_nothing_else(tmp_path: Path) -> None:
    from trainer.cli import main

    _keep(CacheRoom(tmp_path), Blocks())
    (tmp_path / "notes.txt").write_text("mine")
    assert remove_caches(tmp_path) == 2 * int(np.prod(SHAPE))
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    assert main(["cache", str(tmp_path)]) == 0


def test_the_command_lists_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from trainer.cli import main

    _keep(CacheRoom(tmp_path), Blocks())
    assert main(["cache", str(tmp_path), "--remove", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["removed_bytes"] == told["caches"][0]["bytes"] == 7200
    assert (told["caches"][0]["rows"], told["caches"][0]["of"]) == (100, 100)
    assert list_caches(tmp_path) == []
