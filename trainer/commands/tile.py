"""`trainer tile`: cut photographs with defect masks into small tiles."""

from __future__ import annotations

import argparse
import sys
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
    from rich.console import Console
    from rich.progress import Progress

    from trainer.tiles import TileConfig, cut_tiles

    config = TileConfig(arguments.size, arguments.per_picture, arguments.seed)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("cutting", total=None)
        count = cut_tiles(
            arguments.source,
            arguments.out,
            config,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    print(f"{count} tiles of {config.size_px} px in {arguments.out}")
    return OK
