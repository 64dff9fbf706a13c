"""Section Calibration: a checkerboard under the camera, picture by picture, until it is enough."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QPainter, QPen
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)
from typing_extensions import override

from engines.prediction import ImageArray
from station.board_bench import POSES, Pose, board_sheet, glimpse, keep_poses, take_pose, try_poses
from station.calibrate import CalibrationReport
from station.errors import ConfigError
from station.locate.calibration import Calibration
from station.locate.checkerboard import Board, Corners
from station.looks import Look
from ui.language import mark, say, tr
from ui.settings.draft import Draft
from ui.settings.eye import image_of
from ui.settings.section import Section
from ui.theme import theme_of
from ui.wording import number
from ui.zoom import ZoomPicture

KEYS = ("locate.calibration",)


class BoardPicture(ZoomPicture):
    """The picture, the corners seen in it, and small where those of the poses taken were."""

    def __init__(self) -> None:
        super().__init__()
        self.corners: Corners | None = None
        self.taken: tuple[Corners, ...] = ()

    @override
    def paint_above(self, painter: QPainter) -> None:
        theme = theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("accent"), 4))
        for corners in self.taken:
            for x, y in corners:
                painter.drawPoint(self.place_of(float(x), float(y)))
        if self.corners is not None:
            painter.setPen(QPen(theme.colour("good"), 2))
            places = [self.place_of(float(x), float(y)) for x, y in self.corners]
            for place in places:
                painter.drawEllipse(place, 6.0, 6.0)
            for one, other in pairwise(places):
                painter.drawLine(QPointF(one), QPointF(other))


class CalibrationSection(Section):
    """Every pose is tried together with those before it; a poor one is said at once."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.eye, self.picture = draft.eye, BoardPicture()
        self.across, self.down, self.side = QSpinBox(), QSpinBox(), QDoubleSpinBox()
        self.seen, self.result, self.wrong = QLabel(), QLabel(), QLabel()
        self.take, self.remove, self.save = QPushButton(), QPushButton(), QPushButton()
        self.poses: list[Pose] = []
        self.calibration: Calibration | None = None
        self._taken_of: Board | None = None
        """The board of the poses."""
        self._image: ImageArray | None = None
        self._busy = self._taking = False
        self._build()
        self.eye.looked.connect(self._on_look)
        self.eye.failed.connect(self._on_camera_failed)

    @override
    def entered(self) -> None:
        config = self.desk.config
        if config is None or config.camera is None:
            self.picture.show_image(
                None, tr("Pictures come from a folder: calibrate with `station calibrate`.")
            )
            return
        if self.picture.image is None:
            self.picture.show_image(None, tr("Opening the camera…"))
        self.eye.start(self, config.camera, config.capture)

    @override
    def left(self) -> None:
        self.eye.release(self)

    @override
    def act(self, name: str) -> None:
        if name == "take" and self.take.isEnabled():
            self._take()

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self._say()

    def board(self) -> Board | None:
        """As the person says; None, and said, for what is no board."""
        try:
            return Board((self.across.value(), self.down.value()), self.side.value())
        except ConfigError as error:
            say(self.wrong.setText, str(error))
            return None

    def _build(self) -> None:
        self.add_title(mark("Calibration"), mark(
            "Lay the printed checkerboard flat where parts lie, as high as their upper side. Take "
            "three pictures or more: in the middle, and reaching into the corners."
        ))  # fmt: skip
        self.picture.setMinimumHeight(220)
        self.seen.setWordWrap(True)
        self.split(self.picture, self.seen)
        self.column.addWidget(self._board_panel())
        self.result.setWordWrap(True)
        self.wrong.setWordWrap(True)
        self.wrong.setObjectName("bad")
        self.take.setObjectName("primary")
        say(self.take.setText, "Take this picture (T)")
        say(self.remove.setText, "Remove the last")
        say(self.save.setText, "Use this calibration")
        for widget in (self.take, self.wrong, self.result):
            self.column.addWidget(widget)
        both = QHBoxLayout()
        both.addWidget(self.remove)
        both.addWidget(self.save)
        self.column.addLayout(both)
        self.take.clicked.connect(self._take)
        self.remove.clicked.connect(self._remove)
        self.save.clicked.connect(self._save)
        self.add_rows(KEYS)
        sheet = QPushButton()
        say(sheet.setText, "Save a board to print…")
        sheet.clicked.connect(self._save_sheet)
        self.column.addWidget(sheet)
        self.end()
        self._say()

    def _board_panel(self) -> QWidget:
        panel = QFrame()
        panel.setObjectName("panel")
        grid = QGridLayout(panel)
        for box, value in ((self.across, 9), (self.down, 6)):
            box.setRange(4, 100)
            box.setValue(value)
        self.side.setRange(0.1, 500.0)
        self.side.setValue(2.0)
        self.side.setDecimals(3)
        self.side.setSuffix(" mm")
        for row, (widget, text) in enumerate((
            (self.across, mark("Squares across")), (self.down, mark("Squares down")),
            (self.side, mark("Side of a square")),
        )):  # fmt: skip
            label = QLabel()
            say(label.setText, text)
            label.setBuddy(widget)
            widget.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
            widget.editingFinished.connect(self._other_board)
        return panel

    def _on_look(self, look: Look) -> None:
        board = None if self._busy or self.eye.owner is not self else self.board()
        if board is None:
            return
        self._busy = True
        self.desk.ask(partial(_glimpse, look.grabbed.image_rgb, board), self._show, self._on_failed)

    def _show(self, found: tuple[ImageArray, Corners | None]) -> None:
        self._busy = False
        self._image, self.picture.corners = found
        self.picture.show_image(image_of(found[0]))
        self._say()

    def _on_camera_failed(self, text: str) -> None:
        if self.eye.owner is self:
            self._on_failed(text)

    def _on_failed(self, text: str) -> None:
        self._busy = False
        self._image = self.picture.corners = None
        self.picture.show_image(None, tr(text))
        self._say()

    def _take(self) -> None:
        board = self.board()
        if self._image is None or self._taking or board is None:
            return
        self._taking, self._taken_of = True, board
        self.wrong.setText("")
        self._say()
        work = partial(_taken, self._image, board, tuple(self.poses))
        self.desk.ask(work, self._took, self._refused)

    def _took(self, found: tuple[Pose, Calibration]) -> None:
        self._taking = False
        self.poses.append(found[0])
        self.calibration = found[1]
        self.picture.taken = tuple(pose.corners for pose in self.poses)
        self._say()

    def _refused(self, text: str) -> None:
        self._taking = False
        say(self.wrong.setText, text)
        self._say()

    def _remove(self) -> None:
        if self.poses:
            self.poses.pop()
        self._tried_again()

    def _other_board(self) -> None:
        """Corners of another board tell nothing of this one."""
        self.wrong.setText("")
        board = self.board()
        if board is None or self._taken_of is None or board == self._taken_of:
            return
        if board.squares != self._taken_of.squares:
            self.poses.clear()
        self._taken_of = board
        self._tried_again()

    def _tried_again(self) -> None:
        self.picture.taken = tuple(pose.corners for pose in self.poses)
        self.calibration = None
        self.wrong.setText("")
        if self.poses and self._taken_of is not None:
            work = partial(try_poses, tuple(self.poses), self._taken_of)
            self.desk.ask(work, self._tried, self._refused)
        self._say()

    def _tried(self, calibration: Calibration) -> None:
        self.calibration = calibration
        self._say()

    def _save(self) -> None:
        place = self.draft.place
        if place is None or self.calibration is None or self._taken_of is None:
            return
        out = place.resolve().parent / f"calibration-{datetime.now():%Y%m%d-%H%M%S}.json"
        self.save.setEnabled(False)
        self.desk.ask(
            partial(_kept, tuple(self.poses), self._taken_of, out), self._saved, self._refused
        )

    def _saved(self, kept: tuple[Path, CalibrationReport]) -> None:
        self.calibration = kept[1].calibration
        self.draft.set("locate.calibration", kept[0])
        self.desk.tell(tr("Measured. It holds once the settings are saved."))
        self._say()

    def _save_sheet(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("Save a board to print…"), "board.svg")
        board = self.board()
        if path and board is not None:
            self.desk.ask(partial(_write_sheet, Path(path), board), self._wrote)

    def _wrote(self, path: Path) -> None:
        self.desk.tell(tr("Print {file} at 100 %, and measure a square.", file=path.name))

    def _say(self) -> None:
        corners = self.picture.corners
        if self._taking:
            self.seen.setText(tr("Finding the corners exactly…"))
        elif corners is None:
            self.seen.setText(tr("No board of this size is seen."))
        else:
            self.seen.setText(tr("The board is seen: {count} corners.", count=number(len(corners))))
        self.take.setEnabled(corners is not None and not self._taking)
        self.remove.setEnabled(bool(self.poses))
        self.save.setEnabled(self.calibration is not None and not self._taking)
        found, count = self.calibration, number(len(self.poses))
        if found is None:
            self.result.setText(tr("Pictures taken: {count} of {least}.", count=count, least=POSES))
            return
        self.result.setText(
            tr(
                "Pictures taken: {count} of {least}. Scale {scale} px/mm, corners off by "
                "{off} px, tilt {tilt}°.",
                count=count, least=POSES, scale=number(found.px_per_mm, 4),
                off=number(found.reprojection_px, 3), tilt=number(found.tilt_deg, 1),
            )
        )  # fmt: skip


def _glimpse(image_rgb: ImageArray, board: Board) -> tuple[ImageArray, Corners | None]:
    return image_rgb, glimpse(image_rgb, board)


def _taken(
    image_rgb: ImageArray, board: Board, before: tuple[Pose, ...]
) -> tuple[Pose, Calibration]:
    pose = take_pose(image_rgb, board, before)
    return pose, try_poses((*before, pose), board)


def _kept(poses: tuple[Pose, ...], board: Board, out: Path) -> tuple[Path, CalibrationReport]:
    return out, keep_poses(poses, board, out)


def _write_sheet(path: Path, board: Board) -> Path:
    path.write_text(board_sheet(board), encoding="utf-8")
    return path
