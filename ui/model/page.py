"""Model: which bundles there are, what each is worth, which decides; and what another would."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QTabWidget, QTextBrowser, QVBoxLayout
from typing_extensions import override

from station.models.active import Activation, with_model
from station.models.apart import compare_apart
from station.models.compare import last_lots
from station.models.comparison import Comparison
from station.models.comparison_file import latest_comparison
from station.models.figures import figures_of
from station.models.proof import Proof, measured_proof
from station.models.shelf import Shelf, Shelved, look_at_shelf
from station.person import Role
from station.sayings import Severity
from ui.actions import ActionRow, install
from ui.desk import Desk
from ui.language import mark, tr
from ui.model.certificate import CertificatePanel
from ui.model.changing import Changing
from ui.model.choices import Choices
from ui.model.comparison import ComparisonPanel
from ui.model.detection import Detection
from ui.model.errand import Errand
from ui.model.facts import Facts, Row
from ui.model.head import Head
from ui.model.looked import Looked, look_at
from ui.model.overview import overview_rows
from ui.model.progress import ProgressLine
from ui.model.shelf_list import ShelfList
from ui.view import View

TABS = (
    mark("Overview"), mark("Found defects"), mark("Certificate"), mark("Model card"),
    mark("Comparison"), mark("Choices"),
)  # fmt: skip
COMPARISON = 4


class ModelView(View):
    """The list at the left, the model looked at beside it."""

    ACTIONS: ClassVar[tuple[ActionRow, ...]] = (
        ActionRow(
            "activate", mark("Activate the model looked at"), "A", lambda v: v.ask_activate(),
            Role.SUPERVISOR,
        ),
        ActionRow(
            "back", mark("Roll back to the model before"), "B", lambda v: v.ask_back(),
            Role.SUPERVISOR,
        ),
        ActionRow("compare", mark("Compare two models on a lot"), "C", lambda v: v.compare()),
        ActionRow("measure", mark("Measure this machine anew"), "W", lambda v: v.measure()),
        ActionRow("stop", mark("Stop what takes long"), "X", lambda v: v.errand.stop()),
        ActionRow("next", mark("Next model"), "N", lambda v: v.step(1)),
        ActionRow("previous", mark("Model before in the list"), "P", lambda v: v.step(-1)),
        ActionRow("again", mark("Look at the folder again"), "U", lambda v: v.look_again()),
        *(
            ActionRow(f"tab{n}", mark("Tab of that number"), str(n),
                      lambda v, at=n - 1: v.tabs.setCurrentIndex(at))  # type: ignore[misc]
            for n in range(1, len(TABS) + 1)
        ),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.errand = Errand(self)
        self.changing = Changing(self, desk, self.errand)
        self.list, self.head, self.tabs = ShelfList(), Head(), QTabWidget()
        self.overview, self.detection, self.certificate = Facts(), Detection(), CertificatePanel()
        self.card, self.comparison, self.choices = QTextBrowser(), ComparisonPanel(), Choices()
        self.message = QLabel()
        self.shelf: Shelf | None = None
        self.proofs: dict[str, Proof] = {}
        """By the bundle's digest."""
        self.cards: dict[Path, str] = {}
        self.found: tuple[Path, Comparison] | None = None
        self._request = 0
        self._build()
        self.actions_by_key = install(self, self.ACTIONS)
        self.list.chosen.connect(self._show_model)
        self.head.activate.clicked.connect(self.ask_activate)
        self.head.back.clicked.connect(self.ask_back)
        self.head.measure.clicked.connect(self.measure)
        self.comparison.wanted.connect(self._compare)
        self.changing.changed.connect(self._on_changed)
        self.errand.changed.connect(self._show_head)
        self.errand.failed.connect(self._on_failed)

    # What keys and buttons do ------------------------------------------------------------------

    def ask_activate(self) -> None:
        """Ask whether the model looked at shall decide."""
        model = self.list.looked_at
        if self.head.activate.isEnabled() and model is not None and self.shelf is not None:
            bundle = model.bundle
            proof = None if bundle is None else self.proofs.get(bundle.digest)
            self.changing.ask_activate(self.shelf, model, proof)

    def ask_back(self) -> None:
        """Ask whether the model before shall decide again."""
        if self.head.back.isEnabled() and self.shelf is not None:
            self.changing.ask_back(self.shelf)

    def compare(self) -> None:
        """Show the comparison; when it is in sight already, begin one."""
        if self.tabs.currentIndex() != COMPARISON:
            self.tabs.setCurrentIndex(COMPARISON)
        else:
            self._compare()

    def measure(self) -> None:
        """Replay the golden set through every engine of this machine."""
        model, config = self.list.looked_at, self.desk.config
        if model is None or model.bundle is None or config is None:
            return
        bundle, digest = model.bundle, model.bundle.digest
        self.errand.start(
            lambda tell, stop: measured_proof(
                bundle, config.device, config.cache_dir, on_progress=tell, stop=stop
            ),
            lambda proof: self._keep_proof(digest, proof),
        )

    def step(self, by: int) -> None:
        """Look at another model of the list."""
        if self.list.count():
            self.list.setCurrentRow((self.list.currentRow() + by) % self.list.count())

    def look_again(self) -> None:
        """What lies in the folder now."""
        config = self.desk.config
        self._request += 1
        if config is None:
            self._say_empty()
            return
        if self.shelf is None:
            self.message.setText(tr("Reading the models"))
        request, known = self._request, self.shelf
        self.desk.ask(lambda: (request, look_at_shelf(config, known)), self._on_shelf)
        self.desk.ask(lambda: (last_lots(config), latest_comparison(config)), self._on_past)

    # The page's life ---------------------------------------------------------------------------

    @override
    def entered(self) -> None:
        """The page comes into sight."""
        self.look_again()
        self.list.setFocus()

    @override
    def retranslate(self) -> None:
        """The language changed."""
        for at, text in enumerate(TABS):
            self.tabs.setTabText(at, tr(text))
        self._say_empty()
        self.comparison.say_again()
        if self.shelf is not None:
            self.choices.show_actives(self.shelf.actives)
            self._show_model(self.list.looked_at)

    # Within ------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.message.setObjectName("quiet")
        self.message.setWordWrap(True)
        self.card.setOpenLinks(False)
        pages = (self.overview, self.detection, self.certificate, self.card, self.comparison,
                 self.choices)  # fmt: skip
        for page, text in zip(pages, TABS, strict=True):
            self.tabs.addTab(page, tr(text))
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setDocumentMode(True)
        bar = self.tabs.tabBar()
        if bar is not None:
            bar.setDrawBase(False)
        left, right, across = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        left.addWidget(self.message)
        left.addWidget(self.list, 1)
        right.addWidget(self.head)
        right.addWidget(self.tabs, 1)
        across.addLayout(left, 2)
        across.addLayout(right, 7)
        box = QVBoxLayout(self)
        box.addLayout(across, 1)
        box.addWidget(ProgressLine(self.errand))
        self._say_empty()
        self.comparison.show_found(None)

    def _say_empty(self) -> None:
        if self.desk.config is None:
            self.message.setText(tr("Nothing is configured yet. The first page says how to begin."))
        elif self.shelf is not None:
            self.message.setText(
                tr("Copy what the training exports into the folder {folder}, then press U.",
                   folder=self.shelf.folder.name)
            )  # fmt: skip
            self.message.setToolTip(str(self.shelf.folder))
        self._show_head()

    def _compare(self) -> None:
        pair, config, lot = self.comparison.pair, self.desk.config, self.comparison.lot
        if config is None or pair is None:
            return
        if pair[0] == pair[1]:
            self.desk.tell(tr("Choose two models that differ."), Severity.WARNING)
            return
        self.errand.start(
            lambda tell, stop: compare_apart(
                config, pair[0], pair[1], lot, on_progress=tell, stop=stop
            ),
            self._on_compared,
        )

    # What comes in -----------------------------------------------------------------------------

    def _on_shelf(self, answer: tuple[int, Shelf]) -> None:
        request, shelf = answer
        if request != self._request:
            return
        self.shelf = shelf
        self.choices.show_actives(shelf.actives)
        self.list.show_shelf(shelf)
        self._say_empty()

    def _on_past(self, past: tuple[tuple[str, ...], tuple[Path, Comparison] | None]) -> None:
        lots, found = past
        self.comparison.show_lots(lots)
        if found is not None and (self.found is None or found[0] != self.found[0]):
            self.found = found
            self.comparison.show_found(found)

    def _on_looked(self, looked: Looked) -> None:
        self.cards[looked.path] = looked.card
        model = self.list.looked_at
        if model is not None and model.path == looked.path:
            self._show_card(model)
        if looked.proof is not None:
            self._keep_proof(looked.digest, looked.proof)

    def _keep_proof(self, digest: str, proof: Proof) -> None:
        known = self.proofs.get(digest)
        # What was just measured has its pictures, which reading it again does not bring back.
        if known is None or proof.pairs or proof.certificates != known.certificates:
            self.proofs[digest] = proof
        model = self.list.looked_at
        if model is not None and model.bundle is not None and model.bundle.digest == digest:
            self._show_proof(model)

    def _on_changed(self, done: Activation) -> None:
        self.desk.tell(tr("{name} decides from now on.", name=done.model.name))
        self.proofs.pop(done.model.digest, None)
        if self.desk.config is not None:
            self.desk.restart(with_model(self.desk.config, done.model.path))
        self.list.look_at(done.model.path)
        self.look_again()

    def _on_compared(self, found: tuple[Path, Comparison]) -> None:
        self.found = found
        self.comparison.show_found(found)
        self.tabs.setCurrentIndex(COMPARISON)
        self.desk.tell(tr("The comparison is done."))

    def _on_failed(self, text: str) -> None:
        if text:
            self.desk.tell(text, Severity.ERROR)
        else:
            self.desk.tell(tr("Stopped; nothing was changed."))

    def _show_head(self) -> None:
        self.head.show_model(self.shelf, self.list.looked_at, busy=self.errand.is_running)
        self.comparison.button.setEnabled(
            not self.errand.is_running and self.comparison.other.count() > 1
        )

    def _show_model(self, model: Shelved | None) -> None:
        shelf = self.shelf
        if model is None or shelf is None:
            self._show_head()
            return
        self.comparison.show_shelf(shelf, model.path)
        self._show_head()
        self._show_card(model)
        for tab in (self.overview, self.detection, self.certificate):
            tab.setEnabled(model.bundle is not None)
        if model.bundle is None:
            remedy = tr("Copy it again from where it was exported, then press U.")
            self.overview.show_rows([Row(tr("Damaged")), Row(tr("What to do"), remedy)])
        else:
            self.detection.show_figures(figures_of(model.bundle))
            self._show_proof(model)
        config = self.desk.config
        if config is not None:
            self.desk.ask(partial(look_at, model, config.device), self._on_looked)

    def _show_card(self, model: Shelved) -> None:
        card = self.cards.get(model.path)
        said = tr("Looking it up") if card is None else tr("This model has no card.")
        self.card.setMarkdown(card or said)

    def _show_proof(self, model: Shelved) -> None:
        if model.bundle is not None:
            proof = self.proofs.get(model.bundle.digest)
            rows = overview_rows(model, figures_of(model.bundle), proof)
            self.overview.show_rows(rows)
            self.certificate.show_proof(proof)
