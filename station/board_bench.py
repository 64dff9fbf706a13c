"""The checkerboard under the camera, step by step: found live, tried, kept; and one to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engines.prediction import ImageArray
from station.calibrate import CalibrationReport, calibrate_camera
from station.errors import ConfigError, StationError
from station.locate.calibration import Calibration
from station.locate.checkerboard import Board, Corners, calibrated, find_corners
from station.sinks import write_atomically

LOOKED_AT_PX = 800
"""Longer side of the picture that is searched while a hand moves the board."""
SAME_PX = 8.0
"""Mean distance of the corners by which two poses differ at least."""
POSES = 3
"""So many are asked for: near the middle, and into the picture's corners."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """The board in one picture."""

    image_rgb: ImageArray
    corners: Corners
    """(N, 2) pixels."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.image_rgb.shape[1], self.image_rgb.shape[0]

    @property
    def span(self) -> float:
        """Longest extent of the board as a share of the picture's shorter side."""
        return float(max(np.ptp(self.corners, axis=0)) / min(self.size_px))


def glimpse(image_rgb: ImageArray, board: Board) -> Corners | None:
    """The board's corners, quickly and roughly, in a picture uint8 (H, W, 3); None: not seen."""
    scale = LOOKED_AT_PX / max(image_rgb.shape[:2])
    small = image_rgb
    if scale < 1.0:
        small = np.asarray(
            cv2.resize(image_rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    flags = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
    found, corners = cv2.findChessboardCorners(grey, board.inner, flags=flags)
    if not found:
        return None
    places = np.asarray(corners, np.float32).reshape(-1, 2)
    return places if scale >= 1.0 else np.asarray((places + 0.5) / scale - 0.5, np.float32)


def take_pose(image_rgb: ImageArray, board: Board, before: Sequence[Pose]) -> Pose:
    """One picture of the board, its corners found exactly. Raises ConfigError where no board is
    seen, it lies as in an earlier picture, or the picture has another size."""
    corners = find_corners(image_rgb, board)
    if corners is None:
        across, down = board.squares
        raise ConfigError(
            "no board of {across} x {down} squares is seen. All of it must be in the "
            "picture, flat and sharp, with a light border about it. Squares are counted, "
            "not corners.",
            across=across,
            down=down,
        )
    pose = Pose(image_rgb, corners)
    for other in before:
        if other.size_px != pose.size_px:
            raise ConfigError(
                "the picture has {width} x {height} pixels, those before have "
                "{before_width} x {before_height}. Begin anew with one size.",
                width=pose.size_px[0],
                height=pose.size_px[1],
                before_width=other.size_px[0],
                before_height=other.size_px[1],
            )
        if float(np.hypot(*(pose.corners - other.corners).T).mean()) < SAME_PX:
            raise ConfigError(
                "the board lies as it did in an earlier picture. Move it, and turn it."
            )
    return pose


def try_poses(poses: Sequence[Pose], board: Board) -> Calibration:
    """What these poses come to. Raises ConfigError, with what was measured, for a poor result."""
    if not poses:
        raise ConfigError("no picture of the board was taken yet. Take one.")
    return calibrated([pose.corners for pose in poses], board, poses[0].size_px)


def keep_poses(poses: Sequence[Pose], board: Board, out: Path) -> CalibrationReport:
    """Write the pictures into a folder beside OUT, and OUT as `station calibrate` would from them.

    out: a .json file. Raises ConfigError, nothing then being written but the pictures.
    """
    paths = []
    for number, pose in enumerate(poses, start=1):
        ok, data = cv2.imencode(".png", cv2.cvtColor(pose.image_rgb, cv2.COLOR_RGB2BGR))
        if not ok:
            raise StationError("the picture {shape} cannot be encoded.", shape=pose.image_rgb.shape)
        path = out.with_name(f"{out.stem}-poses") / f"pose-{number}.png"
        try:
            write_atomically(path, bytes(data.tobytes()))
        except OSError as error:
            raise ConfigError(
                "{path} cannot be written ({strerror}). Give this user the right to.",
                path=path,
                strerror=error.strerror,
            ) from error
        paths.append(path)
    return calibrate_camera(paths, board, out)


def board_sheet(board: Board) -> str:
    """A board to print at its true size, as SVG in millimetres: a light border of a square's side
    about it. Print at 100 %, and measure a square afterwards."""
    side, (across, down) = board.square_mm, board.squares
    width, height = (across + 2) * side, (down + 2) * side + max(8.0, side)
    squares = "".join(
        f'<rect x="{(x + 1) * side:g}" y="{(y + 1) * side:g}" width="{side:g}" height="{side:g}"/>'
        for y in range(down)
        for x in range(across)
        if (x + y) % 2 == 0
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}"><rect width="100%" height="100%" fill="white"/>'
        f'<g fill="black" shape-rendering="crispEdges">{squares}</g>'
        f'<text x="{side:g}" y="{height - 3:g}" font-size="4" font-family="sans-serif">'
        f"{across} x {down}, {side:g} mm, 100 %</text></svg>\n"
    )
