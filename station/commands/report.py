"""`station report`: an HTML page and a CSV file on what was inspected."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.exits import EXIT_CODES, OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report`."""
    parser = commands.add_parser(
        "report",
        help="an HTML report on what was inspected",
        description="Counts, yield, defects by class, and the rejected parts with their overlays, "
        "in one HTML file.",
        epilog="example:\n  station report --db inspections/inspections.db --out report.html "
        "--csv rows.csv\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_report)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="all rows as CSV too")
    parser.add_argument("--lot", metavar="L", help="this lot only")


def _report(arguments: argparse.Namespace) -> int:
    from station.pages.report import write_csv, write_report
    from station.store.store import open_store

    _check_targets(arguments.db, [p for p in (arguments.out, arguments.csv) if p is not None])
    with open_store(arguments.db, create=False) as store:
        records = store.records(lot=arguments.lot)
        events = store.events()
    title = "Inspections" if arguments.lot is None else f"Inspections of lot {arguments.lot}"
    write_report(records, arguments.out, title=title, events=events)
    print(f"{arguments.out}: {len(records)} records")
    if arguments.csv is not None:
        write_csv(records, arguments.csv)
        print(f"{arguments.csv}: {len(records)} rows")
    return OK


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
