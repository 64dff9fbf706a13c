"""What a study is asked to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainer.cells import Cell, Result
from trainer.config import FitConfig, TrainerError
from trainer.feeding.feature_cache import CacheRoom


@dataclass(frozen=True, slots=True)
class StudySettings:
    """Everything that decides a study, but the pictures."""

    data: Path
    out: Path
    fit: FitConfig
    """Of every training; the study changes what it compares. Repeat r takes its seed plus r."""
    repeats: int = 3
    most: int = 0
    """Pictures of each class at most, chosen by the seed; 0: all."""
    base: Path | None = None
    """Another set of pictures, to train the weights on that are then transferred."""
    base_epochs: int = 0
    """Epochs of that training; 0: as many as the others."""
    networks: tuple[str, ...] = ()
    """Of `architectures`; none: those of seed 001."""
    optimizers: tuple[str, ...] = ()
    """Of `freezing`; none: those of seed 003."""
    blocks: tuple[int, ...] = ()
    """Of `freezing`: the points to try; none: all five."""
    cache: CacheRoom | None = None

    def __post_init__(self) -> None:
        if self.repeats < 1 or self.most < 0 or self.base_epochs < 0:
            raise TrainerError(
                f"--repeats is {self.repeats}, --most {self.most}, --base-epochs "
                f"{self.base_epochs}: expected 1 or more, and none negative."
            )


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing."""

    caption: str
    uri: str
    """Data URI."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a study found."""

    tables: tuple[Table, ...]
    """The study's own first, the paper's beside it."""
    notes: tuple[str, ...]
    """Conclusions, a paragraph each."""
    plots: tuple[Plot, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A study before it is run: its cells in order, and what their results say."""

    cells: tuple[Cell, ...]
    find: Callable[[dict[str, Result]], Findings]
    """From the results by cell name."""
