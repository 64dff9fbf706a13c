"""What a report on paper says, asked of one state of the database; pictures made small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QImage, QImageReader

from station.domain import Decision
from station.errors import StationError
from station.figures.yields import YieldFacts, yield_facts
from station.pages.lot_facts import Group, LotFacts, gather
from station.store.figures import open_figures
from station.store.lot import Seen
from station.store.query import HistoryQuery
from station.store.store import Store
from station.verdict import Overrides

MOST_LISTED = 400
"""Parts of each verdict that are listed."""
MOST_PICTURES = 120
"""Of each verdict, the surest first."""
SIDE_PX = 220
"""Longest side of a picture in the file."""


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """Everything in the report."""

    lot: LotFacts
    figures: YieldFacts
    pictures: Mapping[str, QImage]
    """Uuid of a part -> its overlay, small; those that are not there are missing."""
    made_at: datetime

    @property
    def groups(self) -> tuple[tuple[str, Group], ...]:
        """Parts that are shown one by one, by what they are."""
        found = self.lot.groups
        return (
            ("rejected", found[Decision.REJECT]),
            ("review", found[Decision.REVIEW]),
            ("overruled", self.lot.overruled),
            ("error", found[Decision.ERROR]),
        )


def paper_facts(
    lot: str | None, utc_offset: timedelta, overrides: Overrides | None, store: Store
) -> PaperFacts:
    """Of a lot, or with None of all parts. Raises StationError, ConfigError."""
    with open_figures(store) as figures:
        facts = gather(figures.lot(lot), most_listed=MOST_LISTED)
        found = yield_facts(
            figures, HistoryQuery(lot=lot), utc_offset=utc_offset, overrides=overrides
        )
    if found is None:
        raise StationError("the counting was stopped. Ask for the report again.")
    pictures = {}
    for group in (*facts.groups.values(), facts.overruled):
        for seen in group.seen[:MOST_PICTURES]:
            picture = _small(seen)
            if picture is not None:
                pictures[seen.record.uuid] = picture
    return PaperFacts(facts, found, pictures, datetime.now(timezone.utc))


def _small(seen: Seen) -> QImage | None:
    if seen.record.overlay_path is None:
        return None
    reader = QImageReader(seen.record.overlay_path)
    size = reader.size()
    if size.isValid():
        smaller = size.scaled(QSize(SIDE_PX, SIDE_PX), Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(smaller)
    image = reader.read()
    return None if image.isNull() else image
