"""Whether the station goes on: what systemd's watchdog is fed by."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from engines.sentence import sentence
from station.ledger import Ledger
from station.systemd import Watchdog

log = logging.getLogger(__name__)
SLOW_S = 15.0
"""A part that is in hand for so long is told: no engine that was certified takes a tenth of it."""
STUCK_S = 120.0
"""A part that is in hand for so long is stuck: with the engine, most likely."""


@dataclass(slots=True)
class Heart:
    """Beats with every round of the feed's loop, as long as no part is stuck."""

    ledger: Ledger
    watchdog: Watchdog = field(default_factory=Watchdog)
    tell: Callable[[str], None] | None = None
    """Told once that a part takes too long, and again for the next one that does."""
    is_slow: bool = False
    is_stuck: bool = False

    def beat(self) -> None:
        """The feed's loop has gone round. Cheap enough for every picture."""
        age_s = self.ledger.oldest_s()
        if age_s <= SLOW_S:
            self.is_slow = False
        elif not self.is_slow:
            self.is_slow = True
            if self.tell is not None:
                self.tell(
                    sentence(
                        "a part has been in hand for {age_s:.0f} s: the engine, the "
                        "disk or the database does not answer. Wait a minute; then "
                        "stop and start the station: the part is decided at its start.",
                        age_s=age_s,
                    )
                )
        if age_s <= STUCK_S:
            self.is_stuck = False
            self.watchdog.alive()
        elif not self.is_stuck:
            self.is_stuck = True
            log.error(
                "a part has been in hand for %.0f s: the station is stuck. Restart it.", age_s
            )
