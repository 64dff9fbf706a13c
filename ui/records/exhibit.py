"""The picture of the part looked at, with what the station drew over it."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from engines.prediction import ImageArray
from station.browsing.facts import Facts
from station.browsing.pictures import Kept, KeptPicture
from ui.language import mark, say, tr
from ui.seen import to_image
from ui.zoom import ZoomPicture

LACKS = {
    Kept.ALTERED: mark(
        "The picture's file was changed since it was inspected, so it is not shown. Tell whoever "
        "looks after the station: {path}"
    ),
    Kept.UNREADABLE: mark("The picture cannot be read: {path}. {detail}"),
    Kept.REMOVED: mark(
        "The picture was removed to make room: this part passed, and pictures of passed parts are "
        "kept for a time only. Its record stays."
    ),
    Kept.MISSING: mark(
        "The picture is not there any more. Was it removed by hand, or is its folder not "
        "connected? {path}"
    ),
    Kept.NEVER: mark("There is no picture of this part: none could be read when it came in."),
}
"""Why a picture cannot be shown, and what to do."""


class Exhibit(QWidget):
    """Shows one part; the overlay is as opaque as the slider says, `B` swipes over it."""

    large_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.picture = ZoomPicture()
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.heat, self.swipe = QPushButton(), QPushButton()
        self.large = QPushButton()
        self.note, self.caption = QLabel(), QLabel()
        """The caption says whose picture it is, where the list is not seen."""
        self._facts: Facts | None = None
        self._px_per_mm: float | None = None
        self._lay_out()
        self.opacity.setRange(0, 100)
        self.opacity.setValue(100)
        self.opacity.valueChanged.connect(self._refresh)
        for button in (self.heat, self.swipe):
            button.setCheckable(True)
        self.heat.setChecked(True)
        self.heat.clicked.connect(self._refresh)
        self.swipe.clicked.connect(self._swiped)
        self.large.clicked.connect(self.large_wanted)
        self.show_message("")

    def _lay_out(self) -> None:
        say(self.heat.setText, "Overlay (H)")
        say(self.swipe.setText, "Before / after (B)")
        say(self.large.setText, "Large (Enter)")
        say(self.opacity.setToolTip, "How strongly the overlay is laid over the picture")
        say(self.opacity.setAccessibleName, "Opacity of the overlay")
        row = QHBoxLayout()
        row.addWidget(self.heat)
        row.addWidget(self.opacity, 1)
        row.addWidget(self.swipe)
        row.addWidget(self.large)
        self.note.setObjectName("quiet")
        self.note.setWordWrap(True)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        self.caption.setObjectName("title")
        self.caption.setWordWrap(True)
        self.caption.hide()
        down.addWidget(self.caption)
        down.addWidget(self.picture, 1)
        down.addWidget(self.note)
        down.addLayout(row)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own name."""
        return QSize(480, 420)

    def show_message(self, text: str) -> None:
        """No part is looked at, or it is being read."""
        self._facts = None
        self.picture.show_image(None, tr(text))
        self._show_note("")
        self._enable(False)

    def show_facts(self, facts: Facts, px_per_mm: float | None = None) -> None:
        """Show a part's picture, or say why there is none. px_per_mm: of the picture."""
        self._facts, self._px_per_mm = facts, px_per_mm
        self.retranslate()

    def retranslate(self) -> None:
        """Show it anew, in the language of the window."""
        facts = self._facts
        if facts is None:
            return
        base = image_of(facts.picture.image_rgb)
        layer = image_of(facts.layer_rgb if facts.layer_rgb is not None else facts.heat_rgba)
        note = ""
        self.picture.px_per_mm = None if base is None else self._px_per_mm
        if base is None:
            # What the bench showed then is no proof, but better than nothing.
            base, layer = image_of(facts.overlay.image_rgb), None
            note = lack_text(facts.picture)
            if base is not None:
                note = tr("{why} Shown is what the station drew when it decided.", why=note)
        elif layer is None:
            base_only = facts.overlay.state not in (Kept.INTACT, Kept.NEVER)
            note = tr("The overlay of this part is not there any more.") if base_only else ""
        if base is None:
            self.picture.show_image(None, note)
        else:
            self.picture.set_layers(base, layer)
        self._show_note(note if base is not None else "")
        self._enable(layer is not None)
        self._refresh()

    def toggle_heat(self) -> None:
        """Take the overlay off the picture, or lay it on again."""
        if self.heat.isEnabled():
            self.heat.toggle()
            self._refresh()

    def toggle_swipe(self) -> None:
        """Compare picture and overlay with a line between them, or lay one over the other."""
        if self.swipe.isEnabled():
            self.swipe.toggle()
            self._swiped()

    def _swiped(self) -> None:
        if self.swipe.isChecked():
            self.heat.setChecked(True)
            if self.opacity.value() < 30:
                self.opacity.setValue(100)
        self._refresh()

    def _refresh(self) -> None:
        shown = self.heat.isChecked()
        self.picture.set_opacity(self.opacity.value() / 100.0 if shown else 0.0)
        if not (self.swipe.isChecked() and shown and self.swipe.isEnabled()):
            self.picture.set_split(None)
        elif self.picture.split is None:
            self.picture.set_split(0.5)

    def _enable(self, layered: bool) -> None:
        for widget in (self.heat, self.opacity, self.swipe):
            widget.setEnabled(layered)
        self.large.setEnabled(self._facts is not None)

    def _show_note(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))


def lack_text(picture: KeptPicture) -> str:
    """Why there is no picture, in the language of the window."""
    path = "" if picture.path is None else str(picture.path)
    return tr(LACKS.get(picture.state, LACKS[Kept.NEVER]), path=path, detail=picture.detail)


def image_of(pixels: ImageArray | None) -> QImage | None:
    """uint8 (H, W, 3) RGB or (H, W, 4) with alpha, as an image that owns its pixels."""
    return None if pixels is None else to_image(pixels)
