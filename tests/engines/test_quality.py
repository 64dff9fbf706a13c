"""Each measure answers to its own fault, and to no other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from builders import lattice_disc

from engines.bounds import MEASURES
from engines.bundle import InputSpec
from engines.errors import EngineError
from engines.prediction import ImageArray
from engines.quality import Quality, measure

SPEC = InputSpec(448, 448, 3, "disc", 0.05, 12.0)


def crop(**changes: object) -> ImageArray:
    """A disc of 432 px in 475 px, as the station would cut it."""
    middle = {"centre_px": (237.0, 237.0), "size_px": (475, 475)}
    return lattice_disc(**{**middle, **changes})  # type: ignore[arg-type]


def noisy(image: ImageArray, sigma: float) -> ImageArray:
    noise = np.random.default_rng(1).normal(0.0, sigma, image.shape)
    return np.asarray((image + noise).clip(0, 255), dtype=np.uint8)


def blurred(image: ImageArray, sigma_px: float) -> ImageArray:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), dtype=np.uint8)


def moved(image: ImageArray, length_px: int, angle_deg: float) -> ImageArray:
    kernel = np.zeros((length_px, length_px), np.float32)
    kernel[length_px // 2] = 1.0
    middle = (length_px // 2, length_px // 2)
    kernel = cv2.warpAffine(
        kernel, cv2.getRotationMatrix2D(middle, angle_deg, 1.0), (length_px, length_px)
    )
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), dtype=np.uint8)


def test_the_measures_are_those_that_a_bundle_may_bound() -> None:
    quality = measure(crop(), SPEC)
    assert tuple(quality.as_dict()) == MEASURES
    assert tuple(Quality.__dataclass_fields__) == MEASURES


def test_focus_falls_with_every_pixel_of_blur() -> None:
    found = [measure(blurred(crop(), s) if s else crop(), SPEC).focus for s in (0, 1, 2, 3, 5)]
    assert all(a > 1.3 * b for a, b in pairwise(found))
    assert found[0] > 2 * found[2]


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 45.0, 90.0, 160.0])
def test_a_part_that_moved_is_blurred_whatever_the_direction(angle_deg: float) -> None:
    assert measure(moved(crop(), 15, angle_deg), SPEC).focus < 0.4 * measure(crop(), SPEC).focus


def test_noise_is_not_sharpness() -> None:
    sharp, soft = crop(), blurred(crop(), 3.0)
    assert measure(noisy(soft, 10.0), SPEC).focus == pytest.approx(
        measure(soft, SPEC).focus, abs=0.05
    )
    assert measure(noisy(sharp, 10.0), SPEC).focus == pytest.approx(
        measure(sharp, SPEC).focus, abs=0.05
    )


def test_focus_knows_no_light() -> None:
    whole, dim = crop(), (crop() * 0.3).astype(np.uint8)
    assert measure(dim, SPEC).focus == pytest.approx(measure(whole, SPEC).focus, abs=0.05)
    assert measure(dim, SPEC).brightness == pytest.approx(
        0.3 * measure(whole, SPEC).brightness, abs=0.01
    )
    assert measure(dim, SPEC).contrast == pytest.approx(
        0.3 * measure(whole, SPEC).contrast, abs=0.02
    )


def test_light_is_that_on_the_part_not_on_the_bench() -> None:
    dark, white = (measure(crop(background=b), SPEC) for b in (0, 255))
    for name in ("brightness", "contrast", "dark_share", "bright_share"):
        assert dark.as_dict()[name] == pytest.approx(white.as_dict()[name], abs=0.005)
    whole = replace(SPEC, locate="frame")
    assert measure(crop(background=255), whole).bright_share > 0.2


def test_clipped_pixels_are_counted() -> None:
    image = np.full((448, 448, 3), 120, np.uint8)
    image[:112] = 0
    image[-56:] = 255
    quality = measure(image, replace(SPEC, locate="frame"))
    assert quality.dark_share == pytest.approx(0.25)
    assert quality.bright_share == pytest.approx(0.125)


def test_a_picture_without_an_edge_has_no_focus_and_no_contrast() -> None:
    quality = measure(np.full((300, 300, 3), 90, np.uint8), SPEC)
    assert (quality.focus, quality.contrast) == (0.0, 0.0)
    assert quality.brightness == pytest.approx(90 / 255)


def test_the_side_is_that_of_the_crop_and_a_small_one_is_not_sharp() -> None:
    small = np.asarray(cv2.resize(crop(), (120, 120), interpolation=cv2.INTER_AREA), np.uint8)
    quality = measure(small, SPEC)
    assert quality.side_px == 120.0
    assert quality.focus < 0.6 * measure(crop(), SPEC).focus


def test_a_crop_at_the_graph_s_size_measures_as_the_crop_it_came_from() -> None:
    from engines.preprocess import fit_crop

    whole = crop()
    again = measure(fit_crop(whole, SPEC), SPEC, side_px=475.0)
    assert again == measure(whole, SPEC)


def test_a_grey_graph_measures_what_it_gets() -> None:
    grey = replace(SPEC, channels=1, kind="cxr")
    assert measure(crop(), grey) == measure(crop(), SPEC)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(EngineError, match="expected uint8"):
        measure(np.zeros((64, 64, 3), np.float32), SPEC)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="focus is nan"):
        Quality(float("nan"), 0.5, 0.5, 0.0, 0.0, 100.0)
