"""`station crop`: cut the discs out of photographs, for training."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.exits import EXIT_CODES, OK, SET_ASIDE


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `crop`."""
    parser = commands.add_parser(
        "crop",
        help="cut the discs out of photographs, for training",
        description="Cuts the disc out of every picture in SRC/CLASS/ and writes OUT/CLASS/*.png, "
        "cropped exactly as `watch` will crop for a bundle trained on OUT. Goes on where an "
        "earlier call stopped. SRC/labels.csv is carried over, and SRC/_masks/NAME.png is cropped "
        "with its picture; other folders starting with _ or . are skipped. Pictures without a disc "
        "are named and get no crop.",
        epilog="example:\n  station crop photographs --out crops --diameter-mm 12\n"
        "  trainer fit crops --out runs/first\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_crop)
    parser.add_argument("source", metavar="SRC", type=Path, help="folder of class-named subfolders")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="folder for crops")
    parser.add_argument("--diameter-mm", type=float, default=12.0, help="of the part (default 12)")
    parser.add_argument(
        "--margin", type=float, default=0.05, help="border, as a share of the diameter (0.05)"
    )
    parser.add_argument("--workers", type=int, default=0, help="threads (default: one per core)")


def _crop(arguments: argparse.Namespace) -> int:
    from station.console import crop_lines, progress
    from station.crop import CropConfig, crop_folder

    config = CropConfig(
        source=arguments.source,
        out=arguments.out,
        part_diameter_mm=arguments.diameter_mm,
        margin=arguments.margin,
        workers=arguments.workers,
    )
    with progress("cropping") as on_progress:
        report = crop_folder(config, on_progress)
    print("\n".join(crop_lines(report, config.out)))
    return SET_ASIDE if report.missed or report.damaged else OK
