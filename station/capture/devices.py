"""How each kind of live camera is opened: V4L2, network, GStreamer."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import cv2

from station.capture.address import Address, shown
from station.capture.camera import OPENING_S, Device
from station.capture.settings import CaptureSettings
from station.errors import ConfigError


def v4l2(address: Address) -> Device:
    """A camera on this machine: `v4l2:0`, `v4l2:/dev/video0`, `v4l2:/dev/v4l/by-id/...`."""
    if not address.name:
        raise ConfigError("v4l2: names no device. Give its number or path, such as v4l2:0.")
    address.all_taken()
    path = Path(f"/dev/video{address.name}" if address.name.isdecimal() else address.name)
    if not path.is_absolute():
        raise ConfigError(
            "v4l2: names {name!r}; expected a number or a path, such as v4l2:/dev/video0.",
            name=address.name,
        )

    def why_not() -> str:
        if not path.exists():
            there = ", ".join(str(p) for p in sorted(Path("/dev").glob("video*"))) or "none"
            return f"there is no {path} (cameras here: {there}). Plug it in."
        if not os.access(path, os.R_OK | os.W_OK):
            return f"{path} may not be opened by this user. Add the user to the group `video`."
        return f"{path} does not open: another program may hold it, or it is no camera."

    return Device(f"v4l2:{path}", lambda: cv2.VideoCapture(str(path), cv2.CAP_V4L2), True, why_not)


def network(address: Address, settings: CaptureSettings) -> Device:
    """A camera on the network, RTSP or HTTP, through FFmpeg."""
    open_ms, read_ms = round(1000.0 * OPENING_S), round(1000.0 * settings.lost_after_s)

    def open_it() -> Any:
        return cv2.VideoCapture(
            address.name,
            cv2.CAP_FFMPEG,
            [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                open_ms,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                read_ms,
            ],
        )

    def why_not() -> str:
        return "it does not answer with a stream of pictures. Look at its address and the network."

    return Device(shown(address.name), open_it, False, why_not)


def gstreamer(address: Address) -> Device:
    """A GStreamer pipeline, such as a CSI camera's on a Jetson."""
    if not has_gstreamer(cv2.getBuildInformation()):
        raise ConfigError(
            "gst: this OpenCV ({version}) was built without GStreamer. Install an OpenCV "
            "with it (on a Jetson, the one of JetPack), or use v4l2: or rtsp:.",
            version=cv2.__version__,
        )
    pipeline = address.name.strip()
    if "appsink" not in pipeline:
        raise ConfigError(
            "gst: the pipeline {pipeline!r} has no appsink, so no picture can be taken "
            "from it. End it with: ! videoconvert ! video/x-raw,format=BGR ! appsink "
            "drop=true max-buffers=1",
            pipeline=pipeline,
        )

    def why_not() -> str:
        return "the pipeline does not start. Try it with gst-launch-1.0."

    return Device(
        f"gst:{shown(pipeline)}",
        lambda: cv2.VideoCapture(pipeline, cv2.CAP_GSTREAMER),
        False,
        why_not,
    )


def has_gstreamer(build: str) -> bool:
    """Whether OpenCV's own build information says that it has GStreamer."""
    return re.search(r"GStreamer:\s+YES", build) is not None
