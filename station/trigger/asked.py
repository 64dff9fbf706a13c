"""A part is there because somebody says so: the pictures that are taken after each press."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from station.domain import Reason
from station.grabbed import Grabbed
from station.trigger.best import Candidate, best_views
from station.trigger.doubts import OVER, blurred, late
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Press, Presses, Shot

SAME_CLOCK_S = 1.0
"""A picture older than its press by less was grabbed before it; by more, it has another clock."""


@dataclass(slots=True, eq=False)
class _Asked:
    settings: TriggerSettings
    debounce_s: float
    waiting: deque[Press] = field(default_factory=deque)
    last_press_s: float | None = None
    pictures: list[Candidate] = field(default_factory=list)

    def listen(self, presses: Presses) -> None:
        """Take all presses that have come; a bounce is none."""
        while (press := presses()) is not None:
            last_s, self.last_press_s = self.last_press_s, press.monotonic_s
            if last_s is None or press.monotonic_s - last_s >= self.debounce_s:
                self.waiting.append(press)

    def look(self, grabbed: Grabbed) -> Iterator[Shot]:
        """One more picture."""
        if not self.waiting or 0.0 < self._age_s(grabbed) < SAME_CLOCK_S:
            return
        self.pictures.append(Candidate.of(grabbed, None))
        if len(self.pictures) >= self.settings.best_of * self.settings.views:
            yield self.shot()

    def shot(self, doubts: tuple[Reason, ...] = ()) -> Shot:
        """The part that was asked for first."""
        press = self.waiting.popleft()
        views = best_views(self.pictures, self.settings.views)
        waited_s = self.pictures[0].grabbed.monotonic_s - press.monotonic_s
        if waited_s > self.settings.patience_s:
            doubts = (*doubts, late(waited_s))
        self.pictures = []
        return Shot(
            tuple(v.grabbed for v in views),
            press.serial,
            (*doubts, *blur_of(views[0], self.settings)),
        )

    def _age_s(self, grabbed: Grabbed) -> float:
        return self.waiting[0].monotonic_s - grabbed.monotonic_s


def asked(
    grabbed: Iterable[Grabbed], settings: TriggerSettings, presses: Presses, debounce_s: float
) -> Iterator[Shot]:
    """One Shot for every press, of pictures taken after it; none is dropped, however late."""
    state = _Asked(settings, debounce_s)
    last: Grabbed | None = None
    for picture in grabbed:
        state.listen(presses)
        last = picture
        yield from state.look(picture)
    state.listen(presses)
    while state.waiting and last is not None:
        doubts: tuple[Reason, ...] = ()
        if not state.pictures:
            state.pictures, doubts = [Candidate.of(last, None)], (OVER,)
        yield state.shot(doubts)


def blur_of(best: Candidate, settings: TriggerSettings) -> tuple[Reason, ...]:
    """The doubt about a picture without a sharp edge; none for a sharp one."""
    if best.focus >= settings.least_focus:
        return ()
    return (blurred(best.focus, settings.least_focus),)
