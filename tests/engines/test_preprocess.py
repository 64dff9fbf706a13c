"""The one resize: exact where nothing is to do, area averages where it shrinks, loud when wrong."""

from __future__ import annotations

import numpy as np
import pytest

from engines.bundle import CHANNELS, InputSpec
from engines.errors import EngineError
from engines.local_phase import enhance
from engines.preprocess import fit_batch, fit_crop, fit_picture, graph_input


def test_the_right_size_passes_untouched() -> None:
    crop = np.random.default_rng(0).integers(0, 255, (8, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(fit_crop(crop, InputSpec(8, 6)), crop)


def test_shrinking_averages_areas() -> None:
    crop = np.zeros((8, 8, 3), np.uint8)
    crop[::2] = 200
    assert set(np.unique(fit_crop(crop, InputSpec(4, 4)))) == {100}


def test_channel_order_is_kept_and_gray_is_one_channel() -> None:
    crop = np.zeros((4, 4, 3), np.uint8)
    crop[..., 0] = 255
    assert fit_crop(crop, InputSpec(2, 2)).tolist()[0][0] == [255, 0, 0]
    gray = fit_crop(crop, InputSpec(2, 2, channels=1))
    assert gray.shape == (2, 2, 1)
    assert gray[0, 0, 0] == 76  # 0.299 * 255


def test_crops_of_several_sizes_make_one_batch() -> None:
    crops = [np.full((n, 2 * n, 3), n, np.uint8) for n in (3, 9, 30)]
    batch = fit_batch(crops, InputSpec(5, 7))
    assert batch.shape == (3, 5, 7, 3)
    assert [int(b.mean()) for b in batch] == [3, 9, 30]


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_wrong_crops_are_refused(crop: np.ndarray) -> None:
    with pytest.raises(EngineError, match="a crop is"):
        fit_crop(crop, InputSpec(2, 2))


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(EngineError, match="no crops"):
        fit_batch([], InputSpec(2, 2))


def test_an_enhanced_input_is_brought_to_the_graphs_size_first() -> None:
    crop = np.random.default_rng(2).integers(0, 256, (90, 110, 3), dtype=np.uint8)
    spec = InputSpec(48, 64, 3, kind="enh")
    shown = fit_picture(crop, spec)
    np.testing.assert_array_equal(shown, fit_picture(crop, InputSpec(48, 64)))
    np.testing.assert_array_equal(fit_crop(crop, spec), enhance(shown))
    assert np.abs(fit_crop(crop, spec).astype(int) - shown).mean() > 20


def test_a_picture_at_the_graphs_size_is_what_its_crop_was() -> None:
    crop = np.random.default_rng(3).integers(0, 256, (70, 50, 3), dtype=np.uint8)
    for kind, channels in CHANNELS.items():
        spec = InputSpec(32, 40, channels, kind=kind)
        shown = fit_picture(crop, spec)
        again = np.repeat(shown, 3, axis=2) if kind == "cxr" else shown
        np.testing.assert_array_equal(fit_crop(again, spec), graph_input(shown, spec))
