"""A camera measured on pictures of a checkerboard: its scale on the bench, and its lens.

The lens has one radial term (Brown, Decentering distortion of lenses, 1966) about the picture's
middle; its focal length is taken as FOCAL picture widths, since boards that lie flat do not tell
it, and a second term would follow the noise where no corner lies. Fitted by OpenCV after Zhang, A
flexible new technique for camera calibration, 2000.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray
from station.errors import ConfigError
from station.locate.calibration import Calibration

FOCAL = 4.0
"""A bench lens seen from afar: a longer one does not change the fit."""
REPROJECTION_MAX_PX = 0.5
"""Root mean square: more is a bent or blurred board, or another lens than a plain one."""
TILT_MAX_DEG = 5.0
"""Of the camera against the bench: a disc then looks oval by 0.4 %."""
SPREAD_MAX = 0.01
"""Of the scale between pictures: more is a camera that moved, or a board at another height."""
SPAN_MIN = 0.3
"""Of the picture's shorter side that a board must span, or its scale is not sure."""
SQUARE_MIN_PX = 8.0

Corners = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Board:
    """A checkerboard: squares across and down, and the length of a square's side."""

    squares: tuple[int, int]
    square_mm: float

    def __post_init__(self) -> None:
        if min(self.squares) < 4 or max(self.squares) > 100 or self.squares[0] == self.squares[1]:
            raise ConfigError(
                "--squares is {squares_0}x{squares_1}; expected 4 to 100 squares across "
                "and down, not as many of the one as of the other, such as 9x6.",
                squares_0=self.squares[0],
                squares_1=self.squares[1],
            )
        if not 0.0 < self.square_mm < math.inf:
            raise ConfigError(
                "--square-mm is {square_mm}; expected the side of one square in millimetres.",
                square_mm=self.square_mm,
            )

    @property
    def inner(self) -> tuple[int, int]:
        """Corners where four squares meet, across and down."""
        return self.squares[0] - 1, self.squares[1] - 1


def find_corners(image_rgb: ImageArray, board: Board) -> Corners | None:
    """The board's inner corners in a picture, (N, 2) pixels, row by row; None: no such board."""
    grey = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY)
    flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_ACCURACY
    found, corners = cv2.findChessboardCornersSB(grey, board.inner, flags=flags)
    return np.asarray(corners, np.float32).reshape(-1, 2) if found else None


def calibrated(corners: Sequence[Corners], board: Board, size_px: tuple[int, int]) -> Calibration:
    """The camera that saw a board's corners in pictures of one size.

    Raises ConfigError, with what was measured, where the result would be poor.
    """
    for seen in corners:
        _check_span(seen, board, size_px)
    across, down = board.inner
    at = np.mgrid[:across, :down].T.reshape(-1, 2) * board.square_mm
    plane = np.concatenate([at, np.zeros((len(at), 1))], axis=1).astype(np.float32)
    focal, centre = FOCAL * size_px[0], ((size_px[0] - 1) / 2.0, (size_px[1] - 1) / 2.0)
    guess = np.array([[focal, 0.0, centre[0]], [0.0, focal, centre[1]], [0.0, 0.0, 1.0]])
    flags = (
        cv2.CALIB_USE_INTRINSIC_GUESS
        | cv2.CALIB_FIX_FOCAL_LENGTH
        | cv2.CALIB_FIX_PRINCIPAL_POINT
        | cv2.CALIB_ZERO_TANGENT_DIST
        | cv2.CALIB_FIX_K2
        | cv2.CALIB_FIX_K3
    )
    error, _, bent, turns, places = cv2.calibrateCamera(
        [plane] * len(corners), [c[:, None] for c in corners], size_px, guess, None, flags=flags
    )
    k1, k2 = (float(k) for k in np.ravel(bent)[:2])
    tilts = [_tilt_deg(turn) for turn in turns]
    _check_error(float(error), max(tilts))
    _check_tilt(tilts)
    middle = np.array([[*at.mean(axis=0), 0.0]])
    scales = [
        focal / float((cv2.Rodrigues(turn)[0] @ middle.T + np.reshape(place, (3, 1)))[2, 0])
        for turn, place in zip(turns, places, strict=True)
    ]
    _check_scales(scales)
    return Calibration(
        px_per_mm=float(np.median(scales)),
        size_px=size_px,
        focal_px=focal,
        centre_px=centre,
        distortion=(k1, k2),
        reprojection_px=float(error),
        tilt_deg=float(np.median(tilts)),
        pictures=len(corners),
    )


def _tilt_deg(turn: npt.NDArray[np.float64]) -> float:
    """Between the board's plane and the picture's."""
    rotation = cv2.Rodrigues(turn)[0]
    return math.degrees(math.acos(min(1.0, abs(float(rotation[2, 2])))))


def _check_span(seen: Corners, board: Board, size_px: tuple[int, int]) -> None:
    extent = np.ptp(seen, axis=0)
    if max(extent) < SPAN_MIN * min(size_px):
        raise ConfigError(
            "the board spans {extent:.0f} pixels of {size_px}, expected at least "
            "{span_min:.0%}: its scale is not sure. Take a larger board, or more squares.",
            extent=max(extent),
            size_px=min(size_px),
            span_min=SPAN_MIN,
        )
    rows = seen.reshape(board.inner[1], board.inner[0], 2)
    side = float(np.median(np.hypot(*np.moveaxis(np.diff(rows, axis=1), 2, 0))))
    if side < SQUARE_MIN_PX:
        raise ConfigError(
            "a square of the board is {side:.1f} pixels wide, expected at least "
            "{square_min_px:.0f}. Take larger squares.",
            side=side,
            square_min_px=SQUARE_MIN_PX,
        )


def _check_error(error_px: float, tilt_deg: float) -> None:
    if not error_px <= REPROJECTION_MAX_PX:
        raise ConfigError(
            "the corners lie {error_px:.2f} pixels off the model, expected at most "
            "{reprojection_max_px}. The board is bent, blurred or tilted (it seems to be "
            "by {tilt_deg:.0f} degrees), has other squares than said, or the lens is no "
            "plain one. Lay it flat under the camera, focus, and take the pictures again.",
            error_px=error_px,
            reprojection_max_px=REPROJECTION_MAX_PX,
            tilt_deg=tilt_deg,
        )


def _check_tilt(tilts: list[float]) -> None:
    if max(tilts) > TILT_MAX_DEG:
        raise ConfigError(
            "the board is tilted by {tilts:.1f} degrees against the picture (the {nth} one "
            "with a board), expected at most {tilt_max_deg:.0f}. Lay it flat on the bench "
            "and look straight down.",
            tilts=max(tilts),
            nth=_th(tilts.index(max(tilts))),
            tilt_max_deg=TILT_MAX_DEG,
        )


def _check_scales(scales: list[float]) -> None:
    spread = (max(scales) - min(scales)) / float(np.median(scales))
    if spread > SPREAD_MAX:
        raise ConfigError(
            "the pictures differ by {spread:.1%} in scale, expected at most "
            "{spread_max:.0%}: the camera moved, or the board lay at different heights. "
            "Take them again, all in the plane where parts lie.",
            spread=spread,
            spread_max=SPREAD_MAX,
        )


def _th(index: int) -> str:
    return {0: "first", 1: "second", 2: "third"}.get(index, f"{index + 1}th")
