"""What a device takes is recorded as it reads back; what it refuses or rounds away is told.

The device is written by hand here: V4L2 needs a camera, which no test machine has.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from station.capture.controls import set_controls
from station.capture.settings import CaptureSettings


class Device:
    """A UVC camera's registers: known ones take values, within their limits."""

    def __init__(self, **limits: tuple[float, float]) -> None:
        self.limits = {getattr(cv2, f"CAP_PROP_{k}"): v for k, v in limits.items()}
        self.values = {name: low for name, (low, _) in self.limits.items()}
        self.reads = 0

    def get(self, name: int) -> float:
        return self.values.get(name, 0.0)

    def set(self, name: int, value: float) -> bool:
        if name not in self.limits:
            return False
        low, high = self.limits[name]
        self.values[name] = min(high, max(low, value))
        return True

    def read(self) -> tuple[bool, np.ndarray]:
        self.reads += 1
        # While its automatic works, exposure finds its way to 80 units.
        if self.get(cv2.CAP_PROP_AUTO_EXPOSURE) == 3.0:
            self.values[cv2.CAP_PROP_EXPOSURE] = 80.0
        return True, np.zeros((8, 8, 3), np.uint8)


def webcam() -> Device:
    device = Device(
        FRAME_WIDTH=(160, 1920), FRAME_HEIGHT=(120, 1080), FPS=(5, 30), EXPOSURE=(1, 5000),
        GAIN=(0, 100), WB_TEMPERATURE=(2800, 6500), AUTO_EXPOSURE=(1, 3), AUTO_WB=(0, 1),
        AUTOFOCUS=(0, 1), FOCUS=(0, 250), FOURCC=(0, 1e12), BUFFERSIZE=(1, 8),
    )  # fmt: skip
    for name, value in (("AUTO_EXPOSURE", 3.0), ("AUTO_WB", 1.0), ("AUTOFOCUS", 1.0)):
        device.values[getattr(cv2, f"CAP_PROP_{name}")] = value
    return device


def test_values_are_set_with_the_automatics_off() -> None:
    device = webcam()
    settings = CaptureSettings(
        width_px=1280, height_px=720, fourcc="MJPG", exposure_ms=4.0, white_balance_k=5000
    )
    done = set_controls(device, settings, has_controls=True)
    assert done.ignored == {}
    assert done.facts["exposure_ms"] == 4.0
    assert device.get(cv2.CAP_PROP_EXPOSURE) == 40.0
    assert done.facts["white_balance_k"] == 5000.0
    assert (done.facts["width_px"], done.facts["height_px"]) == (1280.0, 720.0)
    for key in ("automatic_exposure", "automatic_white_balance", "automatic_focus"):
        assert done.facts[key] == "off"


def test_without_a_value_the_one_that_the_automatic_found_is_held() -> None:
    device = webcam()
    done = set_controls(device, CaptureSettings(), has_controls=True)
    assert device.reads > 0
    assert done.facts["exposure_ms"] == 8.0
    assert done.facts["automatic_exposure"] == "off"


def test_unlocked_the_automatics_stay_on() -> None:
    device = webcam()
    set_controls(device, CaptureSettings(lock=False), has_controls=True)
    assert device.get(cv2.CAP_PROP_AUTO_EXPOSURE) == 3.0


def test_a_value_that_the_device_rounds_away_is_told() -> None:
    done = set_controls(webcam(), CaptureSettings(fps=60.0), has_controls=True)
    assert done.facts["fps"] == 30.0
    assert done.facts["fps_asked"] == 60.0
    assert "capture.fps is 60, but it says 30. Choose a value that it has" in done.ignored["fps"]


def test_an_automatic_that_cannot_be_switched_off_is_told() -> None:
    device = webcam()
    device.limits[cv2.CAP_PROP_AUTO_WB] = (1.0, 1.0)
    done = set_controls(device, CaptureSettings(), has_controls=True)
    assert done.facts["automatic_white_balance"] == "on"
    assert list(done.ignored) == ["automatic white balance"]


@pytest.mark.parametrize("key", ["exposure_ms", "gain", "focus"])
def test_a_network_camera_is_set_up_on_its_own_page(key: str) -> None:
    settings = CaptureSettings(**{key: 5.0})  # type: ignore[arg-type]
    done = set_controls(Device(), settings, has_controls=False)
    assert "Set it on the camera's own page" in done.ignored[key]
