"""What a lot report says, gathered from one state of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.domain import Decision
from station.errors import ConfigError
from station.pages.control_chart import ControlChart, Subgroup, p_chart, subgroup_size
from station.pages.tally import Tally, tally
from station.sayings import Event, Severity
from station.store.account import Account
from station.store.lot import (
    MANY_LINKS,
    KnownBundle,
    KnownCertificate,
    LotView,
    Period,
    Seen,
)
from station.store.verify import Audit
from station.store.which_lot import NO_LOT, WhichLot, lot_words

MOST_EVENTS = 50
"""So many of the station's own events are listed, the latest first."""
MOST_NAMED_LOTS = 10
LOOKED_AT = (Decision.REJECT, Decision.REVIEW, Decision.ERROR)
"""Whose parts are shown one by one."""


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that are shown one by one."""

    seen: tuple[Seen, ...]
    total: int
    """How many there are, shown or not."""

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.seen)


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of the whole database, and what walking it showed."""

    links: int
    head: str
    audit: Audit | None
    """None where it was not walked: too long, or not wanted."""


@dataclass(frozen=True, slots=True)
class LotFacts:
    """Everything on the page."""

    lot: WhichLot
    """None: all lots."""
    account: Account
    period: Period
    tally: Tally
    subgroup_size: int | None
    """None: too few parts for a chart."""
    rejects: ControlChart | None
    reviews: ControlChart | None
    bundles: Mapping[str, KnownBundle]
    certificates: Sequence[KnownCertificate]
    groups: Mapping[Decision, Group]
    overruled: Group
    """Parts that the station passed, and people did not."""
    rows: Group
    """All parts, in order."""
    events: Sequence[Event]
    event_counts: Mapping[Severity, int]
    chain: Chain

    @property
    def about(self) -> str:
        """`lot L42`, `no lot`, `all lots`."""
        return lot_words(self.lot)

    @property
    def sound(self) -> bool:
        """Whether the account balances, and the chain holds as far as it was walked."""
        audit = self.chain.audit
        return self.account.balanced and (audit is None or audit.broken is None)

    @property
    def subgroups(self) -> Sequence[Subgroup]:
        """Of the charts."""
        return self.tally.subgroups


def gather(view: LotView, *, most_listed: int, verify: bool | None = None) -> LotFacts:
    """Everything a report says of a lot.

    most_listed: so many parts of each verdict, and of all parts, at most. verify: walk the chain,
    or do not; None walks one of up to MANY_LINKS links. Raises ConfigError for a lot that the
    database has never heard of, StoreError.
    """
    if not view.is_known():
        raise ConfigError(_unknown(view))
    account = view.account
    counts = account.counts
    answered = account.decided - counts[Decision.ERROR]
    drawn = counts[Decision.REJECT] or counts[Decision.REVIEW]
    size = subgroup_size(answered, drawn)
    counted = tally(view.steps(), size)
    groups = counted.subgroups
    events, event_counts = view.events(MOST_EVENTS)
    digests = list(counted.names["bundle"])
    overruled, overruled_total = view.overruled_passes(most_listed)
    return LotFacts(
        lot=view.lot,
        account=account,
        period=view.period,
        tally=counted,
        subgroup_size=size,
        rejects=None if size is None else p_chart(groups, [g.rejected for g in groups], size),
        reviews=None if size is None else p_chart(groups, [g.review for g in groups], size),
        bundles=view.bundles(digests),
        certificates=view.certificates(digests),
        groups={
            decision: Group(tuple(view.worst(decision, most_listed)), counts[decision])
            for decision in LOOKED_AT
        },
        overruled=Group(tuple(overruled), overruled_total),
        rows=Group(tuple(view.first(most_listed)), account.decided),
        events=events,
        event_counts=event_counts,
        chain=_chain(view, verify),
    )


def _chain(view: LotView, verify: bool | None) -> Chain:
    links, head = view.chain_head()
    walked = links <= MANY_LINKS if verify is None else verify
    return Chain(links, head, view.audit() if walked else None)


def _unknown(view: LotView) -> str:
    if view.lot is NO_LOT:
        return "every part in the database has a lot. Leave --no-lot out, or give --lot."
    lots = view.known_lots(MOST_NAMED_LOTS + 1)
    if not lots:
        known = "It names no lot at all: leave --lot out."
    else:
        named = ", ".join(map(repr, lots[:MOST_NAMED_LOTS]))
        more = " and others" if len(lots) > MOST_NAMED_LOTS else ""
        known = f"It knows {named}{more}."
    return f"the database knows no lot {view.lot!r}. {known}"
