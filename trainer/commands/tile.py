"""`trainer tile`: cut photographs with defect masks into small tiles."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from trainer.exits import OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `tile`."""
    tile = commands.add_parser(
        "tile",
        help="cut photographs with defect masks into small tiles, to train on first",
        description="Cuts tiles out of SRC/CLASS/*: of defect classes on their masks "
        "(SRC/_masks/NAME.png, white on black), of good ones anywhere over the part. A network "
        "trained on tiles and then, from its weights, on whole pictures learns small defects many "
        "times faster than from whole pictures alone.",
    )
    tile.set_defaults(command=run)
    tile.add_argument("source", type=Path, metavar="SRC", help="class-named folders and _masks")
    tile.add_argument("out", type=Path, metavar="OUT", help="folder to fill")
    tile.add_argument("--size", type=int, default=128, help="side in pixels (default: %(default)s)")
    tile.add_argument(
        "--per-picture", type=int, default=4, help="tiles of each picture (default: %(default)s)"
    )
    tile.add_argument("--seed", type=int, default=0, help="default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Cut them; returns the exit code."""
    from trainer.step_display import StepDisplay
    from trainer.tiles import TileConfig, cut_tiles

    config = TileConfig(arguments.size, arguments.per_picture, arguments.seed)
    with StepDisplay() as display:
        told = partial(display.progress, "cutting")
        count = cut_tiles(arguments.source, arguments.out, config, told)
    print(f"{count} tiles of {config.size_px} px in {arguments.out}")
    return OK
