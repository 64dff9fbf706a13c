"""A live camera over a real stream: the newest picture, alarms, and back again after a loss."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from mjpeg_server import mjpeg_camera

from station.capture.alarm import Alarm
from station.capture.settings import CaptureSettings
from station.capture.source import Source, open_source
from station.errors import ConfigError
from station.grabbed import Grabbed

QUICK = CaptureSettings(lost_after_s=1.0, retry_first_s=0.05, retry_most_s=0.2)
BOUND_S = 60.0
"""A test that waits for longer has failed; the machine may be busy."""


class Told:
    """Alarms in order."""

    def __init__(self) -> None:
        self.alarms: list[tuple[Alarm, str]] = []

    def __call__(self, kind: Alarm, text: str) -> None:
        self.alarms.append((kind, text))

    def kinds(self) -> list[Alarm]:
        return [kind for kind, _ in self.alarms]


def pictures(source: Source, stop_event: threading.Event) -> Iterator[Grabbed]:
    """The stream, which fails the test instead of waiting for ever."""
    timer = threading.Timer(BOUND_S, stop_event.set)
    timer.start()
    try:
        yield from source.frames(stop_event)
    finally:
        timer.cancel()


def test_a_camera_that_dies_is_lost_and_comes_back() -> None:
    told, stop_event = Told(), threading.Event()
    with mjpeg_camera() as camera, open_source(camera.uri, QUICK, on_alarm=told) as source:
        stream = pictures(source, stop_event)
        before = [next(stream) for _ in range(5)]
        camera.unplug()
        until_s = time.monotonic() + BOUND_S
        while Alarm.LOST not in told.kinds() and time.monotonic() < until_s:
            time.sleep(0.02)
        assert told.kinds() == [Alarm.LOST]
        camera.plug_in()
        last = before[-1]
        for last in stream:
            if last.monotonic_s - before[-1].monotonic_s > 0.3 and Alarm.BACK in told.kinds():
                break
        assert told.kinds() == [Alarm.LOST, Alarm.BACK]
        assert last.index > before[-1].index
        assert last.at > before[-1].at
        assert "is lost: " in told.alarms[0][1]
        stream.close()


def test_a_camera_that_is_not_there_yet_is_waited_for() -> None:
    told, stop_event = Told(), threading.Event()
    with mjpeg_camera() as camera:
        camera.unplug()
        with open_source(camera.uri, QUICK, on_alarm=told) as source:
            until_s = time.monotonic() + BOUND_S
            while not told.alarms and time.monotonic() < until_s:
                time.sleep(0.02)
            camera.plug_in()
            stream = pictures(source, stop_event)
            assert next(stream).image_rgb.shape == (120, 160, 3)
            stream.close()
    assert told.kinds()[0] is Alarm.LOST


def test_a_camera_that_hangs_is_lost_though_its_line_stands() -> None:
    told, stop_event = Told(), threading.Event()
    with mjpeg_camera() as camera, open_source(camera.uri, QUICK, on_alarm=told) as source:
        stream = pictures(source, stop_event)
        next(stream)
        camera.hangs.set()
        until_s = time.monotonic() + BOUND_S
        while not told.alarms and time.monotonic() < until_s:
            time.sleep(0.02)
        assert told.kinds()[0] is Alarm.LOST
        camera.hangs.clear()
        for _ in stream:
            if Alarm.BACK in told.kinds():
                break
        assert Alarm.BACK in told.kinds()
        stream.close()


def test_a_busy_station_gets_the_newest_picture_and_not_the_backlog() -> None:
    stop_event = threading.Event()
    with mjpeg_camera(fps=50) as camera, open_source(camera.uri, QUICK) as source:
        stream = pictures(source, stop_event)
        first = next(stream)
        time.sleep(1.5)
        asked_s = time.monotonic()
        second = next(stream)
        assert second.index - first.index > 10
        assert asked_s - second.monotonic_s < 0.5
        stream.close()


def test_a_frozen_stream_is_told_as_stuck() -> None:
    told, stop_event = Told(), threading.Event()
    settings = CaptureSettings(lost_after_s=5.0, retry_first_s=0.05, stuck_after_s=0.5)
    with mjpeg_camera() as camera, open_source(camera.uri, settings, on_alarm=told) as source:
        stream = pictures(source, stop_event)
        next(stream)
        camera.freezes.set()
        for _ in stream:
            if Alarm.STUCK in told.kinds():
                break
        camera.freezes.clear()
        for _ in stream:
            if Alarm.MOVING in told.kinds():
                break
        assert [k for k in told.kinds() if k in (Alarm.STUCK, Alarm.MOVING)] == [
            Alarm.STUCK,
            Alarm.MOVING,
        ]
        stream.close()


def test_what_the_device_gives_is_read_back_and_what_it_ignores_is_told() -> None:
    told, stop_event = Told(), threading.Event()
    settings = CaptureSettings(exposure_ms=4.0, lost_after_s=2.0)
    with mjpeg_camera() as camera, open_source(camera.uri, settings, on_alarm=told) as source:
        stream = pictures(source, stop_event)
        next(stream)
        facts = source.facts()
        stream.close()
    assert (facts["width_px"], facts["height_px"]) == (160.0, 120.0)
    assert facts["exposure_ms_asked"] == 4.0
    assert "exposure_ms" not in facts
    ignored = [text for kind, text in told.alarms if kind is Alarm.IGNORED]
    assert len(ignored) == 1
    assert "capture.exposure_ms is 4, but it says nothing" in ignored[0]


def test_a_stop_ends_the_stream_of_a_lost_camera() -> None:
    stop_event = threading.Event()
    with mjpeg_camera() as camera:
        camera.unplug()
        with open_source(camera.uri, QUICK) as source:
            threading.Timer(0.3, stop_event.set).start()
            assert list(source.frames(stop_event)) == []


def test_a_password_is_neither_told_nor_recorded() -> None:
    told, stop_event = Told(), threading.Event()
    with mjpeg_camera() as camera:
        uri = camera.uri.replace("http://", "http://bench:secret@")
        with open_source(uri, QUICK, on_alarm=told) as source:
            stream = pictures(source, stop_event)
            next(stream)
            camera.unplug()
            until_s = time.monotonic() + BOUND_S
            while not told.alarms and time.monotonic() < until_s:
                time.sleep(0.02)
            assert "secret" not in str(source.facts()) + str(told.alarms)
            assert "***@127.0.0.1" in str(source.facts()["source"])
            stream.close()


@pytest.mark.skipif(Path("/dev/video0").exists(), reason="this machine has a camera of its own")
def test_a_v4l2_camera_that_is_missing_is_told_with_those_that_are_there() -> None:
    told, stop_event = Told(), threading.Event()
    with open_source("0", QUICK, on_alarm=told) as source:
        threading.Timer(1.0, stop_event.set).start()
        assert list(source.frames(stop_event)) == []
    assert told.kinds() == [Alarm.LOST], "told once, however often it is tried"
    assert "there is no /dev/video0 (cameras here: none)" in told.alarms[0][1]


@pytest.mark.skipif(
    not Path("/dev/video0").exists(), reason="no /dev/video0, neither a camera nor a loopback"
)
def test_a_v4l2_camera_gives_pictures() -> None:
    stop_event = threading.Event()
    with open_source("v4l2:/dev/video0", CaptureSettings(lock=False)) as source:
        stream = pictures(source, stop_event)
        assert next(stream).image_rgb.ndim == 3
        stream.close()


@pytest.mark.skipif(
    "GStreamer:                   YES" in cv2.getBuildInformation(),
    reason="this OpenCV has GStreamer",
)
def test_gstreamer_without_its_opencv_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match=r"built without GStreamer\. Install an OpenCV"):
        open_source("gst:nvarguscamerasrc ! videoconvert ! appsink", CaptureSettings())


RTSP = """
import gi, sys
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc is-live=true pattern=snow ! jpegenc ! rtpjpegpay name=pay0 )")
factory.set_shared(True)
server.get_mount_points().add_factory("/bench", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


def _rtsp_server(port: int) -> subprocess.Popen[str] | None:
    """A real RTSP server of Debian's packages; None where they are missing."""
    python = shutil.which("python3", path="/usr/bin")
    if python is None:
        return None
    server = subprocess.Popen(
        [python, "-c", RTSP, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    if server.stdout.readline().strip() == "ready":
        return server
    server.wait(10)
    server.stdout.close()
    return None


def _end(server: subprocess.Popen[str]) -> None:
    server.kill()
    server.wait(10)
    assert server.stdout is not None
    server.stdout.close()


def test_an_rtsp_camera_that_dies_comes_back() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = _rtsp_server(port)
    if server is None:
        pytest.skip("no RTSP server here: gir1.2-gst-rtsp-server-1.0 and python3-gi are missing")
    told, stop_event = Told(), threading.Event()
    settings = CaptureSettings(lost_after_s=2.0, retry_first_s=0.1, retry_most_s=0.5)
    try:
        with open_source(f"rtsp://127.0.0.1:{port}/bench", settings, on_alarm=told) as source:
            stream = pictures(source, stop_event)
            assert next(stream).image_rgb.shape == (240, 320, 3)
            _end(server)
            until_s = time.monotonic() + BOUND_S
            while Alarm.LOST not in told.kinds() and time.monotonic() < until_s:
                time.sleep(0.05)
            server = _rtsp_server(port)
            assert server is not None
            for _ in stream:
                if Alarm.BACK in told.kinds():
                    break
            assert told.kinds()[:2] == [Alarm.LOST, Alarm.BACK]
            stream.close()
    finally:
        if server is not None:
            _end(server)
