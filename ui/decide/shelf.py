"""Pictures of the parts in hand and to come: read off the window's thread, and a few kept."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from station.reviewing.queue import Waiting
from ui.decide.exhibit import Pictures, pictures_of
from ui.desk import Desk

MOST_KEPT = 4
"""So many parts' pictures are kept in memory."""


class PictureShelf(QObject):
    """Reads each part's pictures once, and tells when they are there."""

    read = pyqtSignal(object)
    """Pictures of a part that was asked for."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self.desk = desk
        self._kept: dict[str, Pictures] = {}
        self._asked_for: set[str] = set()
        self._in_use: set[str] = set()

    def want(self, *parts: Waiting | None) -> None:
        """These parts' pictures are in use, and are read unless they are there or on their way."""
        wanted = [part for part in parts if part is not None]
        self._in_use = {part.record.uuid for part in wanted}
        for part in wanted:
            self._read(part)

    def of(self, part: Waiting) -> Pictures | None:
        """What is kept of a part; None: not read yet."""
        return self._kept.get(part.record.uuid)

    def _read(self, part: Waiting) -> None:
        uuid, config = part.record.uuid, self.desk.config
        if uuid in self._kept or uuid in self._asked_for or config is None:
            return
        self._asked_for.add(uuid)
        self.desk.ask(lambda: pictures_of(config, part), self._was_read)

    def _was_read(self, pictures: Pictures) -> None:
        self._asked_for.discard(pictures.uuid)
        self._kept[pictures.uuid] = pictures
        self.read.emit(pictures)
        too_many = max(0, len(self._kept) - MOST_KEPT)
        for uuid in [u for u in self._kept if u not in self._in_use][:too_many]:
            del self._kept[uuid]
