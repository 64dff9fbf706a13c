"""What a finished study says: bars against their limits, the table, the verdicts."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.gauge.agreement import Agreement, Kappa, Share
from station.gauge.anova import BARELY, WELL, GaugeResult, Grade
from station.gauge.book import KeptStudy
from station.gauge.type1 import ENOUGH
from ui.language import mark, tr
from ui.shift.wordings import measure_word
from ui.theme import theme_of
from ui.wording import number, percent

SHOWN = ("gauge", "repeatability", "reproducibility", "part")
NAMES = {
    "gauge": mark("Gauge R&R"),
    "repeatability": mark("Repeatability"),
    "reproducibility": mark("Reproducibility"),
    "operator": mark("Operator"),
    "interaction": mark("Operator × part"),
    "part": mark("Part to part"),
    "total": mark("Total"),
}
GRADES = {
    Grade.GOOD: mark("The gauge is fit"),
    Grade.MARGINAL: mark("The gauge is marginal"),
    Grade.BAD: mark("The gauge is not fit"),
}
TONES = {Grade.GOOD: "good", Grade.MARGINAL: "text", Grade.BAD: "bad"}


def headline(kept: KeptStudy) -> tuple[str, str]:
    """The result in short, and the theme's colour for it."""
    one, gauge = kept.findings.type1, kept.findings.gauge
    if one is not None:
        text = tr("Fit: Cg {cg}", cg=number(one.cg, 2))
        if not one.capable:
            text = tr("Not fit: Cg {cg}, {least} is needed", cg=number(one.cg, 2),
                      least=number(ENOUGH, 2))  # fmt: skip
        return text, "good" if one.capable else "bad"
    assert gauge is not None
    share = gauge.component("gauge")
    shown = share.of_total if share.of_tolerance is None else share.of_tolerance
    return f"{tr(GRADES[gauge.grade])}: %GRR {percent(shown)}", TONES[gauge.grade]


def lines(kept: KeptStudy) -> list[str]:
    """The rest in sentences."""
    plan, findings = kept.study.plan, kept.findings
    said = [
        tr(
            "{measure}: {parts} parts, {operators} operators, {trials} rounds.",
            measure=measure_word(plan.measure), parts=len(plan.parts),
            operators=len(plan.operators), trials=plan.trials,
        )
    ]  # fmt: skip
    if findings.gauge is not None:
        said.append(_gauge_line(findings.gauge))
    if findings.type1 is not None:
        one = findings.type1
        said.append(
            tr("Mean {mean}, standard deviation {sd}.", mean=number(one.mean, 4),
               sd=number(one.sd, 4))
        )  # fmt: skip
    said.extend(_agreement_lines(findings.agreement))
    return said


def _gauge_line(gauge: GaugeResult) -> str:
    classes = tr("Distinct categories (ndc): {count}; 5 or more are wanted.", count=gauge.classes)
    if not gauge.pooled:
        return classes + " " + tr("Operators differ by part: see to how each part is laid down.")
    return classes


def _agreement_lines(found: Agreement) -> list[str]:
    said = [
        tr("Verdicts: {share} of the parts always decided alike{kappa}.",
           share=_share(found.between), kappa=_kappa(found.between_kappa))
    ]  # fmt: skip
    for name, share in found.within.items():
        said.append(tr("{operator} alone: {share}.", operator=name, share=_share(share)))
    if found.effectiveness is not None:
        said.append(tr("Agrees with what is known: {share}.", share=_share(found.effectiveness)))
    if found.escapes is not None:
        said.append(tr("Known bad that passed: {share}.", share=_share(found.escapes)))
    if found.overkill is not None:
        said.append(tr("Known good that was rejected: {share}.", share=_share(found.overkill)))
    return said


def _share(share: Share) -> str:
    return tr(
        "{value} ({hits} of {of}; 95 % between {low} and {high})",
        value=percent(share.value), hits=share.hits, of=share.of, low=percent(share.low),
        high=percent(share.high),
    )  # fmt: skip


def _kappa(kappa: Kappa) -> str:
    if kappa.value is None:
        return ""
    return tr(", Fleiss' kappa {value}", value=number(kappa.value, 2))


class GaugeBars(QWidget):
    """One bar for each source of spread, with the limits at 10 and 30 %."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.gauge: GaugeResult | None = None

    def show_gauge(self, gauge: GaugeResult | None) -> None:
        """None: nothing is drawn."""
        self.gauge = gauge
        self.setVisible(gauge is not None)
        rows = [] if gauge is None else [f"{tr(NAMES[n])} {percent(_of(gauge, n))}" for n in SHOWN]
        self.setAccessibleName("; ".join(rows))
        self.update()

    @override
    def minimumSizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(260, round(8.5 * self.fontMetrics().height()))

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        if self.gauge is None:
            return
        painter, theme = QPainter(self), theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        line = metrics.height()
        left = max(metrics.horizontalAdvance(tr(NAMES[name])) for name in SHOWN) + 12
        right = metrics.horizontalAdvance("8888.8 %") + 10
        wide = max(40.0, self.width() - left - right)
        high = min((self.height() - line) / len(SHOWN), 3.0 * line)
        most = max(1.0, *(_of(self.gauge, name) for name in SHOWN))
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        for index, name in enumerate(SHOWN):
            share = _of(self.gauge, name)
            row = QRectF(0, index * high, self.width(), high)
            painter.setPen(theme.colour("text"))
            painter.drawText(QRectF(0, row.y(), left, high), middle, tr(NAMES[name]))
            bar = QRectF(left, row.y() + 0.2 * high, wide * share / most, 0.6 * high)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent" if name != "part" else "line"))
            painter.drawRect(bar)
            painter.setPen(theme.colour("text"))
            text = percent(share)
            painter.drawText(QRectF(left + wide + 8, row.y(), right, high), middle, text)
        for limit in (WELL, BARELY):
            x = left + wide * limit / most
            painter.setPen(QPen(theme.colour("text"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(round(x), 0, round(x), round(high * len(SHOWN)))
            painter.setPen(theme.colour("quiet"))
            place = QRectF(x - 3 * line, high * len(SHOWN), 6 * line, line)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), percent(limit, 0))
        painter.end()


def _of(gauge: GaugeResult, name: str) -> float:
    component = gauge.component(name)
    return component.of_total if component.of_tolerance is None else component.of_tolerance
