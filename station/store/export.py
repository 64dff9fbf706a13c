"""Records as a table for others: CSV, JSON and Parquet, row by row, however many there are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from station.domain import Record
from station.errors import ConfigError, StationError
from station.sayings import Review
from station.store.history import latest_reviews
from station.store.query import HistoryQuery
from station.store.rows import record_of
from station.store.store import Store
from station.store.tables import InspectionRow
from station.store.which_lot import WhichLot, of_lot

if TYPE_CHECKING:
    import pyarrow as pa

TOGETHER = 1000
"""So many rows are read at a time."""
ROW_GROUP = 10_000
"""Rows of a Parquet file that stand together."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a text of a spreadsheet must not begin with: it would be taken for a formula."""
REVIEW = ("review_decision", "review_operator", "review_reason", "review_at", "review_class")
COLUMNS = (
    *("verdict" if name == "decision" else name for name in Record.__dataclass_fields__),
    *REVIEW,
)
NUMBERS = (
    *("confidence", "defect_probability", "defect_x_mm", "defect_y_mm", "defect_size_mm"),
    "latency_ms",
)
TIMES = ("captured_at", "decided_at", "review_at")
MAPS = ("probabilities", "evidence")


def rows_of(store: Store, lot: WhichLot) -> Iterator[dict[str, Any]]:
    """COLUMNS of each record, oldest first, with the latest review of its part."""
    query = select(InspectionRow).order_by(InspectionRow.id).limit(TOGETHER)
    if lot is not None:
        query = query.where(of_lot(InspectionRow.lot, lot))
    after = 0
    while True:
        with store.database.reading() as connection:
            found = connection.execute(query.where(InspectionRow.id > after)).mappings().all()
            records = [record_of(row) for row in found]
            reviews = latest_reviews(connection, [record.uuid for record in records])
        for record in records:
            yield _columns(record, reviews.get(record.uuid))
        if len(found) < TOGETHER:
            return
        after = found[-1]["id"]


def rows_matching(
    store: Store, query: HistoryQuery, after: int | None = None
) -> Iterator[dict[str, Any]]:
    """COLUMNS of each record that matches, newest first, with the latest review of its part.

    after: as in Store.history. Raises StoreError.
    """
    while True:
        page = store.history(query, after, TOGETHER)
        for record in page.records:
            yield _columns(record, page.reviews.get(record.uuid))
        if page.next is None:
            return
        after = page.next


def rows_named(store: Store, uuids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """COLUMNS of the records of these parts, in this order, with the latest review of each.

    Raises StoreError.
    """
    for start in range(0, len(uuids), TOGETHER):
        asked = uuids[start : start + TOGETHER]
        reviews = store.latest_reviews(asked)
        for uuid in asked:
            record = store.find(uuid)
            if record is not None:
                yield _columns(record, reviews.get(uuid))


def write_csv(store: Store, lot: WhichLot, out: Path) -> int:
    """`csv_file` of one lot's records, or of all."""
    return csv_file(rows_of(store, lot), out)


def csv_file(rows: Iterable[dict[str, Any]], out: Path) -> int:
    """Write UTF-8 CSV with a byte order mark and ISO 8601 times; returns the number of rows.

    An empty cell is a value that is missing; objects and lists are JSON. A text that begins with
    = + - @ ' or a tab gets one ' before it, so that no spreadsheet runs it: take one leading ' off
    to have the text again. Whole or not at all. Raises StoreError, StationError.
    """
    count = 0
    with _replacing(out) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_cell(value) for value in row.values()])
            count += 1
    return count


def json_file(rows: Iterable[dict[str, Any]], out: Path) -> int:
    """Write a JSON list in UTF-8, one object a line, times in ISO 8601; returns the number of rows.

    Whole or not at all. Raises StoreError, StationError.
    """
    count = 0
    with _replacing(out) as part, part.open("w", encoding="utf-8") as file:
        file.write("[")
        for row in rows:
            values = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}
            file.write(",\n" if count else "\n")
            file.write(json.dumps(values, ensure_ascii=False))
            count += 1
        file.write("\n]\n")
    return count


def write_parquet(store: Store, lot: WhichLot, out: Path) -> int:
    """`parquet_file` of one lot's records, or of all."""
    return parquet_file(rows_of(store, lot), out)


def parquet_file(rows: Iterable[dict[str, Any]], out: Path) -> int:
    """Write Parquet: doubles, microseconds UTC, maps and lists; returns the number of rows.

    Whole or not at all. Raises ConfigError without pyarrow, StoreError, StationError.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ConfigError(
            "a Parquet file needs the Python package pyarrow. Install it with "
            "`pip install 'scaffold-station[parquet]'`, or give a name that ends in .csv."
        ) from error
    schema = _schema(pa)
    count = 0
    with _replacing(out) as part, pq.ParquetWriter(part, schema) as writer:
        left = iter(rows)
        while batch := list(islice(left, ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def _columns(record: Record, review: Review | None) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in Record.__dataclass_fields__}
    values["decision"] = record.decision.value
    values["codes"] = list(record.codes)
    said: tuple[Any, ...] = (None,) * len(REVIEW)
    if review is not None:
        said = (review.decision.value, review.operator, review.reason, review.at)
        said = (*said, review.true_class)
    return dict(zip(COLUMNS, (*values.values(), *said), strict=True))


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _schema(pa: Any) -> pa.Schema:
    kinds = dict.fromkeys(COLUMNS, pa.string())
    kinds |= dict.fromkeys(NUMBERS, pa.float64())
    kinds |= dict.fromkeys(TIMES, pa.timestamp("us", tz="UTC"))
    kinds |= dict.fromkeys(MAPS, pa.map_(pa.string(), pa.float64()))
    kinds["codes"] = pa.list_(pa.string())
    return pa.schema(list(kinds.items()))


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A file beside it that takes its place when it is whole."""
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
    except OSError as error:
        raise StationError(
            "{out} cannot be written ({strerror}). Free space on its disk or give another "
            "path with --out.",
            out=out,
            strerror=error.strerror or error,
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()
