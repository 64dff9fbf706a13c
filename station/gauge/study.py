"""A study under way: who lays down which part next, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from engines.sentence import sentence
from station.domain import Decision, Record
from station.errors import ConfigError
from station.gauge.agreement import Agreement, agreement
from station.gauge.anova import GaugeResult, crossed
from station.gauge.type1 import LEAST, Type1, type1
from station.shift.measures import SCORE

MEASURES = ("diameter_mm", "ovality_mm", SCORE)
"""What may be studied; the verdict always is."""
MOST_PARTS, MOST_OPERATORS, MOST_TRIALS = 50, 6, 100


@dataclass(frozen=True, slots=True)
class GaugePart:
    """One part of a study."""

    name: str
    good: bool | None = None
    """Whether it is known to be good; None: it is not known."""
    picture: str = ""
    """On a simulated bench, part of the name of the picture that is laid down."""


KNOWN = {"+": True, "-": False, "−": False}
"""Letter after a part's name -> whether it is known to be good."""


def parts_of(text: str) -> tuple[GaugePart, ...]:
    """`P1+, P2-, P3` as parts: P1 is known to be good, P2 bad, of P3 nothing is known."""
    found = []
    for word in (word.strip() for word in text.replace("\n", ",").split(",")):
        if word:
            good = KNOWN.get(word[-1])
            found.append(GaugePart(word if good is None else word[:-1].strip(), good))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is studied. Raises ConfigError for a plan that can tell nothing.

    One part and one operator make a type-1 study, of repeatability alone.
    """

    parts: tuple[GaugePart, ...]
    operators: tuple[str, ...]
    trials: int
    measure: str = "diameter_mm"
    tolerance: float | None = None
    """Upper less lower limit, in the measure's unit."""
    seed: int = 1
    """Of the order of the parts, which is another in each round."""

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise ConfigError(
                "the measure is {measure!r}; expected one of {measures}.",
                measure=self.measure,
                measures=", ".join(MEASURES),
            )
        for what, names, most in (
            (sentence("part"), [part.name for part in self.parts], MOST_PARTS),
            (sentence("operator"), list(self.operators), MOST_OPERATORS),
        ):
            if not 1 <= len(names) <= most:
                raise ConfigError(
                    "the study has {count} {what}s; expected 1 to {most}.",
                    count=len(names),
                    what=what,
                    most=most,
                )
            for name in names:
                if not name.strip() or names.count(name) > 1:
                    raise ConfigError(
                        "{what} {name!r} is blank or stands there twice.", what=what, name=name
                    )
        least = LEAST if self.is_type1 else 2
        if not least <= self.trials <= MOST_TRIALS:
            raise ConfigError(
                "the study has {trials} trials; expected {least} to {most_trials}.",
                trials=self.trials,
                least=least,
                most_trials=MOST_TRIALS,
            )
        if self.is_type1:
            if self.tolerance is None:
                raise ConfigError("a study of one part needs the tolerance: give its width.")
        elif len(self.parts) < 2:
            raise ConfigError("a study with several operators needs 2 parts or more.")
        if self.tolerance is not None and not 0.0 < self.tolerance < float("inf"):
            raise ConfigError(
                "the tolerance is {tolerance}; expected a number above 0.", tolerance=self.tolerance
            )

    @property
    def is_type1(self) -> bool:
        """Whether it is one part and one operator."""
        return len(self.parts) == len(self.operators) == 1

    @property
    def total(self) -> int:
        """Placements of the whole study."""
        return len(self.parts) * len(self.operators) * self.trials

    def turns(self) -> Iterator[Turn]:
        """All placements in the order in which they are made: each operator in each round lays
        down all parts, in an order that they cannot know."""
        for trial in range(self.trials):
            for operator, name in enumerate(self.operators):
                rng = np.random.default_rng([self.seed, trial, operator])
                for part in rng.permutation(len(self.parts)):
                    yield Turn(trial, name, self.parts[int(part)])


@dataclass(frozen=True, slots=True)
class Turn:
    """One placement that is wanted."""

    trial: int
    """From 0."""
    operator: str
    part: GaugePart


@dataclass(frozen=True, slots=True)
class Placed:
    """One placement that was made."""

    part_uuid: str
    """Of its record."""
    decision: Decision
    value: float | None
    """Of the measure; None: it was not measured."""


@dataclass(frozen=True, slots=True)
class Study:
    """A plan and how far it has come."""

    plan: Plan
    lot: str
    station: str
    begun_at: datetime
    placed: tuple[Placed, ...] = ()
    """In the order of the plan's turns."""
    dropped: tuple[Placed, ...] = ()
    """Placements that were taken back: the wrong part, a hand in the picture."""
    bundle_sha256: str | None = None

    @property
    def wanted(self) -> Turn | None:
        """The next placement; None: the study is complete."""
        done = len(self.placed)
        return next((t for i, t in enumerate(self.plan.turns()) if i == done), None)

    def take(self, record: Record) -> Study:
        """With one more placement; as it was for a record that is none of it.

        Raises ConfigError for a placement that cannot count: it is to be made again.
        """
        known = {placed.part_uuid for placed in (*self.placed, *self.dropped)}
        if record.lot != self.lot or record.uuid in known or self.wanted is None:
            return self
        if self.bundle_sha256 not in (None, record.bundle_sha256):
            raise ConfigError(
                "another model decides now than when the study began. Go back to that model, or "
                "begin a new study."
            )
        placed = Placed(record.uuid, record.decision, _value(record, self.plan.measure))
        if placed.value is None:
            raise ConfigError(
                "{name} was not measured: no {measure} ({value}: {reason}). Lay it down "
                "again; a diameter needs a calibration.",
                name=self.wanted.part.name,
                measure=self.plan.measure,
                value=record.decision.value,
                reason=record.reason,
            )
        return replace(self, placed=(*self.placed, placed), bundle_sha256=record.bundle_sha256)

    def take_back(self) -> Study:
        """Without the last placement, which stays among those that were dropped."""
        if not self.placed:
            return self
        return replace(self, placed=self.placed[:-1], dropped=(*self.dropped, self.placed[-1]))

    def findings(self) -> Findings:
        """What the complete study says. Raises ConfigError for one that is not."""
        if self.wanted is not None:
            raise ConfigError(
                "{count} of {total} placements were made. Go on with the study before its "
                "result is asked for.",
                count=len(self.placed),
                total=self.plan.total,
            )
        plan = self.plan
        made = {
            (turn.part.name, turn.operator, turn.trial): placed
            for turn, placed in zip(plan.turns(), self.placed, strict=True)
        }
        grid = [
            [[made[part.name, who, t] for t in range(plan.trials)] for who in plan.operators]
            for part in plan.parts
        ]
        values = np.array([[[p.value for p in row] for row in part] for part in grid], np.float64)
        verdicts = [[[p.decision for p in row] for row in part] for part in grid]
        return Findings(
            None if plan.is_type1 else crossed(values, plan.tolerance),
            type1(values.ravel().tolist(), plan.tolerance or 0.0) if plan.is_type1 else None,
            agreement(verdicts, plan.operators, [part.good for part in plan.parts]),
            {
                (part.name, who): tuple(float(v) for v in values[i, j])
                for i, part in enumerate(plan.parts)
                for j, who in enumerate(plan.operators)
            },
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """What a complete study says."""

    gauge: GaugeResult | None
    """None for a type-1 study."""
    type1: Type1 | None
    agreement: Agreement
    values: Mapping[tuple[str, str], tuple[float, ...]]
    """(Part, operator) -> the measure in each trial."""


def _value(record: Record, measure: str) -> float | None:
    if record.decision is Decision.ERROR:
        return None
    return record.defect_probability if measure == SCORE else (record.evidence or {}).get(measure)
