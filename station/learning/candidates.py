"""The parts that people decided, as candidates for the next training: each with its class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from engines.bundle import ClassInfo
from station.domain import Decision, Record
from station.reviewing.leaning import leaning, likeliest_defect
from station.reviewing.queue import Waiting, classes_of
from station.reviewing.words import standing
from station.sayings import Review
from station.store.pictures import place_of
from station.store.reviews import bundle_manifest, decided_by_people
from station.store.store import Store

MOST = 5000
"""So many are gathered, those decided last."""


class Obstacle(str, Enum):
    """Why a candidate is left out of an export."""

    BY_HAND = "by hand"
    """Somebody took it out."""
    TO_CONFIRM = "class to be confirmed"
    """Nobody said what defect it is; the model's guess is not taught back to it."""
    NO_CLASS = "no class known"
    """The database does not know the bundle that decided, or it has no class of that side."""
    NOT_INSPECTED = "not inspected"
    """An ERROR: there is no sound picture of the part."""
    NO_PICTURE = "picture missing"
    SAME_PICTURE = "same picture twice"
    """The same file as another candidate, which is taken."""
    CONTRADICTION = "same picture, two classes"
    """People said different things of one and the same picture."""
    ALTERED = "picture altered"
    GOLDEN = "in the golden set"
    """As good as the same as a picture by which models are checked: to train on it would make
    that check worthless."""
    NO_PART = "no part found"
    """The crop's function finds none in it."""
    DAMAGED = "picture damaged"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One part that a person decided."""

    part: Waiting
    """With the latest word on it, to which another may be added."""
    word: Review
    """The one that counts."""
    class_name: str | None
    """What it is; None where nothing is known."""
    confirmed: bool
    """False: the class is the model's guess."""
    place: Path | None
    """Of its picture; None where it is missing."""
    obstacle: Obstacle | None = None
    """None: it is taken."""

    @property
    def record(self) -> Record:
        """What the station decided."""
        return self.part.record

    @property
    def disagrees(self) -> bool:
        """Whether the person said another side, or another class, than the model."""
        if self.word.decision is not leaning(self.record):
            return True
        predicted = self.record.predicted_class
        is_defect = predicted in self.part.defects
        return self.confirmed and is_defect and self.class_name != predicted

    @property
    def choices(self) -> tuple[str, ...]:
        """Classes that the part can be of, given the decision."""
        defect = self.word.decision is Decision.REJECT
        return tuple(each.name for each in self.part.classes if each.defect is defect)


@dataclass(frozen=True, slots=True)
class ClassCount:
    """What there is of one class."""

    name: str
    taken: int
    disagree: int
    """Of those taken: the model would say otherwise. They teach it most."""
    to_confirm: int
    left_out: int
    """For any other reason."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All candidates, the latest word first."""

    candidates: tuple[Candidate, ...]
    known: int
    """How many parts people decided in all; more than MOST are not gathered."""

    @property
    def taken(self) -> tuple[Candidate, ...]:
        """Those that an export takes."""
        return tuple(each for each in self.candidates if each.obstacle is None)

    @property
    def counts(self) -> tuple[ClassCount, ...]:
        """Class by class, by name."""
        return counts_of(self.candidates)


def ticked(gathered: Gathered, uuids: Collection[str], taken: bool) -> Gathered:
    """As it will be once those parts are taken in or out, for as long as nobody has looked."""

    def now(each: Candidate) -> Candidate:
        if each.record.uuid not in uuids:
            return each
        if taken and each.obstacle is Obstacle.BY_HAND:
            return replace(each, obstacle=None if each.confirmed else Obstacle.TO_CONFIRM)
        return each if taken else replace(each, obstacle=each.obstacle or Obstacle.BY_HAND)

    return replace(gathered, candidates=tuple(map(now, gathered.candidates)))


def gather(store: Store, images: Path, excluded: Iterable[str] = (), limit: int = MOST) -> Gathered:
    """The parts of which a person's PASS or REJECT counts, latest first. Raises StoreError.

    images: the image store. excluded: uuids that somebody took out.
    """
    taken_out = frozenset(excluded)
    bundles: dict[str, tuple[ClassInfo, ...]] = {}
    found: list[Candidate] = []
    rows, known = decided_by_people(store, limit)
    for each, words in rows:
        word = standing(words)
        if word is None:
            known -= 1
            continue
        digest = each.record.bundle_sha256
        if digest not in bundles:
            bundles[digest] = classes_of(bundle_manifest(store, digest))
        part = Waiting(each.id, each.record, each.latest, bundles[digest])
        found.append(_candidate(part, word, images, each.record.uuid in taken_out))
    return Gathered(tuple(_without_copies(found)), known)


def counts_of(candidates: Sequence[Candidate]) -> tuple[ClassCount, ...]:
    """How many there are of each class."""
    taken: Counter[str] = Counter()
    disagree: Counter[str] = Counter()
    confirm: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for each in candidates:
        name = each.class_name or ""
        if each.obstacle is None:
            taken[name] += 1
            disagree[name] += each.disagrees
        elif each.obstacle is Obstacle.TO_CONFIRM:
            confirm[name] += 1
        else:
            left[name] += 1
    names = sorted({*taken, *confirm, *left})
    return tuple(ClassCount(n, taken[n], disagree[n], confirm[n], left[n]) for n in names)


def _candidate(part: Waiting, word: Review, images: Path, taken_out: bool) -> Candidate:
    record = part.record
    class_name, confirmed = _class_of(part, word)
    place = None
    if record.image_sha256 is not None:
        place = place_of(images, record.image_sha256, record.image_path)
    candidate = Candidate(part, word, class_name, confirmed, place)
    for obstacle, stands in (
        (Obstacle.NOT_INSPECTED, record.decision is Decision.ERROR),
        (Obstacle.BY_HAND, taken_out),
        (Obstacle.NO_CLASS, class_name is None),
        (Obstacle.NO_PICTURE, place is None),
        (Obstacle.TO_CONFIRM, not confirmed),
    ):
        if stands:
            return replace(candidate, obstacle=obstacle)
    return candidate


def _class_of(part: Waiting, word: Review) -> tuple[str | None, bool]:
    """What a part is by the word that counts, and whether that is certain."""
    defect = word.decision is Decision.REJECT
    names = [each.name for each in part.classes if each.defect is defect]
    if word.true_class in names:
        return word.true_class, True
    if len(names) == 1:
        return names[0], True
    if not names:
        return None, False
    if defect:
        return likeliest_defect(part.record, tuple(names)), False
    shares = part.record.probabilities or {}
    return max(names, key=lambda name: shares.get(name, 0.0)), False


def _without_copies(candidates: Sequence[Candidate]) -> Iterable[Candidate]:
    """Of several with the same picture the first is taken; none, where people contradict."""
    classes: Mapping[str | None, set[str | None]] = defaultdict(set)
    for each in candidates:
        if each.obstacle is None:
            classes[each.record.image_sha256].add(each.class_name)
    seen: set[str | None] = set()
    for each in candidates:
        sha256 = each.record.image_sha256
        if each.obstacle is not None:
            yield each
        elif len(classes[sha256]) > 1:
            yield replace(each, obstacle=Obstacle.CONTRADICTION)
        elif sha256 in seen:
            yield replace(each, obstacle=Obstacle.SAME_PICTURE)
        else:
            seen.add(sha256)
            yield each
