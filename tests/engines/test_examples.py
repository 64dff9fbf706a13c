"""Training pictures in a bundle: the nearest to a part are found by the metric of novelty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from builders import red_mark_bundle, signed_again
from familiar import familiar

from engines.bundle import EXAMPLES, Bundle, load_bundle
from engines.errors import BundleError, EngineError
from engines.examples import (
    SIDE_PX,
    Examples,
    ExampleSet,
    encode,
    load_examples,
    read_examples,
    write_examples,
)


def a_set(**changes: Any) -> ExampleSet:
    """Two good parts and three marked ones; the redder, the more of the first feature."""
    levels = (0.2, 0.4, 0.5, 0.7, 0.9)
    pictures = [np.full((40, 40, 3), (round(255 * level), 60, 60), np.uint8) for level in levels]
    values: dict[str, Any] = {
        "names": tuple(f"part-{level}.png" for level in levels),
        "pictures": tuple(encode(each) for each in pictures),
        "labels": np.array([0, 0, 1, 1, 1]),
        "features": np.array([(level, 0.3, 0.3) for level in levels], np.float32),
    }
    return ExampleSet(**{**values, **changes})


def with_examples(folder: Path, examples: ExampleSet | None = None) -> Bundle:
    bundle = red_mark_bundle(folder, size_px=64)
    write_examples(bundle.path / EXAMPLES, examples or a_set())
    return signed_again(bundle)


def loaded(bundle: Bundle) -> Examples:
    found = load_examples(bundle)
    assert found is not None
    return found


def test_a_bundle_without_any_is_fine(tmp_path: Path) -> None:
    assert load_examples(red_mark_bundle(tmp_path / "a", size_px=64)) is None


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    found = loaded(with_examples(tmp_path / "a")).kept
    expected = a_set()
    assert found.names == expected.names
    assert found.pictures == expected.pictures
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.features, expected.features)


def test_of_each_class_the_nearest_come_first(tmp_path: Path) -> None:
    examples = loaded(with_examples(tmp_path / "a"))
    assert len(examples) == 5
    found = examples.nearest(np.array([0.68, 0.3, 0.3], np.float32), 2)
    assert list(found) == ["normal", "marked"]
    assert [e.name for e in found["normal"]] == ["part-0.4.png", "part-0.2.png"]
    assert [e.name for e in found["marked"]] == ["part-0.7.png", "part-0.5.png"]
    assert {e.class_name for e in found["marked"]} == {"marked"}
    # The logarithm's difference, over the limit of 100 that the bundle's novelty has.
    expected = (np.log1p(0.7) - np.log1p(0.68)) / 100
    assert found["marked"][0].distance == pytest.approx(expected, rel=1e-5)
    assert [len(each) for each in examples.nearest(np.ones(3, np.float32), 9).values()] == [2, 3]
    (same,) = examples.nearest(a_set().features[1], 1)["normal"]
    assert (same.name, same.distance) == ("part-0.4.png", 0.0)


def test_the_metric_is_that_of_novelty(tmp_path: Path) -> None:
    """A feature that varies much between pictures of one class counts for little."""
    bundle = with_examples(tmp_path / "a")
    examples = loaded(bundle)
    whitening = np.diag([0.01, 1.0, 1.0]).astype(np.float32)
    spread = replace(familiar(3).known, whitening=whitening)
    asked = np.array([0.9, 0.3, 0.3], np.float32)
    plain = examples.nearest(asked, 1)["normal"][0].distance
    calm = replace(examples, spread=spread).nearest(asked, 1)["normal"][0].distance
    assert calm == pytest.approx(0.01 * plain)
    np.testing.assert_allclose(
        spread.apart(a_set().features, asked), spread.apart(a_set().features, asked[None][0])
    )


def test_a_class_may_have_none(tmp_path: Path) -> None:
    only = a_set(labels=np.ones(5, np.int64))
    found = loaded(with_examples(tmp_path / "a", only)).nearest(np.ones(3, np.float32), 3)
    assert [len(found[name]) for name in ("normal", "marked")] == [0, 3]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((448, 448, 3), (160, 160)),
        ((100, 400, 3), (40, 160)),
        ((64, 48, 3), (64, 48)),
        ((320, 320, 1), (160, 160)),
        ((1, 1000, 1), (1, 160)),
    ],
)
def test_pictures_are_small_and_keep_their_shape(
    shape: tuple[int, int, int], expected: tuple[int, int]
) -> None:
    rng = np.random.default_rng(2)
    smooth = cv2.resize(rng.integers(0, 255, (4, 4, shape[2]), np.uint8), (shape[1], shape[0]))
    data = encode(smooth.reshape(shape))
    examples = a_set(pictures=(data,) * 5)
    spread = familiar(3).known
    held = Examples(examples, ("normal", "marked"), spread)
    image = held.nearest(np.ones(3, np.float32), 1)["normal"][0].image()
    assert image.shape == (*expected, 3)
    assert max(expected) <= SIDE_PX
    small = cv2.resize(smooth.reshape(shape), expected[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(image.astype(float) - small.reshape(*expected, -1)).mean() < 6


def test_colours_stay_what_they_are() -> None:
    (first,) = Examples(a_set(), ("normal", "marked"), familiar(3).known).nearest(
        np.array([0.9, 0.3, 0.3], np.float32), 1
    )["marked"]
    assert np.abs(first.image().astype(int).mean(axis=(0, 1)) - (230, 60, 60)).max() < 4


@pytest.mark.parametrize(
    "changes",
    [
        {"names": ("one",)},
        {"names": (), "pictures": (), "labels": np.zeros(0, int), "features": np.zeros((0, 3))},
        {"features": np.full((5, 3), np.nan, np.float32)},
        {"features": np.zeros(5, np.float32)},
        {"labels": np.array([0, 0, 1, 1, -1])},
    ],
)
def test_a_set_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match="Export the bundle again"):
        a_set(**changes)


def test_what_does_not_fit_the_bundle_is_refused(tmp_path: Path) -> None:
    more = a_set(labels=np.array([0, 0, 1, 1, 2]))
    with pytest.raises(BundleError, match="labels up to 2"):
        load_examples(with_examples(tmp_path / "classes", more))
    wide = a_set(features=np.ones((5, 4), np.float32))
    with pytest.raises(BundleError, match="4 features"):
        load_examples(with_examples(tmp_path / "features", wide))


def test_a_file_that_was_altered_is_refused_by_name(tmp_path: Path) -> None:
    bundle = with_examples(tmp_path / "a")
    path = bundle.path / EXAMPLES
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match=r"examples\.npz was altered"):
        load_bundle(bundle.path)


@pytest.mark.parametrize("data", [b"", b"nothing", None])
def test_a_file_that_is_damaged_says_what_to_do(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / EXAMPLES
    write_examples(path, a_set())
    path.write_bytes(path.read_bytes()[:-200] if data is None else data)
    with pytest.raises(BundleError, match="Restore the bundle from its original"):
        read_examples(path)


def test_lengths_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    path = tmp_path / EXAMPLES
    write_examples(path, a_set())
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["lengths"][0] += 1
    np.savez(path, **arrays)
    with pytest.raises(BundleError, match="are not files of"):
        read_examples(path)


def test_a_wrong_question_is_an_error(tmp_path: Path) -> None:
    examples = loaded(with_examples(tmp_path / "a"))
    with pytest.raises(EngineError, match="the bundle knows 3 of them"):
        examples.nearest(np.ones(4, np.float32), 1)
    with pytest.raises(ValueError, match="expected 1 or more"):
        examples.nearest(np.ones(3, np.float32), 0)
