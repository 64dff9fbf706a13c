"""Two models on the parts of a lot: what would change, and the parts they disagree on most."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from station.domain import Decision
from station.models.compare import WORST, pictures_folder
from station.models.comparison import Compared, Comparison, Said
from station.models.shelf import Shelf
from ui.charts.panel import Numbers, NumbersTable
from ui.language import say, tr
from ui.model.comparison_words import headline, people_words, small_print
from ui.model.tables import fit_height, show_table
from ui.theme import TOUCH_PX
from ui.wording import decision_word, number, percent
from ui.zoom import ZoomPicture

ALL_LOTS = ""
PICTURES_HEIGHT = 120
ROWS_MOST = 3
"""Disagreements in sight at once; the others are scrolled to."""


class ComparisonPanel(QWidget):
    """What to compare above, what came of it below."""

    wanted = pyqtSignal()
    """The button was pressed: compare `pair` on `lot`."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other, self.lots = QComboBox(), QComboBox(), QComboBox()
        self.button = QPushButton()
        say(self.button.setText, "Compare (C)")
        self.button.clicked.connect(self.wanted)
        self.headline, self.people, self.print = QLabel(), QLabel(), QLabel()
        self.table, self.parts = NumbersTable(), QListWidget()
        self.pictures = ZoomPicture(), ZoomPicture()
        self.captions = QLabel(), QLabel()
        self._found: tuple[Path, Comparison] | None = None
        self._build()
        self.parts.currentItemChanged.connect(self._show_part)

    @property
    def pair(self) -> tuple[Path, Path] | None:
        """The folders of the two models; None: fewer than two are whole."""
        one, other = self.one.currentData(), self.other.currentData()
        return None if one is None or other is None else (one, other)

    @property
    def lot(self) -> str | None:
        """None: the latest parts of every lot."""
        return self.lots.currentData() or None

    def show_shelf(self, shelf: Shelf, looked_at: Path | None) -> None:
        """Offer the models that are whole: the one that decides against the one looked at."""
        whole = [model for model in shelf.models if model.bundle is not None and not model.trouble]
        decides = shelf.decides.path if shelf.decides is not None else None
        others = [model.path for model in whole if model.path != decides]
        wanted = looked_at if looked_at in others else next(iter(others), None)
        for box, path in ((self.one, decides), (self.other, wanted)):
            box.clear()
            for model in whole:
                box.addItem(model.name, model.path)
            box.setCurrentIndex(max(0, box.findData(path)))
        self.button.setEnabled(len(whole) > 1)

    def show_lots(self, lots: tuple[str, ...]) -> None:
        """Offer them, the latest first."""
        chosen = self.lots.currentData()
        self.lots.clear()
        for lot in lots:
            self.lots.addItem(tr("Lot {lot}", lot=lot), lot)
        self.lots.addItem(tr("The latest parts of all lots"), ALL_LOTS)
        self.lots.setCurrentIndex(max(0, self.lots.findData(chosen)))

    def show_found(self, found: tuple[Path, Comparison] | None) -> None:
        """Show a comparison; None: there is none yet."""
        self._found = found
        self.parts.clear()
        has = found is not None
        for widget in (self.table, self.parts, self.people, self.print, *self.captions,
                       *self.pictures):  # fmt: skip
            widget.setVisible(has)
        if found is None:
            self.headline.setText(
                tr("Choose two models and a lot: each part that has its picture is asked again. "
                   "No verdict is changed, and the line is not held up.")
            )  # fmt: skip
            return
        comparison = found[1]
        self.headline.setText(headline(comparison))
        self.people.setText(people_words(comparison))
        self.print.setText(small_print(comparison))
        show_table(self.table, _matrix(comparison), (0,))
        fit_height(self.table)
        worst = comparison.worst(WORST)
        for part in worst:
            item = QListWidgetItem(_part_said(part))
            item.setData(Qt.ItemDataRole.UserRole, part)
            item.setSizeHint(QSize(10, max(TOUCH_PX, round(1.9 * self.fontMetrics().height()))))
            self.parts.addItem(item)
        if worst:
            self.parts.setCurrentRow(0)
            rows = min(len(worst), ROWS_MOST) * self.parts.sizeHintForRow(0)
            self.parts.setFixedHeight(rows + 2 * self.parts.frameWidth())
        for widget in (self.parts, *self.pictures, *self.captions):
            widget.setVisible(bool(worst))

    def say_again(self) -> None:
        """The language changed."""
        row = self.parts.currentRow()
        self.show_found(self._found)
        self.parts.setCurrentRow(row)
        last = self.lots.count() - 1
        for at in range(self.lots.count()):
            lot = self.lots.itemData(at)
            text = tr("The latest parts of all lots") if at == last else tr("Lot {lot}", lot=lot)
            self.lots.setItemText(at, text)

    def _build(self) -> None:
        row = QHBoxLayout()
        arrow = QLabel("→")
        for choice in (self.one, self.other, self.lots):
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        say(self.one.setAccessibleName, "The model as it is")
        say(self.other.setAccessibleName, "The model in its place")
        say(self.lots.setAccessibleName, "Lot")
        row.addWidget(self.one, 3)
        row.addWidget(arrow)
        row.addWidget(self.other, 3)
        row.addWidget(self.lots, 3)
        row.addWidget(self.button)
        bar = self.table.horizontalScrollBar()
        if bar is not None:
            bar.rangeChanged.connect(lambda: fit_height(self.table))
        for label, name in ((self.headline, "heading"), (self.people, ""), (self.print, "quiet")):
            label.setObjectName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        below = QHBoxLayout()
        below.addWidget(self._words(), 4)
        below.addLayout(self._disagreements(), 5)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 6, 0, 0)
        box.addLayout(row)
        box.addLayout(below, 1)

    def _words(self) -> QScrollArea:
        inner, area = QWidget(), QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left = QVBoxLayout(inner)
        left.setContentsMargins(0, 0, 6, 0)
        left.addWidget(self.headline)
        left.addWidget(self.table)
        left.addWidget(self.people)
        left.addWidget(self.print)
        left.addStretch(1)
        area.setWidget(inner)
        return area

    def _disagreements(self) -> QVBoxLayout:
        right = QHBoxLayout()
        for picture, caption in zip(self.pictures, self.captions, strict=True):
            picture.setMinimumSize(120, PICTURES_HEIGHT)
            caption.setWordWrap(True)
            caption.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            caption.setTextFormat(Qt.TextFormat.PlainText)
            column = QVBoxLayout()
            column.addWidget(caption)
            column.addWidget(picture, 1)
            right.addLayout(column, 1)
        seen = QVBoxLayout()
        seen.addWidget(self.parts)
        seen.addLayout(right, 1)
        return seen

    def _show_part(self) -> None:
        item = self.parts.currentItem()
        part = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        if part is None or self._found is None:
            return
        path, found = self._found
        names = (part.picture_one, part.picture_other)
        for picture, caption, contender, said, name in zip(
            self.pictures, self.captions, (found.one, found.other), (part.one, part.other), names,
            strict=True,
        ):  # fmt: skip
            caption.setText(f"{contender.name}: {_said(said)}")
            image = QImage() if name is None else QImage(str(pictures_folder(path) / name))
            picture.show_image(image, tr("There is no picture of it."))


def _said(said: Said) -> str:
    return f"{decision_word(said.decision)} {percent(said.defect_probability)}"


def _part_said(part: Compared) -> str:
    """`disc.png: PASS → REJECT, a person said REJECT`."""
    words = f"{decision_word(part.one.decision)} → {decision_word(part.other.decision)}"
    name = part.serial or part.source
    if part.truth is None:
        return tr("{name}: {words}", name=name, words=words)
    return tr(
        "{name}: {words}; a person said {truth}",
        name=name, words=words, truth=decision_word(part.truth),
    )  # fmt: skip


def _matrix(found: Comparison) -> Numbers:
    """Rows: what the one says; columns: what the other does."""
    changes = found.changes
    used = [d for d in Decision if any(d in pair for pair in changes)]
    headers = (tr("first ↓   second →"), *(decision_word(d) for d in used))
    rows = tuple(
        (decision_word(one), *(number(changes.get((one, other), 0)) for other in used))
        for one in used
    )
    return Numbers(headers, rows)
