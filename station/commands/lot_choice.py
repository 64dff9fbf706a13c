"""Which lot a command is about: `--lot L`, or `--no-lot` for the parts without one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from station.store.which_lot import WhichLot


def add_lot(
    parser: argparse.ArgumentParser, what: str | None = None, *, required: bool = False
) -> None:
    """Add both options, of which one at most is given. what: help of --lot."""
    which = parser.add_mutually_exclusive_group(required=required)
    which.add_argument("--lot", metavar="L", help=what)
    which.add_argument("--no-lot", action="store_true", help="the parts without a lot only")


def lot_of(arguments: argparse.Namespace) -> WhichLot:
    """What was given; None: neither."""
    from station.store.which_lot import NO_LOT

    return NO_LOT if arguments.no_lot else arguments.lot
