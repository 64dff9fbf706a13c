"""What the page does off the window's thread: gather, choose, export, train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from station.config import StationConfig
from station.learning.candidates import Candidate, Gathered
from station.learning.choices import set_included
from station.learning.export import Exported
from station.learning.fit_run import (
    Progress,
    Training,
    last_training,
    progress_of,
    start,
    stop,
    trainer_command,
)
from station.learning.handover import candidates_of, hand_over
from station.reviewing.answers import name_class
from station.sayings import Review
from station.store.answered import AnsweredError
from station.store.store import Store
from ui.desk import Desk


@dataclass(frozen=True, slots=True)
class Watched:
    """A training and how far it is."""

    training: Training | None
    progress: Progress | None
    installed: bool


class Work(QObject):
    """Asks, and tells what came of it; answers that come late are left out."""

    gathered = pyqtSignal(object)
    """A Gathered."""
    outrun = pyqtSignal(object)
    """Somebody else said a word meanwhile: their Review."""
    cutting = pyqtSignal(int, int)
    """An export: pictures cut out, of how many."""
    exported = pyqtSignal(object)
    """An Exported."""
    not_exported = pyqtSignal(object)
    watched = pyqtSignal(object)
    """A Watched."""
    failed = pyqtSignal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._number = 0
        self._looking = False
        self.exporting = False

    def gather(self) -> None:
        """Ask for the candidates as they are now."""
        self._ask_after(lambda _store: None)

    def tick(self, candidates: Sequence[Candidate], taken: bool, who: str | None) -> None:
        """Take candidates in or out, then gather again."""
        config = self._desk.config
        if config is not None:
            uuids = [each.record.uuid for each in candidates]
            self._ask_after(lambda _store: set_included(config.out, uuids, taken, who))

    def name(self, candidate: Candidate, class_name: str, who: str | None) -> None:
        """Say what a part is, then gather again."""
        self._ask_after(lambda store: _name(store, candidate, class_name, who))

    def export(self, folder: Path, who: str | None) -> None:
        """Export what is taken."""
        config = self._desk.config
        if config is None or self.exporting:
            return
        self.exporting = True
        self._desk.ask_store(
            lambda store: hand_over(store, config, folder, who, self.cutting.emit),
            self._exported,
            self._not_exported,
        )

    def look(self) -> None:
        """Ask how far the training is."""
        config = self._desk.config
        if config is not None and not self._looking:
            self._looking = True
            self._desk.ask(lambda: _look(config.out), self._looked, self._not_looked)

    def train(self, data: Path, options: Sequence[str], who: str | None) -> None:
        """Start a training."""
        config = self._desk.config
        if config is not None:
            self._then_look(config, lambda: _started(config.out, data, options, who))

    def stop(self, training: Training) -> None:
        """Ask the training to end."""
        config = self._desk.config
        if config is not None:
            self._then_look(config, lambda: stop(training))

    def _ask_after(self, change: Callable[[Store], Review | None]) -> None:
        config = self._desk.config
        if config is None:
            return
        self._number += 1
        number = self._number

        def work(store: Store) -> tuple[int, Review | None, Gathered]:
            other = change(store)
            return number, other, candidates_of(store, config)

        self._desk.ask_store(work, self._gathered, self.failed.emit)

    def _gathered(self, found: tuple[int, Review | None, Gathered]) -> None:
        number, other, gathered = found
        if other is not None:
            self.outrun.emit(other)
        if number == self._number:
            self.gathered.emit(gathered)

    def _exported(self, exported: Exported) -> None:
        self.exporting = False
        self.exported.emit(exported)

    def _not_exported(self, why: str) -> None:
        self.exporting = False
        self.not_exported.emit(why)

    def _then_look(self, config: StationConfig, act: Callable[[], object]) -> None:
        def work() -> Watched:
            act()
            return _look(config.out)

        self._desk.ask(work, self._looked, self.failed.emit)

    def _looked(self, watched: Watched) -> None:
        self._looking = False
        self.watched.emit(watched)

    def _not_looked(self, why: str) -> None:
        self._looking = False
        self.failed.emit(why)


def _name(store: Store, candidate: Candidate, class_name: str, who: str | None) -> Review | None:
    try:
        name_class(store, candidate.part, class_name, who)
    except AnsweredError as error:
        return error.review
    return None


def _look(out: Path) -> Watched:
    training = last_training(out)
    progress = None if training is None else progress_of(training)
    return Watched(training, progress, trainer_command() is not None)


def _started(out: Path, data: Path, options: Sequence[str], who: str | None) -> Training:
    return start(out, data, who, options)
