"""A bench without a camera and a model of one's own: simulated, with the demo bundle."""

from __future__ import annotations

from pathlib import Path

import engines
from station.config import StationConfig
from station.window_settings import WindowSettings

DEMO_BUNDLE = Path(engines.__file__).parent / "demo.bundle"
CAMERA = "sim:?rate=15&fps=20&size=960x720"
"""Fifteen parts a minute: slow enough to be looked at."""
OUT = "trial"
"""Folder of its results, beside where the window was started."""


def demo_problem() -> str:
    """Why the simulated bench cannot be had here; empty where it can."""
    if (DEMO_BUNDLE / "bundle.json").is_file():
        return ""
    return f"The demo bundle is not installed: {DEMO_BUNDLE} has no bundle.json. Install again."


def demo_bench(folder: Path, window: WindowSettings | None = None) -> StationConfig:
    """Its configuration, with results in FOLDER/trial."""
    return StationConfig(
        bundle=DEMO_BUNDLE,
        out=folder / OUT,
        camera=CAMERA,
        lot="TRIAL",
        window=WindowSettings() if window is None else window,
    )
