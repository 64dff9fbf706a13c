"""Where in an overlay the picture lies: what station.drawing.overlay.draw_overlay laid out."""

from __future__ import annotations

from station.drawing.overlay import MAX_ENLARGED, MIN_HEIGHT_PX, MIN_WIDTH_PX

Box = tuple[int, int, int, int]
MAX_SIDE_PX = 1024
"""As draw_overlay shrinks frames unless told otherwise."""
BAR_SHARE = 82 / 512
"""Height of the bar above the picture over the overlay's width."""


def picture_box(frame_px: tuple[int, int], overlay_px: tuple[int, int]) -> Box | None:
    """x, y, width and height, in an overlay, of the frame that it was drawn over; None where it
    was drawn over another. Both are given as width and height."""
    longer = max(frame_px)
    scale = min(1.0, MAX_SIDE_PX / longer)
    if longer < MIN_WIDTH_PX:
        scale = min(MIN_WIDTH_PX / longer, MAX_ENLARGED)
    width, height = (max(1, round(side * scale)) for side in frame_px)
    stage = max(width, MIN_WIDTH_PX), max(height, MIN_HEIGHT_PX)
    bar = round(max(0.75, stage[0] / 512) * 512 * BAR_SHARE)
    if overlay_px != (stage[0], stage[1] + bar):
        return None
    return (stage[0] - width) // 2, bar + (stage[1] - height) // 2, width, height
