"""Names that a person can choose from when looking into the history."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from station.store.store import Store
from station.store.tables import InspectionRow, LotRow, OperatorRow

MOST_LOTS = 300
"""The newest; an older one is typed."""
MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class Facets:
    """What there is, in the order in which it is offered."""

    lots: tuple[str, ...] = ()
    """The newest first."""
    operators: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


def facets_of(store: Store) -> Facets:
    """The names in the rows, by their indexes: no row is looked at. Raises StoreError."""
    with store.database.reading() as connection:
        lots = select(LotRow.name).order_by(LotRow.first_seen_at.desc(), LotRow.name.desc())
        people = select(OperatorRow.name).order_by(OperatorRow.name).limit(MOST_NAMES)
        return Facets(
            tuple(connection.scalars(lots.limit(MOST_LOTS))),
            tuple(connection.scalars(people)),
            tuple(_classes(connection)),
        )


def _classes(connection: Connection) -> list[str]:
    """From one class of the index to the next: reading all of it would take seconds."""
    name, found = InspectionRow.predicted_class, list[str]()
    query = select(name).where(name.is_not(None)).order_by(name).limit(1)
    last = connection.scalar(query)
    while last is not None and len(found) < MOST_NAMES:
        found.append(last)
        last = connection.scalar(query.where(name > last))
    return found
