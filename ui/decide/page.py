"""Decide: the parts that wait for a person, one after the other, each answered with one key."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout
from typing_extensions import override

from station.domain import Decision
from station.reviewing.answers import Answer, Given, kind_of_answer
from station.reviewing.queue import PASS_SHARE, Asked, Queue, Waiting
from station.reviewing.words import Kind
from station.sayings import Review, Severity
from ui.actions import ActionRow
from ui.decide.alike import AlikeStrip
from ui.decide.bar import AnswerBar
from ui.decide.case import CasePanel
from ui.decide.exhibit import Exhibit, Pictures
from ui.decide.head import Head
from ui.decide.messages import NEVER_PASSED, nothing, outrun, told_of, why
from ui.decide.reasons import ReasonPanel
from ui.decide.round import Round
from ui.decide.shelf import PictureShelf
from ui.desk import Desk
from ui.language import mark, tr
from ui.view import View
from ui.zoom import zoom_rows

ASK_AGAIN_MS = 10_000
"""Other stations answer, too."""
SOON_MS = 400
"""Parts that come in close together are asked for once."""


class DecideView(View):
    """The queue of parts that a person decides about."""

    ACTIONS: ClassVar[tuple[ActionRow, ...]] = (
        ActionRow("pass", mark("PASS this part"), "P", lambda v: v.answer(Decision.PASS)),
        ActionRow("reject", mark("REJECT this part"), "R", lambda v: v.answer(Decision.REJECT)),
        *(
            ActionRow(
                f"class{n}",
                mark("REJECT as the defect class of that number; or choose that reason"),
                str(n),
                lambda v, at=n - 1: v.digit(at),  # type: ignore[misc]
            )
            for n in range(1, 10)
        ),
        ActionRow("second", mark("Ask for a second opinion"), "S", lambda v: v.ask_second()),
        ActionRow("skip", mark("Skip: decide later"), "N", lambda v: v.rounds.skip()),
        ActionRow("back", mark("Back to the part before"), "B", lambda v: v.rounds.skip(-1)),
        ActionRow("undo", mark("Undo the last answer"), "Ctrl+Z", lambda v: v.undo()),
        ActionRow("heat", mark("Heat on or off"), "H", lambda v: v.exhibit.toggle_heat()),
        ActionRow("map", mark("Next map or picture"), "M", lambda v: v.exhibit.next_sight()),
        ActionRow("queue", mark("Next queue"), "Q", lambda v: v.head.next_queue()),
        ActionRow("lot", mark("Only this lot, or all lots"), "O", lambda v: v.head.lot.click()),
        *zoom_rows(lambda v: v.exhibit.picture),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.rounds, self.head = Round(desk), Head()
        self.pass_share = PASS_SHARE
        """Of the passes, for the blind look."""
        self.exhibit, self.case = Exhibit(), CasePanel()
        self.bar, self.reasons, self.alike = AnswerBar(), ReasonPanel(), AlikeStrip()
        self.shelf = PictureShelf(desk, self)
        self._pending: Answer | None = None
        """Waits for its reason."""
        self._shown: Waiting | None = None
        self._bench: tuple[str | None, ...] = ()
        self._build()
        self._again, self._soon = QTimer(self), QTimer(self)
        self._again.setInterval(ASK_AGAIN_MS)
        self._again.timeout.connect(self.rounds.look_again)
        self._soon.setInterval(SOON_MS)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.rounds.look_again)
        self._connect()

    # What keys and buttons do ------------------------------------------------------------------

    def answer(self, decision: Decision, true_class: str | None = None) -> None:
        """Answer the part in hand; where the model is overruled the reason is asked for first."""
        part = self.rounds.part
        if part is None or self.asks_reason or not self._named():
            return
        if part.record.decision is Decision.ERROR and decision is Decision.PASS:
            self.desk.tell(tr(NEVER_PASSED), Severity.WARNING)
            return
        answer = Answer(decision, true_class, blind=self.blind)
        if kind_of_answer(part, answer) is Kind.OVERRULED:
            self._ask_reason(answer)
        else:
            self.rounds.give(answer)

    def digit(self, index: int) -> None:
        """The digit keys: the reason that is asked for, or the class of a reject."""
        part = self.rounds.part
        if self.asks_reason:
            self.reasons.choose(index)
        elif part is not None and len(part.defects) > 1 and index < len(part.defects):
            self.answer(Decision.REJECT, part.defects[index])

    def ask_second(self) -> None:
        """Somebody else shall look."""
        if self.rounds.part is not None and not self.asks_reason and self._named():
            self.rounds.give(Answer(Decision.REVIEW))

    def undo(self) -> None:
        """Take the last answer back."""
        if self.asks_reason:
            self._cancel_reason()
        else:
            self.rounds.take_back()

    @override
    def show_part(self, uuid: str) -> None:
        """Put one part into the hand: other pages send people here."""
        self.rounds.open(uuid)

    @property
    def blind(self) -> bool:
        """Whether verdicts are hidden."""
        return self.head.queue is Queue.BLIND

    @property
    def asks_reason(self) -> bool:
        """Whether an answer waits for its reason."""
        return self._pending is not None

    # The page's life ---------------------------------------------------------------------------

    @override
    def entered(self) -> None:
        """The page comes into sight."""
        self._again.start()
        if self.desk.config is not None:
            self.exhibit.picture.set_opacity(self.desk.config.window.heat_opacity)
        self._begin()
        self.exhibit.picture.setFocus()  # a key is an answer; the name is asked for with the first

    @override
    def left(self) -> None:
        """Another page comes into sight."""
        self._again.stop()
        self._cancel_reason()

    @override
    def retranslate(self) -> None:
        """The language changed."""
        self.head.retranslate()
        self.case.refresh()
        self.bar.refresh()
        self.exhibit.refresh()
        self.reasons.retranslate()
        self._refresh_words()

    @property
    def operator(self) -> str | None:
        """Whose word it is: who signed in, or the name that was typed here."""
        return self.desk.operator or self.head.name.text().strip() or None

    def _connect(self) -> None:
        self.rounds.moved.connect(self._moved)
        self.rounds.answered.connect(self._answered)
        self.rounds.outrun.connect(self._outrun)
        self.rounds.failed.connect(self._failed)
        self.shelf.read.connect(self._was_read)
        self.reasons.chosen.connect(self._reason_chosen)
        self.reasons.cancelled.connect(self._cancel_reason)
        self.bar.passed.connect(lambda: self.answer(Decision.PASS))
        self.bar.rejected.connect(lambda: self.answer(Decision.REJECT))
        self.bar.classed.connect(self.digit)
        self.bar.second.connect(self.ask_second)
        self.bar.skipped.connect(self.rounds.skip)
        self.bar.undone.connect(self.undo)
        self.desk.decided.connect(self._decided)
        self.desk.changed.connect(self._changed)
        self.head.queue_chosen.connect(self._begin)
        self.head.lot_toggled.connect(self._begin)
        self.head.name_given.connect(self._name_given)

    def _build(self) -> None:
        across = QHBoxLayout()
        across.addWidget(self.exhibit, 5)
        across.addWidget(self.alike)
        across.addWidget(self.case, 2)
        down = QVBoxLayout(self)
        down.addWidget(self.head)
        down.addLayout(across, 1)
        down.addWidget(self.bar)
        down.addWidget(self.reasons)
        self.reasons.hide()
        self.alike.hide()

    # What comes back ---------------------------------------------------------------------------

    def _begin(self) -> None:
        operator = self.operator
        self._bench = self._bench_now()
        self.head.show_bench(self.desk.lot, self.desk.operator)
        lot, share = self.head.chosen_lot, self.pass_share
        self.rounds.begin(Asked(self.head.queue, operator, lot, share))

    def _bench_now(self) -> tuple[str | None, ...]:
        """What the queue depends on besides the person's choice."""
        config = self.desk.config
        database = None if config is None else config.database
        return database, self.desk.lot, self.operator

    def _moved(self) -> None:
        part = self.rounds.part
        self.shelf.want(part, self.rounds.ahead)
        if part is not self._shown:
            self._shown = part
            self._cancel_reason()
            self._show(part)
        self.bar.show_part(part, self.rounds.undoable, blind=self.blind)
        self._refresh_words()

    def _show(self, part: Waiting | None) -> None:
        self.case.show_part(part, blind=self.blind)
        pictures = None if part is None else self.shelf.of(part)
        if part is None:
            self.alike.hide()
        elif pictures is None:
            self.exhibit.show_message(tr("Reading the picture"))
        else:
            self._show_pictures(part, pictures)

    def _show_pictures(self, part: Waiting, pictures: Pictures) -> None:
        self.exhibit.show_part(part, pictures, blind=self.blind)
        self.alike.show_groups({} if self.blind else pictures.alike, part.defects)

    def _was_read(self, pictures: Pictures) -> None:
        part = self._shown
        if part is not None and part.record.uuid == pictures.uuid:
            self._show_pictures(part, pictures)

    def _refresh_words(self) -> None:
        self.head.show_round(self.rounds)
        if self.rounds.part is None:
            configured = self.desk.config is not None
            self.exhibit.show_message(nothing(self.rounds, self.head.queue, configured=configured))

    def _answered(self, given: Given) -> None:
        told = told_of(given)
        if told is not None:
            self.desk.tell(*told)
        if given.kind is Kind.SECOND:
            self.rounds.look_again()

    def _outrun(self, part: Waiting, review: Review) -> None:
        self.desk.tell(outrun(part, review), Severity.WARNING)
        self.rounds.look_again()

    def _failed(self, text: str) -> None:
        self.desk.tell(text, Severity.ERROR)

    def _decided(self) -> None:
        if self.isVisible():
            self._soon.start()

    def _changed(self) -> None:
        # Also told whenever the line starts or stops: what is in hand stays then.
        if self.isVisible() and self._bench_now() != self._bench:
            self._begin()

    def _name_given(self) -> None:
        if self.operator != self.rounds.asked.operator:
            self._begin()

    # Reasons -----------------------------------------------------------------------------------

    def _named(self) -> bool:
        """Whether somebody answers; else asks for the name."""
        if self.operator:
            self.rounds.asked = replace(self.rounds.asked, operator=self.operator)
            return True
        self.desk.tell(tr("Type your name first: it stands beside your decision."))
        self.head.name.setFocus()
        return False

    def _ask_reason(self, answer: Answer) -> None:
        config = self.desk.config
        if config is None:
            return
        self._pending = answer
        self.bar.hide()
        self.reasons.ask(why(answer), config.window.reasons_for(answer.decision))

    def _reason_chosen(self, reason: str, note: str) -> None:
        answer, self._pending = self._pending, None
        self._close_reasons()
        if answer is not None:
            self.rounds.give(replace(answer, reason=reason, note=note))

    def _cancel_reason(self) -> None:
        if self._pending is not None:
            self._pending = None
            self._close_reasons()

    def _close_reasons(self) -> None:
        self.reasons.hide()
        self.bar.show()
        self.exhibit.picture.setFocus()
