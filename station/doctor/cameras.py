"""Cameras: those that are plugged in, who may open them, and whether the configured one gives a
picture."""

from __future__ import annotations

import getpass
import grp
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.errors import EngineError
from station.capture.address import shown
from station.capture.alarm import Alarm
from station.config import StationConfig
from station.doctor.finding import Finding, State
from station.errors import StationError
from station.preview import DEVICES, NAMES, CameraHere, cameras_here, preview_source

GROUP = "cameras"
PICTURE_S = 15.0
"""So long a camera may take to its first picture."""
RULES = "deploy/70-scaffold-station.rules"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks."""

    name: str
    active: frozenset[int]
    """Groups of this session."""
    entered: frozenset[int]
    """Groups that a new session would have."""


def this_user() -> User:
    """The one who runs this."""
    name = getpass.getuser()
    entered = frozenset(os.getgrouplist(name, os.getegid()))
    return User(name, frozenset({os.getegid(), *os.getgroups()}), entered)


def look_at_cameras(
    config: StationConfig | None, devices: Path = DEVICES, names: Path = NAMES
) -> Iterator[Finding]:
    """Each V4L2 camera, then the configured one, which is really opened unless a station has it."""
    found = cameras_here(devices, names)
    for camera in found:
        yield _one(camera, this_user())
    if not found:
        yield Finding(
            GROUP, "v4l2", State.ABSENT, f"no {devices}/video*",
            "Plug a USB camera in (`lsusb` shows whether the machine sees it); network cameras and "
            "a watched folder need none.",
        )  # fmt: skip
    if config is not None and config.camera is not None:
        yield _picture(config)


def _one(camera: CameraHere, user: User) -> Finding:
    path = Path(camera.address.removeprefix("v4l2:"))
    if os.access(path, os.R_OK | os.W_OK):
        return Finding(GROUP, str(path), State.OK, f"{camera.name}, may be opened")
    about = path.stat()
    remedy = way_in(path.resolve(), about.st_gid, stat.S_IMODE(about.st_mode), user)
    return Finding(
        GROUP, str(path), State.FAILED, f"{camera.name}, may not be opened by {user.name}", remedy
    )


def way_in(path: Path, gid: int, mode: int, user: User) -> str:
    """What lets a user open a device that belongs to a group."""
    if mode & 0o060 != 0o060 or gid == 0:
        return (
            f"sudo cp {RULES} /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm "
            f"trigger {path}"
        )
    try:
        group = grp.getgrgid(gid).gr_name
    except KeyError:
        group = str(gid)
    if gid in user.entered and gid not in user.active:
        return (
            f"Log out and in again: {user.name} is in the group {group} since this session began."
        )
    return f"sudo usermod -aG {group} {user.name}, then log out and in again"


def _picture(config: StationConfig) -> Finding:
    """One picture of the configured camera."""
    uri = str(config.camera)
    name, ended = f"configured: {shown(uri)}", threading.Event()
    timer = threading.Timer(PICTURE_S, ended.set)
    timer.daemon = True
    timer.start()
    told: list[str] = []

    def tell(kind: Alarm, text: str) -> None:
        told.append(text)
        if kind is Alarm.LOST:  # it would be tried again for ever
            ended.set()

    try:
        with preview_source(config, uri, config.capture, tell) as source:
            grabbed = next(source.frames(ended), None)
    except (StationError, EngineError) as error:
        if "is in use by" in str(error):
            return Finding(GROUP, name, State.OK, "a running station reads it")
        return Finding(GROUP, name, State.FAILED, str(error), _try_it(uri))
    finally:
        timer.cancel()
    if grabbed is None:
        why = told[-1] if told else f"no picture within {PICTURE_S:.0f} s"
        return Finding(GROUP, name, State.FAILED, why, _try_it(uri))
    height, width = grabbed.image_rgb.shape[:2]
    return Finding(GROUP, name, State.OK, f"gives pictures of {width} x {height}")


def _try_it(uri: str) -> str:
    if uri.startswith("v4l2:"):
        return "ls -l /dev/v4l/by-id /dev/video*; then correct [station] camera"
    if uri.startswith(("rtsp", "http")):
        return f"ffprobe '{shown(uri)}'; then correct [station] camera"
    return "Correct [station] camera."
