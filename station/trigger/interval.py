"""A part is there at every tick of a clock, or in every picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from station.grabbed import Grabbed
from station.trigger.asked import blur_of
from station.trigger.best import Candidate, best_views
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Consider, Presses, Shot, unconsidered


def interval(
    grabbed: Iterable[Grabbed],
    settings: TriggerSettings,
    presses: Presses,
    consider: Consider = unconsidered,
) -> Iterator[Shot]:
    """One Shot for each interval that has a picture; presses are not asked.

    No picture is considered beforehand: the first that comes may be the only one.

    Ticks keep their beat from the first picture on; those in which no picture came are left out.
    With interval_s 0 every picture is a part, `best_of` and `views` notwithstanding.
    """
    del presses, consider
    if settings.interval_s == 0.0:
        for picture in grabbed:
            yield _shot([Candidate.of(picture, None)], settings)
        return
    wanted = settings.best_of * settings.views
    start_s: float | None = None
    tick, taken = -1, True
    pictures: list[Candidate] = []
    for picture in grabbed:
        start_s = picture.monotonic_s if start_s is None else start_s
        now = int((picture.monotonic_s - start_s) / settings.interval_s + 1e-9)
        if now != tick:
            if pictures:
                yield _shot(pictures, settings)
            tick, taken, pictures = now, False, []
        if taken:
            continue
        pictures.append(Candidate.of(picture, None))
        if len(pictures) >= wanted:
            yield _shot(pictures, settings)
            taken, pictures = True, []
    if pictures:
        yield _shot(pictures, settings)


def _shot(pictures: list[Candidate], settings: TriggerSettings) -> Shot:
    views = best_views(pictures, settings.views)
    return Shot(tuple(v.grabbed for v in views), None, blur_of(views[0], settings))
