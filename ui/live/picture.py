"""The live picture, or the part looked at: its outline, its heat, the place of its defect."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from typing_extensions import override

from station.domain import Decision, DefectMark, Ellipse
from ui.painting import ink_colour, plate_colour
from ui.seen import Marks
from ui.wording import class_word, heat_word, percent
from ui.zoom import ZoomPicture

HALO = QColor(0, 0, 0)
LINE = QColor(255, 255, 255)


class MarkedPicture(ZoomPicture):
    """A picture, its heat, and what is marked in it."""

    def __init__(self) -> None:
        super().__init__()
        self.marks = Marks()
        self.decision: Decision | None = None
        """Whose colour the outline has; None: none was made yet."""
        self.marks_shown = True

    def show_part(
        self, image: QImage, heat: QImage | None, marks: Marks, decision: Decision | None
    ) -> None:
        """Show a picture with what was found in it; marks are in its pixels."""
        self.marks, self.decision = marks, decision
        self.px_per_mm = marks.px_per_mm
        self.set_layers(image, heat)

    def show_words(self, message: str) -> None:
        """Show a sentence in the picture's place."""
        self.marks, self.decision, self.px_per_mm = Marks(), None, None
        self.show_image(None, message)

    @override
    def paint_above(self, painter: QPainter) -> None:
        """Outlines, ignored areas and the mark, as thick on any screen."""
        if not self.marks_shown:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for box in self.marks.ignored_px:
            self._paint_ignored(painter, box)
        colour = LINE if self.decision is None else plate_colour(self.decision)
        for index, outline in enumerate(self.marks.outlines):
            self._paint_outline(painter, outline, colour if index == 0 else LINE)
        if self.marks.defect is not None and self.decision is not None:
            self._paint_mark(painter, self.marks.defect, self.decision)

    def _unit(self) -> float:
        return max(1.0, self.font().pixelSize() / 15.0)

    def _paint_outline(self, painter: QPainter, outline: Ellipse, colour: QColor) -> None:
        centre = self.place_of(*outline.centre_px)
        first, second = (axis * self.scale for axis in outline.axes_px)
        painter.save()
        painter.translate(centre)
        painter.rotate(outline.angle_deg)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in ((HALO, 5.0), (colour, 2.5)):
            painter.setPen(QPen(ink, width * self._unit()))
            painter.drawEllipse(QRectF(-first / 2, -second / 2, first, second))
        painter.restore()

    def _paint_ignored(self, painter: QPainter, box: tuple[float, float, float, float]) -> None:
        x, y, width, height = box
        area = QRectF(self.place_of(x, y), self.place_of(x + width, y + height))
        painter.setPen(QPen(LINE, 1.5 * self._unit(), Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.BDiagPattern)
        painter.drawRect(area)

    def _paint_mark(self, painter: QPainter, mark: DefectMark, decision: Decision) -> None:
        """A ring, whole for a REJECT and dashed for a doubt, with a label beside it."""
        unit = self._unit()
        centre = self.place_of(*mark.centre_px)
        radius = max(mark.radius_px * self.scale, 9.0 * unit)
        style = Qt.PenStyle.SolidLine if decision is Decision.REJECT else Qt.PenStyle.DashLine
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in ((HALO, 6.0), (LINE, 3.0)):
            painter.setPen(QPen(ink, width * unit, style))
            painter.drawEllipse(centre, radius, radius)
        words = []
        if mark.size_mm is not None:
            words.append(heat_word(mark.size_mm))
        if mark.defect_class is not None:
            words.append(f"{class_word(mark.defect_class)} {percent(mark.probability)}")
        if words:
            self._paint_label(painter, centre, radius, words, decision)

    def _paint_label(
        self,
        painter: QPainter,
        centre: QPointF,
        radius: float,
        words: list[str],
        decision: Decision,
    ) -> None:
        unit = self._unit()
        font = QFont(self.font())
        font.setPixelSize(round(20 * unit))
        font.setBold(True)
        metrics = QFontMetricsF(font)
        width = max(metrics.horizontalAdvance(text) for text in words) + 18 * unit
        height = metrics.lineSpacing() * len(words) + 10 * unit
        gap = radius + 14 * unit
        left = centre.x() + gap if centre.x() < self.width() / 2 else centre.x() - gap - width
        top = centre.y() - height / 2
        left = min(max(left, 4.0), self.width() - width - 4.0)
        top = min(max(top, 4.0), self.height() - height - 4.0)
        box = QRectF(left, top, width, height)
        painter.setPen(QPen(ink_colour(decision), 1.5 * unit))
        painter.setBrush(plate_colour(decision))
        painter.drawRoundedRect(box, 5 * unit, 5 * unit)
        painter.setFont(font)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), "\n".join(words))
