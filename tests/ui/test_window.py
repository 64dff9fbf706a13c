"""The window shows what the station decided, all of it, and ends without losing a part."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from benches import Bench, live_page, pixels, wait_until_done
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.domain import Decision
from station.store.store import open_store
from ui.live.page import LiveView
from ui.live.recent import MOST
from ui.window import MainWindow

Open = Callable[[Bench], MainWindow]


def run_mixed(bench: Bench, open_window: Open, qtbot: QtBot) -> LiveView:
    """1 good, 2 doubtful, 3 marked, 4 marked, 5 broken, 6 no picture at all."""
    bench.put_good("1.png")
    bench.put_doubtful("2.png")
    bench.put_marked("3.png")
    bench.put_marked("4.png")
    bench.put_broken("5.png")
    (bench.config.inbox / "6.txt").write_text("a note")
    window = open_window(bench)
    wait_until_done(qtbot, window)
    return live_page(window)


def index_of(page: LiveView, source: str) -> int:
    return [seen.record.source for seen in page.recent.items].index(source)


def test_the_counters_add_up_and_agree_with_the_database(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    page = run_mixed(bench, open_window, qtbot)
    shown = page.counters.shown()
    assert shown == {
        "in": "6", "PASS": "1", "REVIEW": "1", "REJECT": "2", "ERROR": "2", "yield": "16.7\u00a0%",
    }  # fmt: skip
    with open_store(bench.config.database) as store:
        stored = [record.decision for record in store.records()]
    assert {d.value: str(stored.count(d)) for d in Decision}.items() <= shown.items()


def test_the_banner_says_what_was_decided_about_the_part_in_view(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    page = run_mixed(bench, open_window, qtbot)
    for source, decision in (
        ("1.png", Decision.PASS),
        ("2.png", Decision.REVIEW),
        ("3.png", Decision.REJECT),
        ("5.png", Decision.ERROR),
    ):
        page.look_at(index_of(page, source))
        record = page.recent.items[index_of(page, source)].record
        assert page.banner.decision is decision
        assert page.banner.word == decision.value
        assert page.banner.reason == record.reason
        assert source in page.banner.note
    page.go_live()
    assert page.banner.note == ""


def test_the_defect_is_named_with_its_size_and_place(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    page = run_mixed(bench, open_window, qtbot)
    page.look_at(index_of(page, "3.png"))
    record = page.recent.items[index_of(page, "3.png")].record
    assert record.defect_x_mm == pytest.approx(2.0, abs=0.4)
    assert record.defect_y_mm == pytest.approx(-1.5, abs=0.4)
    assert f"{record.defect_size_mm:.1f} mm at x " in page.banner.claim
    assert page.banner.claim.startswith("marked ")


def test_h_hides_heat_and_marks_pixel_on_pixel(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    page = run_mixed(bench, open_window, qtbot)
    page.look_at(index_of(page, "3.png"))
    source = cv2.imread(str(bench.config.inbox / "processed" / "3.png"))[..., ::-1]
    np.testing.assert_array_equal(pixels(page.picture.image), source)
    drawn = pixels(page.picture.grab().toImage())
    qtbot.keyClick(page, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: not page.heat_shown)
    plain = pixels(page.picture.grab().toImage())
    assert (drawn != plain).any(axis=2).mean() > 0.02
    qtbot.keyClick(page, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: page.heat_shown)
    np.testing.assert_array_equal(pixels(page.picture.grab().toImage()), drawn)


def test_arrows_and_clicks_look_again_and_l_goes_live(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    page = run_mixed(bench, open_window, qtbot)
    order = [seen.record.source for seen in page.recent.items]

    def in_view() -> str:
        assert page.recent.current is not None
        return page.recent.current.record.source

    assert in_view() == order[-1]
    qtbot.keyClick(page, Qt.Key.Key_Left)
    qtbot.keyClick(page, Qt.Key.Key_Left)
    assert in_view() == order[-3]
    qtbot.keyClick(page, Qt.Key.Key_Right)
    assert in_view() == order[-2]
    qtbot.mouseClick(page.strip.buttons[0], Qt.MouseButton.LeftButton)
    assert in_view() == order[0]
    assert [b.isChecked() for b in page.strip.buttons].index(True) == 0
    qtbot.keyClick(page, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: page.recent.live)
    assert in_view() == order[-1]


def test_the_strip_keeps_the_last_dozen_and_the_counters_all(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    for index in range(MOST + 2):
        bench.put_good(f"{index:02d}.png")
    window = open_window(bench)
    wait_until_done(qtbot, window)
    page = live_page(window)
    assert page.counters.shown()["in"] == str(MOST + 2)
    window.resize(1600, 720)
    visible = [button for button in page.strip.buttons if button.isVisible()]
    assert len(visible) == MOST
    assert visible[-1].toolTip().startswith(f"{MOST + 1:02d}.png: PASS")
    window.resize(1000, 600)
    qtbot.waitUntil(lambda: sum(b.isVisible() for b in page.strip.buttons) < MOST)
    assert page.strip.buttons[MOST - 1].isVisible(), "the newest stays"


def test_a_part_without_a_picture_says_so(bench: Bench, open_window: Open, qtbot: QtBot) -> None:
    page = run_mixed(bench, open_window, qtbot)
    page.look_at(index_of(page, "5.png"))
    assert page.picture.image is None
    assert page.picture.message == "There is no picture of 5.png."


def test_closing_finishes_the_part_in_hand_and_leaves_the_rest(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    count = 60
    for index in range(count):
        bench.put_marked(f"{index:02d}.png")
    window = open_window(bench.with_(once=False))
    page = live_page(window)
    qtbot.waitUntil(lambda: page.count.total >= 2, timeout=30_000)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert not window.desk.line.is_alive
    with open_store(bench.config.database) as store:
        rows = len(store.records())
    waiting = len(list(bench.config.inbox.glob("*.png")))
    moved = len(list((bench.config.inbox / "processed").glob("*.png")))
    assert rows == moved == page.count.total
    assert rows + waiting == count
    assert waiting > 0, "it stopped before the end"


def test_a_bundle_that_is_missing_stops_the_window_with_its_reason(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    bench.put_good("1.png")
    window = open_window(bench.with_(bundle=bench.config.inbox / "none.bundle"))
    wait_until_done(qtbot, window)
    page = live_page(window)
    assert page.banner.word == "STOPPED" and page.banner.decision is Decision.ERROR
    assert "none.bundle" in page.banner.reason
    assert page.counters.shown()["in"] == "0"
    assert (bench.config.inbox / "1.png").exists()


def test_whatever_breaks_in_the_thread_is_seen_in_the_window(
    bench: Bench, open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("ui.line.run_station", broken)
    window = open_window(bench)
    wait_until_done(qtbot, window)
    assert "ZeroDivisionError: of all things" in live_page(window).banner.reason


def test_the_status_bar_names_engine_bundle_and_inbox(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    from PyQt6.QtWidgets import QLabel

    page = run_mixed(bench, open_window, qtbot)
    window = page.window()
    assert isinstance(window, MainWindow)
    bar = window.statusBar()
    assert bar is not None
    text = " ".join(label.text() for label in bar.findChildren(QLabel))
    assert "openvino" in text and "red.bundle" in text and "inbox" in text
