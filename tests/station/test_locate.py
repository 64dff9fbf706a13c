"""The disc is found to a part of a pixel, on any bench; and nothing else is taken for one."""

from __future__ import annotations

import math
from datetime import datetime, timezone

import cv2
import numpy as np
import pytest
from builders import lattice_disc

from engines.bundle import InputSpec
from engines.errors import BundleError
from engines.prediction import ImageArray
from station.domain import Frame, Part
from station.locate.locator import NOT_FOUND, locate_disc, locator_for, whole_frame
from station.locate.rim import find_disc


def frame(image: ImageArray) -> Frame:
    return Frame(image, "part.png", "0" * 64, datetime(2026, 1, 2, tzinfo=timezone.utc))


def locate(image: ImageArray, margin: float = 0.05) -> Part:
    return locate_disc(frame(image), margin, 12.0)


def errors(image: ImageArray, centre: tuple[float, float], px_per_mm: float) -> tuple[float, float]:
    """Centre error in mm, diameter error as a share."""
    part = locate(image)
    assert part.outline is not None, part.doubt
    assert part.px_per_mm is not None
    x, y = part.outline.centre_px
    off = math.hypot(x - centre[0], y - centre[1]) / px_per_mm
    return off, part.px_per_mm / px_per_mm - 1.0


@pytest.mark.parametrize("defective", [False, True])
def test_synthetic_scaffolds_are_found(defective: bool) -> None:
    from trainer.synthetic import render

    found = []
    for seed in range(24):
        shot = render(5_000_000 + seed, defective)
        found.append(errors(shot.image_rgb, shot.centre_px, shot.px_per_mm))
    centre_mm, diameter = np.array(found).T
    assert np.median(centre_mm) < 0.015
    assert centre_mm.max() < 0.2
    assert abs(np.median(diameter)) < 0.006
    assert np.abs(diameter).max() < 0.05


@pytest.mark.parametrize("centre", [(250.0, 262.0), (240.4, 271.7)])
@pytest.mark.parametrize("background", [20, 70, 150, 235])
def test_a_drawn_disc_is_found_where_it_was_drawn(
    background: int, centre: tuple[float, float]
) -> None:
    image = lattice_disc(background=background, centre_px=centre)
    centre_mm, diameter = errors(image, centre, 36.0)
    assert centre_mm < 0.02
    assert abs(diameter) < 0.005


@pytest.mark.parametrize("scale", [0.5, 2.0, 6.0])
def test_the_scale_follows_the_picture(scale: float) -> None:
    image = lattice_disc()
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    large = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    centre = (250.5 * scale - 0.5, 262.5 * scale - 0.5)
    centre_mm, diameter = errors(large, centre, 36.0 * scale)
    assert centre_mm < 0.03
    assert abs(diameter) < 0.01


def test_a_small_disc_in_a_large_picture_is_measured_at_full_sharpness() -> None:
    image = lattice_disc(size_px=(1600, 1200), centre_px=(1000.0, 400.0))
    centre_mm, diameter = errors(image, (1000.0, 400.0), 36.0)
    assert centre_mm < 0.02
    assert abs(diameter) < 0.005


def test_a_tilted_disc_gives_its_ellipse() -> None:
    squash = np.array([[1, 0, 0], [0, 0.93, 18]], dtype=np.float32)
    image = cv2.warpAffine(lattice_disc(), squash, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    part = locate(np.asarray(image, np.uint8))
    assert part.outline is not None
    long, short = part.outline.axes_px
    assert long == pytest.approx(432, rel=0.01)
    assert short / long == pytest.approx(0.93, abs=0.01)
    assert min(part.outline.angle_deg, 180 - part.outline.angle_deg) < 3


def test_a_chip_and_a_shadow_do_not_move_the_disc() -> None:
    image = lattice_disc(background=170)
    cv2.circle(image, (440, 180), 45, (170, 170, 170), -1)
    shadow = np.zeros((512, 512), np.float32)
    cv2.circle(shadow, (272, 284), 216, 1.0, -1)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 12)
    bench = np.hypot(*(np.mgrid[:512, :512] - np.array([262, 250])[:, None, None])) > 216
    image[bench] = (image[bench] * (1 - 0.5 * shadow[bench][:, None])).astype(np.uint8)
    centre_mm, diameter = errors(image, (250, 262), 36.0)
    assert centre_mm < 0.05
    assert abs(diameter) < 0.01


@pytest.mark.parametrize("faint", [95, 106])
def test_a_faint_outer_loop_is_part_of_the_disc(faint: int) -> None:
    """The bright loop inside it has the stronger edge, and is 8 % smaller."""
    image = lattice_disc(background=70)
    radius_mm = np.hypot(*(np.mgrid[:512, :512] - np.array([262, 250])[:, None, None])) / 36
    image[(radius_mm > 5.55) & (radius_mm < 5.98)] = faint
    image[(radius_mm > 5.1) & (radius_mm < 5.55)] = 230
    centre_mm, diameter = errors(image, (250, 262), 36.0)
    assert centre_mm < 0.03
    assert abs(diameter) < 0.01


def bare_pictures() -> dict[str, ImageArray]:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:512, :512]
    lattice = np.where((x % 36 < 18) | (y % 36 < 18), 190, 45).astype(np.uint8)
    square = np.full((512, 512), 90, np.uint8)
    square[100:400, 100:400] = lattice[100:400, 100:400]
    brushed = cv2.blur(rng.normal(0, 60, (512, 512)), (61, 1)) * 3 + 120
    grey = {
        "flat": np.full((512, 512), 128, np.uint8),
        "noise": rng.integers(0, 256, (512, 512), dtype=np.uint8),
        "lattice everywhere": lattice,
        "square part": square,
        "brushed metal": brushed.clip(0, 255).astype(np.uint8),
        "a ramp": (x // 2).astype(np.uint8),
        "16 x 16": rng.integers(0, 256, (16, 16), dtype=np.uint8),
    }
    return {name: np.repeat(g[..., None], 3, axis=2) for name, g in grey.items()}


@pytest.mark.parametrize("name", bare_pictures())
def test_what_is_not_a_disc_is_not_found(name: str) -> None:
    image = bare_pictures()[name]
    part = locate(image)
    assert part.outline is None
    assert part.doubts == (NOT_FOUND,)
    assert part.px_per_mm is None
    assert part.box_px == (0, 0, image.shape[1], image.shape[0])
    np.testing.assert_array_equal(part.crop_rgb, image)


def test_an_empty_bench_is_not_found() -> None:
    from trainer.synthetic.bench import add_dust, draw_look, draw_surface

    rng = np.random.default_rng(11)
    for _ in range(12):
        scene = add_dust(rng, draw_surface(rng, draw_look(rng)))
        image = (255 * np.clip(scene, 0, 1) ** 0.45).astype(np.uint8)
        assert find_disc(image) is None


def test_the_crop_is_square_with_the_margin_and_centred() -> None:
    image = lattice_disc()
    part = locate(image, margin=0.05)
    x, y, width, height = part.box_px
    assert width == height
    assert width == pytest.approx(432 * 1.10, abs=4)
    assert x + (width - 1) / 2 == pytest.approx(250, abs=1.5)
    assert y + (height - 1) / 2 == pytest.approx(262, abs=1.5)
    assert part.crop_rgb.shape == (height, width, 3)
    # 262 + 237 reaches to row 499: this crop lies inside, pixel for pixel.
    np.testing.assert_array_equal(part.crop_rgb, image[y : y + height, x : x + width])


def test_a_crop_over_the_edge_repeats_the_edge() -> None:
    image = lattice_disc(centre_px=(250.0, 262.0))
    part = locate(image, margin=0.2)
    x, y, side, _ = part.box_px
    assert x < 0
    assert y + side > 512
    assert part.crop_rgb.shape == (side, side, 3)
    np.testing.assert_array_equal(part.crop_rgb[-y + 100, :-x], np.tile(image[100, 0], (-x, 1)))
    np.testing.assert_array_equal(part.crop_rgb[-y : 512 - y, -x : 512 - x], image[:, : side + x])
    assert part.doubt is None


def test_a_disc_cut_off_by_the_picture_is_in_doubt() -> None:
    image = lattice_disc(centre_px=(150.0, 256.0))
    part = locate(image)
    assert part.outline is not None
    assert part.outline.centre_px[0] == pytest.approx(150, abs=2)
    assert part.doubt is not None
    # The chord at x = 0 is 150 px from the centre of a circle of 216 px: acos(150 / 216) / pi.
    unseen = round(100 * math.acos(150 / 216) / math.pi)
    assert any(f"{n}% of the disc's rim" in part.doubt for n in range(unseen - 2, unseen + 3))


def test_a_bundle_for_whole_frames_takes_the_whole_frame() -> None:
    image = lattice_disc()
    part = locator_for(InputSpec(64, 64, 3, "frame"))(frame(image))
    assert part.crop_rgb is image
    assert part.outline is None
    assert part.px_per_mm is None
    assert part.doubt is None
    assert whole_frame(frame(image)).box_px == (0, 0, 512, 512)


def test_without_a_true_diameter_no_scale_is_claimed() -> None:
    part = locator_for(InputSpec(64, 64, 3, "disc", 0.05, None))(frame(lattice_disc()))
    assert part.outline is not None
    assert part.px_per_mm is None


@pytest.mark.parametrize(("margin", "diameter"), [(-0.1, 12.0), (5.0, 12.0), (0.05, 0.0)])
def test_a_bundle_with_impossible_lengths_is_refused(margin: float, diameter: float) -> None:
    with pytest.raises(BundleError, match="margin"):
        locator_for(InputSpec(64, 64, 3, "disc", margin, diameter))
