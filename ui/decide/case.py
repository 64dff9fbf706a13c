"""The case: what the station decided, how sure the model is, and why."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from station.domain import Decision
from station.reviewing.leaning import leaning
from station.reviewing.queue import Waiting
from station.reviewing.words import Kind, kind_of
from ui.decide.reasons import said_words
from ui.language import mark, tr
from ui.painting import paint_sign
from ui.theme import theme_of
from ui.wording import class_word, decision_word, millimetres, moment, percent, reason_of

MOST_BARS = 5
LEANS = {
    Decision.PASS: mark("Model leans to PASS"),
    Decision.REJECT: mark("Model leans to REJECT"),
    None: mark("The model's figures do not count here"),
}


class SignLabel(QWidget):
    """A decision's sign; a question mark's where it is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.decision = Decision.REVIEW

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        side = round(2.8 * self.fontMetrics().height())
        return QSize(side, side)

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        side = min(self.width(), self.height()) - 4.0
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        paint_sign(painter, self.decision, box, rim=theme_of(self).colour("ground"))
        painter.end()


class Bars(QWidget):
    """What the model gave to each class, the likeliest first."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, float, bool]] = []
        """Class, probability, whether it is a defect."""

    def show_rows(self, rows: list[tuple[str, float, bool]]) -> None:
        """Show them."""
        self.rows = sorted(rows, key=lambda row: -row[1])[:MOST_BARS]
        self.setAccessibleName(", ".join(f"{class_word(n)} {percent(p)}" for n, p, _ in self.rows))
        self.updateGeometry()
        self.update()

    def _line(self) -> float:
        return 1.8 * self.fontMetrics().height()

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(200, round(self._line() * len(self.rows)))

    @override
    def minimumSizeHint(self) -> QSize:
        """Qt's own name."""
        return self.sizeHint()

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme, line = QPainter(self), theme_of(self), self._line()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        painter.setFont(self.font())
        for index, (name, share, defect) in enumerate(self.rows):
            room = QRectF(0, index * line, self.width(), line)
            number = percent(share)
            wide = metrics.horizontalAdvance(number)
            text = QRectF(room.x(), room.y(), room.width(), 0.62 * line)
            said = metrics.elidedText(
                class_word(name), Qt.TextElideMode.ElideMiddle, room.width() - wide - 12
            )
            painter.setPen(theme.colour("text"))
            flags = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(text, int(flags | Qt.AlignmentFlag.AlignLeft), said)
            painter.drawText(text, int(flags | Qt.AlignmentFlag.AlignRight), number)
            track = QRectF(room.x(), text.bottom(), room.width(), 0.22 * line)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("raised"))
            painter.drawRect(track)
            painter.setBrush(theme.colour("bad" if defect else "good"))
            painter.drawRect(QRectF(track.x(), track.y(), track.width() * share, track.height()))
        painter.end()


class CasePanel(QScrollArea):
    """All that is known of the part in hand, in the order in which it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.part: Waiting | None = None
        self.blind = False
        self.sign, self.bars = SignLabel(), Bars()
        self.word, self.lean, self.second = QLabel(), QLabel(), QLabel()
        self.reason, self.facts = QLabel(), QLabel()
        self.word.setObjectName("title")
        self.lean.setObjectName("title")
        self.facts.setObjectName("quiet")
        self.second.setObjectName("bad")
        for label in (self.word, self.lean, self.second, self.reason, self.facts):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.addWidget(self.sign)
        head.addWidget(self.word, 1)
        inside = QWidget()
        down = QVBoxLayout(inside)
        down.setContentsMargins(0, 0, 8, 0)
        down.addLayout(head)
        for widget in (self.second, self.lean, self.bars, self.reason, self.facts):
            down.addWidget(widget)
        down.addStretch(1)
        self.setWidget(inside)

    def show_part(self, part: Waiting | None, *, blind: bool) -> None:
        """Show a part; None: nothing."""
        self.part, self.blind = part, blind
        self.refresh()

    def refresh(self) -> None:
        """Say it in the language of the window."""
        part = self.part
        inside = self.widget()
        if inside is not None:
            inside.setVisible(part is not None)
        if part is None:
            return
        record = part.record
        hidden = self.blind
        self.sign.decision = Decision.REVIEW if hidden else record.decision
        self.sign.update()
        self.word.setText(tr("Verdict hidden") if hidden else decision_word(record.decision))
        said = "" if hidden else _said_before(part)
        self.second.setVisible(bool(said))
        self.second.setText(said)
        self.lean.setVisible(not hidden)
        self.lean.setText(self._lean(part))
        self.bars.setVisible(not hidden and bool(record.probabilities))
        defects = part.defects
        shares = record.probabilities or {}
        self.bars.show_rows([(name, p, name in defects) for name, p in shares.items()])
        self.reason.setText(
            tr("Look at the part and say what you see; then the verdict is shown.")
            if hidden
            else reason_of(record)
        )
        self.facts.setText(self._facts(part))

    def _lean(self, part: Waiting) -> str:
        text = tr(LEANS[leaning(part.record)])
        p = part.record.defect_probability
        if leaning(part.record) is None or p is None:
            return text
        return text + "\n" + tr("{share} defect", share=percent(p))

    def _facts(self, part: Waiting) -> str:
        record = part.record
        rows = [
            (tr("Lot"), record.lot),
            (tr("Serial number"), record.part_serial),
            (tr("Picture"), record.source),
            (tr("Inspected"), moment(record.decided_at)),
            (tr("Station"), record.station),
            (tr("Operator"), record.operator),
        ]
        if not self.blind and record.defect_size_mm is not None:
            size = tr("about {size}", size=millimetres(record.defect_size_mm))
            rows.insert(0, (tr("Size of the hot place"), size))
        return "\n".join(f"{name}: {value}" for name, value in rows if value)


def _said_before(part: Waiting) -> str:
    """Who said what of it already; empty where nobody did, or took it back."""
    latest = part.latest
    if latest is None or kind_of(latest) is Kind.UNDONE:
        return ""
    if part.asked_by is not None:
        text = tr("{who} asks for a second opinion", who=part.asked_by)
    else:
        text = tr(
            "{who} decided {said}, {when}",
            who=latest.operator,
            said=decision_word(latest.decision),
            when=moment(latest.at, seconds=False),
        )
    said = said_words(latest)
    return f"{text}: {said}" if said else text
