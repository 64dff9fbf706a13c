"""`station prune`: make room by removing pictures of passed parts, never a row."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta
from pathlib import Path

from station.exits import EXIT_CODES, OK

DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}
BYTES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `prune`."""
    parser = commands.add_parser(
        "prune",
        help="remove old pictures of passed parts",
        description="Removes pictures and overlays of parts that passed, the oldest first, and "
        "writes an event that says how many. Never those of rejected parts, of reviews and errors, "
        "of what a person reviewed, nor a picture that two parts share, "
        "nor what was written within the last hour; and never a row.",
        epilog="example:\n  station prune --db inspections/inspections.db --out inspections \\\n"
        "    --passes-older-than 90d --keep-free 5GB --dry-run\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_prune)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the results: images/ and overlays/"
    )
    parser.add_argument("--passes-older-than", type=_age, metavar="AGE", help="such as 90d, 12h")
    parser.add_argument(
        "--keep-free", type=_size, metavar="SIZE",
        help="such as 5GB: while less is free, the oldest go, but for the last hour's",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([hdw])", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no age; expected such as 90d, 12h or 8w")
    return timedelta(days=float(found[1]) * DAYS[found[2]])


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([MGT]B)", text.strip().upper())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; expected such as 500MB or 5GB")
    return round(float(found[1]) * BYTES[found[2]])


def _prune(arguments: argparse.Namespace) -> int:
    import platform
    from datetime import datetime, timezone

    from station.config import IMAGES, OVERLAYS
    from station.errors import ConfigError
    from station.store.retention import RetentionPolicy, prune
    from station.store.store import open_store

    if arguments.passes_older_than is None and arguments.keep_free is None:
        raise ConfigError("nothing says what may go: give --passes-older-than or --keep-free.")
    images = arguments.out / IMAGES
    if not images.is_dir():
        raise ConfigError(f"there is no {images}; give the folder of the results with --out.")
    policy = RetentionPolicy(arguments.passes_older_than, arguments.keep_free)
    with open_store(arguments.db, create=False) as store:
        done = prune(
            store, images, arguments.out / OVERLAYS, policy, datetime.now(timezone.utc),
            station=platform.node() or "unknown", dry_run=arguments.dry_run,
        )  # fmt: skip
    print(("would go: " if arguments.dry_run else "") + done.sentence)
    return OK
