"""Section Camera: which one, what it sees, and how it is set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from station.capture.settings import CaptureSettings
from station.errors import ConfigError
from station.looks import Look
from station.preview import CameraHere, cameras_here
from station.settings_fields import fields_of
from station.settings_text import UNSET
from ui.language import mark, say, tr
from ui.settings.draft import Draft
from ui.settings.eye import image_of
from ui.settings.meters import Meters
from ui.settings.section import Section
from ui.zoom import ZoomPicture

SHOWN = (
    "capture.exposure_ms", "capture.gain", "capture.white_balance_k", "capture.focus",
    "capture.lock", "capture.width_px", "capture.height_px", "capture.fps",
)  # fmt: skip
MORE = tuple(key for key in fields_of("capture") if key not in SHOWN)
AGAIN_MS = 400
"""After the last change of a value: the camera is not opened for every letter."""


class CameraSection(Section):
    """The preview follows what is not saved yet, unless the line runs on this camera."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.eye = draft.eye
        self.picture, self.meters, self.note = ZoomPicture(), Meters(), QLabel()
        self.source, self.held, self.wrong = QComboBox(), QPushButton(), QLabel()
        self.stop_line = QPushButton()
        self.has_stopped = False
        """Whether the line stands still because of this section, and must go on after it."""
        self._here: tuple[CameraHere, ...] = ()
        self._facts: dict[str, Any] = {}
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._start)
        self._build()
        self.eye.looked.connect(self._on_look)
        self.eye.failed.connect(self._on_failed)
        self.eye.alarmed.connect(self._on_alarm)
        self.eye.opened.connect(self._on_opened)
        draft.changed.connect(self._on_changed)
        draft.saved.connect(self._on_saved)
        self.desk.line.changed.connect(self._say_note)

    @override
    def entered(self) -> None:
        self.desk.ask(cameras_here, self._show_cameras)
        self._start()

    @override
    def left(self) -> None:
        self._again.stop()
        self.eye.release(self)
        if self.has_stopped and not self.draft.is_saving:
            QTimer.singleShot(0, self._go_on)  # not while the window is closing

    @override
    def act(self, name: str) -> None:
        if name == "hold":
            self.held.toggle()

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.meters.retranslate()
        self._show_cameras(self._here)
        self._say_note()

    def _build(self) -> None:
        what = mark("Choose where pictures come from, then make them sharp.")
        self.add_title(mark("Camera"), what)
        self.held.setCheckable(True)
        say(self.held.setText, "Hold still (P)")
        self.note.setObjectName("quiet")
        self.note.setWordWrap(True)
        self.picture.setMinimumHeight(220)
        self.stop_line.clicked.connect(self._switch_line)
        buttons, line = QWidget(), QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.held)
        line.addWidget(self.stop_line, 1)
        buttons.setLayout(line)
        self.split(self.picture, self.meters, buttons, self.note)
        self.column.addWidget(self._source_panel())
        self.add_rows(SHOWN)
        self.add_more((*MORE, "station.duplicates"))
        self.end()
        self.source.activated.connect(self._chosen)
        edit = self.source.lineEdit()
        if edit is not None:
            edit.textEdited.connect(self._typed)
        self._follow_source()

    def _source_panel(self) -> QFrame:
        self.source.setEditable(True)
        self.source.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.source.setMinimumContentsLength(12)
        panel = QFrame()
        panel.setObjectName("panel")
        inside = QVBoxLayout(panel)
        label = QLabel()
        say(label.setText, "Camera, or its address: v4l2, rtsp, http, gst, video, folder, sim")
        label.setWordWrap(True)
        label.setBuddy(self.source)
        folder = QPushButton()
        say(folder.setText, "A folder instead…")
        folder.clicked.connect(self._choose_folder)
        self.wrong.setObjectName("bad")
        self.wrong.setWordWrap(True)
        for widget in (label, self.source, folder, self.wrong):
            inside.addWidget(widget)
        return panel

    def _show_cameras(self, here: tuple[CameraHere, ...]) -> None:
        self._here = here
        text = self.source.currentText()
        self.source.blockSignals(True)
        self.source.clear()
        for camera in here:
            self.source.addItem(f"{camera.name} — {camera.address}", camera.address)
        self.source.addItem(tr("Simulated bench — sim:"), "sim:")
        self.source.setEditText(text)
        self.source.blockSignals(False)
        self._follow_source()

    def _chosen(self, index: int) -> None:
        self._take_camera(str(self.source.itemData(index)))

    def _typed(self, text: str) -> None:
        if text.strip():
            self.draft.set_all(
                {"station.camera": text.strip(), "station.inbox": UNSET}, is_typed=True
            )

    def _take_camera(self, address: str) -> None:
        self.draft.set_all({"station.camera": address, "station.inbox": UNSET})

    def _choose_folder(self) -> None:
        found = QFileDialog.getExistingDirectory(self, tr("The folder that pictures come into"))
        if found:
            self.draft.set_all({"station.inbox": Path(found), "station.camera": UNSET})

    def _follow_source(self) -> None:
        camera = self.draft.value("station.camera")
        shown = str(camera if camera is not None else self.draft.value("station.inbox") or "")
        edit = self.source.lineEdit()
        if edit is not None and edit.text() != shown:
            self.source.setEditText(shown)
        error = self.draft.error("station.camera") or self.draft.error("station.inbox")
        self.wrong.setText(error)
        self.wrong.setVisible(bool(error))

    def _on_changed(self) -> None:
        self._follow_source()
        if self.isVisible() and not self.draft.is_saving:
            self._again.start()

    def _start(self) -> None:
        camera = self.draft.value("station.camera")
        if self.desk.config is None or not isinstance(camera, str):
            self.eye.release(self)
            self.meters.show_sight(None, None)
            folder = self.draft.value("station.inbox")
            self.picture.show_image(
                None, tr("Pictures come from the folder {folder}: no camera.", folder=folder)
            )
            self._say_note()
            return
        try:
            capture = self._capture()
        except ConfigError:
            return  # the error stands beside its field
        if not self.eye.is_open or self.picture.image is None:
            self.picture.show_image(None, tr("Opening the camera…"))
        self.meters.focus.forget()
        self.eye.start(self, camera, capture)
        self._say_note()

    def _capture(self) -> CaptureSettings:
        values = {key: self.draft.value(key) for key in fields_of("capture")}
        changed = {key.partition(".")[2]: value for key, value in values.items()}
        return replace(CaptureSettings(), **changed)  # type: ignore[arg-type]

    def _on_look(self, look: Look) -> None:
        if self.eye.owner is not self:
            return
        least = self.draft.value("trigger.least_focus")
        self.meters.show_sight(look.sight, least if isinstance(least, float) else None)
        if not self.held.isChecked():
            self.picture.show_image(image_of(look.grabbed.image_rgb))

    def _on_failed(self, text: str) -> None:
        if self.eye.owner is not self:
            return
        self.meters.show_sight(None, None)
        self.picture.show_image(None, tr(text))

    def _on_alarm(self, text: str) -> None:
        if self.eye.owner is self:
            say(self.note.setText, text)

    def _on_opened(self, facts: dict[str, Any]) -> None:
        self._facts = facts
        self._say_note()

    def _switch_line(self) -> None:
        """The line stops after the part in hand, so that the camera can be set and seen at once;
        it goes on when the person says so, saves, or leaves."""
        config = self.desk.config
        if self.has_stopped and config is not None:
            self._go_on()
        elif self.eye.is_lines:
            self.has_stopped = True
            self.desk.line.halt()
        self._say_note()

    def _go_on(self) -> None:
        """The line goes on once the camera is free, unless the window was closed meanwhile."""
        window = self.window()
        if self.has_stopped and window is not None and window.isVisible():
            self.has_stopped = False
            self.eye.stop()
            self.desk.ask(self.eye.wait, self._run_line)

    def _run_line(self, _: object) -> None:
        config, window = self.desk.config, self.window()
        if config is None or window is None or not window.isVisible():
            return
        self.desk.line.run(config)
        if self.eye.owner is self:
            self._start()

    def _on_saved(self) -> None:
        """What was saved without need of a new start must not leave the line standing."""
        config = self.desk.config
        if self.has_stopped and config is not None and not self.desk.line.is_alive:
            self.desk.line.run(config)
        self.has_stopped = False

    def _say_note(self) -> None:
        if self.has_stopped:
            self.stop_line.setText(tr("The line stands still. Let it go on"))
        else:
            self.stop_line.setText(tr("Stop the line, and set the camera at once"))
        self.stop_line.setVisible(self.has_stopped or self.eye.is_lines)
        if self.eye.is_lines:
            text = tr("As the line sees it now. What you change is seen after saving.")
        elif self._facts and self.eye.is_open:
            facts = ", ".join(f"{k} {_short(v)}" for k, v in self._facts.items() if k != "source")
            text = tr("The camera says: {facts}", facts=facts)
        else:
            text = ""
        self.note.setText(text)
        self.note.setAlignment(Qt.AlignmentFlag.AlignLeft)


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
