"""The empty bench, as it looks now; what lies on it is whatever differs from it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from station.trigger.scene import LEAST, SIGMAS, Floats, Mask, Scene, difference, share_of

FOLLOW_S = 4.0
"""Time in which the bench's picture follows a lasting change, such as the light of the day."""
USUAL_MOST = 0.1
"""Contrast by which a pixel may differ without cause, at most."""
GROWN_PX = 5
"""Scene pixels about a part where the bench is not learned: its shadow lies there."""
CONTACT_PX = 3
"""Scene pixels along a border that a thing must cover to be reaching in from outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What differs from the empty bench."""

    mask: Mask
    share: float
    """Of the scene, 0 to 1."""
    reaches_in: bool
    """It crosses one border of the picture, or two that meet: an arm, most likely."""

    def box_px(self, image_shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
        """x, y, width, height about it in the picture's own pixels; None where nothing is."""
        if not self.mask.any():
            return None
        x, y, width, height = cv2.boundingRect(self.mask)
        across, down = image_shape[1] / self.mask.shape[1], image_shape[0] / self.mask.shape[0]
        left, top = int(x * across), int(y * down)
        return left, top, round(width * across), round(height * down)


@dataclass(slots=True, eq=False)
class Bench:
    """The picture of the empty bench, followed as its light changes."""

    scene: Scene
    usual: Floats
    """(h, w): by how much each pixel has been seen to differ without cause."""
    is_sure: bool
    """It has been seen with a part and without one."""

    @staticmethod
    def of(scene: Scene, is_sure: bool) -> Bench:
        """The bench as a scene shows it."""
        return Bench(scene, np.zeros_like(scene.contrast), is_sure)

    def look(self, scene: Scene, noise: float) -> Seen:
        """What lies on the bench."""
        mask = difference(self.scene, scene, noise, self.usual)
        return Seen(mask, share_of(mask), reaches_in(self.scene, scene, noise))

    def follow(self, scene: Scene, seen: Seen, elapsed_s: float) -> None:
        """Learn the bench anew where nothing lies on it."""
        away = cv2.dilate(seen.mask, np.ones((2 * GROWN_PX + 1, 2 * GROWN_PX + 1), np.uint8)) == 0
        pace = np.float32(min(0.5, max(0.0, elapsed_s) / FOLLOW_S))
        step = np.where(away, pace, np.float32(0.0))
        apart = scene.contrast - self.scene.contrast
        self.usual += step * (np.minimum(2.0 * np.abs(apart), USUAL_MOST) - self.usual)
        contrast = self.scene.contrast + step * apart
        slope = self.scene.slope + step * (scene.slope - self.scene.slope)
        self.scene = Scene(contrast, slope, is_blind=False)


def reaches_in(bench: Scene, scene: Scene, noise: float) -> bool:
    """Whether a thing crosses one border, or two that meet; more, and it fills the picture.

    Edges tell, not levels: a large part sheds contrast as far as the border.
    """
    limit = 0.5 * max(LEAST, SIGMAS * noise)
    strips = np.s_[1, :], np.s_[-2, :], np.s_[:, 1], np.s_[:, -2]
    top, bottom, left, right = (
        int(np.count_nonzero(scene.slope[at] > 1.5 * bench.slope[at] + limit)) >= CONTACT_PX
        for at in strips
    )
    return top + bottom < 2 and left + right < 2 and top + bottom + left + right > 0


def was_emptied(before: Scene, after: Scene, mask: Mask) -> bool:
    """Whether what changed is a thing taken away: edges that were there are gone.

    For a thing laid down it is the other way round; for one thing in the place of another neither.
    """
    grown = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
    if not grown.any():
        return False
    return float(before.slope[grown].mean()) > 1.5 * float(after.slope[grown].mean())
