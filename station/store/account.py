"""The account: every part that came in has exactly one verdict, or is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from station.domain import Decision, Intent
from station.store.rows import intent_of
from station.store.tables import InspectionRow, PartRow
from station.store.which_lot import NoLot, WhichLot, of_lot

MOST_NAMED = 5
"""So many open parts are named in the sentence; all of them are in `open`."""


@dataclass(frozen=True, slots=True)
class Account:
    """Parts in, against PASS + REVIEW + REJECT + ERROR."""

    lot: WhichLot
    """None: all lots."""
    parts_in: int
    counts: Mapping[Decision, int]
    """Zeros included."""
    open: tuple[Intent, ...]
    """Parts without a verdict, oldest first."""
    strays: int = 0
    """Parts whose verdict names another lot than they came in under, this lot being one of them."""

    @property
    def decided(self) -> int:
        """Parts with a verdict."""
        return sum(self.counts.values())

    @property
    def balanced(self) -> bool:
        """Whether every part that came in has a verdict, and every verdict its part."""
        return self.parts_in == self.decided and not self.open and not self.strays

    @property
    def difference(self) -> str:
        """What is missing or too much, and what to do, in sentences; empty where balanced."""
        said = []
        if self.open:
            named = ", ".join(f"{i.source} ({i.uuid})" for i in self.open[:MOST_NAMED])
            which = "" if len(self.open) <= MOST_NAMED else "the oldest "
            said.append(
                f"{len(self.open)} of {self.parts_in} parts have no verdict: {which}{named}. "
                "Start the station that took them in: it finishes them or marks them ERROR."
            )
        if self.strays:
            said.append(
                f"{self.strays} parts came in under one lot and have a verdict under another: "
                "look at them with `station history`."
            )
        rest = self.parts_in - len(self.open) - self.decided
        if rest:
            wrong = f"{abs(rest)} too {'many' if rest < 0 else 'few'}"
            said.append(
                f"{self.parts_in} parts came in, {self.decided} verdicts are there, "
                f"{len(self.open)} parts are open: {wrong}. "
                "The database was changed by hand: run `station audit verify`."
            )
        return " ".join(said)


def account_of(connection: Connection, lot: WhichLot) -> Account:
    """The account of one lot, of the parts without any, or of everything. A part belongs to the
    lot that it came in under."""
    parts = select(func.count()).select_from(PartRow)
    verdicts = select(InspectionRow.verdict, func.count()).group_by(InspectionRow.verdict)
    opened = (
        select(PartRow)
        .where(~select(InspectionRow.id).where(InspectionRow.uuid == PartRow.uuid).exists())
        .order_by(PartRow.id)
    )
    strays = 0
    if lot is not None:
        parts = parts.where(of_lot(PartRow.lot, lot))
        verdicts = verdicts.join(PartRow, PartRow.uuid == InspectionRow.uuid)
        verdicts = verdicts.where(of_lot(PartRow.lot, lot))
        opened = opened.where(of_lot(PartRow.lot, lot))
        strays = connection.scalar(_strays(lot)) or 0
    parts_in = connection.scalar(parts) or 0
    found = {row[0]: row[1] for row in connection.execute(verdicts)}
    counts = {decision: found.get(decision.value, 0) for decision in Decision}
    # Each inspection has one part of its own: where the numbers agree, no part can be open.
    if parts_in == sum(counts.values()):
        return Account(lot, parts_in, counts, (), strays)
    rows = connection.execute(opened).mappings()
    return Account(lot, parts_in, counts, tuple(intent_of(row) for row in rows), strays)


def _strays(lot: str | Literal[NoLot.NO_LOT]) -> Select[int]:
    """How many verdicts name another lot than their part, this lot being one of the two.

    Asked from either side, as one question with OR would look at every row of every lot.
    """
    count = (
        select(func.count())
        .select_from(InspectionRow)
        .join(PartRow, PartRow.uuid == InspectionRow.uuid)
        .where(InspectionRow.lot.is_distinct_from(PartRow.lot))
    )
    left = count.where(of_lot(PartRow.lot, lot)).scalar_subquery()
    came = count.where(of_lot(InspectionRow.lot, lot)).scalar_subquery()
    return select(left + came)
