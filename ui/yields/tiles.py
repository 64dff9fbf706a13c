"""The numbers at the top of the page, each with the sentence that it means."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from station.domain import Decision
from station.figures.truth import Rate
from station.figures.yields import YieldFacts
from ui.charts.note import Note
from ui.language import mark, say, tr
from ui.wording import decision_word, number, percent
from ui.yields.words import escapes_said, interval, overkill_said

TITLES = {
    "in": mark("Parts in"),
    "first": mark("First-pass yield"),
    "passed": mark("Yield after review"),
    "escapes": mark("Escapes, at most"),
    "overkill": mark("Overkill"),
}
WIDTHS = {"in": 11, "first": 8, "passed": 8, "escapes": 11, "overkill": 9}


class Tile(QFrame):
    """A title, a number, a sentence."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.title, self.number, self.note = QLabel(), QLabel(), Note(lines=2)
        self.title.setObjectName("quiet")
        self.number.setObjectName("number")
        say(self.title.setText, title)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(0)
        for widget in (self.title, self.number, self.note):
            box.addWidget(widget)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing() + 2)

    def show_value(self, value: str, note: str, bad: bool = False) -> None:
        """Show another."""
        self.number.setText(value)
        self.note.say(note or " ", bad)
        self.setAccessibleName(f"{self.title.text()} {value}. {note}")


class Tiles(QWidget):
    """All of them in a row."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles = {key: Tile(title) for key, title in TITLES.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for key, tile in self.tiles.items():
            row.addWidget(tile, WIDTHS[key])
        self.clear()

    def clear(self) -> None:
        """Nothing is known yet."""
        for tile in self.tiles.values():
            tile.show_value("–", "")

    def show_facts(self, facts: YieldFacts) -> None:
        """Say these."""
        self.tiles["in"].show_value(number(facts.parts_in), *account_said(facts))
        first, passed = facts.first_pass, facts.passed
        again = interval(first)
        if facts.repeats:
            again += "\n" + tr("{count} repeats left out", count=number(facts.repeats))
        self.tiles["first"].show_value(percent(first.share), again)
        self.tiles["passed"].show_value(percent(passed.share), interval(passed))
        escapes, overkill = facts.truth.escapes, facts.truth.overkill
        worst = percent(escapes.upper, 2) if escapes.total else "–"
        self.tiles["escapes"].show_value(worst, escapes_said(escapes), escapes.count > 0)
        self.tiles["overkill"].show_value(_share(overkill), overkill_said(overkill))


def account_said(facts: YieldFacts) -> tuple[str, bool]:
    """PASS + REVIEW + REJECT + ERROR + without a verdict; and whether that differs from what came
    in."""
    pieces = [f"{decision_word(d)} {number(facts.counts[d])}" for d in Decision]
    if facts.open:
        pieces.append(tr("pending {count}", count=number(facts.open)))
    said = "= " + " + ".join(pieces)
    account = facts.account
    if account is None:
        return said, False
    if account.parts_in == account.decided + len(account.open) and not account.strays:
        return said, False
    return tr("Does not add up.") + f" {account.difference} {said}", True


def _share(rate: Rate) -> str:
    return percent(rate.share)
