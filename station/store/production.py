"""What of the database is production: all but golden parts and gauge studies."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.sql.expression import SQLColumnExpression

from station.check_lots import LIKE


def of_production(lot: SQLColumnExpression[str | None]) -> ColumnElement[bool]:
    """Whether a row's lot is one of production; parts without a lot are."""
    return or_(lot.is_(None), and_(*(lot.not_like(pattern) for pattern in LIKE)))
