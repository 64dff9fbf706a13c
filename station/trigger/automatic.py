"""A part is laid down, lies still and sharp, is taken once, and is waited for until it is gone.

Empty -> arriving -> taking -> taken -> empty. A part that takes another's place with no empty
bench between them is known by its looks; a part that is nudged is known as the same. What never
comes to rest or into focus is taken all the same, in doubt: never silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from station.domain import Reason
from station.grabbed import Grabbed
from station.trigger.bench import Bench, Seen, was_emptied
from station.trigger.best import Candidate, Sharpness, best_views, sharper, sharpest
from station.trigger.doubts import PASSED_BY, blurred, reached_in, restless
from station.trigger.rest import Rest
from station.trigger.scene import Scene, difference, scene_of
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Consider, Presses, Shot, unconsidered
from station.trigger.start import part_in
from station.trigger.taken import Taken, is_alike
from station.trigger.view import Arrival, View

GONE_FRAMES = 2
"""So many pictures of an empty bench in a row: the part is gone, and it was no flash."""
GONE_SHARE = 0.6
"""Of `least_share`: with less the part is gone."""
GAP_S = 1.5
"""Without a picture for so long, another part may have been laid in the place of the one before."""
SAMPLED = 4
"""Of the pictures of a part that moves, every so many are measured."""


class Phase(Enum):
    """What the trigger is busy with."""

    UNKNOWN = "unknown"
    EMPTY = "empty"
    ARRIVING = "arriving"
    TAKING = "taking"
    TAKEN = "taken"


def automatic(
    grabbed: Iterable[Grabbed],
    settings: TriggerSettings,
    presses: Presses,
    consider: Consider = unconsidered,
) -> Iterator[Shot]:
    """One Shot for every part that lies before the camera; presses are not asked."""
    del presses
    watch = Watch(settings, consider)
    for picture in grabbed:
        yield from watch.step(picture)
    yield from watch.end()


@dataclass(slots=True, eq=False)
class Watch:
    """The trigger, picture by picture."""

    settings: TriggerSettings
    consider: Consider = unconsidered
    """Told each picture of a part that is the sharpest so far, while others are waited for."""
    phase: Phase = Phase.UNKNOWN
    rest: Rest = field(default_factory=Rest)
    bench: Bench | None = None
    sharpness: Sharpness = field(default_factory=Sharpness)
    last_s: float | None = None
    number: int = 0
    arrival: Arrival | None = None
    pictures: list[Candidate] = field(default_factory=list)
    """Of the part that is being taken."""
    first: list[Candidate] = field(default_factory=list)
    """Of the bench as first seen, as long as it is not sure that it was empty."""
    taken: Taken | None = None
    view: View | None = None
    """The newest picture, as it was seen."""
    backdrop: Scene | None = None
    """Of the part that was taken before that."""

    def step(self, grabbed: Grabbed) -> Iterator[Shot]:
        """One more picture."""
        scene, now_s = scene_of(grabbed.image_rgb), grabbed.monotonic_s
        elapsed_s = 0.0 if self.last_s is None else now_s - self.last_s
        if self.taken is not None and elapsed_s > GAP_S:
            self.taken.has_left = True  # or it may have: nobody saw
        if scene.is_blind:
            self.rest.interrupt()
            return
        self.last_s = now_s
        if self.bench is not None and self.bench.scene.contrast.shape != scene.contrast.shape:
            # Another size: another camera. Nothing of before can be compared.
            self.phase, self.rest, self.bench, self.taken = Phase.UNKNOWN, Rest(), None, None
            self.arrival = None
        rested_s = self.rest.watch(scene, now_s)
        seen = self.bench.look(scene, self.rest.noise) if self.bench else None
        self.number += 1
        view = self.view = View(grabbed, scene, seen, rested_s, elapsed_s)
        yield from {
            Phase.UNKNOWN: self._unknown,
            Phase.EMPTY: self._empty,
            Phase.ARRIVING: self._arriving,
            Phase.TAKING: self._taking,
            Phase.TAKEN: self._waiting,
        }[self.phase](view)

    def end(self) -> Iterator[Shot]:
        """The stream is over: a part that was about to be taken is not dropped."""
        if self.phase is Phase.TAKING:
            yield self._shot(self.pictures)
        elif self.phase is Phase.ARRIVING:
            yield from self._passed_by()

    def _unknown(self, view: View) -> Iterator[Shot]:
        """Nothing is known of the bench: a disc on it is a part, anything else may be."""
        if self.arrival is None:
            self.arrival = Arrival(view.now_s)
        if view.rested_s < self.settings.still_s:
            yield from self._after_patience(view)
            return
        found = part_in(view.grabbed.image_rgb, view.scene)
        if found is not None:
            self._arrive(view, found)
            return
        self.bench = Bench.of(view.scene, is_sure=False)
        self.first = [view.measured()]
        self.phase = Phase.EMPTY

    def _empty(self, view: View) -> Iterator[Shot]:
        assert self.bench is not None and view.seen is not None
        if view.seen.share >= self.settings.least_share:
            self._arrive(view)
        else:
            self.bench.follow(view.scene, view.seen, view.elapsed_s)
        return iter(())

    def _arriving(self, view: View) -> Iterator[Shot]:
        assert self.arrival is not None
        if self._is_gone(view):
            self.phase = Phase.EMPTY
            yield from self._passed_by()
            return
        if not view.reaches_in:
            self.arrival.alone_s += view.elapsed_s
        rests = view.rested_s >= self.settings.still_s
        if rests and not view.reaches_in:
            if self._was_emptied_first(view):
                self.phase = Phase.EMPTY
                yield self._shot(self.first)
                self.first = []
                return
            candidate = view.measured()
            self.arrival.has_rested = True
            if candidate.focus >= self.sharpness.least(self.settings):
                yield from self._take(view, candidate)
                return
            self.arrival.best = sharper(self.arrival.best, candidate)
        else:
            self._sample(view, rests)
        yield from self._after_patience(view)

    def _sample(self, view: View, rests: bool) -> None:
        """Keep the sharpest picture of what cannot be taken yet; one without a hand before all."""
        assert self.arrival is not None
        self.arrival.has_paused |= rests
        rank = (not view.reaches_in, rests)
        if rank < self.arrival.rank:
            return
        if rank > self.arrival.rank:
            self.arrival.best, self.arrival.rank = None, rank
        if rests or self.number % SAMPLED == 0 or self.arrival.best is None:
            self.arrival.best = sharper(self.arrival.best, view.measured())

    def _taking(self, view: View) -> Iterator[Shot]:
        assert self.taken is not None
        if self.rest.count != self.taken.count or view.reaches_in:
            yield self._finish()
            return
        candidate = view.measured()
        self.pictures.append(candidate)
        if sharpest(self.pictures) is candidate:
            self.consider(candidate.grabbed)
        if self._is_complete():
            yield self._finish()

    def _waiting(self, view: View) -> Iterator[Shot]:
        """A part was taken: until it is gone, or another lies there."""
        assert self.taken is not None and self.arrival is not None
        if self._is_gone(view):
            self.taken.gone += 1
            if self.taken.gone >= GONE_FRAMES:
                self.phase = Phase.EMPTY
                if self.bench is not None:
                    self.bench.is_sure = True
            return
        self.taken.gone = 0
        if view.seen is not None:
            self.taken.has_left |= self.taken.is_bared(view.seen)
        if self.rest.count == self.taken.count:
            if self.bench is not None and view.seen is not None:
                self.bench.follow(view.scene, view.seen, view.elapsed_s)
            self.arrival.since_s = view.now_s
        elif view.rested_s >= self.settings.still_s:
            yield from self._settled(view)
        elif self.taken.is_unsettled:
            yield from self._after_patience(view)

    def _settled(self, view: View) -> Iterator[Shot]:
        """Something has moved since the part was taken, and rests now: is it still that part?"""
        assert self.taken is not None
        if self.taken.is_unsettled:
            self._keep(view)
        elif self._is_bench(view):
            self.bench = Bench.of(view.scene, is_sure=True)
            self.phase = Phase.EMPTY
        elif view.reaches_in:
            if self.taken.has_left:
                self._arrive(view)
            elif not self.taken.is_uncovered(view.scene, self.rest.noise):
                yield from self._after_patience(view)
        elif self.taken.is_in(view.scene, self.rest.noise):
            self._keep(view)
        else:
            self._arrive(
                view, part_in(view.grabbed.image_rgb, view.scene) if not self.bench else None
            )

    def _is_gone(self, view: View) -> bool:
        least = GONE_SHARE * self.settings.least_share
        return view.seen is not None and view.seen.share < least

    def _is_bench(self, view: View) -> bool:
        """Whether a scene is the empty bench, though it is not the one that was known."""
        assert self.taken is not None
        changed = difference(self.taken.scene, view.scene, self.rest.noise)
        if not was_emptied(self.taken.scene, view.scene, changed):
            return False
        if self.bench is None:
            return part_in(view.grabbed.image_rgb, view.scene) is None
        # The camera was moved: what was taken for a part was the bench, and here it is again.
        return self.backdrop is not None and is_alike(self.backdrop, view.scene, self.rest.noise)

    def _was_emptied_first(self, view: View) -> bool:
        """Whether the bench as first seen held a part, and this is what it looks like without."""
        if self.bench is None or self.bench.is_sure or view.seen is None:
            return False
        if not was_emptied(self.bench.scene, view.scene, view.seen.mask):
            return False
        self.bench = Bench.of(view.scene, is_sure=True)
        return True

    def _arrive(self, view: View, seen: Seen | None = None) -> None:
        self.phase, self.arrival = Phase.ARRIVING, Arrival(view.now_s, seen)

    def _take(self, view: View, candidate: Candidate) -> Iterator[Shot]:
        self.phase, self.pictures = Phase.TAKING, [candidate]
        self.consider(candidate.grabbed)
        self._remember(view, is_unsettled=False)
        if self._is_complete():
            yield self._finish()

    def _remember(self, view: View, is_unsettled: bool) -> None:
        self.backdrop = self.taken.scene if self.taken else None
        seen = view.seen or (self.arrival.seen if self.arrival else None)
        if seen is None:
            seen = Seen(np.ones(view.scene.contrast.shape, np.uint8), 1.0, False)
        self.taken = Taken(view.scene, seen, self.rest.count, is_unsettled)

    def _keep(self, view: View) -> None:
        """It is the part that was taken, as it lies now."""
        assert self.taken is not None and self.arrival is not None
        self.taken = Taken(view.scene, view.seen or self.taken.seen, self.rest.count)
        self.arrival.since_s = view.now_s

    def _is_complete(self) -> bool:
        return len(self.pictures) >= self.settings.best_of * self.settings.views

    def _finish(self) -> Shot:
        self.phase = Phase.TAKEN
        return self._shot(self.pictures)

    def _shot(self, pictures: list[Candidate], doubts: tuple[Reason, ...] = ()) -> Shot:
        views = best_views(pictures, self.settings.views)
        self.sharpness.learn(views[0])
        return Shot(tuple(v.grabbed for v in views), None, doubts)

    def _after_patience(self, view: View) -> Iterator[Shot]:
        """A part that does not come to rest and into focus, taken in doubt."""
        arrival = self.arrival
        assert arrival is not None
        if view.now_s - arrival.since_s < self.settings.patience_s:
            return
        arrival.since_s = view.now_s
        taken = self.taken if self.phase is Phase.TAKEN else None
        if taken and taken.is_unsettled and taken.is_in(view.scene, self.rest.noise):
            return
        picture = sharper(arrival.best, view.measured())
        if view.reaches_in:
            reason = reached_in(self.settings.patience_s)
        elif arrival.has_rested:
            reason = blurred(picture.focus, self.sharpness.least(self.settings))
        else:
            reason = restless(self.settings.patience_s)
        self._remember(view, is_unsettled=True)
        self.phase, self.arrival = Phase.TAKEN, Arrival(view.now_s, arrival.seen)
        yield self._shot([picture], (reason,))

    def _passed_by(self) -> Iterator[Shot]:
        """A thing came and went, and could not be taken. A hand is let go, a part is not."""
        assert self.arrival is not None
        best = self.arrival.best
        if best is None:
            return
        was_part = self.arrival.alone_s >= self.settings.still_s
        if not was_part and self.arrival.has_paused:
            image_rgb = best.grabbed.image_rgb
            was_part = part_in(image_rgb, scene_of(image_rgb)) is not None
        if was_part:
            yield self._shot([best], (PASSED_BY,))
