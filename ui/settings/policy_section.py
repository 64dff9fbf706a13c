"""Section Limits: by which probabilities parts are decided, and what may be changed about them."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from engines.bundle import Bundle
from station.domain import Decision
from station.errors import ConfigError
from station.policy_limits import PolicyLimits, bundle_of, policy_limits
from station.verdict import Overrides
from ui.language import mark, tr
from ui.painting import ink_colour, plate_colour
from ui.settings.draft import Draft
from ui.settings.section import Section, put_text
from ui.theme import theme_of
from ui.wording import decision_word, number

KEYS = ("policy.pass_below", "policy.reject_from", "policy.supervisor", "policy.reason")


class Zones(QWidget):
    """The defect probability from 0 to 1: where parts pass, where a person looks, where not."""

    def __init__(self) -> None:
        super().__init__()
        self.limits: PolicyLimits | None = None
        self.setMinimumHeight(110)

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        if self.limits is None:
            return
        painter, theme = QPainter(self), theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = self.limits.bench.pass_below, min(1.0, self.limits.bench.reject_from)
        box = QRectF(self.rect()).adjusted(2, 34, -2, -34)
        for decision, start, end in (
            (Decision.PASS, 0.0, low), (Decision.REVIEW, low, high), (Decision.REJECT, high, 1.0),
        ):  # fmt: skip
            part = QRectF(box.left() + start * box.width(), box.top(),
                          (end - start) * box.width(), box.height())  # fmt: skip
            painter.fillRect(part, plate_colour(decision))
            word = decision_word(decision)
            if painter.fontMetrics().horizontalAdvance(word) + 6 < part.width():
                painter.setPen(ink_colour(decision))
                painter.drawText(part, Qt.AlignmentFlag.AlignCenter, word)
        painter.setPen(theme.colour("text"))
        bench = ((low, self.limits.bench.pass_below), (high, self.limits.bench.reject_from))
        for at, value in bench:
            self._mark(painter, box, at, number(value, 4), above=True)
        painter.setPen(theme.colour("quiet"))
        for value in (self.limits.model.pass_below, self.limits.model.reject_from):
            self._mark(painter, box, min(1.0, value), number(value, 4), above=False)
        painter.end()

    def _mark(self, painter: QPainter, box: QRectF, at: float, text: str, *, above: bool) -> None:
        x = box.left() + at * box.width()
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        left = min(max(box.left(), x - width / 2), box.right() - width)
        if above:
            painter.setPen(QPen(painter.pen().color(), 2))
            painter.drawLine(int(x), int(box.top() - 6), int(x), int(box.bottom()))
            place = QRectF(left, 0, width, box.top() - 8)
        else:
            painter.setPen(QPen(painter.pen().color(), 2, Qt.PenStyle.DotLine))
            painter.drawLine(int(x), int(box.bottom() - 8), int(x), int(box.bottom() + 6))
            place = QRectF(left, box.bottom() + 8, width, self.height() - box.bottom() - 8)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


class PolicySection(Section):
    """Stricter is free; looser is signed."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.zones, self.said = Zones(), QLabel()
        self._number = 0
        self._bundle: Bundle | None = None
        self.add_title(mark("Limits"), mark(
            "The model comes with two limits of the defect probability. Lower ones are stricter: "
            "anybody who may open this page can set them. Higher ones are looser: defects may "
            "pass. They need a name and a reason, which go into the audit log."
        ))  # fmt: skip
        self.column.addWidget(self.zones)
        self.add_quiet(mark(
            "Above: as the bench decides. Below: the model's own. The engine's certified error "
            "makes both a little stricter."
        ))  # fmt: skip
        self.said.setWordWrap(True)
        self.column.addWidget(self.said)
        self.add_rows(KEYS)
        self.end()
        draft.changed.connect(self._ask)
        self._limits: PolicyLimits | None = None

    @override
    def entered(self) -> None:
        config = self.desk.config
        if config is not None:
            self.desk.ask(partial(bundle_of, config), self._loaded, self._no_bundle)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self._say()

    def _loaded(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._ask()

    def _no_bundle(self, text: str) -> None:
        self._put("bad", tr(text))

    def _ask(self) -> None:
        if self._bundle is None:
            return
        try:
            asked = Overrides(*(self.draft.value(key) for key in KEYS))  # type: ignore[arg-type]
        except ConfigError:
            return  # said beside its field
        self._number += 1
        self.desk.ask(
            partial(_tried, self._number, self._bundle, asked), self._show, self._no_bundle
        )

    def _show(self, answer: tuple[int, PolicyLimits]) -> None:
        question, limits = answer
        if question != self._number:
            return
        self._limits = self.zones.limits = limits
        self.zones.update()
        self._say()

    def _say(self) -> None:
        limits = self._limits
        if limits is None:
            return
        loose = tr("Looser than the model: give a name and a reason below.")
        missing = next((key for key in KEYS[2:] if not self.draft.value(key)), "")
        objections = {missing: loose} if limits.loosened and missing else {}
        if objections != self.draft.objections:
            self.draft.objections = objections
            self.draft.tried.emit()
        if objections:
            self._put("bad", loose)
        elif limits.loosened:
            self._put("bad", tr("Looser than the model: defects may pass. It is signed."))
        elif limits.bench != limits.model:
            self._put("good", tr("Stricter than the model."))
        else:
            self._put("quiet", tr("The model's own limits hold."))

    def _put(self, name: str, text: str) -> None:
        put_text(self.said, name, text)


def _tried(question: int, bundle: Bundle, asked: Overrides) -> tuple[int, PolicyLimits]:
    return question, policy_limits(bundle, asked)
