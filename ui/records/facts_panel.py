"""Everything that is known of one part, in sentences and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QTextOption
from PyQt6.QtWidgets import QScroller, QTextBrowser

from station.browsing.facts import Facts
from station.browsing.pictures import Kept
from station.domain import Record
from station.sayings import Review
from station.store.seal import Seal
from ui.language import mark, tr
from ui.records.exhibit import lack_text
from ui.theme import theme_of
from ui.wording import (
    class_word,
    code_word,
    decision_word,
    heat_word,
    millimetres,
    moment,
    number,
    percent,
)

SHARE = "%"
MEASURES = {
    "diameter_mm": (mark("Diameter"), 2, "mm"),
    "ovality_mm": (mark("Out of round"), 3, "mm"),
    "rim_deviation_mm": (mark("Rim off its ellipse"), 3, "mm"),
    "tilt_deg": (mark("Tilt"), 1, "°"),
    "centre_x_mm": (mark("Right of the middle"), 1, "mm"),
    "centre_y_mm": (mark("Below the middle"), 1, "mm"),
    "px_per_mm": (mark("Pixels for a millimetre"), 2, ""),
    "side_px": (mark("Side of the crop"), 0, "px"),
    "novelty": (mark("Unlike the training"), 3, ""),
    "novelty_good": (mark("Unlike good parts"), 3, ""),
    "heat_on_part": (mark("Heat on the part"), 0, SHARE),
    "unseen": (mark("Rim outside the picture"), 0, SHARE),
    "rim_support": (mark("Rim that was found"), 0, SHARE),
    "focus": (mark("Sharpness"), 3, ""),
    "brightness": (mark("Brightness"), 2, ""),
    "contrast": (mark("Contrast"), 2, ""),
    "dark_share": (mark("Black"), 1, SHARE),
    "bright_share": (mark("White"), 1, SHARE),
}
"""What was measured: its name, digits and unit. Others are shown under their own name."""


class FactsPanel(QTextBrowser):
    """One part's facts; text can be marked and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        self._record: Record | None = None
        self._review: Review | None = None
        self._facts: Facts | None = None

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own name."""
        return QSize(360, 240)

    def show_record(self, record: Record | None, review: Review | None = None) -> None:
        """What the list knows already; the rest is being read."""
        self._record, self._review, self._facts = record, review, None
        self.retranslate()

    def show_facts(self, facts: Facts) -> None:
        """All of it."""
        self._facts = facts
        self.retranslate()

    def retranslate(self) -> None:
        """Say it anew, in the language and the colours of the window."""
        record = self._record
        bar = self.verticalScrollBar()
        at = 0 if bar is None else bar.value()
        if record is None:
            self.setHtml("")
            return
        quiet = theme_of(self).quiet
        lines = [
            f'<tr><td width="30%" style="color:{quiet}; padding:2px 12px 2px 0">{key}</td>'
            f'<td width="70%" style="padding:2px 0">{value}</td></tr>'
            for key, value in self._rows(record)
        ]
        self.setHtml(f'<table width="100%" cellspacing="0">{"".join(lines)}</table>')
        if bar is not None:
            bar.setValue(at)

    def _rows(self, record: Record) -> Iterator[tuple[str, str]]:
        """Each fact: its name, and what it is, as HTML."""
        yield tr("Verdict"), f"<b>{escape(decision_word(record.decision))}</b>"
        codes = "<br>".join(escape(code_word(code)) for code in record.codes)
        yield tr("Why"), codes or escape(record.reason)
        if self._facts is not None:
            yield from self._review_rows(self._facts)
        elif self._review is not None:
            yield tr("Reviewed"), _review_html(self._review)
        if record.probabilities:
            ordered = sorted(record.probabilities.items(), key=lambda item: -item[1])
            shown = (escape(f"{class_word(name)} {percent(share)}") for name, share in ordered)
            yield tr("Classes"), "<br>".join(shown)
        if record.defect_size_mm is not None:
            where = f"x {number(record.defect_x_mm, 1)}, y {millimetres(record.defect_y_mm)}"
            yield tr("Marked place"), f"{heat_word(record.defect_size_mm)} · {escape(where)}"
        yield from _measure_rows(record)
        for name, text in (
            (tr("Lot"), record.lot), (tr("Serial number"), record.part_serial),
            (tr("Operator"), record.operator), (tr("Station"), record.station),
            (tr("File"), record.source),
        ):  # fmt: skip
            yield name, escape(text or "–")
        yield tr("Taken"), moment(record.captured_at)
        latency = record.latency_ms
        took = "" if latency is None else f" · {number(latency)} ms"
        yield tr("Decided"), moment(record.decided_at) + took
        yield tr("Engine"), escape(record.engine)
        yield tr("Model"), _mono(record.bundle_sha256)
        yield tr("Picture (SHA-256)"), _mono(record.image_sha256 or "–")
        if self._facts is not None:
            yield from self._proof_rows(self._facts)
        yield tr("In its own words"), escape(record.reason)
        yield tr("Part number"), _mono(record.uuid)

    def _review_rows(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if facts.reviews:
            yield tr("Reviewed"), "<br>".join(_review_html(each) for each in facts.reviews)

    def _proof_rows(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if facts.picture.image_rgb is not None:
            yield tr("Picture"), self._good(tr("As it was inspected: its hash is the same."))
        elif facts.picture.state in (Kept.REMOVED, Kept.NEVER):  # as it should be
            yield tr("Picture"), escape(lack_text(facts.picture))
        else:
            yield tr("Picture"), self._bad(escape(lack_text(facts.picture)))
        good, text = seal_text(facts.seal)
        yield tr("Audit entry"), self._good(escape(text)) if good else self._bad(escape(text))

    def _good(self, html: str) -> str:
        return f'<span style="color:{theme_of(self).good}">✓ {html}</span>'

    def _bad(self, html: str) -> str:
        return f'<span style="color:{theme_of(self).bad}">✗ {html}</span>'


def seal_text(seal: Seal | None) -> tuple[bool, str]:
    """Whether a row's seal holds, and in a sentence what was found."""
    if seal is None or seal.link is None:
        return False, tr(
            "No link of the audit chain seals this record: it was added by hand, or links were "
            "removed."
        )
    link = number(seal.link)
    if not seal.row_holds:
        return False, tr("Changed after link {link} sealed it. Do not rely on it.", link=link)
    if not seal.link_holds:
        return False, tr(
            "Link {link} does not follow from the one before it: the chain was changed.", link=link
        )
    return True, tr("As it was sealed by link {link}.", link=link)


def _review_html(review: Review) -> str:
    said = f"<b>{escape(decision_word(review.decision))}</b>"
    if review.true_class is not None:
        said += f" · {escape(class_word(review.true_class))}"
    said += f" · {escape(review.operator)} · {moment(review.at)}"
    return f"{said}<br>{escape(review.reason)}" if review.reason else said


def _measure_rows(record: Record) -> Iterator[tuple[str, str]]:
    known = {key: at for at, key in enumerate(MEASURES)}
    measured = (record.evidence or {}).items()
    for key, value in sorted(measured, key=lambda item: known.get(item[0], len(known))):
        if key not in MEASURES:
            yield escape(key), number(value, 3)
            continue
        name, digits, unit = MEASURES[key]
        said = percent(value, digits) if unit == SHARE else f"{number(value, digits)} {unit}"
        yield escape(tr(name)), escape(said.strip())


def _mono(text: str) -> str:
    return f'<span style="font-family:monospace">{escape(text)}</span>'
