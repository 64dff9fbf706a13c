"""The hottest region comes back where it was put, in frame pixels and in mm."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import numpy as np
import pytest

from station.domain import Ellipse, Frame, Part
from station.heat import heat_on_part, mark_defect

SIDE = 320
BOX = (40, -10, SIDE, SIDE)


def part(px_per_mm: float | None = 20.0, outline: bool = True) -> Part:
    image = np.zeros((400, 400, 3), np.uint8)
    frame = Frame(image, "a.png", "0" * 64, datetime(2026, 1, 2, tzinfo=timezone.utc))
    ellipse = Ellipse((200.0, 150.0), (240.0, 240.0), 0.0) if outline else None
    return Part(frame, np.zeros((SIDE, SIDE, 3), np.uint8), BOX, ellipse, px_per_mm)


def gaussian(cells: int, x_px: float, y_px: float, sigma_px: float) -> np.ndarray:
    """A heatmap sampled at its cells' centres, peak at a place in the frame."""
    at = (np.arange(cells) + 0.5) * SIDE / cells - 0.5
    x, y = at[None, :] + BOX[0], at[:, None] + BOX[1]
    return np.exp(-((x - x_px) ** 2 + (y - y_px) ** 2) / (2 * sigma_px**2)).astype(np.float32)


@pytest.mark.parametrize("cells", [14, 20, 32])
@pytest.mark.parametrize("place", [(200.0, 150.0), (251.3, 97.6), (130.0, 222.2)])
def test_a_spot_is_found_where_it_is(cells: int, place: tuple[float, float]) -> None:
    mark = mark_defect(gaussian(cells, *place, 30.0), part())
    assert mark is not None
    cell_px = SIDE / cells
    assert mark.centre_px == pytest.approx(place, abs=0.12 * cell_px)
    assert mark.x_mm == pytest.approx((place[0] - 200) / 20, abs=0.12 * cell_px / 20)
    assert mark.y_mm == pytest.approx((place[1] - 150) / 20, abs=0.12 * cell_px / 20)
    # Full width at half maximum of a Gaussian: 2.355 sigma.
    assert mark.size_mm == pytest.approx(2.355 * 30 / 20, rel=0.2)
    assert mark.radius_px == pytest.approx(2.355 * 30 / 2, rel=0.25)


def test_one_hot_cell_has_the_size_of_a_cell() -> None:
    heat = np.zeros((16, 16), np.float32)
    heat[5, 9] = 0.7
    mark = mark_defect(heat, part())
    assert mark is not None
    assert mark.centre_px == pytest.approx((40 + 9.5 * 20 - 0.5, -10 + 5.5 * 20 - 0.5), abs=0.01)
    assert mark.size_mm == pytest.approx(1.0, rel=0.5)


def test_only_the_hottest_region_counts() -> None:
    heat = gaussian(32, 120, 80, 12) + 0.6 * gaussian(32, 300, 250, 40)
    mark = mark_defect(np.asarray(heat, np.float32), part())
    assert mark is not None
    assert mark.centre_px == pytest.approx((120, 80), abs=2)


def test_a_long_region_has_its_length() -> None:
    heat = np.zeros((32, 32), np.float32)
    heat[10, 4:24] = 1.0
    mark = mark_defect(heat, part())
    assert mark is not None
    assert mark.size_mm == pytest.approx(20 * 10 / 20, rel=0.05)
    assert mark.centre_px[0] == pytest.approx(40 + 14 * 10 - 0.5, abs=0.5)


def test_the_centre_leans_to_the_heat() -> None:
    heat = np.zeros((32, 32), np.float32)
    heat[10, 4:14] = 0.6
    heat[10, 12:14] = 1.0
    mark = mark_defect(heat, part())
    assert mark is not None
    assert mark.centre_px[0] > 40 + 9 * 10 + 5


def test_a_cold_map_marks_nothing() -> None:
    assert mark_defect(np.zeros((8, 8), np.float32), part()) is None


def test_without_a_scale_there_are_pixels_and_no_mm() -> None:
    mark = mark_defect(gaussian(16, 200, 150, 20), part(px_per_mm=None))
    assert mark is not None
    assert (mark.x_mm, mark.y_mm, mark.size_mm) == (None, None, None)
    assert mark.centre_px == pytest.approx((200, 150), abs=3)


def test_without_an_outline_the_crop_s_middle_is_the_origin() -> None:
    middle = (40 + 159.5, -10 + 159.5)
    mark = mark_defect(gaussian(32, *middle, 25), part(outline=False))
    assert mark is not None
    assert (mark.x_mm, mark.y_mm) == pytest.approx((0.0, 0.0), abs=0.02)


def test_heat_is_counted_on_the_part() -> None:
    for place, share in (((200.0, 150.0), 1.0), ((50.0, 0.0), 0.0), ((200.0, 25.0), 0.5)):
        found = heat_on_part(gaussian(32, *place, 8.0), part())
        assert found == pytest.approx(share, abs=0.15)


def test_half_a_cell_of_grace_is_given_and_no_more() -> None:
    """Cells of 10 px; the disc of 240 px reaches from x 80 to 320, at the 4th cell's left edge."""
    found = []
    for column in (4, 3, 2):
        heat = np.zeros((32, 32), np.float32)
        heat[15:17, column] = 1.0
        found.append(heat_on_part(heat, part()))
    assert found == pytest.approx([1.0, 0.5, 0.0], abs=0.07)


def test_an_oval_part_is_counted_in_its_own_direction() -> None:
    seen = part()
    for angle_deg, share in ((0.0, 1.0), (90.0, 0.0), (45.0, 0.0)):
        oval = Ellipse((200.0, 150.0), (300.0, 100.0), angle_deg)
        heat = gaussian(32, 310.0, 150.0, 5.0)
        found = heat_on_part(heat, replace(seen, outline=oval))
        assert found == pytest.approx(share, abs=0.05)
    along = gaussian(32, 200.0 + 78.0, 150.0 + 78.0, 5.0)  # y runs down, and so does the angle
    tilted = Ellipse((200.0, 150.0), (300.0, 100.0), 45.0)
    assert heat_on_part(along, replace(seen, outline=tilted)) == pytest.approx(1.0, abs=0.05)


def test_neither_cold_maps_nor_whole_frames_tell() -> None:
    assert heat_on_part(np.zeros((8, 8), np.float32), part()) is None
    assert heat_on_part(gaussian(16, 200, 150, 20), part(outline=False)) is None
