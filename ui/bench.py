"""How long a part's verdict takes to the banner, and whether hours at the bench cost memory.

The real window on the simulated bench, in one run: the engine's own time beside the operator's. The
bench is filmed first: drawing it meanwhile would cost more than any camera.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from PyQt6.QtCore import QCoreApplication, QEvent, QTimer
from PyQt6.QtWidgets import QApplication

from engines.bundle import GOLDEN, load_bundle
from engines.golden import read_golden
from station.capture.filming import film
from station.capture.settings import CaptureSettings
from station.capture.source import open_source
from station.config import StationConfig
from station.errors import StationError
from station.first_run import OUT
from ui.app import SWITCH_S
from ui.line import State
from ui.live.page import LiveView
from ui.seen import Seen
from ui.window import MainWindow

WARM = 5
"""So many parts are not counted: the first opens the font, the first write the journal."""
SAMPLE_MS = 10_000
BENCH = "sim:?rate=60&fps=20&size=960x720&real_time=0"
FPS = 20.0
FILMED = 1200
"""Pictures of the film: a minute, shown again and again."""
PAGE = 4096
"""Bytes of a page of memory, as /proc counts it."""
MB = 1e6


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """What was measured in one run."""

    parts: int
    minutes: float
    engine_p50_ms: float
    engine_p95_ms: float
    banner_p50_ms: float
    """From the trigger's telling of a part, with its sharp picture, to its painted banner."""
    banner_p95_ms: float
    pictures_per_s: float
    """Of the camera, painted."""
    memory_mb: tuple[float, ...]
    """Resident, every ten seconds."""

    @property
    def beyond_engine_p95_ms(self) -> float:
        """What all but the engine adds, at the 95th percentile."""
        return self.banner_p95_ms - self.engine_p95_ms

    @property
    def growth_mb_per_hour(self) -> float:
        """Slope of the memory over the second half, in which all caches are warm."""
        late = np.asarray(self.memory_mb[len(self.memory_mb) // 2 :])
        if len(late) < 3:
            return float("nan")
        hours = np.arange(len(late)) * SAMPLE_MS / 3.6e6
        return float(np.polyfit(hours, late, 1)[0])

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        extra = {
            "beyond_engine_p95_ms": self.beyond_engine_p95_ms,
            "growth_mb_per_hour": self.growth_mb_per_hour,
        }
        return asdict(self) | extra


class _Stopwatch:
    """Listens to a window, and ends the application when it has enough."""

    def __init__(self, window: MainWindow, parts: int, minutes: float) -> None:
        self.window, self.parts, self.minutes = window, parts, minutes
        self.engine_ms: list[float] = []
        self.banner_ms: list[float] = []
        self.memory_mb: list[float] = []
        self.pictures = self.seen = 0
        self.began_s = time.monotonic()
        live = window.view("live")
        assert isinstance(live, LiveView)
        self.live = live
        window.desk.decided.connect(self.on_decided)
        window.desk.looked.connect(self.on_look)
        window.desk.line.changed.connect(self.on_changed)
        self.timer = QTimer()
        self.timer.timeout.connect(self.sample)
        self.timer.start(SAMPLE_MS)

    @property
    def spent_min(self) -> float:
        return (time.monotonic() - self.began_s) / 60.0

    @property
    def said(self) -> str:
        parts, spent, memory = len(self.banner_ms), self.spent_min, resident_mb()
        return f"{parts} parts, {spent:.1f} min, {memory:.0f} MB"

    def on_decided(self, seen: Seen) -> None:
        self.live.banner.repaint()
        self.seen += 1
        if seen.told_s is not None and self.seen > WARM:
            self.banner_ms.append(1000.0 * (time.monotonic() - seen.told_s))
            self.engine_ms.append(seen.engine_ms)
        self.end_if_enough()

    def on_look(self, _look: object) -> None:
        self.pictures += 1

    def on_changed(self) -> None:
        if self.window.desk.line.state in (State.FAILED, State.ENDED):
            QCoreApplication.quit()

    def sample(self) -> None:
        self.memory_mb.append(resident_mb())
        self.end_if_enough()

    def end_if_enough(self) -> None:
        if len(self.banner_ms) >= self.parts and self.spent_min >= self.minutes:
            self.window.close()


def measure_window(
    bundle: Path,
    out: Path,
    parts: int,
    minutes: float,
    say: Callable[[str], None],
    camera: str | None = None,
) -> WindowFigures:
    """Run the window until so many parts were decided and so many minutes are over.

    camera: an address in place of the filmed bench. Raises StationError where the line stops
    before.
    """
    if camera is None:
        film_of = out / "bench.avi"
        _film(bundle, film_of, say)
        camera = f"video:{film_of}?real_time=1&loop=1"
    application = cast(QApplication, QApplication.instance() or QApplication(sys.argv[:1]))
    application.setStyle("Fusion")
    sys.setswitchinterval(SWITCH_S)
    config = StationConfig(bundle=bundle, out=out / OUT, camera=camera, lot="BENCH")
    window = MainWindow(config)
    window.show()
    watch = _Stopwatch(window, parts, minutes)
    timer = QTimer()
    timer.timeout.connect(
        lambda: say(
            f"{len(watch.banner_ms)} parts, {watch.spent_min:.1f} min, {resident_mb():.0f} MB"
        )
    )
    timer.start(SAMPLE_MS)
    application.exec()
    failure = window.desk.line.failure
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if failure or not watch.banner_ms:
        raise StationError(f"the line stopped before it was measured: {failure or 'no part came'}")
    engine, banner = np.asarray(watch.engine_ms), np.asarray(watch.banner_ms)
    return WindowFigures(
        parts=len(banner),
        minutes=watch.spent_min,
        engine_p50_ms=float(np.percentile(engine, 50)),
        engine_p95_ms=float(np.percentile(engine, 95)),
        banner_p50_ms=float(np.percentile(banner, 50)),
        banner_p95_ms=float(np.percentile(banner, 95)),
        pictures_per_s=watch.pictures / max(1e-9, 60.0 * watch.spent_min),
        memory_mb=tuple(watch.memory_mb),
    )


def _film(bundle: Path, path: Path, say: Callable[[str], None]) -> None:
    golden = read_golden(load_bundle(bundle).path / GOLDEN)
    parts = ((name, golden.image(index)) for index, name in enumerate(golden.names))
    source = open_source(BENCH, CaptureSettings(), sim_parts=lambda: parts)
    film(
        source,
        path,
        FILMED,
        FPS,
        lambda count: say(f"filming the bench: {count} of {FILMED}") if count % 400 == 0 else None,
    )


def resident_mb() -> float:
    """Memory of this process that is in RAM now; its peak where the system does not say."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * PAGE / MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB
