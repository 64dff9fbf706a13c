"""How well features speak for classes that their network was not trained on, without training.

`log_evidence` is LogME (You et al., "LogME: practical assessment of pre-trained models for transfer
learning", ICML 2021, equation 2 and algorithm 1): the evidence, with the weights integrated out, of
a Bayesian linear model from the features to each class. It needs no labels of the base (LEEP,
Nguyen et al., ICML 2020, does), no training and no held-back pictures, cannot overfit where there
are more features than pictures, and compares features of different width, as those of different
blocks are. `kernel_evidence` is the same where only products of features are known.
`probe_accuracy` is a linear probe (Alain and Bengio, 2016), for a figure that people can read.
"""

from __future__ import annotations

import numpy as np

from trainer.metrics import IntArray, RealArray

ROUNDS = 100
FOLDS = 5
RIDGE = 1.0


def log_evidence(features: RealArray, labels: IntArray) -> float:
    """LogME of features (N, D) for class indices (N,): the greater, the better they separate.

    Mean over the classes of the greatest log evidence per picture. Raises ValueError for fewer
    than two pictures.
    """
    if len(features) < 2:
        raise ValueError(f"{len(features)} pictures; expected at least 2")
    u, s, _ = np.linalg.svd(features.astype(np.float64), full_matrices=False)
    scores = [_evidence(u, s, (labels == k).astype(np.float64)) for k in np.unique(labels)]
    # Directions without any extent add nothing to the evidence, so the thin decomposition serves.
    return float(np.mean(scores))


def kernel_evidence(gram: RealArray, labels: IntArray) -> float:
    """`log_evidence` of features that are known by their products alone: gram (N, N).

    Restricted to what is left without the mean (REML; Patterson and Thompson, 1971), which takes no
    feature to tell. Raises ValueError for fewer than three pictures.
    """
    from scipy.linalg import helmert

    if len(gram) < 3:
        raise ValueError(f"{len(gram)} pictures; expected at least 3")
    contrasts = helmert(len(gram))
    squared, u = np.linalg.eigh(contrasts @ gram @ contrasts.T)
    held = squared > len(gram) * np.finfo(np.float64).eps * squared.max()
    u, s = u[:, held], np.sqrt(squared[held])
    targets = (contrasts @ (labels == k) for k in np.unique(labels))
    return float(np.mean([_evidence(u, s, target) for target in targets]))


def _evidence(u: RealArray, s: RealArray, y: RealArray) -> float:
    """Greatest log evidence per picture of y (N,) under features u diag(s) v', over the precisions
    alpha of the weights and beta of the noise; v turns nothing that is measured here."""
    n, squared = len(y), s**2
    x = u.T @ y
    outside = float(max(y @ y - x @ x, 0.0))
    alpha = beta = 1.0
    for _ in range(ROUNDS):
        m, error, gamma = _posterior(squared, s, x, outside, alpha, beta)
        before = alpha, beta
        alpha = gamma / max(m, 1e-12)
        beta = (n - gamma) / max(error, 1e-12)
        if abs(alpha / beta - before[0] / before[1]) <= 1e-3 * before[0] / before[1]:
            break
    m, error, _gamma = _posterior(squared, s, x, outside, alpha, beta)
    evidence = (
        n * np.log(beta)
        + len(s) * np.log(alpha)
        - np.log(alpha + beta * squared).sum()
        - n * np.log(2.0 * np.pi)
        - beta * error
        - alpha * m
    )
    return float(evidence) / (2.0 * n)


def _posterior(
    squared: RealArray, s: RealArray, x: RealArray, outside: float, alpha: float, beta: float
) -> tuple[float, float, float]:
    """|m|^2 of the posterior mean, |F m - y|^2, and the number of well-determined parameters."""
    shrunk = beta * s * x / (alpha + beta * squared)
    error = outside + float(((s * shrunk - x) ** 2).sum())
    return float((shrunk**2).sum()), error, float((beta * squared / (alpha + beta * squared)).sum())


def probe_accuracy(features: RealArray, labels: IntArray, seed: int = 0) -> float:
    """Share recognised by a linear classifier on standardised features, in FOLDS-fold
    cross-validation: least squares to one-hot labels with a ridge."""
    classes = np.unique(labels)
    target = (labels[:, None] == classes).astype(np.float64)
    folds = np.random.default_rng(seed).permutation(len(labels)) % FOLDS
    right = 0
    for fold in range(FOLDS):
        learn, check = folds != fold, folds == fold
        mean, spread = features[learn].mean(axis=0), features[learn].std(axis=0) + 1e-9
        x, held = ((features[chosen] - mean) / spread for chosen in (learn, check))
        centre = target[learn].mean(axis=0)
        gram = x.T @ x + RIDGE * np.eye(x.shape[1])
        weights = np.linalg.solve(gram, x.T @ (target[learn] - centre))
        said = classes[(held @ weights + centre).argmax(axis=1)]
        right += int((said == labels[check]).sum())
    return right / len(labels)
