"""Tells systemd how the station is: ready, busy with what, alive, stopping.

Own lines, because the known packages are either left alone for years or need systemd's headers to
build, and the protocol is one datagram of text. Source: sd_notify(3), sd_watchdog_enabled(3).
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time

from station.errors import ConfigError

log = logging.getLogger(__name__)
ADDRESS, INTERVAL, PROCESS = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
"""The environment variables by which systemd asks for notices."""
SHARE = 3.0
"""Notices per interval: systemd recommends at least two."""


def notify(**facts: str) -> bool:
    """Send facts, as in `notify(READY="1", STATUS="inspecting")`; from any thread, never waits.

    Returns whether they were sent: not where systemd did not start the station, nor where its
    socket does not take them, which is logged and stops nothing.
    """
    address = os.environ.get(ADDRESS, "")
    if not address:
        return False
    # A line break would begin another fact.
    lines = (f"{name}={' '.join(value.splitlines())}" for name, value in facts.items())
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            sender.send("\n".join(lines).encode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        log.warning("systemd at %s cannot be told: %s", address, error)
        return False
    return True


def ready(status: str) -> bool:
    """The station inspects from now on."""
    return notify(READY="1", STATUS=status)


def status(text: str) -> bool:
    """One line for `systemctl status`."""
    return notify(STATUS=text)


def stopping(text: str = "finishing the part in hand") -> bool:
    """The station was asked to end, and does."""
    return notify(STOPPING="1", STATUS=text)


def starting_takes(longer_s: float) -> bool:
    """Ask for time before READY: a model that is compiled first may need minutes."""
    return notify(EXTEND_TIMEOUT_USEC=str(int(longer_s * 1e6)))


class Watchdog:
    """Feeds systemd's watchdog while, and only while, the loop goes round.

    No thread feeds it: one that still ran beside a loop that hangs would hide just that.
    """

    def __init__(self) -> None:
        """Raises ConfigError where systemd's interval is no number."""
        self.interval_s = interval_s()
        """systemd ends a station that is silent for so long; None: no watchdog."""
        self._next_at = 0.0
        self._lock = threading.Lock()

    def alive(self) -> None:
        """The loop has gone round, with a part or without: call it at least twice an interval.

        Cheap enough for every round: it sends no more than three times an interval.
        """
        if self.interval_s is None:
            return
        with self._lock:
            now = time.monotonic()
            if now < self._next_at:
                return
            self._next_at = now + self.interval_s / SHARE
        if not notify(WATCHDOG="1"):
            self._next_at = 0.0


def interval_s() -> float | None:
    """What systemd's WatchdogSec= asks of this process; None: nothing. Raises ConfigError."""
    text = os.environ.get(INTERVAL, "")
    process = os.environ.get(PROCESS, "")
    if not text or not os.environ.get(ADDRESS) or (process and process != str(os.getpid())):
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ConfigError(
            "{interval} is {text!r}; expected microseconds as systemd sets them. Start the "
            "station by its unit, or unset it.",
            interval=INTERVAL,
            text=text,
        )
    return int(text) / 1e6
