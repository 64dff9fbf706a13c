"""One row's place in the chain: which link seals it, and whether both are as they were."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from station.store.chain import (
    BEFORE_THE_FIRST,
    TABLES,
    Link,
    content,
    seal,
    sha256,
    stored_rows,
)
from station.store.store import Store
from station.store.tables import LinkRow, ReviewRow

MOST_KINDS = 64
"""A search by halves gives up after so many steps: 2^64 links are not to be had."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What the chain says of one row."""

    kind: str
    """`inspection`, `review`..."""
    ref: int
    """Id of the row in the kind's table."""
    link: int | None
    """Number of the link that seals it; None: none does."""
    content_sha256: str
    """Of what the row says now."""
    sealed_sha256: str | None
    """Of what it said when it was sealed."""
    link_sha256: str | None
    row_holds: bool
    """Whether the row says what it said when it was sealed."""
    link_holds: bool
    """Whether the link's own hash follows from what it says and from the link before it."""

    @property
    def holds(self) -> bool:
        """Whether row and link are as they were. A chain written anew as a whole holds, too: that
        is seen by the audit against a head that was noted elsewhere."""
        return self.row_holds and self.link_holds


def seal_of(store: Store, part_uuid: str) -> Seal | None:
    """The seal of a part's inspection; None for a part that has no record. Raises StoreError."""
    with store.database.reading() as connection:
        found = _seals(connection, "inspection", "uuid", part_uuid)
        return found[0] if found else None


def seals_of_reviews(store: Store, part_uuid: str) -> dict[str, Seal]:
    """Uuid of each review of a part -> its seal. Reviews are few among the links, and all links
    may have to be looked at: seconds in a database of millions. Raises StoreError."""
    seals: dict[str, Seal] = {}
    with store.database.reading() as connection:
        query = select(ReviewRow.id, ReviewRow.uuid).where(ReviewRow.part_uuid == part_uuid)
        names = {row.id: row.uuid for row in connection.execute(query)}
        for kind in (kind for kind, table in TABLES.items() if table == "reviews"):
            found = _seals(connection, kind, "part_uuid", part_uuid)
            seals |= {names[seal.ref]: seal for seal in found}
    return seals


def _seals(connection: Connection, kind: str, key: str, uuid: str) -> list[Seal]:
    rows = list(stored_rows(connection, kind, f"{key} = :uuid", uuid=uuid))
    return [_seal(connection, kind, ref, sha256(content(kind, row))) for ref, row in rows]


def _seal(connection: Connection, kind: str, ref: int, content_sha256: str) -> Seal:
    link = _link_of(connection, kind, ref)
    if link is None:
        return Seal(kind, ref, None, content_sha256, None, None, False, False)
    query = select(LinkRow.link_sha256).where(LinkRow.id == link.id - 1)
    before = BEFORE_THE_FIRST if link.id == 1 else connection.scalar(query)
    follows = before is not None and link.link_sha256 == seal(
        before, link.id, kind, ref, link.content_sha256
    )
    row_holds = content_sha256 == link.content_sha256
    sealed = link.content_sha256, link.link_sha256
    return Seal(kind, ref, link.id, content_sha256, *sealed, row_holds, follows)


def _link_of(connection: Connection, kind: str, ref: int) -> Link | None:
    """The link that seals a row: rows of a kind are sealed in the order of their ids, so that
    halving finds it; where somebody changed that order, all links are looked at."""
    of_kind = select(LinkRow).where(LinkRow.kind == kind)
    low, high = 1, connection.scalar(select(func.max(LinkRow.id))) or 0
    for _ in range(MOST_KINDS):
        if low > high:
            break
        middle = (low + high) // 2
        span = of_kind.where(LinkRow.id >= middle, LinkRow.id <= high)
        row = connection.execute(span.order_by(LinkRow.id).limit(1)).first()
        if row is None or row.ref > ref:
            high = middle - 1
        elif row.ref < ref:
            low = row.id + 1
        else:
            return Link(row.id, row.kind, row.ref, row.content_sha256, row.link_sha256)
    row = connection.execute(of_kind.where(LinkRow.ref == ref).limit(1)).first()
    if row is None:
        return None
    return Link(row.id, row.kind, row.ref, row.content_sha256, row.link_sha256)
