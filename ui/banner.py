"""The verdict, to be read from across the bench: colour, shape, word and reason."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.domain import Decision, Record
from station.wording import percent, position, size
from ui.painting import LOOK_BACK, RAISED, TEXT, ink_colour, paint_sign, plate_colour

SMALLEST_PX = 9
_WRAPPED = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


class Banner(QWidget):
    """Shows one decision, or a plain message while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 160)
        self.decision: Decision | None = None
        self.word = ""
        self.claim = ""
        """Class, confidence, size and place."""
        self.reason = ""
        self.note = ""
        """Set while an earlier part is looked at."""
        self.show_message("", "")

    def show_message(self, word: str, reason: str, decision: Decision | None = None) -> None:
        """Say something that is no part's verdict."""
        self._set(decision, word, "", reason, "")

    def show_record(self, record: Record, note: str = "") -> None:
        """Show a part's verdict; `note` says that it is not the newest one."""
        claim = []
        if record.predicted_class is not None:
            claim.append(f"{record.predicted_class} {percent(record.confidence)}")
        if record.defect_size_mm is not None:
            place = position(record.defect_x_mm, record.defect_y_mm)
            claim.append(f"{size(record.defect_size_mm)} at {place}")
        self._set(record.decision, record.decision.value, "\n".join(claim), record.reason, note)

    def _set(
        self, decision: Decision | None, word: str, claim: str, reason: str, note: str
    ) -> None:
        self.decision, self.word, self.claim = decision, word, claim
        self.reason, self.note = reason, note
        self.setAccessibleName(f"{word}. {claim}. {reason} {note}")
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, ink = RAISED, TEXT
        if self.decision is not None:
            ground, ink = plate_colour(self.decision), ink_colour(self.decision)
        painter.fillRect(self.rect(), ground)
        box = QRectF(self.rect()).adjusted(16, 14, -16, -14)
        if self.note:
            box.setTop(self._paint_note(painter) + 10)
        side = min(box.height() * 0.36, box.width() * 0.5)
        if self.decision is not None:
            sign = QRectF(box.center().x() - side / 2, box.top(), side, side)
            paint_sign(painter, self.decision, sign, rim=ink)
            box.setTop(sign.bottom() + 8)
        painter.setPen(ink)
        shares = ((self.word, 0.34, True), (self.claim, 0.4, False), (self.reason, 1.0, False))
        for text, share, loud in shares:
            if text:
                room = QRectF(box.x(), box.y(), box.width(), box.height() * share)
                box.setTop(_paint_text(painter, text, room, loud=loud) + 6)
        painter.end()

    def _paint_note(self, painter: QPainter) -> float:
        strip = QRectF(0, 0, self.width(), 30)
        painter.fillRect(strip, LOOK_BACK)
        painter.setPen(QColor(0, 0, 0))
        _paint_text(painter, self.note, strip.adjusted(6, 4, -6, 0), loud=False)
        return strip.bottom()


def _paint_text(painter: QPainter, text: str, room: QRectF, *, loud: bool) -> float:
    """Paint wrapped text as large as its room allows; returns where it ends."""
    flags = int(_WRAPPED) | int(Qt.TextFlag.TextWordWrap.value)
    font = QFont(painter.font())
    font.setBold(loud)
    largest = round(room.height()) if loud else min(22, max(15, round(room.width() / 20)))
    for pixels in range(max(largest, SMALLEST_PX), SMALLEST_PX - 1, -1):
        font.setPixelSize(pixels)
        metrics = QFontMetricsF(font)
        # A word alone must not be broken: it is measured against the width on one line.
        needed = metrics.boundingRect(room, flags, text)
        widest = max((metrics.horizontalAdvance(word) for word in text.split()), default=0.0)
        if needed.height() <= room.height() and widest <= room.width():
            break
    painter.setFont(font)
    painter.drawText(room, flags, text)
    return min(needed.bottom(), room.bottom())
