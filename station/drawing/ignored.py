"""Areas that nobody inspected, hatched, so that no one takes them for sound."""

from __future__ import annotations

import cv2
import numpy as np

from engines.prediction import ImageArray

Box = tuple[int, int, int, int]
GAP = 16.0
"""Between the hatching's lines, in units of the line's width."""
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def draw_ignored(picture: ImageArray, boxes: tuple[Box, ...], scale: float, line_px: int) -> None:
    """Hatch and outline boxes of the frame on its picture at `scale`, uint8 (H, W, 3), in place."""
    for x, y, width, height in boxes:
        left, top = max(0, round(x * scale)), max(0, round(y * scale))
        right = min(picture.shape[1], round((x + width) * scale))
        bottom = min(picture.shape[0], round((y + height) * scale))
        if left >= right or top >= bottom:
            continue
        area = np.ascontiguousarray(picture[top:bottom, left:right])
        high, wide = area.shape[:2]
        for at in range(-high, wide, max(3, round(GAP * line_px))):
            for colour, thickness in ((BLACK, line_px + 2), (WHITE, line_px)):
                cv2.line(area, (at, high), (at + high, 0), colour, thickness, cv2.LINE_AA)
        corner = wide - 1, high - 1
        cv2.rectangle(area, (0, 0), corner, BLACK, line_px + 2)
        cv2.rectangle(area, (0, 0), corner, WHITE, line_px)
        picture[top:bottom, left:right] = area
