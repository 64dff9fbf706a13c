"""Walks the chain over everything that it seals, and names the first place where it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from station.store.chain import (
    BEFORE_THE_FIRST,
    ONLY,
    TABLES,
    TOGETHER,
    Link,
    content,
    links_from,
    seal,
    sha256,
    stored_rows,
)
from station.store.tables import LinkRow

if TYPE_CHECKING:
    from station.store.database import Database

OnRows = Callable[[int, int], None]
"""Told how many links of how many were walked."""
_Rows = Iterator[tuple[int, dict[str, Any]]]


class Fault(str, Enum):
    """What is wrong where the chain breaks."""

    CHANGED_ROW = "changed row"
    MISSING_ROW = "missing row"
    EXTRA_ROW = "extra row"
    CHANGED_ORDER = "changed order"
    MISSING_LINK = "missing link"
    BROKEN_HASH = "broken hash"
    HEAD_NOT_FOUND = "head not found"


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where what is there is not what was sealed."""

    fault: Fault
    link: int
    """Number of the link; of the one after the last, for what no link seals."""
    kind: str
    ref: int | None
    """Id of the row in the kind's table."""
    text: str
    """One sentence: what was found, and what was expected."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What walking the chain showed."""

    links: int
    """Links that hold, from the first."""
    head: str
    """Hash of the last of them."""
    sealed: dict[str, int] = field(default_factory=dict)
    """Kind -> rows that are as they were sealed."""
    broken: Break | None = None
    noted_at: int | None = None
    """Number of the link whose hash was noted elsewhere; None where none was given or found."""


def audit(
    database: Database, expect_head: str | None = None, on_rows: OnRows | None = None
) -> Audit:
    """Walk the chain of a database: see `walk`. Raises StoreError; a break is in the result."""
    with database.reading() as connection:
        return walk(connection, expect_head, on_rows)


def walk(
    connection: Connection, expect_head: str | None = None, on_rows: OnRows | None = None
) -> Audit:
    """Walk the whole chain in one state of the database.

    expect_head: 64 hex digits that were noted elsewhere; the chain must hold them. A chain whose
    end was cut off together with its rows is whole in itself: only a noted head tells.
    """
    total = connection.scalar(select(func.count()).select_from(LinkRow)) or 0
    with ExitStack() as stack:
        links = stack.enter_context(closing(links_from(connection, 0)))
        rows = {
            kind: stack.enter_context(closing(stored_rows(connection, kind))) for kind in TABLES
        }
        walker = _Walker(connection, rows, expect_head)
        for link in links:
            broken = walker.step(link)
            if broken is not None:
                return walker.found(broken)
            if on_rows is not None and (link.id % TOGETHER == 0 or link.id == total):
                on_rows(link.id, total)
        return walker.found(walker.end())


class _Walker:
    """Goes along the links and along each kind's rows at once."""

    def __init__(
        self, connection: Connection, rows: Mapping[str, _Rows], expect_head: str | None
    ) -> None:
        self._connection = connection
        self._expect_head = expect_head
        self._rows = rows
        self._last_ref = dict.fromkeys(TABLES, 0)
        self._sealed = dict.fromkeys(TABLES, 0)
        self._number, self._before = 0, BEFORE_THE_FIRST
        self._noted_at: int | None = None

    def found(self, broken: Break | None) -> Audit:
        """What is known so far."""
        return Audit(self._number, self._before, self._sealed, broken, self._noted_at)

    def step(self, link: Link) -> Break | None:
        """One link, and the row it seals."""
        number = self._number + 1
        if link.id != number:
            text = f"link {number} is not there; the next one is {link.id}."
            return Break(Fault.MISSING_LINK, number, link.kind, link.ref, text)
        broken = self._seal(link) or self._row(link)
        if broken is None:
            self._number, self._before = link.id, link.link_sha256
            self._last_ref[link.kind] = link.ref
            self._sealed[link.kind] += 1
            if link.link_sha256 == self._expect_head:
                self._noted_at = link.id
        return broken

    def end(self) -> Break | None:
        """After the last link: no row may be left, and the noted head must have come by."""
        for kind, rows in self._rows.items():
            for ref, row in rows:
                text = f"{_named(kind, ref, row)} is sealed by no link: it was added by hand, or "
                text += "the end of the chain was cut off."
                return Break(Fault.EXTRA_ROW, self._number + 1, kind, ref, text)
        if self._expect_head is not None and self._noted_at is None:
            text = (
                f"the head {self._expect_head} that was noted elsewhere is none of the "
                f"{self._number} links: the end was cut off after it was noted, or the chain was "
                "written anew."
            )
            return Break(Fault.HEAD_NOT_FOUND, self._number, "", None, text)
        return None

    def _seal(self, link: Link) -> Break | None:
        text = None
        if link.kind not in TABLES:
            text = f"link {link.id} is of a kind {link.kind!r} that this station does not know."
        elif link.link_sha256 != seal(
            self._before, link.id, link.kind, link.ref, link.content_sha256
        ):
            text = (
                f"the hash of link {link.id} ({link.kind} {link.ref}) does not follow from what it "
                "says and from the link before it: the link was changed, moved or put in."
            )
        return (text and Break(Fault.BROKEN_HASH, link.id, link.kind, link.ref, text)) or None

    def _row(self, link: Link) -> Break | None:
        kind, ref = link.kind, link.ref
        if ref <= self._last_ref[kind]:
            text = f"link {link.id} seals {kind} {ref}, after {kind} {self._last_ref[kind]}."
            return Break(Fault.CHANGED_ORDER, link.id, kind, ref, text)
        found, row = next(self._rows[kind], (None, {}))
        if found is not None and found < ref:
            text = f"{_named(kind, found, row)} is sealed by no link: it was added by hand."
            return Break(Fault.EXTRA_ROW, link.id, kind, found, text)
        if found != ref:
            text = f"{kind} {ref}, which link {link.id} seals, is not there{_but(kind)}."
            return Break(Fault.MISSING_ROW, link.id, kind, ref, text)
        digest = sha256(content(kind, row))
        if digest == link.content_sha256:
            return None
        owner = self._connection.scalar(
            select(LinkRow.id).where(LinkRow.content_sha256 == digest).limit(1)
        )
        if owner is not None:
            text = f"{_named(kind, ref, row)} is what link {owner} seals: rows changed places."
            return Break(Fault.CHANGED_ORDER, link.id, kind, ref, text)
        text = (
            f"{_named(kind, ref, row)} was changed: what it says has the hash {digest}, "
            f"link {link.id} sealed {link.content_sha256}."
        )
        return Break(Fault.CHANGED_ROW, link.id, kind, ref, text)


def _but(kind: str) -> str:
    """Where a changed row may have gone, for kinds that share a table."""
    return f", or was made one of another kind in {TABLES[kind]}" if kind in ONLY else ""


def _named(kind: str, ref: int, row: dict[str, Any]) -> str:
    """A row as it is told to people."""
    for name in ("uuid", "digest", "fingerprint", "name", "at"):
        if name in row:
            return f"{kind} {ref} ({row[name]})"
    return f"{kind} {ref}"
