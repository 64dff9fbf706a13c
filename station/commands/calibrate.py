"""`station calibrate`: the camera's scale and lens, from pictures of a checkerboard."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.exits import EXIT_CODES, OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `calibrate`."""
    parser = commands.add_parser(
        "calibrate",
        help="measure the camera's scale and lens on a checkerboard",
        description="Finds a checkerboard in every picture and writes the camera's pixels per "
        "millimetre and its lens's distortion to OUT, with a picture of the corners found beside "
        "it. Lay the board flat where parts lie, as high as their upper side, in two or three "
        "places that reach into the corners of the picture. A poor result is refused, with what "
        'was measured. With `calibration = "OUT"` in [locate] of station.toml, a part\'s own '
        "diameter is checked too.",
        epilog="example:\n  station calibrate board-*.png --squares 9x6 --square-mm 2 "
        "--out calibration.json\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_calibrate)
    parser.add_argument("pictures", metavar="PICTURE", type=Path, nargs="+", help="of the board")
    parser.add_argument(
        "--squares",
        type=_squares,
        required=True,
        metavar="WxH",
        help="squares across and down, such as 9x6",
    )
    parser.add_argument(
        "--square-mm", type=float, required=True, metavar="MM", help="side of one square"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="a .json file")


def _squares(text: str) -> tuple[int, int]:
    across, cross, down = text.lower().partition("x")
    if not (cross and across.isdecimal() and down.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size of a board; expected such as 9x6")
    return int(across), int(down)


def _calibrate(arguments: argparse.Namespace) -> int:
    from station.calibrate import calibrate_camera
    from station.locate.checkerboard import Board

    board = Board(arguments.squares, arguments.square_mm)
    report = calibrate_camera(arguments.pictures, board, arguments.out)
    found = report.calibration
    k1, k2 = found.distortion
    print(
        f"{len(report.used)} of {len(arguments.pictures)} pictures show the board\n"
        f"scale       {found.px_per_mm:.4f} pixels per mm\n"
        f"distortion  k1 {k1:+.4f}, k2 {k2:+.4f} (focal length {found.focal_px:.0f} pixels)\n"
        f"corners     {found.reprojection_px:.3f} pixels off the model (root mean square)\n"
        f"tilt        {found.tilt_deg:.1f} degrees\n"
        f"written     {arguments.out}; look at {', '.join(p.name for p in report.drawn)}"
    )
    for path in report.without:
        print(f"no board in {path}")
    return OK
