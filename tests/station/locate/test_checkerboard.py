"""A rendered board gives back the scale and the lens that it was rendered with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from boards import rendered_board
from builders import write_picture

from station.calibrate import calibrate_camera, read_calibration
from station.cli import main
from station.errors import ConfigError
from station.locate.checkerboard import Board, calibrated, find_corners

BOARD = Board((9, 6), 2.0)
PLACES = ((0.0, 0.0), (5.0, 4.0), (-5.0, -4.0))


@cache
def corners(**lens: float) -> list[np.ndarray]:
    found = [find_corners(rendered_board(centre_mm=at, **lens), BOARD) for at in PLACES]  # type: ignore[arg-type]
    return [c for c in found if c is not None]


@pytest.mark.parametrize("k1", [0.0, -0.3, 0.2])
def test_scale_and_lens_are_found(k1: float) -> None:
    found = calibrated(corners(k1=k1), BOARD, (1280, 960))
    assert found.px_per_mm == pytest.approx(40.0, rel=0.001)
    assert found.reprojection_px < 0.3
    # Where the lens of the rendering puts straight points, and back, on a grid over the picture.
    grid = np.stack(np.meshgrid(np.linspace(-600, 600, 9), np.linspace(-440, 440, 7)), -1)
    ideal = grid.reshape(-1, 2) / 3000.0
    seen = ideal * (1.0 + k1 * (ideal**2).sum(axis=1, keepdims=True)) * 3000.0 + (639.5, 479.5)
    off = found.straightened(seen) - (ideal * 3000.0 + (639.5, 479.5))
    bend = np.abs(seen - (ideal * 3000.0 + (639.5, 479.5))).max()
    assert np.abs(off).max() < 0.8
    assert k1 == 0.0 or bend > 5.0


def test_a_tilted_board_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"tilted by .* expected at most 5"):
        calibrated(corners(tilt_deg=7.0, focal_px=5120.0)[:1], BOARD, (1280, 960))


def test_a_tilted_board_before_another_lens_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"pixels off the model.*seems to be by \d+ degrees"):
        calibrated(corners(tilt_deg=9.0), BOARD, (1280, 960))


def test_boards_at_two_heights_are_refused() -> None:
    seen = [find_corners(rendered_board(px_per_mm=s), BOARD) for s in (40.0, 41.0)]
    with pytest.raises(ConfigError, match=r"differ by 2\.\d% in scale"):
        calibrated([c for c in seen if c is not None], BOARD, (1280, 960))


def test_a_bent_board_is_refused() -> None:
    seen = corners()
    wave = [c + 3.0 * np.sin(c[:, ::-1] / 60.0).astype(np.float32) for c in seen]
    with pytest.raises(ConfigError, match=r"pixels off the model"):
        calibrated(wave, BOARD, (1280, 960))


def test_a_small_board_is_refused() -> None:
    seen = find_corners(rendered_board(px_per_mm=14.0), BOARD)
    assert seen is not None
    with pytest.raises(ConfigError, match="the board spans"):
        calibrated([seen], BOARD, (1280, 960))


@pytest.mark.parametrize("squares", [(9, 9), (3, 6), (200, 6)])
def test_an_impossible_board_is_refused(squares: tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="--squares"):
        Board(squares, 2.0)
    with pytest.raises(ConfigError, match="--square-mm"):
        Board((9, 6), 0.0)


def test_the_command_writes_what_is_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"board-{n}.png" for n in range(3)]
    for file, at in zip(files[:2], PLACES, strict=False):
        write_picture(file, rendered_board(centre_mm=at, k1=-0.2))
    write_picture(files[2], np.full((960, 1280, 3), 90, np.uint8))
    out = tmp_path / "calibration.json"
    call = ["calibrate", *map(str, files), "--squares", "9x6", "--square-mm", "2", "--out"]
    assert main([*call, str(out)]) == 0
    said = capsys.readouterr().out
    assert "2 of 3 pictures show the board" in said
    assert f"no board in {files[2]}" in said
    assert read_calibration(out).px_per_mm == pytest.approx(40.0, rel=0.001)
    drawn = sorted(p.name for p in tmp_path.glob("calibration-corners-*.png"))
    assert drawn == ["calibration-corners-1.png", "calibration-corners-2.png"]


def test_a_board_counted_by_its_corners_is_recognised(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", rendered_board())
    out = tmp_path / "calibration.json"
    with pytest.raises(ConfigError, match="Give --squares 9x6"):
        calibrate_camera([tmp_path / "a.png"], Board((8, 5), 2.0), out)
    assert not out.exists()


def test_pictures_of_two_sizes_are_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", rendered_board())
    write_picture(tmp_path / "b.png", rendered_board(size_px=(1000, 800), px_per_mm=30.0))
    with pytest.raises(ConfigError, match="1000 x 800 pixels"):
        calibrate_camera([tmp_path / "a.png", tmp_path / "b.png"], BOARD, tmp_path / "c.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "px_per_mm": 40}', "\xff"])
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"c\.json cannot be read"):
        read_calibration(tmp_path / "c.json")
