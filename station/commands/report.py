"""`station report`: an HTML page and a CSV file on what was inspected."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from station.commands.lot_choice import add_lot, lot_of
from station.exits import DIFFERS, OK

if TYPE_CHECKING:
    from station.pages.lot_facts import LotFacts

EXIT_CODES = """\
exit codes:
  0  the report is written
  2  usage, an unknown lot, or database: the message says what to do
  4  it is written, and says in red: parts in and verdicts differ, or the chain is broken
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report`."""
    parser = commands.add_parser(
        "report",
        help="the report of a lot, to be read, printed and signed",
        description="Counts and yield, people's reviews, Pareto charts of classes and reasons, "
        "p-charts, the parts that did not pass with their overlays, the station's events, the "
        "chain's head and lines to sign on: one HTML file that needs nothing else.",
        epilog="examples:\n"
        "  station report --db inspections/inspections.db --out report.html --csv rows.csv\n"
        "  station report --db inspections/inspections.db --lot L42 --out L42.html --verify\n\n"
        + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_report)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file")
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="all rows as CSV too, as `station export`"
    )
    add_lot(parser, "this lot only (default: all lots)")
    parser.add_argument(
        "--pictures", type=int, metavar="N",
        help="overlays of each verdict within the page; the others are linked (default 40)",
    )  # fmt: skip
    parser.add_argument(
        "--rows", type=int, metavar="N",
        help="parts of each verdict, and of all parts, that are listed (default 1000)",
    )  # fmt: skip
    parser.add_argument(
        "--verify", action=argparse.BooleanOptionalAction,
        help="walk the chain over all rows, or do not (default: where it has at most 100000 links)",
    )  # fmt: skip


def _report(arguments: argparse.Namespace) -> int:
    from station.pages.lot_facts import gather
    from station.pages.report import MOST_LISTED, MOST_PICTURES, write_report
    from station.store.export import write_csv
    from station.store.store import open_store

    pictures = _at_least("--pictures", 0, arguments.pictures, MOST_PICTURES)
    rows = _at_least("--rows", 1, arguments.rows, MOST_LISTED)
    out, csv = arguments.out, arguments.csv
    _check_targets(arguments.db, [p for p in (out, csv) if p is not None])
    with open_store(arguments.db, create=False) as store:
        with store.lot(lot_of(arguments)) as view:
            facts = gather(view, most_listed=rows, verify=arguments.verify)
        written = None if csv is None else write_csv(store, lot_of(arguments), csv)
    write_report(facts, out, most_pictures=pictures)
    print(f"{out}: {facts.account.decided} records")
    if csv is not None:
        print(f"{csv}: {written} rows")
    return _warn(facts)


def _warn(facts: LotFacts) -> int:
    """What nobody should first find on the page."""
    audit = facts.chain.audit
    if audit is not None and audit.broken is not None:
        print(f"station: the chain is broken: {audit.broken.text}", file=sys.stderr)
    if not facts.account.balanced:
        print(f"station: {facts.account.difference}", file=sys.stderr)
    return OK if facts.sound else DIFFERS


def _at_least(option: str, least: int, given: int | None, default: int) -> int:
    from station.errors import ConfigError

    if given is not None and given < least:
        raise ConfigError(f"{option} is {given}; give {least} or more.")
    return default if given is None else given


def _check_targets(db: str, targets: list[Path]) -> None:
    """A report never replaces the records it is made from, nor anything but a plain file."""
    from station.config import database_file
    from station.errors import ConfigError

    file = database_file(db)
    taken = set() if file is None else {file.resolve()}
    for target in targets:
        if target.resolve() in taken or (target.exists() and not target.is_file()):
            raise ConfigError(
                f"{target} cannot be written: it is the database, the other output, or no plain "
                "file. Give a file name of its own."
            )
        taken.add(target.resolve())
