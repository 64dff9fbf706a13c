"""Two people at one part: the second is told, and nothing is silently overwritten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from engines.sentence import sentence
from station.domain import Decision
from station.errors import StoreError
from station.sayings import Review
from station.store.rows import review_of
from station.store.tables import InspectionRow, ReviewRow


@dataclass(frozen=True, slots=True)
class LastKnown:
    """The latest review of a part that a person had seen when they answered."""

    uuid: str | None
    """None: there was none."""


class AnsweredError(StoreError):
    """Somebody said another word on the part meanwhile; nothing was written."""

    def __init__(self, review: Review) -> None:
        super().__init__(
            sentence(
                "{operator} decided {value} on this part at {at:%Y-%m-%d %H:%M:%S} "
                "UTC: nothing was written. Look at it again.",
                operator=review.operator,
                value=review.decision.value,
                at=review.at,
            )
        )
        self.review = review


def refuse_unseen(connection: Connection, part_uuid: str, known: LastKnown) -> None:
    """Within the transaction that writes a review. Raises AnsweredError where there is a later
    word than the one that was known."""
    query = select(ReviewRow).where(ReviewRow.part_uuid == part_uuid)
    row = connection.execute(query.order_by(ReviewRow.id.desc()).limit(1)).mappings().first()
    if row is not None and row["uuid"] != known.uuid:
        raise AnsweredError(review_of(row))


def refuse_unjudged(connection: Connection, review: Review) -> None:
    """Within the same transaction. Raises StoreError for a part without a verdict, and for a PASS
    of one that could not be inspected."""
    part = InspectionRow.uuid == review.part_uuid
    verdict = connection.scalar(select(InspectionRow.verdict).where(part))
    if verdict == Decision.ERROR.value and review.decision is Decision.PASS:
        raise StoreError(
            "part {part_uuid} could not be inspected (ERROR): that is never a PASS. Inspect it "
            "again, or review it as REJECT.",
            part_uuid=review.part_uuid,
        )
    if verdict is None:
        raise StoreError(
            "there is no verdict on a part {part_uuid!r}, so none to review. Look for its uuid "
            "with `station history`.",
            part_uuid=review.part_uuid,
        )
