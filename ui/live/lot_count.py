"""How many parts of the lot came in and what became of them: what the database has, and since."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone

from station.domain import Decision, Record
from station.store.account import Account


class LotCount:
    """The counts of one lot. The numbers always add up: parts in = the sum of all verdicts."""

    def __init__(self) -> None:
        self.lot: str | None = None
        """None: parts without a lot."""
        self.since = datetime.now(timezone.utc)
        """Aware: from when on parts without a lot are counted; a lot is counted whole."""
        self._counts: Counter[Decision] = Counter()
        self._asked_at = 0

    def begin(self, lot: str | None) -> None:
        """Another lot: nothing is counted until the database has said what it has."""
        if lot != self.lot:
            self.lot, self.since = lot, datetime.now(timezone.utc)
            self._counts.clear()

    def add(self, record: Record) -> None:
        """A part was decided."""
        if record.lot == self.lot:
            self._counts[record.decision] += 1

    def mark(self) -> int:
        """Before the database is asked: `take` is given it with the answer."""
        self._asked_at = self.total
        return self._asked_at

    def take(self, account: Account, asked_at: int) -> bool:
        """The database's answer, which is the truth; False where parts were decided meanwhile, so
        that nobody knows whether it has them: ask again."""
        if account.lot != self.lot or self.total != asked_at:
            return False
        self._counts = Counter(account.counts)
        return True

    @property
    def total(self) -> int:
        """Parts in."""
        return sum(self._counts.values())

    @property
    def passed_share(self) -> float | None:
        """The yield: PASS among all; None before the first part."""
        return self._counts[Decision.PASS] / self.total if self.total else None

    def count(self, decision: Decision) -> int:
        """Parts decided so."""
        return self._counts[decision]
