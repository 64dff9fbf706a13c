"""Two people at one part: the second is told, and nothing is silently overwritten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from station.errors import StoreError
from station.sayings import Review
from station.store.rows import review_of
from station.store.tables import ReviewRow


@dataclass(frozen=True, slots=True)
class LastKnown:
    """The latest review of a part that a person had seen when they answered."""

    uuid: str | None
    """None: there was none."""


class AnsweredError(StoreError):
    """Somebody said another word on the part meanwhile; nothing was written."""

    def __init__(self, review: Review) -> None:
        super().__init__(
            f"{review.operator} decided {review.decision.value} on this part at "
            f"{review.at:%Y-%m-%d %H:%M:%S} UTC: nothing was written. Look at it again."
        )
        self.review = review


def refuse_unseen(connection: Connection, part_uuid: str, known: LastKnown) -> None:
    """Within the transaction that writes a review. Raises AnsweredError where there is a later
    word than the one that was known."""
    query = select(ReviewRow).where(ReviewRow.part_uuid == part_uuid)
    row = connection.execute(query.order_by(ReviewRow.id.desc()).limit(1)).mappings().first()
    if row is not None and row["uuid"] != known.uuid:
        raise AnsweredError(review_of(row))
