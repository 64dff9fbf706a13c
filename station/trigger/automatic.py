"""A part is laid down, lies still and sharp, is taken once, and is waited for until it is gone.

Empty -> arriving -> taking -> taken -> empty. A part that takes another's place with no empty
bench between them is known by its looks; a part that is nudged is known as the same. What never
comes to rest or into focus is taken all the same, in doubt: never silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from station.domain import Code, Reason
from station.grabbed import Grabbed
from station.trigger.bench import Bench, Seen, was_emptied
from station.trigger.best import Candidate, Sharpness, best_views, sharper
from station.trigger.likeness import SAME_SHARE, is_same_part
from station.trigger.rest import Rest
from station.trigger.scene import Scene, difference, scene_of, share_of
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Presses, Shot
from station.trigger.start import part_in

GONE_FRAMES = 2
"""So many pictures of an empty bench in a row: the part is gone, and it was no flash."""
GONE_SHARE = 0.6
"""Of `least_share`: with less the part is gone."""
SAMPLED = 4
"""Of the pictures of a part that moves, every so many are measured."""
UNCOVERED = 0.6
"""Share of a part that must look as before for it to lie there still, beside a hand."""


class _Phase(Enum):
    UNKNOWN = "unknown"
    EMPTY = "empty"
    ARRIVING = "arriving"
    TAKING = "taking"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One picture with all that is known of it."""

    grabbed: Grabbed
    scene: Scene
    seen: Seen | None
    """None while the empty bench is not known."""
    rested_s: float

    @property
    def now_s(self) -> float:
        return self.grabbed.monotonic_s

    def measured(self) -> Candidate:
        """The picture with its sharpness, on the part."""
        shape = self.grabbed.image_rgb.shape
        return Candidate.of(self.grabbed, self.seen.box_px(shape) if self.seen else None)


def automatic(
    grabbed: Iterable[Grabbed], settings: TriggerSettings, presses: Presses
) -> Iterator[Shot]:
    """One Shot for every part that lies before the camera; presses are not asked."""
    del presses
    watch = _Watch(settings)
    for picture in grabbed:
        yield from watch.step(picture)
    yield from watch.end()


@dataclass(slots=True, eq=False)
class _Watch:
    settings: TriggerSettings
    phase: _Phase = _Phase.UNKNOWN
    rest: Rest = field(default_factory=Rest)
    bench: Bench | None = None
    sharpness: Sharpness = field(default_factory=Sharpness)
    since_s: float | None = None
    """When the part in hand was first seen, or asked about again."""
    last_s: float | None = None
    pictures: list[Candidate] = field(default_factory=list)
    """Of the part that is being taken; in EMPTY of a bench that may hold one, unknown."""
    moving: Candidate | None = None
    """The sharpest picture of a part that does not rest."""
    has_rested: bool = False
    scene: Scene | None = None
    """Of the part that was taken."""
    seen: Seen | None = None
    backdrop: Scene | None = None
    """Of the part that was taken before that."""
    count: int = 0
    """Of the rest's anchors, when it was taken or last looked at."""
    gone: int = 0
    is_unsettled: bool = False
    """It was taken while it moved: the first rest after is its own."""
    number: int = 0

    def step(self, grabbed: Grabbed) -> Iterator[Shot]:
        """One more picture."""
        scene = scene_of(grabbed.image_rgb)
        if scene.is_blind:
            self.rest.interrupt()
            return
        if self.rest.last is not None and self.rest.last.contrast.shape != scene.contrast.shape:
            self._forget()
        now_s = grabbed.monotonic_s
        rested_s = self.rest.watch(scene, now_s)
        seen = self.bench.look(scene, self.rest.noise) if self.bench else None
        self.since_s = now_s if self.since_s is None else self.since_s
        self.number += 1
        view = _View(grabbed, scene, seen, rested_s)
        yield from {
            _Phase.UNKNOWN: self._unknown,
            _Phase.EMPTY: self._empty,
            _Phase.ARRIVING: self._arriving,
            _Phase.TAKING: self._taking,
            _Phase.TAKEN: self._taken,
        }[self.phase](view)
        self.last_s = now_s

    def end(self) -> Iterator[Shot]:
        """The stream is over: a part in the middle of being taken is not dropped."""
        if self.phase is _Phase.TAKING:
            yield self._shot(self.pictures)

    def _forget(self) -> None:
        self.phase, self.bench, self.scene, self.since_s = _Phase.UNKNOWN, None, None, None
        self.rest.interrupt()
        self.pictures = []

    def _unknown(self, view: _View) -> Iterator[Shot]:
        """Nothing is known of the bench: a disc on it is a part, anything else may be."""
        if view.rested_s < self.settings.still_s:
            yield from self._after_patience(view)
            return
        found = part_in(view.grabbed.image_rgb, view.scene)
        if found is not None:
            self.seen = found
            self._arrive(view)
            return
        self.bench = Bench.of(view.scene, is_sure=False)
        self.pictures = [view.measured()]
        self.phase = _Phase.EMPTY

    def _empty(self, view: _View) -> Iterator[Shot]:
        assert self.bench is not None and view.seen is not None
        if view.seen.share >= self.settings.least_share:
            self._arrive(view)
        else:
            self.bench.follow(view.scene, view.seen, self._elapsed_s(view))
        return iter(())

    def _arriving(self, view: _View) -> Iterator[Shot]:
        if view.seen is not None and view.seen.share < GONE_SHARE * self.settings.least_share:
            self.phase = _Phase.EMPTY
            return
        rests = view.rested_s >= self.settings.still_s
        if rests and not (view.seen and view.seen.reaches_in):
            if self._was_emptied_first(view):
                yield self._shot(self.pictures)
                self.phase = _Phase.EMPTY
                return
            candidate = view.measured()
            self.has_rested = True
            if candidate.focus >= self.sharpness.least(self.settings):
                self._take(view, candidate)
                if self._is_complete():
                    yield self._finish()
                return
            self.moving = sharper(self.moving, candidate)
        elif self.number % SAMPLED == 0 or self.moving is None:
            self.moving = sharper(self.moving, view.measured())
        yield from self._after_patience(view)

    def _taking(self, view: _View) -> Iterator[Shot]:
        has_moved = self.rest.count != self.count
        if has_moved or (view.seen is not None and view.seen.reaches_in):
            yield self._finish()
            return
        self.pictures.append(view.measured())
        if self._is_complete():
            yield self._finish()

    def _taken(self, view: _View) -> Iterator[Shot]:
        assert self.scene is not None
        if view.seen is not None:
            if view.seen.share < GONE_SHARE * self.settings.least_share:
                self.gone += 1
                if self.gone >= GONE_FRAMES:
                    self.phase = _Phase.EMPTY
                return
            self.gone = 0
        if self.rest.count == self.count:
            if self.bench is not None and view.seen is not None:
                self.bench.follow(view.scene, view.seen, self._elapsed_s(view))
            self.since_s = view.now_s
            return
        if view.rested_s < self.settings.still_s:
            if self.is_unsettled:
                yield from self._after_patience(view)
            return
        yield from self._settled(view)

    def _settled(self, view: _View) -> Iterator[Shot]:
        """Something has moved since the part was taken, and rests now: is it still that part?"""
        assert self.scene is not None
        if self.is_unsettled:
            self._keep(view)
            return
        if view.seen is not None and view.seen.reaches_in:
            if not self._is_uncovered(view):
                yield from self._after_patience(view)
            return
        changed = difference(self.scene, view.scene, self.rest.noise)
        if self._is_bench(view, was_emptied(self.scene, view.scene, changed)):
            self.bench = Bench.of(view.scene, is_sure=True)
            self.phase = _Phase.EMPTY
            return
        if self._is_same(view):
            self._keep(view)
        else:
            self._arrive(view)

    def _is_same(self, view: _View) -> bool:
        """Whether the part that was taken is the one that lies there."""
        if self.scene is None or self.seen is None:
            return False
        return is_same_part(self.scene, view.scene, self.seen.mask, self.rest.noise)

    def _is_bench(self, view: _View, emptied: bool) -> bool:
        """Whether a scene is the empty bench, though it is not the one that was known."""
        if not emptied:
            return False
        if self.bench is None:
            return part_in(view.grabbed.image_rgb, view.scene) is None
        # The camera was moved: what was taken for a part was the bench, and here it is again.
        return self.backdrop is not None and (
            share_of(difference(self.backdrop, view.scene, self.rest.noise)) < SAME_SHARE
        )

    def _is_uncovered(self, view: _View) -> bool:
        """Whether the part that was taken lies there as before, whatever is beside it."""
        assert self.scene is not None
        if self.seen is None or not self.seen.mask.any():
            return False
        changed = difference(self.scene, view.scene, self.rest.noise)
        inside = changed[self.seen.mask > 0]
        return float(inside.mean()) < 1.0 - UNCOVERED

    def _was_emptied_first(self, view: _View) -> bool:
        """Whether the bench as first seen held a part, and this is what it looks like without."""
        if self.bench is None or self.bench.is_sure or view.seen is None:
            return False
        if was_emptied(self.bench.scene, view.scene, view.seen.mask):
            self.bench = Bench.of(view.scene, is_sure=True)
            return True
        self.bench.is_sure = True
        return False

    def _arrive(self, view: _View) -> None:
        self.phase, self.since_s = _Phase.ARRIVING, view.now_s
        self.moving, self.has_rested = None, False

    def _take(self, view: _View, candidate: Candidate) -> None:
        self.phase, self.pictures = _Phase.TAKING, [candidate]
        self._remember(view)

    def _remember(self, view: _View) -> None:
        self.backdrop, self.scene = self.scene, view.scene
        self.seen = view.seen or self.seen
        self.count, self.gone, self.is_unsettled = self.rest.count, 0, False

    def _keep(self, view: _View) -> None:
        """It is the part that was taken, as it lies now."""
        self.scene, self.seen = view.scene, view.seen or self.seen
        self.count, self.since_s, self.is_unsettled = self.rest.count, view.now_s, False

    def _is_complete(self) -> bool:
        return len(self.pictures) >= self.settings.best_of * self.settings.views

    def _finish(self) -> Shot:
        self.phase = _Phase.TAKEN
        return self._shot(self.pictures)

    def _shot(self, pictures: list[Candidate], doubts: tuple[Reason, ...] = ()) -> Shot:
        views = best_views(pictures, self.settings.views)
        self.sharpness.learn(views[0])
        return Shot(tuple(v.grabbed for v in views), None, doubts)

    def _after_patience(self, view: _View) -> Iterator[Shot]:
        """A part that does not come to rest and into focus, taken in doubt."""
        assert self.since_s is not None
        if view.now_s - self.since_s < self.settings.patience_s:
            return
        self.since_s = view.now_s
        if self.is_unsettled and self._is_same(view):
            return
        reason = self._doubt(view)
        picture = sharper(self.moving, view.measured())
        self._remember(view)
        self.phase, self.is_unsettled = _Phase.TAKEN, True
        self.moving, self.has_rested = None, False
        yield self._shot([picture], (reason,))

    def _doubt(self, view: _View) -> Reason:
        waited = f"within {self.settings.patience_s:g} s"
        if view.seen is not None and view.seen.reaches_in:
            text = (
                f"Something reached into the picture, and did not leave it {waited}. Lay the part "
                "in the middle, take the hand away, and inspect it again."
            )
            return Reason(Code.NEVER_STILL, text)
        if self.has_rested:
            least = self.sharpness.least(self.settings)
            best = self.moving.focus if self.moving else 0.0
            text = (
                f"The part did not come into focus {waited}: sharpness {best:.2f}, expected at "
                f"least {least:.2f}. Focus the camera, clean the lens, and inspect it again."
            )
            return Reason(Code.BLURRED, text)
        text = f"The part did not come to rest {waited}. Let it lie still, and inspect it again."
        return Reason(Code.NEVER_STILL, text)

    def _elapsed_s(self, view: _View) -> float:
        return 0.0 if self.last_s is None else view.now_s - self.last_s
