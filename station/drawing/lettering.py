"""Text on pictures: measured before it is drawn, so that nothing runs over an edge.

Uses the fonts that OpenCV 5 carries in itself (Latin, Greek, Cyrillic, Chinese); nothing has to be
installed on the bench.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from engines.prediction import ImageArray
from station.drawing.signs import Colour
from station.wording import ELLIPSIS, one_line


@dataclass(frozen=True, slots=True)
class Letters:
    """Size and weight of a piece of text."""

    size_px: int
    """Height of a line without its spacing."""
    weight: int = 400
    """100 thin, 400 regular, 700 bold."""

    @property
    def line_px(self) -> int:
        """From one baseline to the next."""
        return round(self.size_px * 1.25)


def text_width(text: str, letters: Letters) -> int:
    """Pixels from the text's origin to its right end."""
    if not text:
        return 0
    x, _, width, _ = cv2.getTextSize(
        (0, 0), text, (0, 0), cv2.FontFace("sans"), letters.size_px, letters.weight
    )
    return int(x + width)


def put_text(
    image: ImageArray, text: str, at_px: tuple[int, int], letters: Letters, colour_rgb: Colour
) -> None:
    """Draw one line into `image` in place; `at_px` is the left end of its baseline."""
    if text:
        # A face is made for each call: setting a weight changes it, and threads must not share it.
        face = cv2.FontFace("sans")
        cv2.putText(image, text, at_px, colour_rgb, face, letters.size_px, letters.weight)


def fit_line(text: str, letters: Letters, width_px: int) -> str:
    """The text on one line, cut with an ellipsis where it is wider than `width_px`."""
    text = one_line(text)
    if text_width(text, letters) <= width_px:
        return text
    return _cut(text, letters, width_px)


def fit_lines(text: str, letters: Letters, width_px: int, most: int) -> list[str]:
    """The text broken into at most `most` lines of `width_px`; the last is cut with an ellipsis.

    Breaks at spaces; inside a word only where the word alone is wider than a line.
    """
    rest = one_line(text)
    lines: list[str] = []
    while rest and len(lines) < most - 1 and text_width(rest, letters) > width_px:
        count = max(1, _count_that_fits(rest, letters, width_px))
        space = rest.rfind(" ", 0, count + 1)
        if space > 0:
            count = space
        lines.append(rest[:count].rstrip())
        rest = rest[count:].lstrip()
    if rest:
        lines.append(fit_line(rest, letters, width_px))
    return lines


def _cut(text: str, letters: Letters, width_px: int) -> str:
    room = width_px - text_width(ELLIPSIS, letters)
    count = _count_that_fits(text, letters, room)
    return text[:count].rstrip() + ELLIPSIS if count else ""


def _count_that_fits(text: str, letters: Letters, width_px: int) -> int:
    """How many leading characters are at most `width_px` wide, by bisection."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle], letters) <= width_px:
            low = middle
        else:
            high = middle - 1
    return low
