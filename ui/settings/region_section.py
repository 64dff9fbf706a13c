"""Section Region: where the part is looked for, and what of it is not inspected, drawn on it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton
from typing_extensions import override

from engines.bundle import InputSpec
from engines.prediction import ImageArray
from station.areas import DiscPlace, box_in_mm, box_in_px, input_of, place_of, share_hidden
from station.capture.settings import CaptureSettings
from station.locate.settings import IGNORED_MAX, Box, BoxMm
from station.looks import Look
from station.preview import newest_picture
from ui.language import mark, say, tr
from ui.settings.area_picture import Area, AreaPicture
from ui.settings.draft import Draft
from ui.settings.eye import image_of
from ui.settings.section import Section
from ui.wording import number, percent

log = logging.getLogger(__name__)
REGION, IGNORE_PX, IGNORE_MM = "locate.region_px", "locate.ignore_px", "locate.ignore_mm"
MORE = (
    "locate.max_unseen", "locate.min_diameter_px", "locate.max_ovality_mm",
    "locate.max_rim_deviation_mm", "locate.diameter_tolerance_mm",
)  # fmt: skip
KEYS = ("locate.mode", REGION, IGNORE_PX, IGNORE_MM, *MORE)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture, and where the disc lies in it."""

    image_rgb: ImageArray
    place: DiscPlace | None


class RegionSection(Section):
    """Shows a picture with the disc found in it; areas on the disc move with it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.eye, self.picture = draft.eye, AreaPicture()
        self.readout, self.wrong = QLabel(), QLabel()
        self.tools: dict[str, QPushButton] = {}
        self.spec: InputSpec | None = None
        self.scene: Scene | None = None
        self._drawing = ""
        self._busy = False
        self._build()
        self.eye.looked.connect(self._on_look)
        self.eye.failed.connect(self._on_failed)
        self.picture.drawn.connect(self._on_drawn)
        self.picture.moved.connect(self._on_moved)
        self.picture.chosen.connect(self._say_readout)
        draft.changed.connect(self._follow)
        draft.tried.connect(self._follow)

    @property
    def on_disc(self) -> bool:
        """Whether areas lie on the part, in millimetres, rather than in the picture."""
        mode = self.draft.value("locate.mode")
        trained = self.spec is not None and self.spec.locate == "disc"
        has_size = self.spec is not None and self.spec.part_diameter_mm is not None
        return (mode == "disc" or (mode == "bundle" and trained)) and has_size

    @override
    def entered(self) -> None:
        config = self.desk.config
        if config is None:
            return
        if self.spec is None:
            self.desk.ask(partial(input_of, config), self._show_spec, self._say_wrong)
        if config.camera is None:
            self.picture.show_image(None, tr("Looking for the last picture…"))
            self.desk.ask_store(partial(newest_picture, config), self._on_picture)
        else:
            if self.picture.image is None:
                self.picture.show_image(None, tr("Opening the camera…"))
            self.eye.start(self, config.camera, self.capture())

    @override
    def left(self) -> None:
        self.eye.release(self)

    @override
    def act(self, name: str) -> None:
        if name in self.tools:
            self.tools[name].click()

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self._follow()

    def capture(self) -> CaptureSettings:
        """As the bench runs: what is unsaved about the camera belongs to its own section."""
        config = self.desk.config
        return CaptureSettings() if config is None else config.capture

    def _build(self) -> None:
        self.add_title(mark("Region and ignored areas"), mark(
            "Drag a rectangle with a finger or the mouse; arrow keys move the chosen one, with Alt "
            "they make it larger, with Shift ten times as far. Page up and down choose."
        ))  # fmt: skip
        bar = QHBoxLayout()
        for name, text, can_stay in (
            ("region", mark("Region (R)"), True), ("ignore", mark("Ignore (I)"), True),
            ("remove", mark("Remove (Del)"), False), ("hold", mark("Hold still (P)"), True),
        ):  # fmt: skip
            self.tools[name] = button = QPushButton()
            button.setCheckable(can_stay)
            say(button.setText, text)
            bar.addWidget(button)
        bar.addStretch(1)
        self.tools["region"].clicked.connect(lambda on: self._draw("region" if on else ""))
        self.tools["ignore"].clicked.connect(lambda on: self._draw("ignore" if on else ""))
        self.tools["remove"].clicked.connect(self._remove)
        self.column.addLayout(bar)
        self.picture.setMinimumHeight(220)
        self.readout.setWordWrap(True)
        self.wrong.setObjectName("bad")
        self.wrong.setWordWrap(True)
        self.split(self.picture, self.readout, self.wrong)
        self.add_rows(("locate.mode",))
        self.add_more(MORE)
        self.end()
        self._follow()

    def _show_spec(self, spec: InputSpec) -> None:
        self.spec = spec
        if self.scene is not None:
            self._locate(self.scene.image_rgb)
        self._follow()

    def _on_picture(self, image_rgb: ImageArray | None) -> None:
        if image_rgb is None:
            text = tr("There is no picture yet: put one into the folder, or inspect a part.")
            self.picture.show_image(None, tr(text))
        else:
            self._locate(image_rgb)

    def _on_failed(self, text: str) -> None:
        if self.eye.owner is self:
            self.picture.show_image(None, text)

    def _on_look(self, look: Look) -> None:
        is_free = not self._busy and self.eye.owner is self
        if is_free and not self.tools["hold"].isChecked() and not self._drawing:
            self._locate(look.grabbed.image_rgb)

    def _locate(self, image_rgb: ImageArray) -> None:
        """The picture is shown together with the disc in it, so that areas lie where they lie."""
        self._busy = True
        spec, region = self.spec, self._region()

        def work() -> Scene:
            return Scene(image_rgb, None if spec is None else place_of(image_rgb, spec, region))

        self.desk.ask(work, self._show_scene, self._say_wrong)

    def _show_scene(self, scene: Scene) -> None:
        self._busy, self.scene = False, scene
        self.picture.show_image(image_of(scene.image_rgb))
        place = scene.place
        self.picture.outline = None
        if place is not None and self.on_disc:
            line = place.outline
            self.picture.outline = (*line.centre_px, *line.axes_px, line.angle_deg)
            self.picture.px_per_mm = place.px_per_mm
        self._follow()

    def _say_wrong(self, text: str) -> None:
        self._busy = False
        say(self.wrong.setText, text)
        self.wrong.show()

    def _region(self) -> Box | None:
        value = self.draft.value(REGION)
        return value if isinstance(value, tuple) else None

    def _boxes(self, key: str) -> tuple[Box, ...]:
        value = self.draft.value(key)
        return value if isinstance(value, tuple) else ()

    def _boxes_mm(self) -> tuple[BoxMm, ...]:
        value = self.draft.value(IGNORE_MM)
        return value if isinstance(value, tuple) else ()

    def _follow(self) -> None:
        """Show the draft's areas on the picture."""
        place = None if self.scene is None else self.scene.place
        areas = []
        region = self._region()
        if region is not None:
            areas.append(Area(REGION, 0, region, tr("Region"), is_region=True))
        for index, box in enumerate(self._boxes(IGNORE_PX)):
            areas.append(Area(IGNORE_PX, index, box, tr("Ignored {n}", n=index + 1)))
        if place is not None:
            count = len(areas) - (region is not None)
            for index, box_mm in enumerate(self._boxes_mm()):
                name = tr("Ignored {n}", n=count + index + 1)
                areas.append(Area(IGNORE_MM, index, box_in_px(box_mm, place), name))
        self.picture.show_areas(tuple(areas))
        errors = [self.draft.error(key) for key in KEYS if self.draft.error(key)]
        self.wrong.setText(" ".join(tr(error) for error in errors))
        self.wrong.setVisible(bool(errors))
        self._say_readout()

    def _say_readout(self) -> None:
        parts = []
        area = self.picture.chosen_area
        if area is not None and area.key == IGNORE_MM:
            x, y, width, height = (number(v, 2) for v in self._boxes_mm()[area.index])
            parts.append(
                tr(
                    "{name}: {x} mm right, {y} mm down from the centre, {width} × {height} mm.",
                    name=area.name, x=x, y=y, width=width, height=height,
                )
            )  # fmt: skip
        elif area is not None:
            x, y, width, height = (number(v) for v in area.box)
            parts.append(
                tr(
                    "{name}: from {x}, {y}, {width} × {height} pixels.",
                    name=area.name, x=x, y=y, width=width, height=height,
                )
            )  # fmt: skip
        place = None if self.scene is None or not self.on_disc else self.scene.place
        share = share_hidden(self._boxes_mm(), self._boxes(IGNORE_PX), place)
        if share is not None:
            parts.append(
                tr(
                    "Ignored areas hide {share} of the part; at most {most} is allowed.",
                    share=percent(share), most=percent(IGNORED_MAX, 0),
                )
            )  # fmt: skip
        elif self.on_disc and self.scene is not None:
            parts.append(tr("No part is found in this picture: lay one under the camera."))
        self.readout.setText(" ".join(parts))

    def _draw(self, what: str) -> None:
        self._drawing = what
        self.picture.is_drawing = bool(what)
        for name in ("region", "ignore"):
            self.tools[name].setChecked(name == what)
        self.picture.setFocus()

    def _on_drawn(self, box: Box) -> None:
        what = self._drawing
        self._draw("")
        place = None if self.scene is None else self.scene.place
        if what == "region":
            self.draft.set(REGION, box)
        elif not self.on_disc:
            self.draft.set(IGNORE_PX, (*self._boxes(IGNORE_PX), box))
        elif place is not None:
            self.draft.set(IGNORE_MM, (*self._boxes_mm(), box_in_mm(box, place)))
        else:
            return  # the readout says that no part is there to draw on
        drawn = REGION if what == "region" else IGNORE_MM if self.on_disc else IGNORE_PX
        self.picture.choose(self._last_of(drawn))

    def _last_of(self, key: str) -> int | None:
        """The area of that kind that was drawn last."""
        found = [i for i, area in enumerate(self.picture.areas) if area.key == key]
        return max(found, default=None)

    def _on_moved(self, area: Area, box: Box) -> None:
        place = None if self.scene is None else self.scene.place
        if area.key == REGION:
            self.draft.set(REGION, box)
        elif area.key == IGNORE_PX:
            self._replace(IGNORE_PX, area.index, box)
        elif place is not None:
            self._replace(IGNORE_MM, area.index, box_in_mm(box, place))

    def _replace(self, key: str, index: int, box: tuple[float, ...] | None) -> None:
        """One of several areas by another; None: it is removed."""
        value = self.draft.value(key)
        boxes = list(value) if isinstance(value, tuple) else []
        boxes[index : index + 1] = [] if box is None else [box]
        self.draft.set(key, tuple(boxes))

    def _remove(self) -> None:
        area = self.picture.chosen_area
        if area is None:
            self.readout.setText(tr("Choose an area first: touch it, or press page down."))
        elif area.key == REGION:
            self.draft.set(REGION, None)
        else:
            self._replace(area.key, area.index, None)
