"""`station review`: a person's word on a verdict, with the reason."""

from __future__ import annotations

import argparse

from station.exits import EXIT_CODES, OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `review`."""
    parser = commands.add_parser(
        "review",
        help="a person's word on a verdict",
        description="Writes what a person decides about a part, and why. The station's verdict "
        "stays as it was; the review stands beside it, is sealed with it, and is never changed: "
        "the latest one counts.",
        epilog="example:\n"
        "  station review --db inspections/inspections.db 0b7e0f1c-0000-4000-8000-000000000001 \\\n"
        '    --operator "A. Smith" --decision PASS --reason "a hair, brushed off"\n\n' + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_review)
    parser.add_argument("uuid", metavar="UUID", help="of the part, as `station history` shows it")
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    parser.add_argument("--operator", required=True, metavar="O", help="who decides")
    parser.add_argument(
        "--decision", required=True, type=str.upper, choices=("PASS", "REVIEW", "REJECT"),
        help="REVIEW: still open",
    )  # fmt: skip
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
    parser.add_argument(
        "--class", dest="true_class", metavar="NAME", help="what the part really is, if known"
    )


def _review(arguments: argparse.Namespace) -> int:
    import uuid
    from datetime import datetime, timezone

    from station.domain import Decision
    from station.errors import ConfigError
    from station.sayings import Review
    from station.store.store import open_store

    operator, reason = arguments.operator.strip(), arguments.reason.strip()
    if not operator or not reason:
        raise ConfigError("a review needs a name and a reason: give --operator and --reason.")
    review = Review(
        uuid=str(uuid.uuid4()),
        part_uuid=arguments.uuid.strip().lower(),
        operator=operator,
        decision=Decision(arguments.decision),
        reason=reason,
        at=datetime.now(timezone.utc),
        true_class=None if arguments.true_class is None else arguments.true_class.strip(),
    )
    with open_store(arguments.db, create=False) as store:
        store.add_review(review)
        record = store.find(review.part_uuid)
    was = "" if record is None else f", decided as {record.decision.value}"
    print(f"{review.part_uuid}{was}: {review.decision.value} by {review.operator}")
    return OK
