"""Tiles show what their folder says, and refuse what they cannot be cut from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.decode import read_image
from trainer.config import TrainerError
from trainer.tiles import TileConfig, cut_tiles


def test_tiles_carry_the_truth_of_their_place(tmp_path: Path) -> None:
    """Every tile of a marked picture shows the mark; no tile of a good one does."""
    source = tmp_path / "photographs"
    for name in ("normal", "marked", "_masks"):
        (source / name).mkdir(parents=True)
    rng = np.random.default_rng(1)
    for i in range(6):
        image = np.full((200, 240, 3), 90, np.uint8)
        cv2.imwrite(str(source / "normal" / f"n{i}.png"), image)
        mask = np.zeros((200, 240), np.uint8)
        x, y = (int(v) for v in rng.integers(5, 190, 2))
        cv2.circle(mask, (x, y), 6, 255, -1)
        image[mask > 0] = (0, 0, 255)
        cv2.imwrite(str(source / "marked" / f"m{i}.png"), image)
        cv2.imwrite(str(source / "_masks" / f"m{i}.png"), mask)
    count = cut_tiles(source, tmp_path / "tiles", TileConfig(64, 3, good=("normal",)))
    tiles = sorted((tmp_path / "tiles").glob("*/*.png"))
    assert len(tiles) == count >= 30
    for path in tiles:
        tile = read_image(path)
        assert tile.shape == (64, 64, 3)
        red = int(((tile[..., 0] > 200) & (tile[..., 1] < 50)).sum())
        assert (red >= 12) == (path.parent.name == "marked")


def test_a_defect_without_a_mask_is_named(tmp_path: Path) -> None:
    for name in ("normal", "marked"):
        (tmp_path / "src" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "src" / name / "a.png"), np.zeros((80, 80, 3), np.uint8))
    with pytest.raises(TrainerError, match=r"marked/a\.png is of a defect class but has no mask"):
        cut_tiles(tmp_path / "src", tmp_path / "out", TileConfig(64, 2, good=("normal",)))


def test_a_picture_smaller_than_a_tile_is_named(tmp_path: Path) -> None:
    for name in ("normal", "marked"):
        (tmp_path / "src" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "src" / name / "a.png"), np.zeros((40, 80, 3), np.uint8))
    with pytest.raises(TrainerError, match="80x40 pixels, smaller than a tile of 64"):
        cut_tiles(tmp_path / "src", tmp_path / "out", TileConfig(64, 2, good=("normal",)))


def _marked(source: Path, *files: str) -> None:
    for file in ("normal/n.png", *files):
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(source / file), np.full((80, 80, 3), 90, np.uint8))


def test_pictures_whose_masks_or_tiles_cannot_be_told_apart_are_named(tmp_path: Path) -> None:
    _marked(tmp_path / "masks", "crack/a.png", "dent/a.png", "_masks/a.png")
    with pytest.raises(TrainerError, match=r"a\.png may be of crack/a\.png or of dent/a\.png"):
        cut_tiles(tmp_path / "masks", tmp_path / "out", TileConfig(64, 1, good=("normal",)))
    same = "normal/left/a.png", "normal/right/a.png"
    _marked(tmp_path / "tiles", *same, "crack/b.png", "_masks/b.png")
    with pytest.raises(TrainerError, match=r"left/a\.png and .*right/a\.png .*normal/a-0\.png"):
        cut_tiles(tmp_path / "tiles", tmp_path / "other", TileConfig(64, 1, good=("normal",)))


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    _marked(tmp_path / "src", "crack/b.png", "_masks/b.png")
    monkeypatch.setattr("trainer.tiles.write_png", full)
    with pytest.raises(TrainerError, match="No space left on device"):
        cut_tiles(tmp_path / "src", tmp_path / "out", TileConfig(64, 1, good=("normal",)))
