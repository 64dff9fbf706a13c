"""`station export`: records as a table for others."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.commands.lot_choice import add_lot, lot_of
from station.exits import EXIT_CODES, OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export`."""
    parser = commands.add_parser(
        "export",
        help="records as CSV or Parquet",
        description="Writes one row for each record, oldest first, with the latest review of its "
        "part: as CSV, or as Parquet where the file's name ends in .parquet (needs the extra "
        "`parquet`). In CSV a text that begins with = + - @ ' or a tab gets one ' before it, so "
        "that no spreadsheet takes it for a formula.",
        epilog="examples:\n"
        "  station export --db inspections/inspections.db --lot L42 --out L42.csv\n"
        "  station export --db inspections/inspections.db --out all.parquet\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_export)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    add_lot(parser, "this lot only")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="its name ends in .csv or .parquet"
    )


def _export(arguments: argparse.Namespace) -> int:
    from station.config import database_file
    from station.errors import ConfigError
    from station.store.export import write_csv, write_parquet
    from station.store.store import open_store

    out = arguments.out
    writers = {".csv": write_csv, ".parquet": write_parquet}
    if out.suffix.lower() not in writers:
        raise ConfigError(f"--out {out}: give a name that ends in .csv or .parquet.")
    file = database_file(arguments.db)
    if (file is not None and out.resolve() == file.resolve()) or (out.exists() and out.is_dir()):
        raise ConfigError(f"--out {out} is the database itself or a folder; give another name.")
    with open_store(arguments.db, create=False) as store:
        rows = writers[out.suffix.lower()](store, lot_of(arguments), out)
    print(f"{out}: {rows} rows")
    return OK
