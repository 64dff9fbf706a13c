"""Colours and letters of a chart, and how each verdict's bars are told apart without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QTransform
from PyQt6.QtWidgets import QApplication

from station.domain import Decision
from ui.painting import paint_sign, plate_colour
from ui.theme import FONTS, Theme

PATTERNS = {
    Decision.PASS: Qt.BrushStyle.SolidPattern,
    Decision.REVIEW: Qt.BrushStyle.BDiagPattern,
    Decision.REJECT: Qt.BrushStyle.DiagCrossPattern,
    Decision.ERROR: Qt.BrushStyle.Dense4Pattern,
}
"""Beside the colour: hatching."""
PAPER_FONTS = ("Liberation Sans", "DejaVu Sans")
"""Before the others, for what has no Hangul: Noto Sans CJK draws hyphen and soft hyphen as one
glyph, so that a serial copied out of a PDF, or searched for, would lack its hyphens."""
DESIGNED_PX = 13.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is drawn."""

    ground: QColor
    text: QColor
    quiet: QColor
    line: QColor
    accent: QColor
    bad: QColor
    font_px: float
    is_paper: bool = False

    def font(self, share: float = 1.0, bold: bool = False) -> QFont:
        """The letters, larger or smaller by `share`."""
        font = QFont()
        font.setFamilies([*PAPER_FONTS, *FONTS] if self.is_paper else list(FONTS))
        font.setPixelSize(max(8, round(self.font_px * share)))
        font.setBold(bold)
        if self.is_paper:
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def width_of(self, text: str, share: float = 1.0) -> float:
        """Of a text, in pixels."""
        return QFontMetricsF(self.font(share)).horizontalAdvance(text)

    def elided(self, text: str, most_px: float, share: float = 1.0) -> str:
        """A text that is no wider than that."""
        metrics = QFontMetricsF(self.font(share))
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, most_px)

    def pen(self, name: str, width: float = 1.0, style: Qt.PenStyle | None = None) -> QPen:
        """A line of one of the colours, as many pixels wide on a screen of any size."""
        pen = QPen(getattr(self, name), width * max(1.0, self.font_px / 15.0))
        pen.setCosmetic(True)
        pen.setStyle(style or Qt.PenStyle.SolidLine)
        return pen


PAPER = Look(
    ground=QColor("white"), text=QColor("#15191d"), quiet=QColor("#4b555f"), line=QColor("#9aa3ab"),
    accent=QColor("#0a5cc2"), bad=QColor("#a8160c"), font_px=11.0, is_paper=True,
)  # fmt: skip


def look_of(theme: Theme) -> Look:
    """As the theme has it."""
    size = QApplication.font().pixelSize()
    return Look(
        ground=theme.colour("raised"), text=theme.colour("text"), quiet=theme.colour("quiet"),
        line=theme.colour("line"), accent=theme.colour("accent"), bad=theme.colour("bad"),
        font_px=0.87 * (size if size > 0 else 15),
    )  # fmt: skip


def bar_brush(decision: Decision, look: Look) -> QBrush:
    """The fill of a verdict's bars; its hatching grows with the letters."""
    brush = QBrush(plate_colour(decision), PATTERNS[decision])
    scale = max(1.0, look.font_px / DESIGNED_PX)
    brush.setTransform(QTransform.fromScale(scale, scale))
    return brush


def bar_pen(decision: Decision) -> QPen:
    """The outline of a verdict's bars."""
    pen = QPen(plate_colour(decision), 1.0)
    pen.setCosmetic(True)
    return pen


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a verdict's sign with its bar, or a plain line or box of a colour."""

    text: str
    decision: Decision | None = None
    colour: str | None = None
    """Of the look."""
    dashed: bool = False


def legend_width(keys: Sequence[Key], look: Look) -> float:
    """Of a legend in one line, in pixels."""
    unit = look.font_px
    return sum(look.width_of(key.text, 0.95) + 3.6 * unit for key in keys)


def paint_legend(painter: QPainter, keys: Sequence[Key], box: QRectF, look: Look) -> None:
    """A line of entries, beginning at the left of the box, in its middle."""
    unit, x, middle = look.font_px, box.left(), box.center().y()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(look.font(0.95))
    for key in keys:
        swatch = QRectF(x, middle - 0.5 * unit, 1.0 * unit, 1.0 * unit)
        if key.decision is not None:
            paint_sign(painter, key.decision, swatch)
            swatch.translate(1.2 * unit, 0)
            painter.fillRect(swatch, bar_brush(key.decision, look))
            painter.setPen(bar_pen(key.decision))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(swatch)
        elif key.colour is not None:
            style = Qt.PenStyle.DashLine if key.dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(getattr(look, key.colour), 0.16 * unit, style))
            swatch.setWidth(1.8 * unit)
            painter.drawLine(QPointF(swatch.left(), middle), QPointF(swatch.right(), middle))
        painter.setPen(look.text)
        left = swatch.right() + 0.35 * unit
        wide = look.width_of(key.text, 0.95)
        place = QRectF(left, box.top(), wide + 2, box.height())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), key.text)
        x = left + wide + 1.0 * unit
    painter.restore()
