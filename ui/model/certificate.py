"""The certificate of this machine: what each engine may, and the pictures it is worst on."""

from __future__ import annotations

from datetime import datetime

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPixmap
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engines.certificate import Certificate
from station.domain import Decision
from station.models.proof import Proof, WorstPair, has_heat
from ui.charts.panel import Numbers, NumbersTable
from ui.language import tr
from ui.model.tables import fit_height, show_table
from ui.seen import to_image
from ui.wording import class_word, decision_word, moment, number, percent

PICTURE_SHARE = 9.0
"""A picture's side, in heights of a letter."""


class CertificatePanel(QScrollArea):
    """Table of the engines, refusals, pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.summary, self.refusals, self.hint = QLabel(), QLabel(), QLabel()
        self.table = NumbersTable()
        bar = self.table.horizontalScrollBar()
        if bar is not None:
            bar.rangeChanged.connect(lambda: fit_height(self.table))
        for label, name in ((self.summary, ""), (self.refusals, "bad"), (self.hint, "quiet")):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setObjectName(name)
        self._pairs = QWidget()
        self._grid = QGridLayout(self._pairs)
        self._grid.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        box = QVBoxLayout(inner)
        for widget in (self.summary, self.table, self.refusals, self.hint, self._pairs):
            box.addWidget(widget)
        box.addStretch(1)
        self.setWidget(inner)
        self.proof: Proof | None = None

    def show_proof(self, proof: Proof | None) -> None:
        """None: it is being looked up."""
        self.proof = proof
        certificates = () if proof is None else proof.certificates
        self.summary.setText(_summary(proof))
        show_table(self.table, _numbers(certificates, proof), (0,))
        self.table.setVisible(bool(certificates))
        fit_height(self.table)
        why = () if proof is None else (*(r for c in certificates for r in c.refusals),
                                        *proof.failures)  # fmt: skip
        self.refusals.setText("\n".join(why))
        self.refusals.setVisible(bool(why))
        self._show_pairs(proof)

    def _show_pairs(self, proof: Proof | None) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        decides = None if proof is None else proof.decides
        pairs: tuple[WorstPair, ...] = ()
        if proof is not None:
            shown = decides or next(iter(proof.certificates), None)
            pairs = () if shown is None else proof.pairs.get(shown.fingerprint, ())
        side = round(PICTURE_SHARE * self.fontMetrics().height() / 1.4)
        for at, pair in enumerate(pairs):
            self._grid.addWidget(_card(pair, side), at // 2, at % 2)
        if proof is None:
            self.hint.setText("")
        elif pairs:
            self.hint.setText(
                tr("The golden pictures on which it is furthest from the trained network:")
            )
        else:
            self.hint.setText(
                tr("W measures this machine anew, and shows the pictures that are furthest off.")
            )


def _summary(proof: Proof | None) -> str:
    if proof is None:
        return tr("Looking it up")
    decides = proof.decides
    if decides is None:
        if proof.unknown and not proof.certificates:
            return tr("This machine has no certificate for it yet: {engines} were never measured.",
                      engines=", ".join(proof.unknown))  # fmt: skip
        return tr("No engine of this machine may decide with it.")
    return tr(
        "{engine} decides, the fastest that may. Replayed {count} golden pictures on {when}; its "
        "largest error, {margin}, makes both limits stricter.",
        engine=decides.name, count=number(decides.images),
        when=_when(decides.certified_at), margin=percent(decides.margin, 2),
    )  # fmt: skip


def _numbers(certificates: tuple[Certificate, ...], proof: Proof | None) -> Numbers:
    headers = (
        tr("Engine"), tr("May decide"), tr("Largest error"), tr("Other verdicts"),
        tr("More REVIEW"), tr("Heat alike"), tr("Median ms"), tr("95 % ms"),
    )  # fmt: skip
    decides = None if proof is None else proof.decides
    rows = []
    for each in certificates:
        word = tr("refused") if each.refusals else tr("decides") if each is decides else tr("yes")
        rows.append(
            (each.name, word, percent(each.max_dp, 2), number(each.differing),
             percent(max(0.0, each.extra_review), 2), number(each.heatmap_median, 3),
             number(each.p50_ms, 1), number(each.p95_ms, 1))
        )  # fmt: skip
    return Numbers(headers, tuple(rows))


def _when(text: str) -> str:
    try:
        return moment(datetime.fromisoformat(text), seconds=False)
    except ValueError:
        return text


def _card(pair: WorstPair, side: int) -> QFrame:
    card = QFrame()
    card.setObjectName("panel")
    box, row = QVBoxLayout(card), QHBoxLayout()
    for picture, said in (
        (pair.picture, class_word(pair.label)),
        (pair.reference, tr("trained network")),
        (pair.engine, tr("this machine")),
    ):
        column = QVBoxLayout()
        shot, under = QLabel(), QLabel(said)
        shot.setPixmap(
            QPixmap.fromImage(to_image(picture)).scaledToWidth(
                side, Qt.TransformationMode.SmoothTransformation
            )
        )
        under.setObjectName("quiet")
        for label in (shot, under):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        row.addLayout(column)
    row.addStretch(1)
    heat = number(pair.correlation, 3) if has_heat(pair) else "–"
    text = QLabel(
        tr(
            "{name}: expected {expected} ({p}), got {got} ({q}); heat alike {heat}",
            name=pair.name, expected=decision_word(Decision(pair.expected)),
            p=percent(pair.expected_p, 2), got=decision_word(Decision(pair.got)),
            q=percent(pair.got_p, 2), heat=heat,
        )
    )  # fmt: skip
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setWordWrap(True)
    box.addLayout(row)
    box.addWidget(text)
    return card
