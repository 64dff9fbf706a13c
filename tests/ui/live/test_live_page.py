"""Live on a simulated camera: full-rate pictures, a verdict only over its own part, the lot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from benches import Bench, live_page, pixels
from builders import lattice_disc, write_picture
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.domain import Decision
from station.store.store import open_store
from ui.live.page import LiveView
from ui.window import MainWindow

Open = Callable[[Bench], MainWindow]


@pytest.fixture
def camera_bench(bench: Bench, tmp_path: Path) -> Bench:
    folder = tmp_path / "photographs"
    folder.mkdir()
    write_picture(folder / "0.png", lattice_disc((2.0, -1.5), mark_size_mm=2.0))
    write_picture(folder / "1.png", lattice_disc())
    camera = f"sim:{folder}?rate=20&fps=20&size=480x360&seed=3"
    return bench.with_(inbox=None, camera=camera, once=False, lot="L1")


def wait_for_parts(qtbot: QtBot, page: LiveView, count: int) -> None:
    qtbot.waitUntil(lambda: len(page.recent.items) >= count, timeout=60_000)


def test_the_camera_is_seen_and_a_verdict_leaves_with_its_part(
    camera_bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(camera_bench)
    page = live_page(window)
    qtbot.waitUntil(lambda: page.picture.image is not None, timeout=60_000)
    first = pixels(page.picture.image)
    assert first.shape == (360, 480, 3)
    wait_for_parts(qtbot, page, 1)
    decided = page.recent.items[0].record.decision
    qtbot.waitUntil(lambda: page.picture.decision is decided, timeout=10_000)
    assert page.banner.decision is decided
    assert page.picture.marks.outlines, "the part's outline lies over the live picture"
    qtbot.waitUntil(lambda: page.picture.decision is None, timeout=20_000)
    assert not page.picture.marks.outlines
    assert (pixels(page.picture.image) != first).any()


def test_looking_back_holds_the_part_while_the_camera_goes_on(
    camera_bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    page = live_page(open_window(camera_bench))
    wait_for_parts(qtbot, page, 1)
    qtbot.keyClick(page, Qt.Key.Key_Left)
    held = pixels(page.picture.image)
    qtbot.wait(400)
    np.testing.assert_array_equal(pixels(page.picture.image), held)
    assert page.banner.note
    qtbot.keyClick(page, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: page.recent.live)
    qtbot.waitUntil(lambda: (pixels(page.picture.image) != held).any(), timeout=10_000)


def test_a_lot_that_is_typed_holds_for_the_parts_that_come_then(
    camera_bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    page = live_page(open_window(camera_bench))
    wait_for_parts(qtbot, page, 1)
    page.lot_bar.lot.setFocus()
    page.lot_bar.lot.selectAll()
    qtbot.keyClicks(page.lot_bar.lot, "L2")
    qtbot.keyClick(page.lot_bar.lot, Qt.Key.Key_Return)
    before = len(page.recent.items)
    wait_for_parts(qtbot, page, before + 2)
    assert page.recent.items[-1].record.lot == "L2"
    with open_store(camera_bench.config.database) as store:
        stored = store.account("L2")
    qtbot.waitUntil(lambda: page.count.lot == "L2" and page.count.total >= stored.parts_in - 1)
    assert page.counters.shown()["in"] == str(page.count.total)


def test_a_lot_that_cannot_be_is_refused_in_words_and_the_old_one_stays(
    camera_bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(camera_bench)
    page = live_page(window)
    qtbot.waitUntil(lambda: not window.session.shut, timeout=60_000)
    page.lot_bar.lot.setFocus()
    qtbot.keyClicks(page.lot_bar.lot, "x" * 101)
    qtbot.keyClick(page.lot_bar.lot, Qt.Key.Key_Return)
    assert "lot" in window.notices.text
    assert window.desk.line.labels.now.lot == "L1"


def test_the_space_bar_asks_for_a_part_where_the_trigger_waits_for_it(
    camera_bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    from station.trigger.settings import TriggerSettings

    window = open_window(camera_bench.with_(trigger=TriggerSettings(mode="manual")))
    page = live_page(window)
    qtbot.waitUntil(lambda: page.picture.image is not None, timeout=60_000)
    assert not page.recent.items
    qtbot.keyClick(page.picture, Qt.Key.Key_Space)
    wait_for_parts(qtbot, page, 1)
    assert page.recent.items[0].record.decision in set(Decision) - {Decision.ERROR}
