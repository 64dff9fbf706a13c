"""The verdict, to be read from across the bench: colour, shape, word and reason."""

from __future__ import annotations

from collections.abc import Iterator

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.domain import Decision, Record
from ui.language import tr
from ui.painting import ink_colour, paint_sign, plate_colour
from ui.theme import theme_of
from ui.wording import class_word, decision_word, heat_word, number, percent, reason_of

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
        self._record: Record | None = None
        self.show_message("", "")

    def show_message(self, word: str, reason: str, decision: Decision | None = None) -> None:
        """Say something that is no part's verdict."""
        self._record = None
        self._set(decision, word, "", reason, "")

    def show_record(self, record: Record, note: str = "") -> None:
        """Show a part's verdict; `note` says that it is not the newest one."""
        self._record = record
        claim = []
        if record.predicted_class is not None:
            claim.append(f"{class_word(record.predicted_class)} {percent(record.confidence)}")
        if record.defect_size_mm is not None:
            claim.append(_place(record))
        word = decision_word(record.decision)
        self._set(record.decision, word, "\n".join(claim), reason_of(record), note)

    def retranslate(self) -> None:
        """The language changed: a verdict is said again."""
        if self._record is not None:
            self.show_record(self._record, self.note)

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
        theme = theme_of(self)
        ground, ink = theme.colour("raised"), theme.colour("text")
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
        strip = QRectF(0, 0, self.width(), 2.0 * self.font().pixelSize())
        theme = theme_of(self)
        painter.fillRect(strip, theme.colour("accent"))
        painter.setPen(theme.colour("accent_ink"))
        _paint_text(painter, self.note, strip.adjusted(6, 4, -6, 0), loud=False)
        return strip.bottom()


def _place(record: Record) -> str:
    size = heat_word(record.defect_size_mm)
    if record.defect_x_mm is None or record.defect_y_mm is None:
        return size
    x, y = (number(v, 1) for v in (record.defect_x_mm, record.defect_y_mm))
    return tr("{size} at x {x}, y {y} mm", size=size, x=x, y=y)


def _sizes(largest_px: int) -> Iterator[int]:
    """Sizes to try, each a little smaller than the one before, down to SMALLEST_PX."""
    pixels = largest_px
    while pixels > SMALLEST_PX:
        yield pixels
        pixels -= max(1, pixels // 24)
    yield SMALLEST_PX


def _paint_text(painter: QPainter, text: str, room: QRectF, *, loud: bool) -> float:
    """Paint wrapped text as large as its room allows; returns where it ends."""
    flags = int(_WRAPPED) | int(Qt.TextFlag.TextWordWrap.value)
    font = QFont(painter.font())
    font.setBold(loud)
    largest = round(room.height()) if loud else max(15, round(room.width() / 18))
    for pixels in _sizes(max(largest, SMALLEST_PX)):
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
