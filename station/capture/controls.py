"""Exposure, gain, white balance, focus: set, locked, and read back from the device."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import cv2

from engines.sentence import sentence
from station.capture.settings import CaptureSettings

EXPOSURES_PER_MS = 10.0
"""V4L2 counts exposure in units of 100 microseconds."""
MANUAL, AUTOMATIC = 1.0, 3.0
"""V4L2's menu of exposure modes: manual, and aperture priority."""
SETTLING = 15
"""Pictures that a camera is given to find its exposure before it is held there."""
TOLERANCE = 0.02
"""Share by which a device may round a value."""


@dataclass(frozen=True, slots=True)
class Controls:
    """What a device was asked for, and what it gives."""

    facts: dict[str, str | float] = field(default_factory=dict)
    """`exposure_ms` is what the device says; `exposure_ms_asked` what it was told."""
    ignored: dict[str, str] = field(default_factory=dict)
    """Setting -> a sentence, for each that the device did not take."""


def set_controls(capture: Any, settings: CaptureSettings, has_controls: bool) -> Controls:
    """Set up an opened cv2.VideoCapture; nothing is taken for granted, all is read back.

    has_controls: False for a camera on the network, which is set up on its own page.
    """
    done = Controls()
    if has_controls:
        # The pixel format first: it decides which sizes and rates there are.
        if settings.fourcc is not None:
            code = float(cv2.VideoWriter.fourcc(*settings.fourcc))
            _set(capture, done, "fourcc", cv2.CAP_PROP_FOURCC, code, settings.fourcc)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    for key, name in (
        ("width_px", cv2.CAP_PROP_FRAME_WIDTH),
        ("height_px", cv2.CAP_PROP_FRAME_HEIGHT),
        ("fps", cv2.CAP_PROP_FPS),
    ):
        _ask(capture, done, key, name, getattr(settings, key), 1.0, has_controls)
    _lock(capture, settings, done, has_controls)
    return done


def _lock(capture: Any, settings: CaptureSettings, done: Controls, has_controls: bool) -> None:
    """Automatics off, then the values; or off with the values that they had found."""
    wanted = {
        "exposure_ms": (cv2.CAP_PROP_EXPOSURE, EXPOSURES_PER_MS),
        "gain": (cv2.CAP_PROP_GAIN, 1.0),
        "white_balance_k": (cv2.CAP_PROP_WB_TEMPERATURE, 1.0),
        "focus": (cv2.CAP_PROP_FOCUS, 1.0),
    }
    found: dict[str, float] = {}
    if has_controls and settings.lock:
        if settings.exposure_ms is None or settings.white_balance_k is None:
            for _ in range(SETTLING):
                capture.read()
        found = {key: float(capture.get(name)) for key, (name, _) in wanted.items()}
        off = {
            "automatic exposure": (cv2.CAP_PROP_AUTO_EXPOSURE, MANUAL),
            "automatic white balance": (cv2.CAP_PROP_AUTO_WB, 0.0),
            "automatic focus": (cv2.CAP_PROP_AUTOFOCUS, 0.0),
        }
        for key, (name, value) in off.items():
            _switch_off(capture, done, key, name, value)
    for key, (name, scale) in wanted.items():
        value = getattr(settings, key)
        held = found.get(key, 0.0)
        if value is None and settings.lock and math.isfinite(held) and held > 0.0:
            capture.set(name, held)
        _ask(capture, done, key, name, value, scale, has_controls)


def _switch_off(capture: Any, done: Controls, key: str, name: int, value: float) -> None:
    """An automatic; a device that has none is as good as one that has it off."""
    fact = key.replace(" ", "_")
    before = float(capture.get(name))
    if not capture.set(name, value) and before <= 0.0:
        done.facts[fact] = "none"
    elif float(capture.get(name)) == value:
        done.facts[fact] = "off"
    else:
        done.facts[fact] = "on"
        done.ignored[key] = sentence(
            "its {key} cannot be switched off; pictures may change by themselves. Use a camera "
            "that can be locked, or set capture.lock = false.",
            key=key,
        )


def _ask(
    capture: Any,
    done: Controls,
    key: str,
    name: int,
    value: float | None,
    scale: float,
    has_controls: bool,
) -> None:
    """Set a number where one is wanted, and read back what there is."""
    if value is not None and has_controls:
        _set(capture, done, key, name, value * scale, f"{value:g}")
    given = float(capture.get(name)) / scale
    if math.isfinite(given) and given > 0.0:
        done.facts[key] = given
    if value is None:
        return
    done.facts[f"{key}_asked"] = float(value)
    if not (math.isfinite(given) and abs(given - value) <= TOLERANCE * abs(value)):
        is_told = math.isfinite(given) and given > 0.0
        says = (
            sentence("it says {given:g}", given=given) if is_told else sentence("it says nothing")
        )
        where = (
            sentence("Choose a value that it has")
            if has_controls
            else sentence("Set it on the camera's own page")
        )
        done.ignored[key] = sentence(
            "capture.{key} is {value:g}, but {says}. {where}, or leave it out.",
            key=key,
            value=value,
            says=says,
            where=where,
        )


def _set(capture: Any, done: Controls, key: str, name: int, value: float, shown: str) -> None:
    done.facts[f"{key}_asked"] = shown
    if not capture.set(name, value) and key == "fourcc":
        done.ignored[key] = sentence(
            "capture.fourcc is {shown}, which the device does not have. Choose another.",
            shown=shown,
        )
