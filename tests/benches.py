"""A bench for the window's tests: an inbox, a way to fill it, and eyes for what is painted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from builders import lattice_disc, write_picture
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engines.prediction import ImageArray
from station.config import StationConfig
from ui.line import State
from ui.live.page import LiveView
from ui.window import MainWindow


@dataclass(frozen=True, slots=True)
class Bench:
    """An inbox with its configuration, and a way to put parts into it."""

    config: StationConfig

    def put_good(self, name: str) -> None:
        write_picture(self.config.inbox / name, lattice_disc())

    def put_marked(self, name: str) -> None:
        write_picture(self.config.inbox / name, lattice_disc((2.0, -1.5), mark_size_mm=2.0))

    def put_doubtful(self, name: str) -> None:
        """Between the two thresholds: see red_mark_bundle."""
        disc = lattice_disc((2.0, -1.5), mark_size_mm=2.0, redness=0.3)
        write_picture(self.config.inbox / name, disc)

    def put_broken(self, name: str) -> None:
        (self.config.inbox / name).write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")

    def with_(self, **changes: object) -> Bench:
        return replace(self, config=replace(self.config, **changes))  # type: ignore[arg-type]


def inbox_config(root: Path, bundle: Path) -> StationConfig:
    """An inbox that is worked through once, and results beside it."""
    return StationConfig(
        inbox=root / "inbox",
        bundle=bundle,
        out=root / "out",
        once=True,
        duplicates="inspect",
        settle_s=0.02,
        patience_s=0.05,
        cache_dir=root / "cache",
    )


def wait_until_done(qtbot: QtBot, window: MainWindow) -> None:
    """Until the inbox is empty and the window has shown all of it."""
    qtbot.waitUntil(lambda: is_done(window), timeout=30_000)


def is_done(window: MainWindow) -> bool:
    return window.desk.line.state in (State.ENDED, State.FAILED)


def live_page(window: MainWindow) -> LiveView:
    view = window.view("live")
    assert isinstance(view, LiveView)
    return view


def pixels(image: QImage | None) -> ImageArray:
    assert image is not None
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    bits = rgb.constBits()
    assert bits is not None
    rows = np.frombuffer(bits.asstring(rgb.sizeInBytes()), np.uint8)
    rows = rows.reshape(rgb.height(), rgb.bytesPerLine())[:, : 3 * rgb.width()]
    return rows.reshape(rgb.height(), rgb.width(), 3).copy()
