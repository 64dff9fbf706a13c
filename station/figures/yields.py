"""Everything that the page of the yield shows of a lot or a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from station.domain import Decision
from station.figures.limits import Limits, limits_of
from station.figures.signals import Signal, signals_of
from station.figures.truth import Truth, truth_of
from station.pages.control_chart import ControlChart, Subgroup, p_chart, subgroup_size
from station.pages.pareto import Bar, pareto
from station.pages.proportion import Proportion
from station.store.account import Account
from station.store.counted import SCORE_BINS, Cell, Counted
from station.store.figures import Figures
from station.store.query import HistoryQuery
from station.verdict import Overrides

NOT_PASSED = (Decision.REJECT, Decision.REVIEW, Decision.ERROR)
BAD = (Decision.REJECT, Decision.REVIEW)
HOURS_UP_TO = timedelta(days=4)
"""Verdicts are counted by the hour up to there, by the day after it."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_SLOTS = 400
"""So many hours or days are drawn; the earliest are left out."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One hour, or one day."""

    since: datetime
    until: datetime
    counts: Mapping[Decision, int]
    """Zeros included."""


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """Parts by their defect probability."""

    low: float
    high: float
    counts: Mapping[Decision, int]
    """By the station, zeros included."""
    good: int
    """Of them, those that people passed."""
    bad: int
    """Of them, those that people rejected."""


@dataclass(frozen=True, slots=True)
class YieldFacts:
    """Everything on the page, from one state of the database."""

    query: HistoryQuery
    counts: Mapping[Decision, int]
    """Zeros included."""
    parts_in: int
    open: int
    account: Account | None
    """None where only a time was asked for."""
    first_pass: Proportion
    """Passed by the station when it first saw them, of all that came in."""
    passed: Proportion
    """Passed after people's reviews, of all that came in."""
    repeats: int
    """Inspections of a serial that the same lot had before: not in first_pass."""
    slots: tuple[Slot, ...]
    slot_length: timedelta
    classes: tuple[Bar, ...]
    codes: tuple[Bar, ...]
    scores: tuple[ScoreBin, ...]
    without_score: int
    limits: Limits | None
    """Of the bundle and engine that decided last; None where the database does not keep them."""
    deciders: tuple[tuple[str, str], ...]
    """(digest, engine), each where it began to decide."""
    drawn: Decision
    """What the chart counts: REJECT, or REVIEW where nothing was rejected."""
    chart: ControlChart | None
    """None: too few parts."""
    subgroups: tuple[Subgroup, ...]
    signals: tuple[Signal, ...]
    truth: Truth

    @property
    def total(self) -> int:
        """Parts with a verdict."""
        return sum(self.counts.values())


def yield_facts(
    figures: Figures,
    query: HistoryQuery,
    *,
    utc_offset: timedelta = timedelta(0),
    overrides: Overrides | None = None,
    stop: threading.Event | None = None,
) -> YieldFacts | None:
    """Count and judge a query's lot and time; None once `stop` is set.

    utc_offset: of the place. overrides: what the station's settings put in the place of the
    bundle's thresholds. Raises StoreError, and ConfigError for a query that asks for more.
    """
    seen = figures.overview(query)
    answered = seen.counts.total() - seen.counts[Decision.ERROR]
    drawn = Decision.REJECT if seen.counts[Decision.REJECT] else Decision.REVIEW
    size = subgroup_size(answered, seen.counts[drawn])
    length = HOUR
    if seen.first_at and seen.last_at and seen.last_at - seen.first_at > HOURS_UP_TO:
        length = DAY
    counted = figures.count(
        query, bucket=length, utc_offset=utc_offset, block_size=size, stop=stop
    )  # fmt: skip
    if counted is None:
        return None
    limits = None
    if counted.deciders:
        limits = limits_of(figures, *counted.deciders[-1], overrides)
    counts = dict.fromkeys(Decision, 0) | _by_decision(counted.cells)
    total = sum(counts.values())
    parts_in = counted.account.parts_in if counted.account else total + counted.open
    truth = truth_of(counted.judged, counts)
    groups, chart = _chart(counted, drawn, size)
    by_class, by_code = _named(counted.cells)
    return YieldFacts(
        query=query,
        counts=counts,
        parts_in=parts_in,
        open=counted.open,
        account=counted.account,
        first_pass=_first_pass(counts, counted.repeats, parts_in),
        passed=_passed(truth, parts_in),
        repeats=counted.repeats.total(),
        slots=_slots(counted.cells, length),
        slot_length=length,
        classes=pareto(by_class, (Decision.REJECT,), also=(Decision.REVIEW,)),
        codes=pareto(by_code, NOT_PASSED),
        scores=_scores(counted),
        without_score=sum(n for cell, n in counted.cells.items() if cell.score_bin is None),
        limits=limits,
        deciders=counted.deciders,
        drawn=drawn,
        chart=chart,
        subgroups=groups,
        signals=signals_of(chart) if chart else (),
        truth=truth,
    )


def _by_decision(cells: Mapping[Cell, int]) -> Counter[Decision]:
    found: Counter[Decision] = Counter()
    for cell, parts in cells.items():
        found[cell.decision] += parts
    return found


def _first_pass(
    counts: Mapping[Decision, int], repeats: Counter[Decision], parts_in: int
) -> Proportion:
    passed = counts[Decision.PASS] - repeats[Decision.PASS]
    # A database changed by hand may hold more verdicts than parts: the account says so.
    return Proportion(passed, max(parts_in - repeats.total(), passed))


def _passed(truth: Truth, parts_in: int) -> Proportion:
    """After people's words: what they passed counts, what they did not pass does not."""
    passed = truth.counts[Decision.PASS]
    for (decision, said), parts in truth.moves.items():
        passed += parts * ((said is Decision.PASS) - (decision is Decision.PASS))
    return Proportion(passed, max(parts_in, passed))


def _chart(
    counted: Counted, drawn: Decision, size: int | None
) -> tuple[tuple[Subgroup, ...], ControlChart | None]:
    groups = tuple(
        Subgroup(b.parts, b.rejected, b.review, b.first_at, b.last_at, b.change)
        for b in counted.blocks
    )
    found = [g.rejected if drawn is Decision.REJECT else g.review for g in groups]
    return groups, None if size is None else p_chart(groups, found, size)


def _named(
    cells: Mapping[Cell, int],
) -> tuple[dict[Decision, Counter[str]], dict[Decision, Counter[str]]]:
    """Classes of rejected and review parts; codes of those and of errors."""
    classes: dict[Decision, Counter[str]] = {decision: Counter() for decision in Decision}
    codes: dict[Decision, Counter[str]] = {decision: Counter() for decision in Decision}
    for cell, parts in cells.items():
        if cell.decision in BAD:
            classes[cell.decision][cell.predicted_class or "-"] += parts
        if cell.decision is not Decision.PASS:
            codes[cell.decision][cell.code or "-"] += parts
    return classes, codes


def _slots(cells: Mapping[Cell, int], length: timedelta) -> tuple[Slot, ...]:
    """All hours or days from the first to the last, those without parts too."""
    found: dict[datetime, dict[Decision, int]] = {}
    for cell, parts in cells.items():
        counts = found.setdefault(cell.since, dict.fromkeys(Decision, 0))
        counts[cell.decision] += parts
    if not found:
        return ()
    last = max(found)
    since = max(min(found), last - (MOST_SLOTS - 1) * length)
    slots = []
    while since <= last:
        counts = found.get(since) or dict.fromkeys(Decision, 0)
        slots.append(Slot(since, since + length, counts))
        since += length
    return tuple(slots)


def _scores(counted: Counted) -> tuple[ScoreBin, ...]:
    counts = [dict.fromkeys(Decision, 0) for _ in range(SCORE_BINS)]
    said = [dict.fromkeys(Decision, 0) for _ in range(SCORE_BINS)]
    for cell, parts in counted.cells.items():
        if cell.score_bin is not None:
            counts[cell.score_bin][cell.decision] += parts
    for judged, parts in counted.judged.items():
        if judged.score_bin is not None:
            said[judged.score_bin][judged.said] += parts
    return tuple(
        ScoreBin(
            at / SCORE_BINS, (at + 1) / SCORE_BINS, counts[at],
            said[at][Decision.PASS], said[at][Decision.REJECT],
        )
        for at in range(SCORE_BINS)
    )  # fmt: skip
