"""What stands beside the fields: the camera's picture, the light, the scanner, the receivers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hands import look_of
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from station.outbox.settings import WebhookSettings
from station.settings_file import load_config
from ui.settings.calibration_section import CalibrationSection
from ui.settings.camera_section import CameraSection
from ui.settings.lot_section import LotSection
from ui.settings.outputs_section import OutputsSection
from ui.settings.page import SettingsView
from ui.settings.section import Section
from ui.settings.trigger_section import TriggerSection

GoTo = Callable[[str], Section]


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
