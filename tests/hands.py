"""What a hand does on a picture, and what a camera sees, for the window's tests."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from engines.prediction import ImageArray
from station.grabbed import Grabbed
from station.looks import Look, sight_of
from ui.settings.area_picture import AreaPicture


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
