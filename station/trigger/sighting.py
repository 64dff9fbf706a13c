"""What the automatic trigger sees, told while it watches: for whoever sets it up."""

from __future__ import annotations

from dataclasses import dataclass

from station.grabbed import Grabbed
from station.trigger.automatic import Phase, Watch
from station.trigger.settings import TriggerSettings


@dataclass(frozen=True, slots=True)
class Sighting:
    """One picture, as the trigger sees it."""

    phase: str
    """A Phase's value: `unknown`, `empty`, `arriving`, `taking` or `taken`."""
    share: float | None
    """Of the picture that differs from the empty bench; None while that is not known."""
    rested_s: float
    """Nothing has moved for so long."""
    focus: float
    """Of what lies there."""
    reaches_in: bool
    """A hand, or something else, lies over the picture's border."""
    is_blind: bool
    """Too dark or too bright for anything to be seen."""
    box_px: tuple[int, int, int, int] | None
    """About what differs: x, y, width, height."""
    taken: int
    """Parts that would have been inspected so far."""
    in_doubt: int
    """Of these, such as never came to rest and into focus."""


class Sightings:
    """A trigger that inspects nothing."""

    def __init__(self, settings: TriggerSettings) -> None:
        self._watch = Watch(settings)
        self._taken = self._in_doubt = 0

    def see(self, grabbed: Grabbed) -> Sighting:
        """One more picture of the stream."""
        for shot in self._watch.step(grabbed):
            self._taken += 1
            self._in_doubt += bool(shot.doubts)
        view = self._watch.view
        is_seen = view is not None and view.grabbed is grabbed
        seen = view.seen if view is not None and is_seen else None
        return Sighting(
            phase=self._watch.phase.value,
            share=None if seen is None else seen.share,
            rested_s=view.rested_s if view is not None and is_seen else 0.0,
            focus=view.measured().focus if view is not None and is_seen else 0.0,
            reaches_in=seen is not None and seen.reaches_in,
            is_blind=not is_seen,
            box_px=None if seen is None else seen.box_px(grabbed.image_rgb.shape),
            taken=self._taken,
            in_doubt=self._in_doubt,
        )


PHASES = tuple(phase.value for phase in Phase)
