"""Which lot is asked for: one by its name, the parts without any, or all of them."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias

from sqlalchemy import ColumnElement
from sqlalchemy.sql.expression import SQLColumnExpression


class NoLot(Enum):
    """Has one value, which no lot's name can be."""

    NO_LOT = "no lot"


NO_LOT: Final = NoLot.NO_LOT
"""The parts without a lot."""
WhichLot: TypeAlias = "str | Literal[NoLot.NO_LOT] | None"
"""None: all lots, and the parts without one."""


def of_lot(
    column: SQLColumnExpression[str | None], lot: str | Literal[NoLot.NO_LOT]
) -> ColumnElement[bool]:
    """Whether a row's lot is that one, or none where none is asked for."""
    return column.is_(None) if lot is NO_LOT else column == lot


def name_of(lot: WhichLot) -> str | None:
    """A lot's name as rows have it; None for the parts without one, and for all."""
    return lot if isinstance(lot, str) else None


def lot_words(lot: WhichLot) -> str:
    """`lot L42`, `no lot`, `all lots`."""
    if lot is None:
        return "all lots"
    return lot.value if lot is NO_LOT else f"lot {lot}"
