"""Poses of a checkerboard, one after the other, come to the calibration that the camera has."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from boards import rendered_board

from station.board_bench import board_sheet, glimpse, keep_poses, take_pose, try_poses
from station.calibrate import read_calibration
from station.errors import ConfigError
from station.locate.checkerboard import Board, find_corners

BOARD = Board((9, 6), 2.0)
SMALL = {"size_px": (640, 480), "px_per_mm": 20.0, "focal_px": 1500.0}
PLACES = ((0.0, 0.0), (4.0, 3.0), (-4.0, -3.0))


def test_a_glimpse_lies_where_the_exact_corners_lie_and_sees_no_board_where_there_is_none() -> None:
    picture = rendered_board(size_px=(1600, 1200), px_per_mm=50.0)
    seen, exact = glimpse(picture, BOARD), find_corners(picture, BOARD)
    assert seen is not None and exact is not None
    apart = np.hypot(*(seen[:, None] - exact[None]).T).min(axis=0)
    assert apart.max() < 3.0
    assert glimpse(np.full((480, 640, 3), 128, np.uint8), BOARD) is None
    assert glimpse(picture, Board((8, 5), 2.0)) is None


def test_three_poses_give_the_scale_they_were_drawn_with(tmp_path: Path) -> None:
    poses = []
    for place in PLACES:
        poses.append(take_pose(rendered_board(centre_mm=place, **SMALL), BOARD, poses))
    found = try_poses(poses, BOARD)
    assert found.px_per_mm == pytest.approx(20.0, rel=2e-3)
    assert found.pictures == 3 and found.reprojection_px < 0.35
    out = tmp_path / "new" / "calibration.json"
    report = keep_poses(poses, BOARD, out)
    assert read_calibration(out) == report.calibration
    assert report.calibration.px_per_mm == pytest.approx(found.px_per_mm, rel=1e-6)
    assert len(list((tmp_path / "new" / "calibration-poses").glob("pose-*.png"))) == 3


def test_the_same_place_twice_is_no_further_pose() -> None:
    first = take_pose(rendered_board(**SMALL), BOARD, [])
    with pytest.raises(ConfigError, match="as it did in an earlier picture"):
        take_pose(rendered_board(seed=2, **SMALL), BOARD, [first])


def test_another_size_and_no_board_are_refused() -> None:
    first = take_pose(rendered_board(**SMALL), BOARD, [])
    with pytest.raises(ConfigError, match="640 x 480"):
        take_pose(rendered_board(size_px=(800, 600), px_per_mm=20.0), BOARD, [first])
    with pytest.raises(ConfigError, match="no board of 9 x 6 squares"):
        take_pose(np.full((480, 640, 3), 128, np.uint8), BOARD, [])
    with pytest.raises(ConfigError, match="no picture of the board"):
        try_poses([], BOARD)


def test_the_printed_board_has_as_many_squares_of_the_size_that_was_asked_for() -> None:
    sheet = board_sheet(Board((9, 6), 2.5))
    assert 'width="27.5mm"' in sheet
    squares = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="2.5" height="2.5"/>', sheet)
    assert len(squares) == 27, "every second one of 54 is black"
    assert min(float(x) for x, _ in squares) == 2.5, "a light border of one square is about it"
    assert max(float(x) for x, _ in squares) == 22.5
