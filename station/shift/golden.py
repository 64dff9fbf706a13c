"""Golden parts: known good and known bad parts, and what they measured when they were taken up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engines.sentence import sentence
from station.domain import Decision, Record
from station.errors import ConfigError
from station.shift.measures import Known, learned, measures_of

NAME_MOST = 60
MAY_BE = {True: (Decision.PASS, Decision.REVIEW), False: (Decision.REJECT, Decision.REVIEW)}
"""Whether a part is good -> what the line may say of it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a golden part measured under one bundle, when it was taken up."""

    bundle_sha256: str
    at: datetime
    """Aware, UTC."""
    by: str
    decisions: tuple[Decision, ...]
    """One for each placement."""
    measures: Mapping[str, Known]
    parts: tuple[str, ...]
    """Uuids of the placements' records."""

    @property
    def always(self) -> Decision | None:
        """What all placements were decided as; None: not the same."""
        return self.decisions[0] if len(set(self.decisions)) == 1 else None


@dataclass(frozen=True, slots=True)
class GoldenPart:
    """One physical part. Raises ConfigError for a name that cannot be."""

    name: str
    """Its serial number, or what stands on its box: `GOOD-1`."""
    good: bool
    note: str = ""
    """What it is, and where it lies."""
    picture: str = ""
    """On a simulated bench, part of the name of the picture that is laid down."""
    references: tuple[Reference, ...] = ()
    """One for each bundle, the latest last."""

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable() or len(self.name) > NAME_MOST:
            raise ConfigError(
                "the golden part's name is {name!r}; expected 1 to {name_most} letters "
                "that can be printed, such as GOOD-1.",
                name=self.name,
                name_most=NAME_MOST,
            )

    def reference(self, bundle_sha256: str) -> Reference | None:
        """What it measured under that bundle; None: it was not taken up with it."""
        found = [r for r in self.references if r.bundle_sha256 == bundle_sha256]
        return found[-1] if found else None

    def with_reference(self, reference: Reference) -> GoldenPart:
        """The part with this reference in place of the bundle's former one."""
        others = (r for r in self.references if r.bundle_sha256 != reference.bundle_sha256)
        return GoldenPart(self.name, self.good, self.note, self.picture, (*others, reference))


@dataclass(frozen=True, slots=True)
class GoldenParts:
    """All golden parts of a station, in the order in which they are laid down."""

    parts: tuple[GoldenPart, ...] = field(default=())

    def __post_init__(self) -> None:
        names = [part.name for part in self.parts]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(
                    "two golden parts are named {name!r}. Give each its own name.", name=name
                )

    def find(self, name: str) -> GoldenPart | None:
        """The part of that name, or None."""
        return next((part for part in self.parts if part.name == name), None)

    def put(self, part: GoldenPart) -> GoldenParts:
        """With this part: at its former place, or as the last."""
        if self.find(part.name) is None:
            return GoldenParts((*self.parts, part))
        return GoldenParts(tuple(part if p.name == part.name else p for p in self.parts))

    def without(self, name: str) -> GoldenParts:
        """Less the part of that name."""
        return GoldenParts(tuple(part for part in self.parts if part.name != name))

    @property
    def lack(self) -> str:
        """What is missing for a check, in a sentence; empty: nothing."""
        kinds = {part.good for part in self.parts}
        if kinds == {True, False}:
            return ""
        missing = [word for good, word in ((True, "good"), (False, "bad")) if good not in kinds]
        return (
            f"There is no known {' and no known '.join(missing)} golden part. A supervisor takes "
            "one up: a check needs one known good and one known bad part at least."
        )


def is_expired(reference: Reference, now: datetime, references_days: float) -> bool:
    """Whether a reference is too old, or from the future."""
    return (
        not timedelta()
        <= now - reference.at + timedelta(minutes=5)
        <= timedelta(days=references_days, minutes=5)
    )


def taken_up(
    part: GoldenPart, records: Sequence[Record], by: str, now: datetime, confidence: float
) -> GoldenPart:
    """A part with what its placements measured. Raises ConfigError where they contradict it."""
    may_be, what = MAY_BE[part.good], sentence("good") if part.good else sentence("bad")
    for number, record in enumerate(records, 1):
        if record.decision not in may_be:
            raise ConfigError(
                "{name} is known to be {what}, and placement {number} was decided as "
                "{value}: {reason} A golden part must be one that the line tells right. "
                "Take another, or mend what makes it so.",
                name=part.name,
                what=what,
                number=number,
                value=record.decision.value,
                reason=record.reason,
            )
    bundles = {record.bundle_sha256 for record in records}
    if len(bundles) != 1:
        raise ConfigError(
            "the placements of {name} were decided by {count} models; expected one. Take "
            "the part up again.",
            name=part.name,
            count=len(bundles),
        )
    found = [measures_of(record) for record in records]
    names = [name for name in found[0] if all(name in each for each in found)]
    try:
        known = {name: learned(name, [m[name] for m in found], confidence) for name in names}
    except ValueError as error:
        raise ConfigError(
            "{name} cannot be taken up: {error}", name=part.name, error=error
        ) from error
    reference = Reference(
        bundles.pop(),
        now,
        by,
        tuple(record.decision for record in records),
        known,
        tuple(record.uuid for record in records),
    )
    return part.with_reference(reference)


def to_json(golden: GoldenParts) -> dict[str, Any]:
    """Golden parts as JSON values."""
    return {"golden_parts": [_part_json(part) for part in golden.parts]}


def _part_json(part: GoldenPart) -> dict[str, Any]:
    return {
        "name": part.name,
        "good": part.good,
        "note": part.note,
        "picture": part.picture,
        "references": [
            {
                "bundle_sha256": r.bundle_sha256,
                "at": r.at.isoformat(),
                "by": r.by,
                "decisions": [decision.value for decision in r.decisions],
                "measures": {n: [k.mean, k.sd, k.tolerance] for n, k in r.measures.items()},
                "parts": list(r.parts),
            }
            for r in part.references
        ],
    }


def from_json(body: Mapping[str, Any]) -> GoldenParts:
    """The reverse of `to_json`. Raises ConfigError for what is no such document."""
    try:
        return GoldenParts(
            tuple(
                GoldenPart(
                    part["name"],
                    part["good"] is True,
                    part["note"],
                    part["picture"],
                    tuple(_reference(r) for r in part["references"]),
                )
                for part in body["golden_parts"]
            )
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            "the golden parts cannot be read ({error}): another version wrote them. Update "
            "the station, or take the parts up again.",
            error=repr(error),
        ) from error


def _reference(body: Mapping[str, Any]) -> Reference:
    return Reference(
        body["bundle_sha256"],
        datetime.fromisoformat(body["at"]),
        body["by"],
        tuple(Decision(value) for value in body["decisions"]),
        {name: Known(*values) for name, values in body["measures"].items()},
        tuple(body["parts"]),
    )
