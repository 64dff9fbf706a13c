"""What is present on this machine, what is missing, what mends it, and what really runs here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from engines.backend import OnProgress
from station.doctor.bench import look_at_bench, read_bench
from station.doctor.cameras import look_at_cameras
from station.doctor.clock import look_at_clock
from station.doctor.database import look_at_store
from station.doctor.display import look_at_display
from station.doctor.finding import Finding, State
from station.doctor.ladder import climb
from station.doctor.machine import look_at_machine
from station.doctor.model import look_at_model
from station.doctor.nvidia import look_at_nvidia
from station.doctor.processor import look_at_processor
from station.doctor.service import look_at_service
from station.doctor.software import look_at_software
from station.trust import TrustSettings

__all__ = ["Finding", "examine"]


def examine(
    bundle: Path | None,
    demo: Path,
    file: Path | None,
    on_progress: OnProgress,
    *,
    quick: bool = False,
) -> Iterator[Finding]:
    """Every finding in turn, the cheap ones first. Never raises for what it finds.

    bundle: None takes the one that decides by the configuration, or `demo` without one. file: the
    station's configuration; None: that of no station. quick: the golden set is not replayed.
    """
    config, read = (None, None) if file is None else read_bench(file)
    yield from look_at_machine()
    yield from look_at_processor()
    yield from look_at_software()
    yield from look_at_nvidia()
    yield from look_at_display()
    yield from _allowed("cameras", lambda: look_at_cameras(config))
    if read is not None:
        yield read
    newest: list[datetime] = []
    if config is not None:
        bench = config
        yield from _allowed("bench", lambda: look_at_bench(bench))
        yield from _allowed("database", lambda: look_at_store(bench, file, on_progress, newest))
    yield from look_at_clock(max(newest, default=None))
    yield from look_at_service()
    if config is not None and file is not None and bundle is None:
        bundle, decides = look_at_model(config, file)
        yield decides
    trust = TrustSettings() if config is None else config.trust
    device = "auto" if config is None else config.device
    decides_by = bundle or demo
    yield from _allowed(
        "bundle", lambda: climb(decides_by, on_progress, trust, device, quick=quick)
    )


def _allowed(group: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What is found, up to the first thing that this user may not even look at."""
    try:
        yield from look()
    except OSError as error:
        yield Finding(
            group, str(error.filename or "files"), State.FAILED,
            f"may not be looked at by this user ({error.strerror})",
            "sudo -H -u USER station doctor, as the user whose it is: scaffold-station, where it "
            "was installed",
        )  # fmt: skip
