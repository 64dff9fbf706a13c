"""What stands beside the fields: the camera's picture, areas, the board, the light, the scanner."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import rendered_board
from builders import lattice_disc, write_picture
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engines.prediction import ImageArray
from station.grabbed import Grabbed
from station.locate.settings import LocateSettings
from station.looks import Look, sight_of
from station.outbox.settings import WebhookSettings
from station.settings_file import load_config
from ui.settings.area_picture import AreaPicture
from ui.settings.calibration_section import CalibrationSection
from ui.settings.camera_section import CameraSection
from ui.settings.lot_section import LotSection
from ui.settings.outputs_section import OutputsSection
from ui.settings.page import SettingsView
from ui.settings.region_section import IGNORE_MM, IGNORE_PX, REGION, RegionSection, Scene
from ui.settings.section import Section
from ui.settings.trigger_section import TriggerSection

GoTo = Callable[[str], Section]


def look_of(image_rgb: ImageArray) -> Look:
    grabbed = Grabbed(image_rgb, datetime.now(timezone.utc), time.monotonic(), 0)
    return Look(grabbed, sight_of(image_rgb), 15.0)


def drag(picture: AreaPicture, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the picture to another, in its own pixels."""
    one, other = (picture.place_of(*place).toPoint() for place in (start, end))
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=one)
    QTest.mouseMove(picture, QPoint((one.x() + other.x()) // 2, (one.y() + other.y()) // 2))
    QTest.mouseMove(picture, other)
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=other)


def test_the_camera_is_seen_before_anything_is_saved(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    section = go_to("Camera")
    assert isinstance(section, CameraSection)
    qtbot.waitUntil(lambda: section.picture.image is not None, timeout=20_000)
    assert section.picture.image is not None and section.picture.image.width() == 320
    page.draft.set("station.camera", "sim:?rate=60&size=200x160")
    qtbot.waitUntil(
        lambda: section.picture.image is not None and section.picture.image.width() == 200,
        timeout=20_000,
    )
    section.act("hold")
    assert section.held.isChecked()
    go_to("Window")
    qtbot.waitUntil(lambda: not section.eye.is_open, timeout=5_000)  # nobody looks: it is let go


def test_from_section_to_section_the_camera_stays_open(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    section = go_to("Camera")
    assert isinstance(section, CameraSection)
    qtbot.waitUntil(lambda: section.picture.image is not None, timeout=20_000)
    thread = page.draft.eye._thread
    assert isinstance(go_to("Calibration"), CalibrationSection)
    assert page.draft.eye._thread is thread and thread is not None and thread.is_alive()
    page.left()
    assert page.desk.wait() and not thread.is_alive(), "the page was left: it is let go"


def test_a_camera_that_cannot_be_opened_says_why_in_the_pictures_place(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    section = go_to("Camera")
    assert isinstance(section, CameraSection)
    page.draft.set("station.camera", "v4l2:/dev/video99")
    qtbot.waitUntil(lambda: "video99" in section.picture.message, timeout=20_000)
    assert section.picture.image is None


def test_the_lines_own_pictures_are_shown_while_it_runs_on_this_camera(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    config = page.desk.config
    assert config is not None
    page.desk.line.run(config)
    section = go_to("Camera")
    assert isinstance(section, CameraSection)
    section.entered()
    assert section.eye.is_lines and section.eye._thread is None
    page.desk.looked.emit(look_of(np.full((120, 160, 3), 90, np.uint8)))
    assert section.picture.image is not None and section.picture.image.width() == 160
    page.desk.line.halt()
    qtbot.waitUntil(lambda: not page.desk.line.is_alive, timeout=30_000)
    assert not section.eye.is_lines
    qtbot.waitUntil(lambda: section.picture.image.width() == 320, timeout=20_000)  # type: ignore[union-attr]


def test_the_line_stops_for_the_camera_and_goes_on_when_the_section_is_left(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    config = page.desk.config
    assert config is not None
    page.desk.line.run(config)
    section = go_to("Camera")
    assert isinstance(section, CameraSection)
    section.entered()
    assert section.stop_line.isVisible()
    QTest.mouseClick(section.stop_line, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.desk.line.is_alive, timeout=30_000)
    page.draft.set("station.camera", "sim:?rate=60&size=200x160")
    qtbot.waitUntil(
        lambda: section.picture.image is not None and section.picture.image.width() == 200,
        timeout=20_000,
    )
    go_to("Window")
    qtbot.waitUntil(lambda: page.desk.line.is_alive, timeout=5_000)
    assert not section.has_stopped


def test_a_window_that_closes_starts_no_line(page: SettingsView, go_to: GoTo, qtbot: QtBot) -> None:
    section = go_to("Camera")
    assert isinstance(section, CameraSection)
    section.has_stopped = True
    page.left()
    page.close()
    qtbot.wait(100)
    assert not page.desk.line.is_alive


@pytest.fixture
def region(page: SettingsView, go_to: GoTo, qtbot: QtBot) -> RegionSection:
    """The section over a picture with a disc of 12 mm, 36 pixels per mm, centred at 250, 262."""
    section = go_to("Region")
    assert isinstance(section, RegionSection)
    qtbot.waitUntil(lambda: section.spec is not None, timeout=20_000)
    page.draft.eye.stop()
    assert page.desk.wait()
    qtbot.wait(50)
    section._locate(lattice_disc())
    qtbot.waitUntil(
        lambda: section.scene is not None and section.scene.image_rgb.shape[0] == 512,
        timeout=20_000,
    )
    return section


def test_a_region_is_drawn_moved_made_larger_and_undone(
    page: SettingsView, region: RegionSection
) -> None:
    region.act("region")
    assert region.picture.is_drawing
    drag(region.picture, (40.0, 30.0), (440.0, 480.0))
    box = page.draft.value(REGION)
    assert isinstance(box, tuple) and np.allclose(box, (40, 30, 400, 450), atol=3)
    assert not region.picture.is_drawing and region.picture.chosen_area is not None
    QTest.keyClick(region.picture, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.draft.value(REGION) == (box[0] + 10, *box[1:])
    QTest.keyClick(region.picture, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert page.draft.value(REGION) == (box[0] + 10, *box[1:3], box[3] + 1)
    page.draft.undo()
    region.act("remove")
    assert page.draft.value(REGION) is None


def test_an_ignored_area_on_a_disc_is_in_millimetres_from_its_centre(
    page: SettingsView, region: RegionSection
) -> None:
    assert region.on_disc
    region.act("ignore")
    drag(region.picture, (250.0 - 72.0, 262.0 + 108.0), (250.0 + 72.0, 262.0 + 144.0))
    (area,) = page.draft.value(IGNORE_MM)  # type: ignore[misc]
    assert np.allclose(area, (-2.0, 3.0, 4.0, 1.0), atol=0.12)
    assert page.draft.value(IGNORE_PX) == ()
    assert LocateSettings(ignore_mm=(area,)).ignore_mm == (area,)
    assert "mm right" in region.readout.text() and "3.00 mm down" in region.readout.text()
    drag(region.picture, (250.0, 262.0 + 126.0), (250.0 + 36.0, 262.0 + 126.0))
    (moved,) = page.draft.value(IGNORE_MM)  # type: ignore[misc]
    assert np.allclose(moved, (area[0] + 1.0, *area[1:]), atol=0.12)
    assert page.draft.undo() and page.draft.value(IGNORE_MM) == (area,)


def test_a_handle_pulls_one_side_and_no_area_leaves_the_picture(
    page: SettingsView, region: RegionSection
) -> None:
    page.draft.set(REGION, (100, 100, 200, 200))
    region.picture.choose(0)
    drag(region.picture, (300.0, 200.0), (360.0, 220.0))
    box = page.draft.value(REGION)
    assert isinstance(box, tuple) and np.allclose(box, (100, 100, 260, 200), atol=3)
    drag(region.picture, (200.0, 200.0), (-400.0, 200.0))
    assert page.draft.value(REGION)[0] == 0  # type: ignore[index]


def test_areas_are_in_pixels_where_no_disc_is_looked_for(
    page: SettingsView, region: RegionSection
) -> None:
    page.draft.set("locate.mode", "frame")
    assert not region.on_disc
    region.act("ignore")
    drag(region.picture, (50.0, 60.0), (90.0, 100.0))
    (area,) = page.draft.value(IGNORE_PX)  # type: ignore[misc]
    assert np.allclose(area, (50, 60, 40, 40), atol=3)
    assert page.draft.value(IGNORE_MM) == ()


def test_without_a_part_in_the_picture_nothing_is_drawn_onto_it(
    page: SettingsView, region: RegionSection
) -> None:
    region._show_scene(Scene(np.full((512, 512, 3), 90, np.uint8), None))
    assert "lay one under the camera" in region.readout.text()
    region.act("ignore")
    drag(region.picture, (50.0, 60.0), (90.0, 100.0))
    assert not page.draft.is_changed


def test_a_board_is_taken_three_times_measured_and_named_in_the_settings(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path
) -> None:
    section = go_to("Calibration")
    assert isinstance(section, CalibrationSection)
    page.draft.eye.stop()
    assert page.desk.wait()
    qtbot.wait(50)
    size: dict[str, Any] = {"size_px": (640, 480), "px_per_mm": 20.0, "focal_px": 1500.0}
    for count, place in enumerate(((0.0, 0.0), (4.0, 3.0), (-4.0, -3.0)), start=1):
        image = rendered_board(centre_mm=place, **size)
        section._on_look(look_of(image))
        qtbot.waitUntil(lambda image=image: section._image is image, timeout=20_000)
        assert section.take.isEnabled()
        assert "40 corners" in section.seen.text()
        section.act("take")
        qtbot.waitUntil(lambda count=count: len(section.poses) == count, timeout=30_000)
        assert section.wrong.text() == ""
    assert section.calibration is not None
    assert section.calibration.px_per_mm == pytest.approx(20.0, rel=2e-3)
    QTest.mouseClick(section.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.draft.keys == ("locate.calibration",), timeout=30_000)
    with qtbot.waitSignal(page.draft.saved, timeout=30_000):
        page.save()
    named = load_config(toml, {}).locate.calibration
    assert named is not None and named.parent == toml.parent and named.is_file()
    assert f'calibration = "{named.name}"' in toml.read_text(encoding="utf-8")


def test_a_pose_that_is_none_is_refused_and_those_before_stay(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    section = go_to("Calibration")
    assert isinstance(section, CalibrationSection)
    page.draft.eye.stop()
    assert page.desk.wait()
    qtbot.wait(50)
    section._on_look(look_of(np.full((240, 320, 3), 120, np.uint8)))
    qtbot.waitUntil(lambda: "No board" in section.seen.text(), timeout=20_000)
    assert not section.take.isEnabled()
    section.act("take")
    assert section.poses == [] and not section.save.isEnabled()
    section.across.setValue(6)
    section.across.editingFinished.emit()
    assert "not as many of the one as of the other" in section.wrong.text()


def test_the_light_counts_what_the_trigger_would_take(
    page: SettingsView, go_to: GoTo, qtbot: QtBot
) -> None:
    section = go_to("Trigger")
    assert isinstance(section, TriggerSection)
    section.test.setChecked(True)

    def taken() -> bool:
        return section._last is not None and section._last.taken >= 1

    qtbot.waitUntil(taken, timeout=60_000)
    assert "taken 1" in section.counts.text()
    go_to("Window")
    assert not section.test.isChecked()
    qtbot.waitUntil(lambda: not section.eye.is_open, timeout=5_000)


def test_only_what_means_something_in_a_mode_is_asked_for(page: SettingsView, go_to: GoTo) -> None:
    section = go_to("Trigger")
    assert section.rows["trigger.still_s"].isVisibleTo(section)
    assert not section.rows["trigger.interval_s"].isVisibleTo(section)
    page.draft.set("trigger.mode", "interval")
    assert section.rows["trigger.interval_s"].isVisibleTo(section)
    assert not section.rows["trigger.still_s"].isVisibleTo(section)


def test_a_scan_is_understood_by_what_is_not_saved_yet(page: SettingsView, go_to: GoTo) -> None:
    section = go_to("Lot, serial number")
    assert isinstance(section, LotSection)
    QTest.keyClicks(section.field, "LOT:L042")
    QTest.keyClick(section.field, Qt.Key.Key_Return)
    assert section.said.text() == "Understood as the serial number LOT:L042."
    page.draft.set("window.lot_prefix", "LOT:")
    assert section.said.text() == "Understood as the lot L042."
    assert "taken for a scanner" in section.speed.text()
    page.draft.set("window.lot_pattern", "[0-9]+")
    assert section.said.objectName() == "bad" and "Refused" in section.said.text()


def test_slow_letters_are_taken_for_fingers(page: SettingsView, go_to: GoTo) -> None:
    section = go_to("Lot, serial number")
    assert isinstance(section, LotSection)
    QTest.keyClicks(section.field, "A17", delay=80)
    QTest.keyClick(section.field, Qt.Key.Key_Return)
    assert "taken for fingers" in section.speed.text()


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    running = HTTPServer(("127.0.0.1", 0), _Receiver)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/parts"
    running.shutdown()
    running.server_close()
    thread.join()


def test_a_receiver_is_added_tried_and_saved(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path, address: str
) -> None:
    section = go_to("Outputs")
    assert isinstance(section, OutputsSection)
    section._add("webhook")
    assert page.draft.unread and not page.bar.save.isEnabled(), "it has no address yet"
    (panel,) = section.panels
    assert not panel.test.isEnabled()
    panel.values.set("webhook.url", address)
    panel.values.rename("mes")
    assert not page.draft.unread and panel.test.isEnabled()
    QTest.mouseClick(panel.test, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "It has the test" in panel.said.text(), timeout=20_000)
    qtbot.waitUntil(lambda: page.bar.save.isEnabled(), timeout=10_000)
    with qtbot.waitSignal(page.draft.saved, timeout=20_000):
        page.save()
    (outbox,) = load_config(toml, {}).outbox
    assert outbox.name == "mes" and outbox.to == WebhookSettings(url=address)
    section.panels[0].removed.emit()
    assert page.draft.value("outbox") == () and "outbox" in page.draft.keys


def test_a_broker_needs_a_host_and_a_secret_no_open_line(page: SettingsView, go_to: GoTo) -> None:
    section = go_to("Outputs")
    assert isinstance(section, OutputsSection)
    section._add("mqtt")
    (panel,) = section.panels
    assert panel.values.error("mqtt.host") == "This is needed."
    panel.values.set("mqtt.host", "broker.example.com")
    assert panel.values.made is not None
    panel.values.set("mqtt.username_env", "USER_NAME")
    panel.values.set("mqtt.password_env", "PASSWORD")
    assert panel.values.made is None and "readable" in str(panel.values.errors)
    panel.values.set("mqtt.tls", True)
    assert panel.values.made is not None and not page.draft.unread


def test_the_gate_is_switched_on_with_a_port_and_off_without_a_trace(
    page: SettingsView, go_to: GoTo
) -> None:
    section = go_to("Outputs")
    assert isinstance(section, OutputsSection)
    QTest.mouseClick(section.gate, Qt.MouseButton.LeftButton)
    assert page.draft.value("gate.port") == 7410 and section.rows["gate.port"].isVisibleTo(section)
    QTest.mouseClick(section.gate, Qt.MouseButton.LeftButton)
    assert not page.draft.is_changed and not section.rows["gate.port"].isVisibleTo(section)


def test_the_picture_of_a_folder_bench_is_the_last_one(
    page: SettingsView, go_to: GoTo, qtbot: QtBot, toml: Path, tmp_path: Path
) -> None:
    (tmp_path / "inbox").mkdir()
    write_picture(tmp_path / "inbox" / "a.png", lattice_disc())
    text = toml.read_text(encoding="utf-8").replace("camera = ", "# camera = ")
    toml.write_text(text.replace("out = ", 'inbox = "inbox"\nout = '), encoding="utf-8")
    page.desk.config = load_config(toml, {})
    section = go_to("Region")
    assert isinstance(section, RegionSection)
    qtbot.waitUntil(lambda: section.picture.image is not None, timeout=20_000)
    qtbot.waitUntil(lambda: section.picture.outline is not None, timeout=20_000)
    assert section.picture.outline is not None
    assert section.picture.outline[:2] == pytest.approx((250.0, 262.0), abs=1.0)
    assert QPointF(*section.picture.outline[:2]) != QPointF(0, 0)
