"""A round through the parts that wait: fetched ahead, answered one after the other, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from station.reviewing.answers import Answer, Given, give, take_back
from station.reviewing.queue import Asked, Pending, Waiting, look_up, pending
from station.sayings import Review
from station.store.answered import AnsweredError
from station.store.store import Store
from ui.desk import Desk

PAGE = 20
FEW = 4
"""With so few ahead the next page is asked for."""
MOST_UNDONE = 50
"""So many of the last answers can be taken back."""


@dataclass(frozen=True, slots=True)
class _Page:
    round: int
    pending: Pending


@dataclass(frozen=True, slots=True)
class _Written:
    part: Waiting
    given: Given | None
    other: Review | None
    """Somebody else's word, which stands instead."""
    undoes: Given | None = None


class Round(QObject):
    """The parts that wait for this person. Every answer shows the next part at once; what could
    not be written comes back."""

    moved = pyqtSignal()
    """Another part is in hand, or none; or more or fewer wait."""
    answered = pyqtSignal(object)
    """A Given is on the disk; one of kind UNDONE was taken back."""
    outrun = pyqtSignal(object, object)
    """The Waiting was answered by somebody else meanwhile: their Review."""
    failed = pyqtSignal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.asked = Asked()
        self.loading = False
        self.waiting = 0
        """How many wait for this person, the part in hand among them."""
        self.has_more = False
        """Whether more wait than were counted."""
        self.elsewhere = 0
        """How many wait for somebody else, whom this person asked."""
        self._number = 0
        self._parts: list[Waiting] = []
        self._at = 0
        self._last_id = 0
        self._ended = False
        self._floors: dict[Asked, int] = {}
        self._to_write: list[tuple[Waiting, Callable[[Store], _Written]]] = []
        """The first is being written: answers are written in the order in which they were given."""
        self._undo: list[Given] = []
        self._told = ""
        """Why nothing could be asked, as it was told."""

    @property
    def part(self) -> Waiting | None:
        """The part in hand."""
        return self._parts[self._at] if self._at < len(self._parts) else None

    @property
    def ahead(self) -> Waiting | None:
        """The part after it."""
        return self._parts[self._at + 1] if self._at + 1 < len(self._parts) else None

    @property
    def position(self) -> int:
        """Which of those that wait is in hand, from 1; 0: none."""
        return self._at + 1 if self.part is not None else 0

    @property
    def undoable(self) -> Given | None:
        """The answer that would be taken back; None while one is being written."""
        return self._undo[-1] if self._undo and not self.writing else None

    @property
    def writing(self) -> bool:
        """Whether an answer is not on the disk yet."""
        return bool(self._to_write)

    def begin(self, asked: Asked) -> None:
        """Start from the oldest part that waits. Another person takes back nobody's answers but
        their own."""
        if asked.operator != self.asked.operator:
            self._undo = []
        self.asked, self.loading = asked, True
        self._number += 1
        self._parts, self._at, self._last_id, self._ended = [], 0, 0, False
        self.moved.emit()
        self._fetch()

    def look_again(self) -> None:
        """Ask whether more wait, without moving what is in hand."""
        if not self.loading:
            self._fetch()

    def open(self, uuid: str) -> None:
        """Put one part into the hand, whatever was said of it."""
        number = self._number
        self._desk.ask_store(lambda store: (number, look_up(store, uuid)), self._opened)

    def skip(self, by: int = 1) -> None:
        """Go on without an answer, or back; after the last the oldest comes again."""
        if not self._parts:
            return
        if 0 <= self._at + by < len(self._parts):
            self._at += by
            self._arrived()
        elif by > 0:
            self.begin(self.asked)

    def give(self, answer: Answer) -> None:
        """Answer the part in hand; the next one is in hand when this returns."""
        part, operator = self.part, self.asked.operator
        if part is None:
            return
        del self._parts[self._at]
        self.waiting = max(0, self.waiting - 1)
        self._write(part, partial(_given, part, answer, operator))
        if self.part is None and self._parts and self._ended:
            self._at = 0  # those that were skipped
        self._arrived()

    def take_back(self) -> None:
        """Undo the last answer; its part comes into the hand again."""
        given = self.undoable
        if given is not None:
            self._undo.pop()
            self._write(given.part, partial(_taken_back, given, self.asked.operator))
            self.moved.emit()

    def _arrived(self) -> None:
        if len(self._parts) - self._at <= FEW and not self._ended:
            self._fetch()
        self.moved.emit()

    def _fetch(self) -> None:
        number, asked, after = self._number, self.asked, self._last_id
        floor = self._floors.get(replace(asked, operator=None), 0)

        def ask(store: Store) -> _Page:
            return _Page(number, pending(store, asked, after=after, floor=floor, limit=PAGE))

        self._desk.ask_store(ask, self._fetched, self._not_fetched)

    def _fetched(self, page: _Page) -> None:
        if page.round != self._number:
            return
        found = page.pending
        self.loading, self._told = False, ""
        known = {part.record.uuid for part in self._parts}
        # What was asked for twice at the same time comes twice.
        fresh = [p for p in found.parts if p.id > self._last_id and p.record.uuid not in known]
        if not self.writing:
            self.waiting, self.has_more = found.count, found.has_more
        self.elsewhere = found.elsewhere
        self._floors[replace(self.asked, operator=None)] = found.floor
        self._parts += fresh
        if fresh:
            self._last_id = fresh[-1].id
        self._ended = found.next is None
        self.moved.emit()

    def _not_fetched(self, why: str) -> None:
        self.loading = False
        if why != self._told:
            self._told = why  # it is asked for again and again: told once
            self.failed.emit(why)
        self.moved.emit()

    def _opened(self, found: tuple[int, Waiting | None]) -> None:
        number, part = found
        if number == self._number and part is not None:
            self._take_in_hand(part)
            self.moved.emit()

    def _take_in_hand(self, part: Waiting) -> None:
        same = [i for i, each in enumerate(self._parts) if each.record.uuid == part.record.uuid]
        if same:
            self._parts[same[0]], self._at = part, same[0]
        else:
            self._parts.insert(self._at, part)

    def _write(self, part: Waiting, word: Callable[[Store], _Written]) -> None:
        self._to_write.append((part, word))
        if len(self._to_write) == 1:
            self._write_next()

    def _write_next(self) -> None:
        if self._to_write:
            self._desk.ask_store(self._to_write[0][1], self._written, self._not_written)

    def _written(self, written: _Written) -> None:
        del self._to_write[0]
        self._write_next()
        if written.other is not None:
            self.outrun.emit(written.part, written.other)
        elif written.given is not None:
            if written.undoes is not None:
                # The word that undid is now the latest one.
                self._take_in_hand(replace(written.part, latest=written.given.review))
                self.waiting += 1
            else:
                self._undo = [*self._undo[1 - MOST_UNDONE :], written.given]
            self.answered.emit(written.given)
        self.moved.emit()

    def _not_written(self, why: str) -> None:
        part, _ = self._to_write.pop(0)
        self._write_next()
        self.waiting += 1
        self._take_in_hand(part)
        self.failed.emit(why)
        self.moved.emit()


def _given(part: Waiting, answer: Answer, operator: str | None, store: Store) -> _Written:
    try:
        return _Written(part, give(store, part, answer, operator), None)
    except AnsweredError as error:
        return _Written(part, None, error.review)


def _taken_back(given: Given, operator: str | None, store: Store) -> _Written:
    try:
        return _Written(given.part, take_back(store, given, operator), None, undoes=given)
    except AnsweredError as error:
        return _Written(given.part, None, error.review)
