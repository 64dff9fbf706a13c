"""The training pictures that go into a bundle stand for their class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import noise_pictures
from familiar import familiar
from run_folders import make_run

from engines.bundle import EXAMPLES, ClassInfo
from engines.examples import encode, load_examples
from trainer.config import TrainerError
from trainer.example_pictures import PER_CLASS, example_set, medoids
from trainer.export import CARD, export_run
from trainer.parity import run_graph
from trainer.split_pictures import SplitPictures, read_split_pictures

CLASSES = (ClassInfo("good", False), ClassInfo("crack", True))


def apart(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def test_the_first_is_the_most_typical_and_every_kind_comes_before_a_second_of_one() -> None:
    rng = np.random.default_rng(4)
    centres = np.array([(0.0, 0.0), (10.0, 0.0), (0.0, 12.0), (-15.0, 3.0)])
    points = np.concatenate(
        [
            c + 0.5 * rng.standard_normal((n, 2))
            for c, n in zip(centres, (60, 30, 20, 10), strict=True)
        ]
    )
    kinds = np.repeat(np.arange(4), (60, 30, 20, 10))
    chosen = medoids(apart(points), 4)
    assert chosen[0] == apart(points).sum(axis=1).argmin()
    assert set(kinds[chosen]) == {0, 1, 2, 3}


def test_they_cover_their_class_better_than_any_sample() -> None:
    rng = np.random.default_rng(5)
    points = np.exp(rng.standard_normal((300, 6)))
    distances = apart(points)

    def cover(chosen: np.ndarray) -> float:
        return float(distances[:, chosen].min(axis=1).mean())

    found = cover(medoids(distances, 24))
    samples = [cover(rng.choice(300, 24, replace=False)) for _ in range(200)]
    assert found < 0.97 * min(samples)


def test_small_classes_are_taken_whole_and_copies_once() -> None:
    points = np.array([[0.0], [1.0], [5.0], [1.0], [5.0]])
    assert sorted(points[medoids(apart(points), 24)].ravel()) == [0.0, 1.0, 5.0]
    assert len(medoids(np.zeros((0, 0)), 3)) == 0
    assert list(medoids(np.zeros((4, 4)), 3)) == [0]


def some_pictures(labels: list[int]) -> SplitPictures:
    files = tuple(f"folder/{n}.png" for n in range(len(labels)))
    images, sides_px = noise_pictures(len(labels), 32), (32,) * len(labels)
    return SplitPictures(files, np.array(labels), images, sides_px, images)


def test_each_class_has_its_own() -> None:
    labels = [0, 1] * 20
    features = np.random.default_rng(1).random((40, 3), np.float32)
    found = example_set(some_pictures(labels), features, familiar(3).known, CLASSES, 5)
    assert found is not None
    assert [int((found.labels == k).sum()) for k in (0, 1)] == [5, 5]
    indices = [int(name.removesuffix(".png")) for name in found.names]
    assert [labels[i] for i in indices] == list(found.labels)
    np.testing.assert_array_equal(found.features, features[indices])


def test_none_are_chosen_where_none_are_asked_for() -> None:
    features = np.ones((2, 3), np.float32)
    assert example_set(some_pictures([0, 1]), features, familiar(3).known, CLASSES, 0) is None
    with pytest.raises(TrainerError, match="--examples is -1"):
        example_set(some_pictures([0, 1]), features, familiar(3).known, CLASSES, -1)


def test_a_bundle_carries_training_pictures_as_its_graph_sees_them(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    bundle = export_run(run, tmp_path / "bundle", precision="fp32")
    examples = load_examples(bundle)
    assert examples is not None
    training = read_split_pictures(run, "train")
    features = run_graph(bundle.model_path, training.images)[2]
    for index, file in enumerate(training.files):
        name = run.class_names[training.labels[index]]
        (nearest,) = examples.nearest(features[index], 1)[name]
        assert nearest.distance == pytest.approx(0.0, abs=1e-3)
        assert nearest.name == file.rsplit("/", 1)[1]
        assert nearest.picture == encode(training.images[index])
    card = (bundle.path / CARD).read_text(encoding="utf-8")
    assert "4 crack, 4 edge, 4 normal: small copies" in card
    assert bundle.provenance["examples"] == {"crack": 4, "edge": 4, "normal": 4}


def test_export_without_them(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    bundle = export_run(run, tmp_path / "bundle", precision="fp32", examples_per_class=0)
    assert EXAMPLES not in bundle.files
    assert load_examples(bundle) is None
    assert "Training pictures" not in (bundle.path / CARD).read_text(encoding="utf-8")
    assert PER_CLASS == 24
    with pytest.raises(TrainerError, match="--examples is -2"):
        export_run(run, tmp_path / "other", precision="fp32", examples_per_class=-2)
