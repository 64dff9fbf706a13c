"""Small pictures of the parts in sight, read when they are first painted."""

from __future__ import annotations

from collections import OrderedDict

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtGui import QImage

from engines.prediction import ImageArray
from station.browsing.pictures import thumbnail
from station.domain import Record
from ui.desk import Desk
from ui.seen import to_image

KEPT = 300
"""Small pictures in memory."""
TOGETHER = 6
"""So many are read at a time: while the list is scrolled, those scrolled past are forgotten."""
WAITING = 24
SIDE_PX = 128
"""Of the longer side, enough for a dense screen."""


class Thumbnails(QObject):
    """Asked for a picture while painting; tells when there is more to paint."""

    arrived = pyqtSignal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._made: OrderedDict[str, QImage | None] = OrderedDict()
        self._waiting: OrderedDict[str, Record] = OrderedDict()
        self._runs = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(30)
        self._soon.timeout.connect(self._read_some)

    def of(self, record: Record) -> QImage | None:
        """The part's small picture; None while it is read, and where there is none."""
        if record.uuid in self._made:
            self._made.move_to_end(record.uuid)
            return self._made[record.uuid]
        self._waiting[record.uuid] = record
        self._waiting.move_to_end(record.uuid)
        while len(self._waiting) > WAITING:
            self._waiting.popitem(last=False)
        if not self._runs and not self._soon.isActive():
            self._soon.start()
        return None

    def forget(self) -> None:
        """None is wanted any more."""
        self._waiting.clear()

    def _read_some(self) -> None:
        config = self._desk.config
        if self._runs or not self._waiting or config is None:
            return
        newest = [self._waiting.popitem() for _ in range(min(TOGETHER, len(self._waiting)))]
        self._runs = True

        def read() -> list[tuple[str, ImageArray | None]]:
            images, overlays = config.images, config.overlays
            return [(u, thumbnail(record, images, overlays, SIDE_PX)) for u, record in newest]

        self._desk.ask(read, self._read, self._failed)

    def _read(self, found: list[tuple[str, ImageArray | None]]) -> None:
        self._runs = False
        for uuid, pixels in found:
            self._made[uuid] = None if pixels is None else to_image(pixels)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        self.arrived.emit()
        self._read_some()

    def _failed(self, text: str) -> None:
        del text  # a small picture that cannot be read is missing, no more; the large one says why
        self._runs = False
        self._waiting.clear()
