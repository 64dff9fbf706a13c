"""`trainer cache`: what is kept of frozen blocks, and its removal."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trainer.config import TrainerError
from trainer.exits import OK
from trainer.feeding.feature_cache import list_caches, remove_caches


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `cache`."""
    cache = commands.add_parser(
        "cache",
        help="list or remove the features that `fit --cache DIR` keeps",
        description="Lists what `trainer fit --cache DIR` and `trainer study freezing` keep of "
        "frozen blocks, with its size; --remove frees the disk. Nothing else in DIR is touched.",
    )
    cache.set_defaults(command=run)
    cache.add_argument("folder", type=Path, metavar="DIR")
    cache.add_argument("--remove", action="store_true", help="remove all of it")
    cache.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """List or remove; returns the exit code."""
    if not arguments.folder.is_dir():
        raise TrainerError(
            f"{arguments.folder} is not a folder. Give the DIR of `trainer fit --cache DIR`."
        )
    entries = list_caches(arguments.folder)
    freed = remove_caches(arguments.folder) if arguments.remove else 0
    if arguments.json:
        print(json.dumps({"caches": entries, "removed_bytes": freed}))
        return OK
    for entry in entries:
        facts = entry["facts"]
        print(
            f"{entry['name']}  {entry['bytes'] / 1e9:.2f} GB  {entry['rows']} of {entry['of']} "
            f"rows  blocks 1-{facts.get('blocks', '?')}, {facts.get('copies', '?')} copies, "
            f"{facts.get('storage', '?')}"
        )
    total = sum(entry["bytes"] for entry in entries)
    many = "1 cache" if len(entries) == 1 else f"{len(entries)} caches"
    print(f"{many} in {arguments.folder}, {total / 1e9:.2f} GB", end="")
    print(", removed" if arguments.remove else "")
    return OK
