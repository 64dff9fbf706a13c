"""Text is measured before it is drawn: what fits is whole, what does not says so."""

from __future__ import annotations

import numpy as np
import pytest

from station.drawing.lettering import Letters, fit_line, fit_lines, put_text, text_width

SENTENCE = "Defect probability 0.404 is between the pass limit 0.12 and the reject limit 0.6."
TEXTS = [SENTENCE, "word" * 60, "缺陷概率达到拒收限" * 12, "a", "Größe  mit\nUmbruch " * 9]
LETTERS = [Letters(11), Letters(16, 700), Letters(40, 400)]


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [90, 333, 1000])
def test_no_line_is_wider_than_its_room(text: str, letters: Letters, width: int) -> None:
    lines = fit_lines(text, letters, width, 3)
    assert 1 <= len(lines) <= 3
    assert all(text_width(line, letters) <= width for line in lines)


def test_the_measured_width_is_where_the_ink_ends() -> None:
    for letters in LETTERS:
        image = np.zeros((120, 1400, 3), np.uint8)
        put_text(image, "Reject 1.8 mm", (10, 80), letters, (255, 255, 255))
        right = int(np.nonzero(image.any(axis=(0, 2)))[0].max())
        expected = 10 + text_width("Reject 1.8 mm", letters)
        assert right == pytest.approx(expected, abs=2 + letters.size_px / 8)


def test_nothing_is_lost_where_there_is_room() -> None:
    letters = Letters(14)
    assert fit_lines(SENTENCE, letters, 2000, 2) == [SENTENCE]
    lines = fit_lines(SENTENCE, letters, 300, 9)
    assert len(lines) > 1 and " ".join(lines) == SENTENCE


def test_what_is_cut_off_ends_in_an_ellipsis() -> None:
    letters = Letters(14)
    lines = fit_lines(SENTENCE, letters, 200, 2)
    assert lines[-1].endswith("…") and len(lines) == 2
    assert " ".join(lines)[:-1].rstrip() == SENTENCE[: len(" ".join(lines)) - 1].rstrip()
    assert fit_line(SENTENCE, letters, 100).endswith("…")


def test_no_room_and_no_text_give_nothing() -> None:
    assert fit_lines("", Letters(14), 100, 2) == []
    assert fit_line(SENTENCE, Letters(14), 0) == ""
