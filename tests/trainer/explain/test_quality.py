"""Measures of explanations, each where the right figure is known."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg
from looking_models import quarter, red_quarter, redness_model

from trainer.config import TrainerError
from trainer.explain.grad_cam import grad_cam
from trainer.explain.quality.baselines import BASELINES, centre_maps, edge_maps, random_maps
from trainer.explain.quality.energy import energy
from trainer.explain.quality.places import read_boxes, read_masks
from trainer.explain.quality.pointing import hottest, pointing
from trainer.explain.quality.randomisation import randomisation
from trainer.explain.quality.removal import STEPS, order, removal
from trainer.explain.quality.stability import chance, stability
from trainer.explain.quality.summary import mean_of, share_of

ONE = np.array([1], np.int64)


def heat_in(row: int, column: int, size: int = 8) -> np.ndarray:
    return quarter(row, column, size).astype(np.float32)[None]


def test_taking_the_right_quarter_away_drops_the_answer() -> None:
    model, images = redness_model(), red_quarter(0, 1)[None]
    right, wrong = (removal(model, images, heat_in(*place), ONE) for place in ((0, 1), (1, 0)))
    whole = right.deletion[0, 0]
    assert whole > 0.95
    assert right.deletion.shape == (1, STEPS + 1)
    # A quarter of the steps takes the whole red quarter: then nothing is left to go by.
    np.testing.assert_allclose(right.deletion[0, STEPS // 4 + 2 :], 0.5, atol=0.02)
    np.testing.assert_allclose(wrong.deletion[0, : STEPS // 4], whole, atol=0.01)
    assert right.deletion_area[0] < wrong.deletion_area[0] - 0.2


def test_bringing_the_right_quarter_back_restores_the_answer() -> None:
    # A small red spot is blurred away at first.
    picture = np.full((64, 64, 3), 100, np.uint8)
    picture[10:14, 10:14] = (220, 40, 40)
    model, images = redness_model(), picture[None]
    kernel = model.layers[-1].get_weights()[0]
    model.layers[-1].set_weights([kernel * 64, np.zeros(2, "float32")])
    spot = np.zeros((1, 8, 8), np.float32)
    spot[0, 1, 1] = 1
    right, wrong = (removal(model, images, heat, ONE) for heat in (spot, spot[:, ::-1, ::-1]))
    assert right.insertion[0, 0] < 0.8
    assert right.insertion[0, 3] > 0.95
    assert right.insertion_area[0] > wrong.insertion_area[0] + 0.1


def test_the_area_is_the_mean_height_of_the_walk() -> None:
    model = redness_model()
    gray = np.full((1, 64, 64, 3), 100, np.uint8)
    found = removal(model, gray, heat_in(0, 0), ONE)
    assert found.deletion_area == pytest.approx([0.5], abs=1e-6)
    assert found.insertion_area == pytest.approx([0.5], abs=1e-6)


def test_every_place_has_its_own_rank() -> None:
    ranks = order(heat_in(1, 1)[0], 32, 32)
    assert sorted(ranks.ravel().tolist()) == list(range(32 * 32))
    assert ranks[quarter(1, 1, 32)].mean() < ranks[~quarter(1, 1, 32)].mean() / 4


def test_energy_is_the_share_of_heat_inside() -> None:
    truth = quarter(0, 0, 64)[None]
    flat = np.ones((1, 8, 8), np.float32)
    assert energy(flat, truth) == pytest.approx([0.25])
    assert energy(heat_in(0, 0, 64), truth) == pytest.approx([1.0])
    assert energy(heat_in(0, 1, 64), truth) == pytest.approx([0.0])
    half = heat_in(0, 0, 64) + heat_in(1, 1, 64)
    assert energy(half, truth) == pytest.approx([0.5])
    assert energy(np.zeros((1, 8, 8), np.float32), truth) == pytest.approx([0.0])


def test_the_pointing_game_allows_a_near_miss_and_no_more() -> None:
    truth = np.zeros((1, 224, 224), bool)
    truth[0, 100:120, 100:120] = True
    heat = np.zeros((3, 224, 224), np.float32)
    heat[0, 110, 110] = heat[1, 110, 133] = heat[2, 110, 137] = 1
    assert pointing(heat, np.repeat(truth, 3, axis=0)).tolist() == [True, True, False]
    assert pointing(np.zeros((1, 7, 7), np.float32), truth).tolist() == [False]


def test_of_equally_hot_places_the_middle_one_counts() -> None:
    heat = np.zeros((31, 31), np.float32)
    heat[10:15, 20:29] = 1
    assert hottest(heat, 31, 31) == (12, 24)


def test_random_maps_do_as_well_as_chance() -> None:
    images = noise_pictures(400, 32)
    truths = np.repeat(quarter(0, 0, 32)[None], 400, axis=0)
    found = mean_of(energy(random_maps(images), truths), 0.95)
    assert found["interval"][0] < 0.25 < found["interval"][1]
    assert set(BASELINES) == {"random", "centre", "edges"}
    assert hottest(centre_maps(images[:1])[0], 33, 33) == (16, 16)


def test_a_map_of_edges_is_caught_and_grad_cam_is_not() -> None:
    # Trained on nothing, but far from its start: what matters is that other weights are other.
    model = random_model(small_vgg(head="gap"))
    images = noise_pictures(6)
    edges = list(randomisation(model, images, lambda _, x: edge_maps(x)))
    assert [stage.group for stage in edges] == [
        "predictions", "block5", "block4", "block3", "block2", "block1",
    ]  # fmt: skip
    for stage in edges:
        np.testing.assert_allclose(stage.spearman, 1.0)
        np.testing.assert_allclose(stage.ssim, 1.0)
    before = model.get_weights()
    cams = list(randomisation(model, images, lambda m, x: grad_cam(m, x, "block3", 1)))
    assert np.abs(cams[-1].spearman).mean() < 0.5
    assert cams[-1].ssim.mean() < 0.5
    for kept, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)


def test_layers_are_destroyed_from_the_output_down() -> None:
    model = random_model(small_vgg(head="gap"))
    images = noise_pictures(2)

    def activity(m: keras.Model, x: np.ndarray) -> np.ndarray:
        maps = keras.Model(m.inputs[0], m.get_layer("block2_pool").output)(x.astype("float32"))
        values = keras.ops.convert_to_numpy(maps).sum(axis=-1)
        return np.asarray(values / values.max(axis=(1, 2), keepdims=True))

    alike = {s.group: s.spearman for s in randomisation(model, images, activity)}
    # Block 2 sees nothing of what happens behind it.
    for group in ("predictions", "block5", "block4", "block3"):
        np.testing.assert_allclose(alike[group], 1.0)
    assert np.abs(alike["block2"]).max() < 0.9


def test_lime_that_repeats_itself_is_stable_and_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    weights = rng.normal(size=40)
    same = stability([weights, weights.copy(), weights + 1e-9])
    assert (same.jaccard, same.spearman) == pytest.approx((1.0, 1.0))
    noise = stability([rng.normal(size=40) for _ in range(60)])
    assert noise.jaccard == pytest.approx(noise.by_chance, abs=0.02)
    assert abs(noise.spearman) < 0.05
    assert stability([np.zeros(9), np.zeros(9)]).spearman == 0.0


def test_chance_is_the_mean_over_all_choices() -> None:
    sets = [set(c) for c in combinations(range(7), 3)]
    counted = np.mean([len(a & b) / len(a | b) for a in sets for b in sets])
    assert chance(7, 3) == pytest.approx(counted)


def test_intervals_hold_the_mean_as_often_as_they_say() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(200):
        low, high = mean_of(rng.exponential(1.0, 40), 0.95)["interval"]
        held += low < 1.0 < high
    assert 0.86 <= held / 200 <= 0.99
    assert share_of(np.array([True] * 9 + [False]), 0.95)["interval"] == pytest.approx(
        [0.555, 0.9975], abs=1e-3
    )


VOC = (
    "<annotation><size><width>200</width><height>100</height></size>"
    "<object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>50</xmax><ymax>50</ymax></bndbox></object>"
    "<object><bndbox><xmin>151</xmin><ymin>51</ymin><xmax>200</xmax><ymax>100</ymax></bndbox>"
    "</object></annotation>"
)


def test_boxes_are_brought_to_the_graphs_size(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_text(VOC)
    found = read_boxes(tmp_path, ["x/a.jpg", "x/b.jpg"], 64, 64)
    assert found.rows == (1,)
    expected = np.zeros((64, 64), bool)
    expected[:32, :16] = expected[32:, 48:] = True
    np.testing.assert_array_equal(found.truths[0], expected)
    # A good part of the same name has no defect for it to be about.
    assert read_boxes(tmp_path, [None, "x/b.jpg"], 64, 64).rows == (1,)


def test_masks_keep_the_thinnest_crack_and_their_frame(tmp_path: Path) -> None:
    for folder in ("defective", "_masks"):
        (tmp_path / folder).mkdir()
    mask = np.zeros((512, 512), np.uint8)
    mask[100, 100:300] = 255
    cv2.imwrite(str(tmp_path / "_masks" / "p.png"), mask)
    cv2.imwrite(str(tmp_path / "defective" / "p.png"), np.full((512, 512, 3), 90, np.uint8))
    files = ["defective/p.png", "normal/q.png"]
    found = read_masks(tmp_path / "_masks", tmp_path, files, 64, 64)
    assert found.rows == (0,)
    assert found.truths[0].sum() == 26
    assert found.truths[0][12, 12:38].all()
    cv2.imwrite(str(tmp_path / "defective" / "p.png"), np.full((400, 512, 3), 90, np.uint8))
    with pytest.raises(TrainerError, match=r"is 512x512, its picture .* 512x400: one was cropped"):
        read_masks(tmp_path / "_masks", tmp_path, files, 64, 64)


def test_truths_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match=r"boxes of none of the 1 pictures.*a\.xml"):
        read_boxes(tmp_path, ["x/a.jpg"], 64, 64)
    (tmp_path / "a.xml").write_text("<annotation>")
    with pytest.raises(TrainerError, match="no Pascal VOC annotation"):
        read_boxes(tmp_path, ["x/a.jpg"], 64, 64)
