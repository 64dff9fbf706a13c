"""A picture looked at closely: what wheel, hand and keys do, and what is painted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from benches import pixels
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import (
    QColor,
    QFont,
    QImage,
    QNativeGestureEvent,
    QPainter,
    QPalette,
    QPointingDevice,
    QWheelEvent,
)
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.framing import Framing
from ui.layers import Layers
from ui.theme import LIGHT, apply_theme
from ui.zoom import ZoomPicture

RED, BLUE = QColor(255, 0, 0), QColor(0, 0, 255)


def plain(colour: QColor, width: int = 200, height: int = 100) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(colour)
    return image


@pytest.fixture
def picture(qtbot: QtBot) -> ZoomPicture:
    picture = ZoomPicture()
    qtbot.addWidget(picture)
    picture.resize(400, 400)
    picture.show()
    return picture


def wheel(picture: ZoomPicture, at: QPointF, clicks: int) -> None:
    event = QWheelEvent(
        at, picture.mapToGlobal(at), QPoint(), QPoint(0, 120 * clicks),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(picture, event)


def test_the_wheel_zooms_about_the_cursor(picture: ZoomPicture, qtbot: QtBot) -> None:
    picture.show_image(plain(RED))
    at = QPointF(150, 180)
    before = picture.picture_at(at)
    with qtbot.waitSignal(picture.zoomed) as told:
        wheel(picture, at, 5)
    assert told.args == [pytest.approx(2.0 * 1.25**5)]
    assert picture.picture_at(at) == pytest.approx(before)
    wheel(picture, at, -5)
    assert picture.fits


def test_the_next_picture_of_that_size_is_seen_at_the_same_place(picture: ZoomPicture) -> None:
    picture.show_image(plain(RED))
    wheel(picture, QPointF(100, 200), 4)
    scale, corner = picture.scale, picture.place_of(0, 0)
    picture.show_image(plain(BLUE))
    assert (picture.scale, picture.place_of(0, 0)) == (scale, corner)
    picture.show_image(plain(BLUE, 300, 100))
    assert picture.fits
    picture.show_image(None, "Gone.")
    assert picture.picture_at(QPointF(200, 200)) is None


def test_a_drag_pans_and_a_press_alone_clicks(picture: ZoomPicture, qtbot: QtBot) -> None:
    picture.show_image(plain(RED))
    clicks: list[tuple[float, float]] = []
    picture.clicked.connect(lambda x, y: clicks.append((x, y)))
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(picture, left, pos=QPoint(100, 200))
    assert clicks == [pytest.approx((50.0, 50.0))]
    qtbot.mouseClick(picture, left, pos=QPoint(100, 20))  # beside the picture
    wheel(picture, QPointF(200, 200), 6)
    corner = picture.place_of(0, 0)
    qtbot.mousePress(picture, left, pos=QPoint(200, 200))
    qtbot.mouseMove(picture, QPoint(260, 200))
    qtbot.mouseRelease(picture, left, pos=QPoint(260, 200))
    assert picture.place_of(0, 0).x() == pytest.approx(corner.x() + 60)
    assert len(clicks) == 1
    qtbot.mouseDClick(picture, left, pos=QPoint(200, 200))
    assert picture.fits


def test_keys_zoom_pan_and_fit(picture: ZoomPicture, qtbot: QtBot) -> None:
    picture.show_image(plain(RED))
    qtbot.keyClick(picture, Qt.Key.Key_Plus)
    assert picture.scale == pytest.approx(2.5)
    corner = picture.place_of(0, 0)
    qtbot.keyClick(picture, Qt.Key.Key_Left)
    assert picture.place_of(0, 0).x() > corner.x()
    qtbot.keyClick(picture, Qt.Key.Key_Minus)
    assert picture.fits
    qtbot.keyClick(picture, Qt.Key.Key_Plus)
    qtbot.keyClick(picture, Qt.Key.Key_0)
    assert picture.fits


def test_far_enlarged_its_pixels_are_squares_and_nearer_they_are_smooth(
    picture: ZoomPicture,
) -> None:
    board = np.zeros((80, 80, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    picture.show_image(QImage(board.tobytes(), 80, 80, 240, QImage.Format.Format_RGB888).copy())
    assert picture.scale == pytest.approx(5.0)
    assert set(np.unique(pixels(picture.grab().toImage())[20:-20, 20:-20])) == {0, 255}
    picture.resize(200, 300)
    assert picture.scale < 4.0
    levels = np.unique(pixels(picture.grab().toImage())[120:180, 20:-20])
    assert len(levels) > 10


def test_a_fine_pattern_shrinks_to_its_mean(picture: ZoomPicture) -> None:
    """Taking every n-th pixel instead would show black or white."""
    stripes = np.zeros((1600, 1600, 3), np.uint8)
    stripes[:, ::2] = 255
    image = QImage(stripes.tobytes(), 1600, 1600, 4800, QImage.Format.Format_RGB888).copy()
    picture.show_image(image)
    shown = pixels(picture.grab().toImage())[50:-50, 50:-50]
    assert np.abs(shown.astype(int) - 127).max() <= 3


def test_the_overlay_lies_over_the_base_as_opaque_as_asked(picture: ZoomPicture) -> None:
    picture.set_layers(plain(RED), plain(BLUE, 100, 50))
    for opacity, expected in ((0.0, (255, 0, 0)), (1.0, (0, 0, 255)), (0.5, (128, 0, 127))):
        picture.set_opacity(opacity)
        shown = pixels(picture.grab().toImage())
        assert np.abs(shown[200, 200].astype(int) - expected).max() <= 2
        assert np.abs(shown[110, 10].astype(int) - expected).max() <= 2


def test_the_swipe_shows_the_overlay_right_of_the_line_which_a_hand_moves(
    picture: ZoomPicture, qtbot: QtBot
) -> None:
    picture.set_layers(plain(RED), plain(BLUE))
    picture.set_split(0.5)
    shown = pixels(picture.grab().toImage())
    assert tuple(shown[150, 100]) == (255, 0, 0)
    assert tuple(shown[150, 300]) == (0, 0, 255)
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(picture, left, pos=QPoint(205, 200))
    qtbot.mouseMove(picture, QPoint(320, 200))
    qtbot.mouseRelease(picture, left, pos=QPoint(320, 200))
    assert picture.split == pytest.approx(0.8)
    assert tuple(pixels(picture.grab().toImage())[150, 300]) == (255, 0, 0)


@pytest.fixture
def light(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, LIGHT)
    yield
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())
    qapp.setFont(QFont())


@pytest.mark.usefixtures("light")
def test_the_bar_is_as_long_as_it_says(picture: ZoomPicture) -> None:
    picture.show_image(plain(RED, 200, 200))
    without = pixels(picture.grab().toImage())
    picture.px_per_mm = 20.0  # 40 of the widget's: at most 100 of them are 2 mm
    shown = pixels(picture.grab().toImage())
    changed = (shown != without).any(axis=2)
    dark = changed & (shown.max(axis=2) < 110)
    row = int(dark.sum(axis=1).argmax())
    ends = np.flatnonzero(dark[row])
    assert abs(int(ends[-1]) - int(ends[0]) + 1 - 80) <= 2
    assert len(ends) >= 78


def test_without_a_picture_the_message_is_shown_and_said(picture: ZoomPicture) -> None:
    picture.show_image(None, "No picture was kept.")
    assert picture.accessibleDescription() == "No picture was kept."
    assert len(np.unique(pixels(picture.grab().toImage()))) > 4
    picture.show_image(plain(RED))
    assert picture.accessibleDescription() == ""


def test_two_fingers_on_a_touchpad_zoom_about_where_they_are(picture: ZoomPicture) -> None:
    picture.show_image(plain(RED))
    wheel(picture, QPointF(200, 200), 6)
    at = QPointF(150, 190)
    scale, before = picture.scale, picture.picture_at(at)
    pinch = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2,
        at, at, picture.mapToGlobal(at), 0.5, QPointF(),
    )  # fmt: skip
    QApplication.sendEvent(picture, pinch)
    assert picture.scale == pytest.approx(1.5 * scale)
    assert picture.picture_at(at) == pytest.approx(before)


def test_on_a_dense_screen_each_of_its_pixels_is_used() -> None:
    """Two of the screen's for one of the widget's: stripes as fine as the screen stay stripes."""
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    base = QImage(stripes.tobytes(), 400, 400, 1200, QImage.Format.Format_RGB888).copy()
    canvas = QImage(400, 400, QImage.Format.Format_RGB32)
    canvas.setDevicePixelRatio(2.0)
    canvas.fill(BLUE)
    painter = QPainter(canvas)
    Layers(base=base).paint(painter, Framing((200.0, 200.0), (400.0, 400.0)), 2.0)
    painter.end()
    canvas.setDevicePixelRatio(1.0)
    assert np.array_equal(pixels(canvas), stripes)
