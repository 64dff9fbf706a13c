"""The clock: records carry its time, so somebody must keep it, and it must not be plainly wrong."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import station
from station.doctor.finding import Finding, State

GROUP = "clock"
UNSYNCHRONISED, TIME_ERROR = 0x40, 5
"""STA_UNSYNC, and what adjtimex returns then. Source: adjtimex(2)."""
ASK_S = 5.0
ALLOWED = timedelta(minutes=2)
"""Records of another machine may be so much younger than this clock."""
START = "sudo timedatectl set-ntp true"
INSTALL = "sudo apt-get install -y systemd-timesyncd && sudo timedatectl set-ntp true"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was said of the clock; None each where nothing could be asked."""

    kernel: bool | None
    """Whether the kernel holds it for synchronised."""
    error_ms: float | None
    """At most, as the kernel reckons."""
    keeper: str
    """Who answers for it: timedatectl or chrony; empty: nobody was found."""
    says: bool | None
    """Whether that one says it is synchronised."""


def look_at_clock(newest: datetime | None) -> Iterator[Finding]:
    """newest: of the records; a clock before it is wrong."""
    now = datetime.now(timezone.utc)
    built = datetime.fromtimestamp(Path(str(station.__file__)).stat().st_mtime, timezone.utc)
    yield judge_time(now, newest, built)
    yield judge_keeping(_asked())


def judge_time(now: datetime, newest: datetime | None, built: datetime) -> Finding:
    """Whether the clock is before what it cannot be before. All aware."""
    for when, what in ((newest, "the newest record"), (built, "this program's own files")):
        if when is not None and now + ALLOWED < when:
            return Finding(
                GROUP, "time", State.FAILED,
                f"{now:%Y-%m-%d %H:%M} UTC is before {what} ({when:%Y-%m-%d %H:%M} UTC)",
                f"{START}, or where there is no network: sudo date -u -s 'YYYY-MM-DD HH:MM'",
            )  # fmt: skip
    return Finding(GROUP, "time", State.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def judge_keeping(kept: Kept) -> Finding:
    """Nothing is claimed where neither the kernel nor a keeper answers."""
    by = f", by {kept.keeper}" if kept.keeper else ""
    says = kept.kernel if kept.says is None else kept.says
    if says is None:
        return Finding(
            GROUP, "synchronised", State.NOT_EXECUTED,
            "cannot be told: the kernel does not answer, nor do timedatectl and chrony", INSTALL,
        )  # fmt: skip
    if says:
        off = "" if kept.error_ms is None else f", off by {kept.error_ms:.0f} ms at most"
        return Finding(GROUP, "synchronised", State.OK, f"yes{by}{off}")
    remedy = {"": INSTALL, "timedatectl": START}.get(kept.keeper, "chronyc sources -v")
    return Finding(
        GROUP, "synchronised", State.ABSENT,
        f"no{by}: times in records are this machine's own", remedy,
    )  # fmt: skip


def _asked() -> Kept:
    kernel, error_ms = ask_kernel()
    said = _said("chronyc", "-n", "tracking")
    if said and "Leap status" in said:
        return Kept(kernel, error_ms, "chrony", "Leap status     : Normal" in said)
    said = _said("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if said in ("yes", "no"):
        return Kept(kernel, error_ms, "timedatectl", said == "yes")
    return Kept(kernel, error_ms, "", None)


def _said(*command: str) -> str:
    """What a program says; empty where it is not there, or fails."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ASK_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


class _Timex(ctypes.Structure):
    """struct timex of Linux, as far as it is read here."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def ask_kernel() -> tuple[bool | None, float | None]:
    """Whether the kernel holds the clock for synchronised, and its largest error in ms; it is only
    asked, never set. None each where it does not answer."""
    if os.name != "posix":
        return None, None
    try:
        call = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None, None
    state = _Timex()  # modes 0: nothing is changed
    code = call(ctypes.byref(state))
    if code < 0:
        return None, None
    good = code != TIME_ERROR and not state.status & UNSYNCHRONISED
    return good, state.maxerror / 1000.0 if good else None
