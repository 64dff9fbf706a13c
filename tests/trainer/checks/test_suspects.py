"""Labels that the model confidently doubts."""

from __future__ import annotations

import numpy as np

from trainer.checks.suspects import find_suspects


def test_labels_given_wrongly_are_found_the_surest_first() -> None:
    rng = np.random.default_rng(3)
    truth = np.repeat([0, 1, 2], 40)
    probabilities = np.full((120, 3), 0.1)
    sure = rng.uniform(0.7, 0.9, 120)
    probabilities[np.arange(120), truth] = sure
    probabilities[np.arange(120), (truth + 1) % 3] = 0.9 - sure
    labels = truth.copy()
    labels[[5, 50]] = [2, 0]
    probabilities[5], probabilities[50] = [0.97, 0.02, 0.01], [0.05, 0.9, 0.05]
    found = find_suspects(probabilities, labels)
    assert [(s.index, s.given, s.likely) for s in found] == [(5, 2, 0), (50, 0, 1)]
    assert (found[0].given_probability, found[0].likely_probability) == (0.01, 0.97)


def test_a_doubt_below_the_other_class_s_own_mean_is_no_suspect() -> None:
    """Class 1 gets 0.8 of its own pictures; 0.6 of a picture of class 0 is not confident."""
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.1, 0.9], [0.3, 0.7]])
    labels = np.array([0, 0, 0, 1, 1])
    assert find_suspects(probabilities, labels) == []
    probabilities[2] = [0.15, 0.85]
    assert [s.index for s in find_suspects(probabilities, labels)] == [2]


def test_a_class_that_no_picture_has_is_never_likely() -> None:
    probabilities = np.array([[0.1, 0.0, 0.9], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    found = find_suspects(probabilities, np.array([0, 0, 1]))
    assert all(s.likely != 2 for s in found)
