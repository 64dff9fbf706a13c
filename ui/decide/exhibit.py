"""The picture of the part in hand, large, and what can be laid over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engines.prediction import ImageArray
from station.config import StationConfig
from station.reviewing.evidence import Lack, evidence_of
from station.reviewing.leaning import likeliest_defect
from station.reviewing.queue import Waiting
from ui.language import mark, say, tr
from ui.wording import class_word
from ui.zoom import ZoomPicture

LACKS = {
    Lack.NEVER: mark("There is no picture of this part: none could be read when it came in."),
    Lack.GONE: mark(
        "The picture of this part is no longer there: it was removed to make room, or its folder "
        "is not connected. Look at the part itself, or skip it."
    ),
    Lack.ALTERED: mark(
        "The picture's file is not the one that was inspected: it was changed since. Do not decide "
        "by it; tell whoever looks after the station."
    ),
    Lack.UNREADABLE: mark(
        "The picture's file cannot be read. Look at the part itself, or skip it."
    ),
}
HEAT_LACKS = {
    Lack.NOT_KEPT: mark("No heat was kept of this part"),
    Lack.DAMAGED: mark("The heat kept of this part is damaged"),
}


class Sight(Enum):
    """What is looked at."""

    DEFECT = mark("Heat: {name}")
    PREDICTED = mark("Heat of the likeliest class: {name}")
    FRAME = mark("The whole picture")
    SHOWN = mark("As the station showed it")


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """A part's pictures as Qt paints them; made off the window's thread."""

    uuid: str
    lack: Lack | None = None
    heat_lack: Lack | None = None
    part: QImage | None = None
    frame: QImage | None = None
    shown: QImage | None = None
    heats: dict[Sight, QImage] = field(default_factory=dict)
    alike: dict[str, list[QImage]] = field(default_factory=dict)
    """Class -> training pictures."""


def pictures_of(config: StationConfig, part: Waiting) -> Pictures:
    """Read, decode and convert what there is of a part."""
    found = evidence_of(config, part.record)
    heats = {}
    first, second = found.heat_rgba, found.defect_heat_rgba
    if first is not None:
        is_defect = part.record.predicted_class in part.defects or second is not None
        heats[Sight.PREDICTED if second is not None or not is_defect else Sight.DEFECT] = first
    if second is not None:
        heats[Sight.DEFECT] = second
    return Pictures(
        uuid=found.uuid,
        lack=found.lack,
        heat_lack=found.heat_lack,
        part=_image(found.picture_rgb),
        frame=_image(found.frame_rgb),
        shown=_image(found.overlay_rgb),
        heats={sight: _required(heat) for sight, heat in heats.items()},
        alike={
            name: [_required(each.picture_rgb) for each in pictures]
            for name, pictures in found.alike.items()
        },
    )


def _image(pixels: ImageArray | None) -> QImage | None:
    """uint8 (H, W, 3) RGB, or (H, W, 4) with alpha, to an image that owns its pixels."""
    if pixels is None:
        return None
    height, width, channels = pixels.shape
    form = QImage.Format.Format_RGBA8888 if channels == 4 else QImage.Format.Format_RGB888
    image = QImage(pixels.tobytes(), width, height, channels * width, form)
    if channels == 4:
        return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()


def _required(pixels: ImageArray) -> QImage:
    image = _image(pixels)
    assert image is not None
    return image


class Exhibit(QWidget):
    """Shows one part; `M` goes through what is there of it, `H` takes the heat off."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = ZoomPicture()
        self.pictures: Pictures | None = None
        self.part: Waiting | None = None
        self.sight = Sight.DEFECT
        self.heat_shown = True
        self.blind = False
        """Nothing is shown that tells the verdict."""
        self._title = QLabel()
        self._next, self._heat = QPushButton(), QPushButton()
        say(self._next.setText, "Next map (M)")
        say(self._heat.setText, "Heat (H)")
        self._heat.setCheckable(True)
        self._heat.setChecked(True)
        self._next.clicked.connect(lambda: self.next_sight())
        self._heat.clicked.connect(lambda: self.toggle_heat())
        for button in (self._next, self._heat):
            button.setFocusPolicy(self._next.focusPolicy().TabFocus)
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(self._heat)
        row.addWidget(self._next)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.addLayout(row)
        down.addWidget(self.picture, 1)

    def show_message(self, text: str) -> None:
        """Nothing is in hand, or it is being read."""
        self.part = self.pictures = None
        self.picture.show_image(None, text)
        self._refresh_bar()

    def show_part(self, part: Waiting, pictures: Pictures, *, blind: bool) -> None:
        """Show a part; what was looked at in the one before is looked at again."""
        self.part, self.pictures, self.blind = part, pictures, blind
        self.refresh()

    @property
    def sights(self) -> list[Sight]:
        """What there is to look at."""
        pictures = self.pictures
        if pictures is None or pictures.frame is None:
            return []
        if self.blind:
            return [Sight.FRAME]
        maps = (Sight.DEFECT, Sight.PREDICTED)
        found: list[Sight] = [sight for sight in maps if sight in pictures.heats]
        found.append(Sight.FRAME)
        return [*found, Sight.SHOWN] if pictures.shown is not None else found

    def next_sight(self) -> None:
        """Go on to the next map, after the last to the first."""
        sights = self.sights
        if sights:
            at = sights.index(self.sight) if self.sight in sights else -1
            self.sight = sights[(at + 1) % len(sights)]
            self.refresh()

    def toggle_heat(self) -> None:
        """Take the heat off the picture, or lay it on again."""
        self.heat_shown = not self.heat_shown
        self.refresh()

    def refresh(self) -> None:
        """Show what is chosen, in the language of the window."""
        pictures, sight = self.pictures, self._sight()
        self._refresh_bar()
        if pictures is None:
            return
        if pictures.lack is not None or sight is None:
            self.picture.show_image(None, tr(LACKS[pictures.lack or Lack.NEVER]))
        elif sight is Sight.FRAME:
            # Of passed parts no crop is known: by that a blind look would tell them.
            self.picture.show_image(pictures.frame)
        elif sight is Sight.SHOWN:
            self.picture.show_image(pictures.shown)
        else:
            heat = pictures.heats[sight] if self.heat_shown else None
            self.picture.set_layers(pictures.part, heat)

    def _sight(self) -> Sight | None:
        sights = self.sights
        if not sights:
            return None
        return self.sight if self.sight in sights else sights[0]

    def _refresh_bar(self) -> None:
        pictures, sight, part = self.pictures, self._sight(), self.part
        sights = self.sights
        hot = pictures is not None and bool(pictures.heats) and not self.blind
        self._heat.setVisible(hot)
        self._heat.setChecked(self.heat_shown)
        self._heat.setEnabled(sight in (Sight.DEFECT, Sight.PREDICTED))
        self._next.setVisible(len(sights) > 1)
        title = ""
        if part is not None and sight is not None and not self.blind:
            title = tr(sight.value, name=self._class_of(part, sight))
            if not hot and pictures is not None and pictures.heat_lack is not None:
                title = f"{title} · {tr(HEAT_LACKS[pictures.heat_lack])}"
        self._title.setText(title)

    def _class_of(self, part: Waiting, sight: Sight) -> str:
        name = part.record.predicted_class
        if sight is Sight.DEFECT and name not in part.defects:
            name = likeliest_defect(part.record, part.defects)
        return class_word(name) if name else ""
