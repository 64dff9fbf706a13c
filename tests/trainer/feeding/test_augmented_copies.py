"""Classes filled up by varied copies: so many as asked for, of training pictures alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import disc_folder, noise_pictures, small_fit

from trainer.config import AugmentChanges
from trainer.feeding import feeds
from trainer.feeding.augment import augment_picture
from trainer.feeding.augmented_copies import augmented_copies, filled_up
from trainer.fit import fit
from trainer.runs import SPLIT_FILE, load_run
from trainer.splits import read_split


def test_each_class_comes_to_the_wanted_count_and_larger_ones_stay() -> None:
    labels = np.array([0] * 30 + [1] * 7 + [2] * 3)
    indices = np.array([*range(0, 30, 2), *range(30, 37), *range(37, 40)])  # 15, 7, 3
    pictures, copies = filled_up(indices, labels, 12, seed=0, epoch=1)
    assert np.bincount(labels[pictures]).tolist() == [15, 12, 12]
    assert set(pictures.tolist()) == set(indices.tolist())
    # The pictures of a class are taken equally often, to one, and no copy twice.
    assert np.bincount(pictures)[30:].tolist().count(4) == 3
    assert sorted(np.bincount(pictures)[30:37].tolist()) == [1, 1, 2, 2, 2, 2, 2]
    assert len(set(zip(pictures.tolist(), copies.tolist(), strict=True))) == len(pictures)


def test_nothing_is_added_without_a_wanted_count() -> None:
    indices = np.arange(5)
    pictures, copies = filled_up(indices, np.zeros(5, np.int64), 0, seed=0, epoch=1)
    assert np.array_equal(pictures, indices)
    assert not copies.any()


def test_which_pictures_come_once_more_changes_with_the_epoch_alone() -> None:
    labels = np.zeros(20, np.int64)
    first = filled_up(np.arange(20), labels, 30, 0, 1)
    again, other = (
        filled_up(np.arange(20), labels, 30, 0, 1),
        filled_up(np.arange(20), labels, 30, 0, 2),
    )
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])


def test_copies_kept_are_the_pictures_first_then_what_augment_makes_of_them() -> None:
    images = noise_pictures(9, 32)
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1])
    made, origin = augmented_copies(images, labels, np.array([0, 1, 2, 3, 6, 7]), 4, "disc", seed=5)
    assert origin[:6].tolist() == [0, 1, 2, 3, 6, 7]
    assert np.array_equal(made[:6], images[origin[:6]])
    assert sorted(origin[6:].tolist()) == [6, 7]
    for row in (6, 7):
        assert np.array_equal(
            made[row], augment_picture(images[origin[row]], "disc", 5, 0, origin[row], 1)
        )


def test_a_fit_sees_each_class_filled_up_and_never_a_copy_of_a_held_back_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = disc_folder(tmp_path / "data", 12)
    for extra in sorted((data / "defective").iterdir())[6:]:
        extra.unlink()
    seen: list[np.ndarray[Any, Any]] = []
    validated: list[np.ndarray[Any, Any]] = []
    batches, predict = feeds.training_batches, feeds.predict

    def watched(images: Any, indices: Any, **rest: Any) -> Any:
        seen.append(indices)
        return batches(images, indices, **rest)

    def asked(model: Any, images: Any, indices: Any) -> Any:
        validated.append(images[indices].copy())
        return predict(model, images, indices)

    monkeypatch.setattr(feeds, "training_batches", watched)
    monkeypatch.setattr(feeds, "predict", asked)
    config = small_fit(epochs=2, per_class=10, vary=AugmentChanges(noise=5.0))
    run = fit(data, tmp_path / "run", config, stop_event=threading.Event())
    rows = read_split(run.path / SPLIT_FILE)
    for indices in seen:
        assert {rows[i].split for i in indices} == {"train"}
        assert [sum(rows[i].label == n for i in indices) for n in run.class_names] == [10, 10]
    # What is validated on is the files' own pixels, the same in both epochs.
    assert len(seen) == len(validated) == 2
    assert np.array_equal(validated[0], validated[1])
    from trainer.pixels import read_pixels

    files = [r.file for r in rows if r.split == "validation"]
    assert np.array_equal(validated[0], read_pixels(data, files, run.input).images)
    assert load_run(run.path).config == run.config
    assert "disc, noise 5; classes filled up to 10" in (run.path / "report.html").read_text()
