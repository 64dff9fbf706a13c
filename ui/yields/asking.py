"""Questions of the page, answered off the window's thread."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from station.errors import StationError
from station.figures.yields import YieldFacts, yield_facts
from station.store.figures import open_figures
from station.store.query import HistoryQuery
from station.store.store import Store
from station.verdict import Overrides

MOST_LOTS = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """To one question."""

    number: int
    took_s: float
    facts: YieldFacts | None
    """None where it was stopped, or failed."""
    trouble: str = ""


def lots_met(store: Store) -> tuple[str, ...]:
    """Names of lots, those met last first."""
    with store.lot(None) as view:
        return tuple(view.known_lots(MOST_LOTS))


def ask_figures(
    number: int, query: HistoryQuery, overrides: Overrides, stop: threading.Event, store: Store
) -> Answer:
    """The figures of what is chosen; the stop of a question that nobody waits for any more ends
    it."""
    started = time.perf_counter()
    offset = datetime.now().astimezone().utcoffset()
    assert offset is not None
    try:
        with open_figures(store) as figures:
            facts = yield_facts(figures, query, utc_offset=offset, overrides=overrides, stop=stop)
    except StationError as error:
        return Answer(number, time.perf_counter() - started, None, str(error))
    return Answer(number, time.perf_counter() - started, facts)
