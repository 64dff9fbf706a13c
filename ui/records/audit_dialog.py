"""A part's entry in the audit chain: which link seals it, and whether both are as they were."""

from __future__ import annotations

from html import escape

from PyQt6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from station.domain import Record
from station.sayings import Review
from station.store.seal import Seal, seal_of, seals_of_reviews
from station.store.store import Store
from ui.desk import Desk
from ui.language import say, tr
from ui.records.facts_panel import seal_text
from ui.theme import theme_of
from ui.wording import decision_word, moment, number

Found = tuple[Seal | None, tuple[tuple[Review, Seal | None], ...]]


class AuditDialog(QDialog):
    """Shows the links of one part and of what people said of it; all can be copied."""

    def __init__(self, desk: Desk, record: Record, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record = record
        self.body, self.title = QTextBrowser(), QLabel()
        self.title.setObjectName("title")
        copy, close = QPushButton(), QPushButton()
        say(self.setWindowTitle, "Audit entry")
        say(copy.setText, "Copy")
        say(close.setText, "Close")
        copy.clicked.connect(self.copy)
        close.clicked.connect(self.reject)
        close.setDefault(True)
        row, down = QHBoxLayout(), QVBoxLayout(self)
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        down.addWidget(self.title)
        down.addWidget(self.body, 1)
        down.addLayout(row)
        line = self.fontMetrics().height()
        self.resize(44 * line, 26 * line)
        self.title.setText(tr("Looking at the chain…"))
        uuid = record.uuid

        def question(store: Store) -> Found:
            seals = seals_of_reviews(store, uuid)
            said = tuple((review, seals.get(review.uuid)) for review in store.reviews(uuid))
            return seal_of(store, uuid), said

        desk.ask_store(question, self._show, self._failed)

    def copy(self) -> None:
        """All of it, as text."""
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(f"{self.title.text()}\n{self.body.toPlainText()}")

    def _show(self, found: Found) -> None:
        seal, reviews = found
        good, text = seal_text(seal)
        self.title.setText(tr("This record is as it was sealed") if good else text)
        self.title.setWordWrap(True)
        parts = [self._html(tr("Inspection, decided {when}",
                               when=moment(self._record.decided_at)), seal)]  # fmt: skip
        for review, own in reviews:
            head = tr(
                "Review: {decision}, {operator}, {when}",
                decision=decision_word(review.decision),
                operator=review.operator,
                when=moment(review.at),
            )
            parts.append(self._html(head, own))
        parts.append(
            f"<p style='color:{theme_of(self).quiet}'>"
            + escape(
                tr(
                    "A chain that was written anew as a whole holds, too. That is seen by "
                    "“station audit verify --expect-head” with a head that was noted elsewhere."
                )
            )
            + "</p>"
        )
        self.body.setHtml("".join(parts))

    def _html(self, head: str, seal: Seal | None) -> str:
        good, text = seal_text(seal)
        theme = theme_of(self)
        colour, sign = (theme.good, "✓") if good else (theme.bad, "✗")
        lines = [f"<h3>{escape(head)}</h3>", f"<p style='color:{colour}'>{sign} {escape(text)}</p>"]
        if seal is not None:
            rows = [
                (tr("Row"), f"{seal.kind} {number(seal.ref)}"),
                (tr("Link"), "–" if seal.link is None else number(seal.link)),
                (tr("Content now (SHA-256)"), seal.content_sha256),
                (tr("Content when sealed"), seal.sealed_sha256 or "–"),
                (tr("Link (SHA-256)"), seal.link_sha256 or "–"),
            ]
            cells = "".join(
                f"<tr><td style='color:{theme.quiet}; padding-right:12px'>{escape(key)}</td>"
                f"<td style='font-family:monospace'>{escape(value)}</td></tr>"
                for key, value in rows
            )
            lines.append(f"<table>{cells}</table>")
        return "".join(lines)

    def _failed(self, text: str) -> None:
        self.title.setText(tr("The chain could not be looked at"))
        self.body.setPlainText(tr(text))
