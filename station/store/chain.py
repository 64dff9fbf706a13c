"""The chain: one order over everything that must be provable, each link sealing all before it.

Whoever may write the database may write the chain anew, too: a change is seen against a head that
was noted elsewhere. Where nobody noted one, an honest-looking chain proves that no row was changed
without all links after it being written again.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.engine import Connection

from station.errors import StoreError
from station.store.tables import LinkRow

BEFORE_THE_FIRST = "0" * 64
"""What stands in for the link before the first one."""
TOGETHER = 1000
"""So many rows are fetched at a time."""
TEXT, TIME, NUMBER, JSON = "text", "time", "number", "json"
"""How a field is written."""
TABLES = {
    "inspection": "inspections",
    "review": "reviews",
    "event": "events",
    "bundle": "bundles",
    "certificate": "certificates",
    "labelled_review": "reviews",
    "person": "people",
}
"""Kind -> table."""
ONLY = {"review": "true_class IS NULL", "labelled_review": "true_class IS NOT NULL"}
"""Kind -> which rows of a table that it shares with another are of this kind."""
NAMES = {"labelled_review": "reviews with a class", "person": "entries of people"}
"""Kind -> several of it, where that is not just its plural."""
FIELDS: Mapping[str, Mapping[str, str]] = {
    "inspection": {
        **dict.fromkeys(("uuid", "station", "lot", "part_serial", "operator", "source"), TEXT),
        **dict.fromkeys(("image_sha256", "image_path", "overlay_path", "bundle_sha256"), TEXT),
        **dict.fromkeys(("engine", "verdict", "predicted_class"), TEXT),
        **dict.fromkeys(("confidence", "defect_probability"), NUMBER),
        "probabilities": JSON,
        **dict.fromkeys(("defect_x_mm", "defect_y_mm", "defect_size_mm"), NUMBER),
        **dict.fromkeys(("captured_at", "decided_at"), TIME),
        "latency_ms": NUMBER,
        "reason": TEXT,
        **dict.fromkeys(("codes", "evidence"), JSON),
    },
    "review": {
        **dict.fromkeys(("uuid", "part_uuid", "operator", "decision", "reason"), TEXT),
        "at": TIME,
    },
    "event": {"at": TIME, **dict.fromkeys(("station", "kind", "severity", TEXT), TEXT)},
    "bundle": {"digest": TEXT, "name": TEXT, "manifest": JSON, "at": TIME},
    "certificate": {
        **dict.fromkeys(("fingerprint", "bundle_digest", "engine"), TEXT),
        "margin": NUMBER,
        "body": JSON,
        "body_sha256": TEXT,
        "at": TIME,
    },
    "labelled_review": {
        **dict.fromkeys(("uuid", "part_uuid", "operator", "decision", "reason"), TEXT),
        "at": TIME,
        "true_class": TEXT,
    },
    "person": {
        **dict.fromkeys(("name_key", "name", "role", "secret", "state", "changed_by"), TEXT),
        "at": TIME,
    },
}
"""Kind -> what of its row is sealed, in this order. Never changed: rows with further fields get a
kind of their own, so that what was sealed once can be proved for ever."""
_LAST = select(LinkRow.id, LinkRow.link_sha256).order_by(LinkRow.id.desc()).limit(1)
_INSERT = insert(LinkRow)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SQLITE_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what it seals, and the seal."""

    id: int
    """1, 2, 3... without a gap."""
    kind: str
    ref: int
    """Id of the row in the kind's table."""
    content_sha256: str
    link_sha256: str


def several(number: int, kind: str) -> str:
    """`3 inspections`, for people."""
    return f"{number} {NAMES.get(kind, f'{kind}s')}"


def content(kind: str, row: Mapping[str, Any]) -> bytes:
    """A row as it is sealed: canonical JSON of what it says.

    One JSON object in UTF-8: first `row`, the kind, then its FIELDS in their order; no spaces, no
    escapes but those that JSON demands. Text as it is. A number is the shortest decimal that reads
    back as the same IEEE 754 double, in Python's spelling (`0.1`, `1e-17`, `12.0`), never `-0.0`.
    A time is UTC to the microsecond, `2026-03-04T05:06:07.891011Z`. A JSON column is its value,
    members in their order. What is missing is null. What is stored in another form than the
    station writes (which only another program can have done) is a text that starts with `?`.
    Its SHA-256 is the link's `content_sha256`.
    """
    body: dict[str, Any] = {"row": kind}
    body |= {name: _VALUES[how](row[name]) for name, how in FIELDS[kind].items()}
    return _ENCODER.encode(body).encode("utf-8")


def seal(before: str, number: int, kind: str, ref: int, content_sha256: str) -> str:
    """A link's own hash: SHA-256 over `BEFORE NUMBER KIND REF CONTENT`, in ASCII with one space.

    before: hash of the link before it, 64 zeros for the first.
    """
    return sha256(f"{before} {number} {kind} {ref} {content_sha256}".encode("ascii"))


def sha256(data: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last link; 0 and zeros where there is none."""
    row = connection.execute(_LAST).first()
    return (0, BEFORE_THE_FIRST) if row is None else (row[0], row[1])


def append(connection: Connection, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Seal rows that the same transaction wrote. rows: with `id`, and all FIELDS of the kind."""
    hashes = ((row["id"], sha256(content(kind, row))) for row in rows)
    append_hashes(connection, kind, hashes)


def append_hashes(connection: Connection, kind: str, hashes: Iterable[tuple[int, str]]) -> None:
    """Seal rows by id and content_sha256."""
    number, before = head(connection)
    links = []
    for ref, content_sha256 in hashes:
        number += 1
        before = seal(before, number, kind, ref, content_sha256)
        link = {"id": number, "kind": kind, "ref": ref, "content_sha256": content_sha256}
        links.append(link | {"link_sha256": before})
        if len(links) >= TOGETHER:
            connection.execute(_INSERT, links)
            links = []
    if links:
        connection.execute(_INSERT, links)


def stored_rows(
    connection: Connection, kind: str, where: str = "", **values: Any
) -> Generator[tuple[int, dict[str, Any]], None, None]:
    """(id, FIELDS) of a kind's rows by id, as the driver gives them: whatever is there, raw.

    Close it where it is not read to the end. where: an SQL condition with :names for `values`.
    """
    # On PostgreSQL the text of a JSON column, which its driver would read otherwise.
    is_sqlite = connection.dialect.name == "sqlite"
    columns = [
        name if is_sqlite or how != JSON else f"CAST({name} AS TEXT) AS {name}"
        for name, how in FIELDS[kind].items()
    ]
    conditions = " AND ".join(filter(None, (ONLY.get(kind), where)))
    condition = f"WHERE {conditions} " if conditions else ""
    query = f"SELECT id, {', '.join(columns)} FROM {TABLES[kind]} {condition}ORDER BY id"
    statement = text(query).execution_options(yield_per=TOGETHER)
    names = tuple(FIELDS[kind])
    with connection.execute(statement, values) as found:
        for row in found:
            yield row[0], dict(zip(names, row[1:], strict=True))


def links_from(
    connection: Connection, first: int = 1, last: int | None = None
) -> Generator[Link, None, None]:
    """Links in their order. Close it where it is not read to the end."""
    query = select(LinkRow).where(LinkRow.id >= first).order_by(LinkRow.id)
    if last is not None:
        query = query.where(LinkRow.id <= last)
    with connection.execute(query.execution_options(yield_per=TOGETHER)) as found:
        for row in found:
            yield Link(row.id, row.kind, row.ref, row.content_sha256, row.link_sha256)


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else f"?{value!r}"


def _number(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (float, int)):
        # Neither database keeps the sign of zero for certain.
        return float(value) + 0.0
    return f"?{value!r}"


def _time(value: Any) -> Any:
    if isinstance(value, datetime):
        utc = value.astimezone(timezone.utc).replace(tzinfo=None)
        return f"{utc.isoformat('T', 'microseconds')}Z"
    if isinstance(value, str) and _SQLITE_TIME.fullmatch(value):
        return f"{value[:10]}T{value[11:]}Z"
    return None if value is None else f"?{value!r}"


def _json(value: Any) -> Any:
    """The value of a JSON column: read from its text, or as it is about to be written."""
    if value is None:
        return None
    if isinstance(value, (dict, list)):
        return json.loads(json.dumps(value))
    if not isinstance(value, str):
        return f"?{value!r}"
    try:
        found = json.loads(value)
    except ValueError:
        return f"?{value}"
    # `null` in a text is not the same as no text.
    return found if found is not None and json.dumps(found) == value else f"?{value}"


_VALUES = {TEXT: _text, NUMBER: _number, TIME: _time, JSON: _json}


def refuse_unkept(kind: str, row: Mapping[str, Any]) -> None:
    """Raises StoreError for what no database keeps as it is: numbers that are not finite, objects
    that are no JSON."""
    for name, how in FIELDS[kind].items():
        value = row[name]
        if how == NUMBER and value is not None and not math.isfinite(value):
            raise StoreError(
                "{name} of a new {kind} is {value}; expected a finite number.",
                name=name,
                kind=kind,
                value=value,
            )
        if how == JSON:
            try:
                json.dumps(value, allow_nan=False)
            except (ValueError, TypeError) as error:
                raise StoreError(
                    "{name} of a new {kind} cannot be kept as JSON ({error}): {value!r}. "
                    "Expected finite numbers, texts, lists and objects.",
                    name=name,
                    kind=kind,
                    error=error,
                    value=value,
                ) from error
