"""The options that say where the frozen blocks' features are kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from trainer.config import TrainerError
from trainer.feeding.feature_cache import CacheRoom


def add_cache_options(parser: argparse._ActionsContainer) -> None:
    """`--cache`, `--cache-budget` and `--cache-half`."""
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="compute what the frozen blocks make of each picture once, and keep it in DIR: for "
        "--freeze with --copies; `trainer cache DIR` lists and removes",
    )
    parser.add_argument(
        "--cache-budget",
        type=float,
        metavar="GB",
        help=f"most that it may take of the disk (default: {CacheRoom(Path()).budget_gb:g})",
    )
    parser.add_argument(
        "--cache-half",
        action="store_true",
        help="keep float32 features as float16 where that is safe: half the disk, not to the bit "
        "the same training (bfloat16 features are kept exactly either way)",
    )


def cache_of(arguments: argparse.Namespace) -> CacheRoom | None:
    """The room that was named, if any. Raises TrainerError for a budget of nothing."""
    words = vars(arguments)
    folder: Path | None = words.get("cache")
    if folder is None:
        given = [f"--{n.replace('_', '-')}" for n in ("cache_budget", "cache_half") if words.get(n)]
        if given:
            raise TrainerError(f"{' and '.join(given)} without --cache: name its folder too.")
        return None
    budget_gb = words.get("cache_budget")
    chosen = CacheRoom(folder).budget_gb if budget_gb is None else budget_gb
    room = CacheRoom(folder, chosen, words.get("cache_half", False))
    if not room.budget_gb > 0:
        raise TrainerError(f"--cache-budget is {room.budget_gb:g}; expected gigabytes above 0.")
    return room
