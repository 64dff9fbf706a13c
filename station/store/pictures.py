"""The pictures that rows speak of: whether each is there, and is what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from station.domain import Decision
from station.images import find_picture, sha256_of
from station.store.chain import TOGETHER
from station.store.tables import InspectionRow, RetentionRow

if TYPE_CHECKING:
    from station.store.store import Store

KEPT_FOR_EVER = (Decision.REVIEW, Decision.REJECT)
"""A part of these whose picture is gone has lost its evidence: retention removes only passes',
and notes how far it went."""
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Pictures:
    """What looking at the pictures of all rows showed."""

    intact: int = 0
    missing: dict[Decision, int] = field(default_factory=dict)
    """Decision -> rows whose picture is not there: of passes it may have been pruned, of errors
    there may never have been one."""
    altered: tuple[str, ...] = ()
    """Paths of files that are not what they were when they were inspected."""
    lost: tuple[str, ...] = ()
    """Uuids of parts whose picture should be there and is not; the first MOST_NAMED."""

    @property
    def sound(self) -> bool:
        """Whether all evidence is there as it was."""
        return not self.altered and not self.lost


def place_of(images: Path, sha256: str, image_path: str | None) -> Path | None:
    """Where a row's picture lies: in the image store, or where the row says; None: nowhere."""
    found = find_picture(images, sha256)
    if found is None and image_path is not None and Path(image_path).is_file():
        return Path(image_path)
    return found


def let_go_up_to(connection: Connection) -> int:
    """Id of the last inspection that retention has been past; 0: it never ran."""
    return connection.scalar(select(func.max(RetentionRow.done_up_to))) or 0


def look_at_pictures(
    store: Store, images: Path, on_rows: Callable[[int, int], None] | None = None
) -> Pictures:
    """Hash the picture of every row that names one.

    images: the folder of the image store. Raises StoreError.
    """
    with store.database.reading() as connection:
        return _look(connection, images, on_rows)


def _look(
    connection: Connection, images: Path, on_rows: Callable[[int, int], None] | None
) -> Pictures:
    with_picture = InspectionRow.image_sha256.is_not(None)
    total = connection.scalar(select(func.count(InspectionRow.image_sha256))) or 0
    intact, missing = 0, dict.fromkeys(Decision, 0)
    altered: list[str] = []
    lost: list[str] = []
    columns = InspectionRow.id, InspectionRow.uuid, InspectionRow.verdict
    query = select(*columns, InspectionRow.image_sha256, InspectionRow.image_path)
    query = query.where(with_picture)
    let_go = let_go_up_to(connection)
    query = query.order_by(InspectionRow.id).execution_options(yield_per=TOGETHER)
    for number, row in enumerate(connection.execute(query), start=1):
        number_of, uuid, verdict, sha256, image_path = row
        decision = Decision(verdict)
        # A file that could not be inspected lies in quarantine/; all others in the image store.
        elsewhere = image_path if decision is Decision.ERROR else None
        place = place_of(images, str(sha256), elsewhere)
        if place is None:
            missing[decision] += 1
            kept = decision in KEPT_FOR_EVER or (decision is Decision.PASS and number_of > let_go)
            if kept and len(lost) < MOST_NAMED:
                lost.append(uuid)
        elif sha256_of(place) == sha256:
            intact += 1
        else:
            altered.append(str(place))
        if on_rows is not None and (number % TOGETHER == 0 or number == total):
            on_rows(number, total)
    return Pictures(intact, missing, tuple(altered), tuple(lost))
