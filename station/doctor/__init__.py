"""What is present on this machine, what is missing, what mends it, and what really runs here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engines.backend import OnProgress
from station.doctor.finding import Finding
from station.doctor.ladder import climb
from station.doctor.machine import look_at_machine
from station.doctor.nvidia import look_at_nvidia
from station.doctor.software import look_at_software

__all__ = ["Finding", "examine"]


def examine(bundle: Path, on_progress: OnProgress) -> Iterator[Finding]:
    """Every finding in turn, the cheap ones first. Never raises for what it finds."""
    yield from look_at_machine()
    yield from look_at_software()
    yield from look_at_nvidia()
    yield from climb(bundle, on_progress)
