"""`station outbox`: what waits for whom, and why."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from station.exits import EXIT_CODES, OK

if TYPE_CHECKING:
    from station.store.outbox import Destination
    from station.store.store import Store

FULL_LINE = 100
"""Letters of an error that are shown in the table; all of them with --json."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `outbox`."""
    parser = commands.add_parser(
        "outbox",
        help="what waits to be told to others, and why",
        description="Shows every destination of [[outbox]]: how many results wait for it, since "
        "when, and the last error. A running station takes --retry-now and --skip up within a few "
        "seconds.",
        epilog="examples:\n"
        "  station outbox --db inspections/inspections.db\n"
        "  station outbox --db inspections/inspections.db --retry-now\n"
        "  station outbox --db inspections/inspections.db --to mes --skip 1204 "
        '--supervisor "A. Smith" --reason "lot unknown to the MES, entered by hand"\n\n'
        + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_outbox)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    parser.add_argument("--to", metavar="NAME", help="this destination only")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument(
        "--retry-now", action="store_true", help="do not wait out the last failure; forget it"
    )
    parser.add_argument(
        "--skip", type=int, metavar="ID", help="never tell the first message that waits"
    )
    parser.add_argument("--supervisor", metavar="NAME", help="who decides to skip")
    parser.add_argument("--reason", metavar="TEXT", help="why")


def _outbox(arguments: argparse.Namespace) -> int:
    from station.store.store import open_store

    with open_store(arguments.db, create=False) as store:
        if arguments.skip is not None:
            _skip(store, arguments)
        found = _chosen(store, arguments.to)
        if arguments.retry_now:
            for destination in found:
                # Marks nothing new, and clears the failure: the running station looks for that.
                store.outbox_delivered(destination.name, destination.delivered_up_to)
            found = _chosen(store, arguments.to)
        heads = {d.name: store.outbox_after(d.name, 1) for d in found}
    first = {name: messages[0].id if messages else None for name, messages in heads.items()}
    if arguments.json:
        _print_json(found, first)
    else:
        _print_table(found, first)
    return OK


def _skip(store: Store, arguments: argparse.Namespace) -> None:
    """Mark the first message of a destination as told, with an event. Raises ConfigError."""
    from datetime import datetime, timezone

    from station.errors import ConfigError
    from station.outbox.message import key_of
    from station.sayings import Event, Severity

    supervisor = (arguments.supervisor or "").strip()
    reason = (arguments.reason or "").strip()
    if not (supervisor and reason):
        raise ConfigError(
            "--skip withholds a result from others: say who decides it, and why, with "
            "--supervisor NAME --reason TEXT."
        )
    found = _chosen(store, arguments.to)
    if len(found) != 1:
        names = ", ".join(d.name for d in found) or "none"
        raise ConfigError(f"--skip needs one destination, here are: {names}. Give --to NAME.")
    name = found[0].name
    head = next(iter(store.outbox_after(name, 1)), None)
    if head is None or head.id != arguments.skip:
        there = "nothing waits" if head is None else f"{head.id} does"
        raise ConfigError(
            f"--skip {arguments.skip}: only the first message that waits can be skipped, and for "
            f"{name} {there}. Look with `station outbox`, and skip one after the other."
        )
    text = (
        f"Message {head.id} ({key_of(head)}) is never told to {name}: decided by {supervisor}, "
        f"because: {reason}"
    )
    station = str(head.payload.get("station", ""))
    at = datetime.now(timezone.utc)
    # First the event: a kill in between leaves a message unskipped, never one unaccounted for.
    store.add_event(Event(at, station, "outbox_skipped", Severity.WARNING, text))
    store.outbox_delivered(name, head.id)


def _chosen(store: Store, name: str | None) -> list[Destination]:
    from station.errors import ConfigError

    found = list(store.outbox_state())
    chosen = [d for d in found if name in (None, d.name)]
    if name is not None and not chosen:
        names = ", ".join(d.name for d in found) or "none"
        raise ConfigError(f"--to {name!r} is no destination of this database; there: {names}.")
    return chosen


def _print_json(found: list[Destination], first: dict[str, int | None]) -> None:
    import json
    from dataclasses import asdict

    for destination in found:
        body = asdict(destination) | {"next_id": first[destination.name]}
        print(json.dumps(body, default=lambda at: at.isoformat(), ensure_ascii=False))


def _print_table(found: list[Destination], first: dict[str, int | None]) -> None:
    import sys

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from station.console import PIPE_COLUMNS

    if not found:
        print("Nobody is told: the station has not been started with [[outbox]] in station.toml.")
        return
    table = Table("to", "waiting", "next", "since (UTC)", "attempts", "next try", "last error")
    for d in found:
        table.add_row(
            escape(d.name),
            str(d.waiting),
            str(first[d.name] or ""),
            f"{d.oldest_at:%Y-%m-%d %H:%M:%S}" if d.oldest_at else "",
            str(d.attempts or ""),
            f"{d.next_try_at:%H:%M:%S} UTC" if d.next_try_at else "",
            escape((d.last_error or "")[:FULL_LINE]),
        )
    Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS).print(table)
