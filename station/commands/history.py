"""`station history`: what was inspected, newest first, by whatever is known of it."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from station.commands.lot_choice import add_lot, lot_of
from station.exits import EXIT_CODES, OK

if TYPE_CHECKING:
    from station.store.history import Page
    from station.store.query import HistoryQuery

VERDICTS = ("PASS", "REVIEW", "REJECT", "ERROR")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `history`."""
    parser = commands.add_parser(
        "history",
        help="what was inspected, newest first",
        description="Lists records by lot, serial, verdict, class, time, operator and words, the "
        "newest first, with the latest review beside the verdict. The line at the end says how to "
        "go on.",
        epilog="examples:\n"
        "  station history --db inspections/inspections.db --lot L42 --verdict REJECT\n"
        "  station history --db inspections/inspections.db --since 2026-03-01 "
        "--text 'crack scaf*'\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_history)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    add_lot(parser)
    parser.add_argument("--serial", metavar="S")
    parser.add_argument("--verdict", choices=VERDICTS, type=str.upper)
    parser.add_argument("--class", dest="predicted_class", metavar="C", help="as predicted")
    parser.add_argument("--operator", metavar="O")
    parser.add_argument("--since", type=_time, metavar="T", help="ISO 8601; UTC without a zone")
    parser.add_argument("--until", type=_time, metavar="T", help="before this time")
    parser.add_argument(
        "--text", metavar="WORDS",
        help="whole words in file name, serial, lot, operator, verdict, class or reasons; `scaf*` "
        "is the beginning of one",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="records (default 50)")
    parser.add_argument("--after", type=int, metavar="ID", help="go on after this one")
    parser.add_argument("--json", action="store_true", help="one JSON object per record")


def _time(text: str) -> datetime:
    try:
        # Python 3.10 knows no Z.
        when = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; expected such as 2026-03-04 or 2026-03-04T05:06:07Z"
        ) from error
    return when.replace(tzinfo=timezone.utc) if when.tzinfo is None else when


def _query(arguments: argparse.Namespace) -> HistoryQuery:
    from station.domain import Decision
    from station.store.query import HistoryQuery

    return HistoryQuery(
        lot=lot_of(arguments),
        serial=arguments.serial,
        decision=None if arguments.verdict is None else Decision(arguments.verdict),
        predicted_class=arguments.predicted_class,
        since=arguments.since,
        until=arguments.until,
        operator=arguments.operator,
        text=arguments.text,
    )


def _history(arguments: argparse.Namespace) -> int:
    from station.store.store import open_store

    query = _query(arguments)
    with open_store(arguments.db, create=False) as store:
        page = store.history(query, arguments.after, arguments.limit)
    if arguments.json:
        _print_json(page)
    else:
        _print_table(page)
    return OK


def _print_json(page: Page) -> None:
    from station.console import as_columns

    for record in page.records:
        review = page.reviews.get(record.uuid)
        said = review and {
            "operator": review.operator,
            "decision": review.decision.value,
            "reason": review.reason,
            "at": review.at.isoformat(),
            "true_class": review.true_class,
        }
        print(json.dumps(as_columns(record) | {"review": said}, ensure_ascii=False))
    print(json.dumps({"next": page.next}))


def _print_table(page: Page) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from station.console import PIPE_COLUMNS, STYLES

    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_COLUMNS)
    table = Table()
    for name in ("decided (UTC)", "uuid", "lot", "serial", "file", "verdict", "class", "review"):
        table.add_column(name, no_wrap=name in ("decided (UTC)", "uuid"), overflow="fold")
    for record in page.records:
        review = page.reviews.get(record.uuid)
        table.add_row(
            f"{record.decided_at.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}",
            record.uuid,
            escape(record.lot or "-"),
            escape(record.part_serial or "-"),
            escape(record.source),
            f"[{STYLES[record.decision]}]{record.decision.value}[/]",
            escape(record.predicted_class or "-"),
            "" if review is None else escape(f"{review.decision.value} by {review.operator}"),
        )
    console.print(table)
    if page.next is not None:
        console.print(f"more: --after {page.next}", highlight=False)
