"""A simulated bench with a good and a marked disc, and the page that drives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from builders import lattice_disc, write_picture
from golden_records import SOUND, golden_record
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.domain import Decision, Record
from station.sayings import Severity
from station.shift.golden import GoldenPart
from station.shift.overview import take_up
from station.shift.settings import ShiftSettings
from station.store.store import open_store
from ui.desk import Desk
from ui.shift.page import ShiftView

SHIFT = ShiftSettings(required=True, placements=3)


def sim_config(folder: Path, bundle: Path, **changes: object) -> StationConfig:
    """A bench that lays parts down as fast as they can be drawn; production is locked."""
    write_picture(folder / "parts" / "good.png", lattice_disc())
    write_picture(folder / "parts" / "marked.png", lattice_disc((2.0, -1.5), mark_size_mm=2.5))
    values: dict[str, object] = {
        "camera": f"sim:{folder / 'parts'}?rate=120&size=640x480&light=0&real_time=0",
        "bundle": bundle, "out": folder / "out", "station": "bench-1", "lot": "L42",
        "cache_dir": folder / "cache", "shift": SHIFT,
    }  # fmt: skip
    return StationConfig(**{**values, **changes})  # type: ignore[arg-type]


@dataclass(slots=True)
class Bench:
    """The page and its desk, which drives the line."""

    view: ShiftView
    desk: Desk
    config: StationConfig
    """Of production."""
    said: list[tuple[str, Severity]] = field(default_factory=list)

    def settle(self, qtbot: QtBot, until: Callable[[], bool]) -> None:
        """Until that is so, and no question waits."""
        qtbot.waitUntil(until, timeout=60_000)
        self.desk.wait()
        QApplication.processEvents()

    def load(self, qtbot: QtBot) -> None:
        """The page comes into sight and knows what is so."""
        self.view.entered()
        self.settle(qtbot, lambda: self.view.checking.now is not None)


def open_bench(qtbot: QtBot, config: StationConfig) -> Bench:
    desk = Desk(config)
    view = ShiftView(desk)
    bench = Bench(view, desk, config)
    desk.said.connect(lambda text, severity: bench.said.append((text, severity)))
    view.resize(1180, 640)
    view.show()
    return bench


def close_bench(qtbot: QtBot, bench: Bench) -> None:
    """The window closes: nothing of it works on."""
    bench.view.left()
    bench.desk.line.halt()
    qtbot.waitUntil(lambda: not bench.desk.line.is_alive, timeout=60_000)
    bench.desk.wait()
    QApplication.processEvents()
    bench.view.close()
    bench.view.deleteLater()


def know_golden_parts(config: StationConfig, bundle_sha256: str) -> None:
    """Golden parts with records as other tests draw them; no part is laid down for it."""
    now = datetime.now(timezone.utc)
    with open_store(config.database) as store:
        for part, decision, score in (
            (GoldenPart("GOOD-1", True, "drawer 2", "good.png"), Decision.PASS, 0.02),
            (GoldenPart("BAD-1", False, "drawer 2", "marked.png"), Decision.REJECT, 0.98),
        ):
            records: list[Record] = [
                golden_record(
                    number, decision, score, {name: v * (1 + 1e-4 * number) for name, v in
                                              SOUND.items()}, bundle_sha256=bundle_sha256,
                )
                for number in range(5)
            ]  # fmt: skip
            take_up(store, config, part, records, "Grace", now)
