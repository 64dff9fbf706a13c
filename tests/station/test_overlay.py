"""The overlay shows what was decided, where, and hides nothing that it need not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from builders import a_part

from engines.prediction import ImageArray, Prediction
from station.domain import Code, Decision, DefectMark, Ellipse, Reason, Verdict
from station.drawing.heat_layer import HEAT_OPACITY
from station.drawing.overlay import MIN_WIDTH_PX, draw_overlay, draw_sign
from station.drawing.signs import SIGNS

REASON = "Defect probability 0.970 reaches the reject limit 0.6."
MARK = DefectMark((300.0, 220.0), 30.0, 4.4, -3.6, 1.8)


def noise(height: int = 512, width: int = 512) -> ImageArray:
    rng = np.random.default_rng(5)
    return rng.integers(90, 160, (height, width, 3), dtype=np.uint8)


def heat(*cells: tuple[int, int], shape: tuple[int, int] = (16, 16)) -> Prediction:
    heatmap = np.zeros(shape, np.float32)
    for row, column in cells:
        heatmap[row, column] = 1.0
    probabilities, features = np.array([0.03, 0.97], np.float32), np.zeros(4, np.float32)
    return Prediction(probabilities, heatmap, features, heatmap)


def verdict(decision: Decision = Decision.REJECT, mark: DefectMark | None = MARK) -> Verdict:
    return Verdict(decision, 0.97, "crack", 0.97, (Reason(Code.SCORE_REJECT, REASON),), mark)


def under_bar(overlay: ImageArray, image: ImageArray) -> ImageArray:
    """The picture under the bar, where the frame is shown at its own size."""
    return overlay[overlay.shape[0] - image.shape[0] :]


def test_a_passed_part_is_shown_as_it_is() -> None:
    image = noise()
    overlay = draw_overlay(a_part(image), heat((3, 3)), verdict(Decision.PASS, None))
    np.testing.assert_array_equal(under_bar(overlay, image), image)


def test_the_frame_itself_is_not_drawn_into() -> None:
    image = noise()
    before = image.copy()
    part = replace(a_part(image), outline=Ellipse((256, 256), (430, 420), 20.0))
    draw_overlay(part, heat((3, 3)), verdict())
    np.testing.assert_array_equal(image, before)


def test_cold_areas_stay_unveiled_and_the_hottest_place_is_covered_to_the_stated_opacity() -> None:
    image = noise()
    far = replace(MARK, centre_px=(480.0, 480.0), radius_px=5.0)
    # A block of hot cells: at its middle the stretched map reaches 1.
    hot = heat(*[(r, c) for r in range(4, 8) for c in range(4, 8)])
    picture = under_bar(draw_overlay(a_part(image), hot, verdict(mark=far)), image)
    np.testing.assert_array_equal(picture[320:400, 40:240], image[320:400, 40:240])
    hottest = cv2.applyColorMap(np.full((1, 1), 255, np.uint8), cv2.COLORMAP_INFERNO)[0, 0, ::-1]
    expected = image[192, 192] * (1 - HEAT_OPACITY) + hottest * HEAT_OPACITY
    np.testing.assert_allclose(picture[192, 192], expected, atol=3)


@pytest.mark.parametrize("box", [(0, 0, 512, 512), (100, 60, 320, 320), (-90, -40, 600, 640)])
def test_heat_lies_where_the_crop_was_cut(box: tuple[int, int, int, int]) -> None:
    image = np.full((512, 512, 3), 120, np.uint8)
    x, y, width, height = box
    far = replace(MARK, centre_px=(4.0, 508.0), radius_px=2.0)
    shown = draw_overlay(a_part(image, box_px=box), heat((5, 9)), verdict(mark=far))
    change = np.abs(under_bar(shown, image).astype(float) - 120).sum(axis=2)[:400]
    rows, columns = np.nonzero(change > change.max() / 2)
    expected = x + 9.5 * width / 16 - 0.5, y + 5.5 * height / 16 - 0.5
    assert columns.mean() == pytest.approx(expected[0], abs=1.0)
    assert rows.mean() == pytest.approx(expected[1], abs=1.0)


def test_the_ring_stands_around_the_defect_in_a_shrunk_frame() -> None:
    image = np.full((2048, 2048, 3), 120, np.uint8)
    mark = replace(MARK, centre_px=(1200.0, 880.0), radius_px=200.0)
    shown = draw_overlay(a_part(image), None, verdict(mark=mark))
    assert shown.shape[1] == 1024
    picture = shown[shown.shape[0] - 1024 :]
    angles = np.radians(np.arange(60, 300, 5))
    ring = [picture[round(440 - 100 * np.sin(a)), round(600 - 100 * np.cos(a))] for a in angles]
    inner = [picture[round(440 - 80 * np.sin(a)), round(600 - 80 * np.cos(a))] for a in angles]
    assert np.mean(np.min(ring, axis=1) > 200) > 0.9, "white on the ring"
    assert np.all(np.asarray(inner) == 120), "nothing inside it"


def test_the_outline_is_drawn_on_the_ellipse_and_nowhere_else() -> None:
    image = np.full((512, 512, 3), 120, np.uint8)
    part = replace(a_part(image), outline=Ellipse((250.0, 260.0), (400.0, 300.0), 30.0))
    picture = under_bar(draw_overlay(part, None, verdict(Decision.PASS, None)), image)
    rows, columns = np.nonzero((picture != 120).any(axis=2))
    turn = np.radians(30.0)
    along = (columns - 250) * np.cos(turn) + (rows - 260) * np.sin(turn)
    across = -(columns - 250) * np.sin(turn) + (rows - 260) * np.cos(turn)
    radius = np.hypot(along / 200, across / 150)
    assert len(rows) > 1500
    assert radius.min() > 0.97 and radius.max() < 1.03


def test_a_mark_beyond_the_frame_is_drawn_at_its_edge_and_never_over_the_bar() -> None:
    image = noise()
    bars = []
    for centre in ((-60.0, -60.0), (300.0, 260.0), (900.0, 2.0)):
        mark = replace(MARK, centre_px=centre, radius_px=70.0)
        shown = draw_overlay(a_part(image), heat((8, 8)), verdict(mark=mark))
        bars.append(shown[: shown.shape[0] - 512])
        picture = under_bar(shown, image)
        assert (picture != image).any(axis=2).mean() > 0.01
    np.testing.assert_array_equal(bars[0], bars[1])
    np.testing.assert_array_equal(bars[1], bars[2])


def test_the_size_is_written_beside_the_mark_and_pixels_where_no_scale_is_known() -> None:
    image = np.full((512, 512, 3), 120, np.uint8)

    def shown(**changes: object) -> ImageArray:
        mark = replace(MARK, **changes)  # type: ignore[arg-type]
        return draw_overlay(a_part(image), heat((8, 8)), verdict(mark=mark))

    base, other = shown(), shown(size_mm=1.9)
    rows, columns = np.nonzero((base != other).any(axis=2))
    assert 0 < len(rows) < 200, "one digit"
    bar = base.shape[0] - 512
    near = np.hypot(columns - 300, rows - bar - 220)
    assert near.max() < 200
    without = shown(size_mm=None, x_mm=None, y_mm=None)
    assert (without != base).any()


@pytest.mark.parametrize("decision", list(Decision))
def test_every_decision_shows_its_own_colour(decision: Decision) -> None:
    image = np.full((512, 512, 3), 120, np.uint8)
    shown = draw_overlay(a_part(image), None, verdict(decision, None))
    bar = shown[: shown.shape[0] - 512]
    counts = {d: int((bar == SIGNS[d].colour_rgb).all(axis=2).sum()) for d in Decision}
    assert counts[decision] > 600
    assert all(count == 0 for d, count in counts.items() if d is not decision)


def test_signs_differ_in_shape_and_symbol_without_their_colour() -> None:
    gray = {}
    for decision, sign in SIGNS.items():
        canvas = np.zeros((64, 64, 3), np.uint8)
        plain = replace(sign, colour_rgb=(128, 128, 128), ink_rgb=(255, 255, 255))
        draw_sign(canvas, plain, (0, 0), 64)
        gray[decision] = canvas[..., 0].astype(float)
    for one in Decision:
        for other in Decision:
            if one is not other:
                assert np.abs(gray[one] - gray[other]).mean() > 12


@pytest.mark.parametrize(
    ("height", "width", "max_side", "expected_width"),
    [
        (512, 512, 1024, 512),
        (4000, 4000, 1024, 1024),
        (3000, 4000, 1024, 1024),
        (16, 16, 1024, MIN_WIDTH_PX),
        (40, 4000, 1024, 1024),
        (4000, 40, 1024, MIN_WIDTH_PX),
        (512, 512, 400, 400),
    ],
)
def test_words_stay_inside_whatever_the_frame(
    height: int, width: int, max_side: int, expected_width: int
) -> None:
    image = np.full((height, width, 3), 120, np.uint8)
    part = a_part(image)
    part = replace(part, frame=replace(part.frame, source="a very long source name " * 9))
    long = replace(
        verdict(mark=replace(MARK, centre_px=(width - 1.0, 0.0))),
        predicted_class="rolled-in scale with a name that does not end " * 4,
        reasons=(Reason(Code.SCORE_REJECT, "A reason that goes on and on and on. " * 20),),
    )
    shown = draw_overlay(part, heat((1, 1)), long, max_side_px=max_side)
    assert shown.shape[1] == expected_width and shown.dtype == np.uint8
    edge = max(1, round(expected_width / 512 * 6))
    bar = shown[: round(82 * max(0.75, expected_width / 512))]
    for margin in (bar[:, -edge:], bar[:, :edge], bar[-2:], bar[:1]):
        assert (margin == margin[0, 0]).all(), "only the ground at the bar's edges"


def test_a_part_without_a_prediction_can_be_shown() -> None:
    image = noise()
    broken = Verdict(
        Decision.ERROR, None, None, None, (Reason(Code.ENGINE, "The engine gave no answer."),)
    )
    shown = draw_overlay(a_part(image), None, broken)
    np.testing.assert_array_equal(under_bar(shown, image), image)


def test_an_overlay_too_small_to_read_is_refused() -> None:
    with pytest.raises(ValueError, match=f"max_side_px is 100; below {MIN_WIDTH_PX}"):
        draw_overlay(a_part(noise()), None, verdict(), max_side_px=100)


def ring_share(decision: Decision) -> float:
    """Share of a ring's middle line that is drawn on a grey picture."""
    grey = np.full((512, 512, 3), 128, np.uint8)
    mark = replace(MARK, centre_px=(256.0, 256.0), radius_px=90.0)
    overlay = draw_overlay(a_part(grey), heat((8, 8)), verdict(decision, mark))
    seen = under_bar(overlay, grey).astype(int)
    angles = np.arange(0, 2 * np.pi, 0.005)
    x = np.round(256 + 90 * np.cos(angles)).astype(int)
    y = np.round(256 + 90 * np.sin(angles)).astype(int)
    return float((seen[y, x].min(axis=1) > 200).mean())


def test_a_suspected_defect_has_a_ring_of_dashes() -> None:
    assert ring_share(Decision.REJECT) > 0.97
    assert 0.35 < ring_share(Decision.REVIEW) < 0.65


def test_the_label_names_a_suspected_class_that_is_not_the_predicted_one() -> None:
    """And is no larger for one that is: the bar above has its name."""
    image = noise()

    def changed(mark: DefectMark) -> int:
        cold = heat(shape=(4, 4))
        drawn = [
            draw_overlay(a_part(image), cold, verdict(Decision.REVIEW, each))
            for each in (MARK, mark)
        ]
        return int((drawn[0] != drawn[1]).any(axis=2).sum())

    same = replace(MARK, defect_class="crack", probability=0.97)
    other = replace(MARK, defect_class="void", probability=0.31)
    assert changed(same) == 0
    assert changed(other) > 500
    long = replace(MARK, defect_class="void " * 40, probability=0.31)
    draw_overlay(a_part(image), heat((3, 3)), verdict(Decision.REVIEW, long))
