"""Pictures of a checkerboard to a calibration on disk, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2

from engines.bundle import InputSpec
from engines.decode import MAX_PIXELS, read_image
from engines.errors import ImageError
from engines.prediction import ImageArray
from station.errors import ConfigError, StationError
from station.locate.calibration import Calibration
from station.locate.checkerboard import Board, Corners, calibrated, find_corners
from station.locate.locator import locator_for
from station.locate.settings import LocateSettings
from station.pipeline import Locate
from station.sinks import write_atomically

FORMAT = 1


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What came of the pictures."""

    calibration: Calibration
    used: tuple[Path, ...]
    without: tuple[Path, ...]
    """No such board was found in them."""
    drawn: tuple[Path, ...]
    """One picture for each used, with the corners that were found."""


def calibrate_camera(pictures: Sequence[Path], board: Board, out: Path) -> CalibrationReport:
    """Measure the camera on pictures of a board that lies where parts lie; write OUT, JSON.

    Beside it OUT's name with `-corners-N.png`, one for each picture with a board. Raises
    ConfigError for pictures that cannot be read, differ in size or would give a poor result:
    nothing is then written.
    """
    if out.suffix != ".json":
        raise ConfigError("--out is {out}; expected the name of a .json file.", out=out)
    seen: list[tuple[Path, ImageArray, Corners]] = []
    without: list[Path] = []
    for path in pictures:
        image = _read(path)
        corners = find_corners(image, board)
        if corners is None:
            without.append(path)
            continue
        if seen and image.shape != seen[0][1].shape:
            raise ConfigError(
                "{path} has {shape_1} x {shape_0} pixels, {seen} has {shape_1_2} x "
                "{shape_0_2}. Take all with one camera at one size.",
                path=path,
                shape_1=image.shape[1],
                shape_0=image.shape[0],
                seen=seen[0][0],
                shape_1_2=seen[0][1].shape[1],
                shape_0_2=seen[0][1].shape[0],
            )
        seen.append((path, image, corners))
    if not seen:
        raise ConfigError(_no_board(without, board))
    size = seen[0][1].shape[1], seen[0][1].shape[0]
    calibration = calibrated([corners for _, _, corners in seen], board, size)
    drawn = []
    for number, (_, image, corners) in enumerate(seen, start=1):
        place = out.with_name(f"{out.stem}-corners-{number}.png")
        write_atomically(place, _with_corners(image, corners, board))
        drawn.append(place)
    text = json.dumps({"format": FORMAT, **asdict(calibration)}, indent=2) + "\n"
    write_atomically(out, text.encode())
    return CalibrationReport(
        calibration, tuple(p for p, _, _ in seen), tuple(without), tuple(drawn)
    )


def read_calibration(path: Path) -> Calibration:
    """What `station calibrate` wrote. Raises ConfigError where it is not that."""
    again = "Run `station calibrate` again."
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise ValueError(f"expected an object with format {FORMAT}")
        for name in ("size_px", "centre_px", "distortion"):
            values[name] = tuple(values[name])
            if len(values[name]) != 2:
                raise ValueError(f"{name} has {len(values[name])} values, expected 2")
        return Calibration(**values)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            "the calibration {path} cannot be read: {error}. {again}",
            path=path,
            error=repr(error),
            again=again,
        ) from error


def locator_from(spec: InputSpec, settings: LocateSettings) -> Locate:
    """`locator_for` with the calibration that the settings name. Raises as both do."""
    named = settings.calibration
    return locator_for(spec, settings, None if named is None else read_calibration(named))


def _read(path: Path) -> ImageArray:
    try:
        return read_image(path, MAX_PIXELS)
    except (ImageError, OSError) as error:
        raise ConfigError("{path} cannot be read: {error}", path=path, error=error) from error


def _no_board(without: Sequence[Path], board: Board) -> str:
    """Why; a board that was counted by its inner corners is recognised."""
    across, down = board.squares
    text = (
        f"no board of {across} x {down} squares in {len(without)} picture(s). The whole board must "
        "be seen, flat, sharp, with a light border about it."
    )
    more = Board((across + 1, down + 1), board.square_mm)
    if any(find_corners(_read(path), more) is not None for path in without):
        text += (
            f" One of {across + 1} x {down + 1} squares is there: squares are counted, not the "
            f"corners between them. Give --squares {across + 1}x{down + 1}."
        )
    return text


def _with_corners(image_rgb: ImageArray, corners: Corners, board: Board) -> bytes:
    picture = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR)
    cv2.drawChessboardCorners(picture, board.inner, corners[:, None], True)
    ok, data = cv2.imencode(".png", picture)
    if not ok:
        raise StationError(
            "the picture {shape} of the corners cannot be encoded.", shape=picture.shape
        )
    return bytes(data.tobytes())
