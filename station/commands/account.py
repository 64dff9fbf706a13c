"""`station account`: every part that came in has one verdict, or the difference is named."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from station.commands.lot_choice import add_lot, lot_of
from station.exits import DIFFERS, OK

if TYPE_CHECKING:
    from station.store.account import Account

EXIT_CODES = """\
exit codes:
  0  parts in = PASS + REVIEW + REJECT + ERROR
  2  usage or database: the message says what to do
  4  it is not so: the difference is named
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `account`."""
    parser = commands.add_parser(
        "account",
        help="parts in against verdicts",
        description="Counts the parts that came in and their verdicts. A part without a verdict is "
        "named: it is in hand while the station runs, and after a kill until the next start.",
        epilog="example:\n  station account --db inspections/inspections.db --lot L42\n\n"
        + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_account)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    add_lot(parser, "this lot only")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _account(arguments: argparse.Namespace) -> int:
    from station.errors import ConfigError
    from station.store.store import open_store
    from station.store.which_lot import lot_words

    lot = lot_of(arguments)
    with open_store(arguments.db, create=False) as store:
        account = store.account(lot)
    if isinstance(lot, str) and not account.parts_in and account.balanced:
        raise ConfigError(
            f"no part of lot {lot!r} is in {arguments.db}. Give a lot as "
            "`station history` shows it."
        )
    if arguments.json:
        print(json.dumps(as_json(account), ensure_ascii=False))
    else:
        terms = " + ".join(f"{decision.value} {n}" for decision, n in account.counts.items())
        sign = "=" if account.balanced else "!="
        print(f"{lot_words(account.lot)}: parts in {account.parts_in} {sign} {terms}")
        if not account.balanced:
            print(account.difference)
    return OK if account.balanced else DIFFERS


def as_json(account: Account) -> dict[str, Any]:
    """The account as JSON values."""
    from station.store.which_lot import NO_LOT, name_of

    return {
        "lot": name_of(account.lot),
        "no_lot": account.lot is NO_LOT,
        "parts_in": account.parts_in,
        "counts": {decision.value: number for decision, number in account.counts.items()},
        "open": [
            {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(i).items()}
            for i in account.open
        ],
        "balanced": account.balanced,
        "difference": account.difference,
    }
