"""Bounds hold the training pictures, and what is a little beyond them, and nothing worse."""

from __future__ import annotations

import numpy as np
import pytest

from engines.bounds import MEASURES
from engines.bundle import InputSpec
from engines.quality import Quality, measure
from trainer.limits.quality import count_beyond, measure_pictures, quality_bounds


def training(count: int = 1000) -> list[Quality]:
    rng = np.random.default_rng(3)
    return [
        Quality(
            focus=rng.uniform(0.2, 0.5),
            brightness=rng.uniform(0.4, 0.6),
            contrast=rng.uniform(0.3, 0.7),
            dark_share=0.0,
            bright_share=rng.uniform(0.0, 0.01),
            side_px=rng.uniform(400, 500),
        )
        for _ in range(count)
    ]


def test_every_measure_is_bounded_on_the_side_that_hurts() -> None:
    bounds = quality_bounds(training())
    assert tuple(bounds) == MEASURES
    sides = {name: (each.low is not None, each.high is not None) for name, each in bounds.items()}
    assert sides == {
        "focus": (True, False),
        "brightness": (True, True),
        "contrast": (True, False),
        "dark_share": (False, True),
        "bright_share": (False, True),
        "side_px": (True, False),
    }


def test_the_training_pictures_hold_but_for_the_least_sharp() -> None:
    pictures = training()
    bounds = quality_bounds(pictures)
    beyond = count_beyond(pictures, bounds)
    assert beyond.pop("focus") == 10
    assert beyond == dict.fromkeys(beyond, 0)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("focus", 0.21, 0.19),
        ("brightness", 0.391, 0.38),
        ("brightness", 0.609, 0.62),
        ("contrast", 0.281, 0.27),
        ("dark_share", 0.02, 0.03),
        ("bright_share", 0.029, 0.031),
        ("side_px", 301.0, 299.0),
    ],
)
def test_a_little_beyond_is_allowed(name: str, inside: float, outside: float) -> None:
    bound = quality_bounds(training())[name]
    assert bound.hold(inside)
    assert not bound.hold(outside)
    assert not bound.hold(float("nan"))


def test_bounds_of_one_picture_hold_it() -> None:
    (picture,) = pictures = training(1)
    assert set(count_beyond(pictures, quality_bounds([picture])).values()) == {0}


def test_pictures_of_one_channel_are_measured_as_the_graph_sees_them() -> None:
    spec = InputSpec(64, 64, 1)
    grey = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 1), dtype=np.uint8)
    first, _ = measure_pictures(grey, [64, 90], spec)
    assert first == measure(np.repeat(grey[0], 3, axis=2), spec)
    assert measure_pictures(grey, [64, 90], spec)[1].side_px == 90.0
