"""From a first start to a decided part, with nothing but a real window and real keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from real_window import RealWindow, missing, real_window

from engines.prediction import ImageArray
from station.domain import Decision
from station.drawing.signs import SIGNS
from station.store.store import open_store

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")


def decided(database: Path) -> int:
    if not database.is_file():
        return 0
    with open_store(str(database)) as store:
        return len(store.records())


def share_of(picture: ImageArray, colour: tuple[int, int, int]) -> float:
    return float((picture == colour).all(axis=2).mean())


def a_verdict_is_seen(window: RealWindow) -> bool:
    """A third of the window, less what is written on it, in a verdict's colour."""
    picture = window.picture()
    return max(share_of(picture, SIGNS[decision].colour_rgb) for decision in Decision) > 0.2


def test_one_key_from_a_first_start_to_decided_parts(tmp_path: Path) -> None:
    with real_window(("run",), tmp_path) as window:
        window.wait_for_window()
        before = window.picture()
        assert before.shape == (720, 1280, 3) and before.std() > 5, "a page is painted"
        window.press("Return")
        database = tmp_path / "trial" / "inspections.db"
        window.wait_for(lambda: decided(database) >= 1, 180, "a decided part")
        window.wait_for(lambda: a_verdict_is_seen(window), 60, "a verdict's colour")
        live = window.picture()
        for key in ("F2", "F3", "F4", "F5", "F6", "F7", "F8"):
            window.press(key)
            window.wait_for(
                lambda: np.abs(window.picture().astype(int) - live).mean() > 1.0, 20, f"page {key}"
            )
        window.press("F1")
        window.scan("SN-0042")
        window.wait_for(lambda: serial_is_recorded(database), 60, "the scanned serial in a record")
        window.press("ctrl+shift+l", "ctrl+shift+t")
        window.wait_for(lambda: window.picture()[700:, :400].mean() > 150, 20, "the light theme")
        shown = decided(database)
        window.press("ctrl+q")
        assert window.process.wait(60) == 0
        with open_store(str(database)) as store:
            account = store.account("TRIAL")
        assert account.balanced and account.parts_in >= shown
    said = (tmp_path / "stderr.txt").read_text()
    assert "Traceback" not in said, said


def serial_is_recorded(database: Path) -> bool:
    with open_store(str(database)) as store:
        return any(record.part_serial == "SN-0042" for record in store.records())
