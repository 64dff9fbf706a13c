"""Where to freeze a trained base for new pictures, from the base alone.

What decides is the evidence of training what follows the frozen blocks, in its first-order
expansion (`trainer.advice.tangents`). The evidence of the frozen features as they are (LogME) and a
linear probe stand beside it: they say what the base knows, not what a block would gain by being
trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.prediction import ImageArray
from trainer.advice.evidence import kernel_evidence, log_evidence, probe_accuracy
from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.metrics import IntArray, RealArray

BLOCKS = (1, 2, 3, 4, 5)
CHUNK = 32
MOST = 240
"""Pictures whose gradients are taken, as many of each class as there are."""
ADVICE_HEAD = ("frozen", "channels", "evidence of training on", "LogME", "linear probe, %")


@dataclass(frozen=True, slots=True)
class BlockScore:
    """What speaks for freezing blocks 1 to `block`."""

    block: int
    channels: int
    tangent_evidence: float
    """Of training the blocks that follow, and a head; decides."""
    log_evidence: float
    """LogME of the features after the block, as they are."""
    probe_accuracy: float
    """Of a linear probe in cross-validation; beside it, for people."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Scores of every block, and the block to freeze to."""

    scores: tuple[BlockScore, ...]

    @property
    def freeze(self) -> int:
        """Where training what follows is likeliest to explain the classes."""
        return self.among(BLOCKS)

    def among(self, blocks: Sequence[int]) -> int:
        """The same choice among some of the blocks."""
        return max((s for s in self.scores if s.block in blocks), key=_evidence).block

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {"freeze": self.freeze, "scores": [asdict(s) for s in self.scores]}


def _evidence(score: BlockScore) -> float:
    return score.tangent_evidence


def advise(
    model: Any,
    images: ImageArray,
    labels: IntArray,
    indices: IntArray,
    on_picture: OnCount | None = None,
) -> Advice:
    """Score a network's blocks on labelled pictures: uint8 (N, H, W, C), those at `indices`.

    Give training pictures alone: a choice made with test pictures would flatter them. on_picture:
    is told how many gradients are done, of how many. Raises TrainerError for a network without
    blocks, or fewer than 2 classes or 10 pictures.
    """
    chosen = labels[indices]
    if len(np.unique(chosen)) < 2 or len(chosen) < 10:
        raise TrainerError(
            f"{len(chosen)} pictures of {len(np.unique(chosen))} classes; advice needs at least 10 "
            "of 2. Give more pictures."
        )
    features = block_features(model, images, indices)
    few = _few_of_each(chosen)
    head = _head_gram(features[-1][few])
    grams = _trained_grams(model, images, indices[few], on_picture)
    # What is trained adds up from the head towards the picture.
    sums = [head + sum(grams[block:], np.zeros_like(head)) for block in range(len(BLOCKS))]
    tangents = [kernel_evidence(gram, chosen[few]) for gram in sums]
    return Advice(
        tuple(
            BlockScore(
                block,
                each.shape[1],
                tangent,
                log_evidence(each, chosen),
                probe_accuracy(each, chosen),
            )
            for block, each, tangent in zip(BLOCKS, features, tangents, strict=True)
        )
    )


def _head_gram(last: RealArray) -> RealArray:
    """(N, N) products of a new head's gradients: the last features (N, C), centred.

    Its output is w f / sqrt(C), w standard normal, so its own gradient is f / sqrt(C).
    """
    centred = last - last.mean(axis=0)
    gram: RealArray = centred @ centred.T / last.shape[1]
    return gram


def _trained_grams(
    model: Any, images: ImageArray, indices: IntArray, on_picture: OnCount | None
) -> list[RealArray]:
    """(N, N) of each block that some freezing point leaves to be trained: all but the first."""
    from trainer.advice.tangents import tangent_grams

    layers = [[x for x in model.layers if x.name.startswith(f"block{b}_")] for b in BLOCKS[1:]]
    return tangent_grams(_pooled(model), layers, images, indices, on_picture=on_picture)


def _few_of_each(labels: IntArray) -> IntArray:
    """Places of at most MOST of the labels, seeded, as many of each class as there are."""
    order = np.random.default_rng(0).permutation(len(labels))
    turn = np.zeros(len(order), np.int64)
    for label in np.unique(labels):
        own = labels[order] == label
        turn[own] = np.arange(own.sum())
    return np.sort(order[np.argsort(turn, kind="stable")[:MOST]])


def block_features(model: Any, images: ImageArray, indices: IntArray) -> list[RealArray]:
    """Per block, the mean over space of its pooled maps: (N, C) float64.

    The mean, as the `gap` head takes it, and as Grad-CAM weighs a block's maps.
    """
    import keras

    known = {layer.name for layer in model.layers}
    if not known.issuperset(_pool(block) for block in BLOCKS):
        raise TrainerError(
            f"{model.name} has no blocks 1 to 5 to choose from. Give a run or weights of vgg16."
        )
    blocks = keras.Model(model.input, [_mean_after(model, block) for block in BLOCKS])
    parts: list[list[RealArray]] = [[] for _ in BLOCKS]
    for start in range(0, len(indices), CHUNK):
        answers = blocks.predict_on_batch(images[indices[start : start + CHUNK]])
        for kept, answer in zip(parts, answers, strict=True):
            kept.append(np.asarray(answer, np.float64))
    return [np.concatenate(kept) for kept in parts]


def _pooled(model: Any) -> Any:
    """The network up to its last features, (N, C)."""
    import keras

    return keras.Model(model.input, _mean_after(model, BLOCKS[-1]))


def _mean_after(model: Any, block: int) -> Any:
    import keras

    return keras.layers.GlobalAveragePooling2D()(model.get_layer(_pool(block)).output)


def _pool(block: int) -> str:
    return f"block{block}_pool"


def open_base(source: str, config: Any) -> Any:
    """The network of a run folder or a weights file, in float32."""
    from trainer.models import build_model
    from trainer.precision import as_float32, dtype_policy
    from trainer.predictions import load_model
    from trainer.runs import MODEL_FILE

    path = Path(source)
    if path.is_dir():
        path = path / MODEL_FILE
    if path.suffix == ".keras":
        return as_float32(load_model(path))
    with dtype_policy("float32"):
        return build_model(config)


def rank_of(advised: int, measured: dict[int, float]) -> tuple[int, float]:
    """(rank from 1, regret): where the advised block stands among measured accuracies, and what
    it falls short of the best. Blocks of equal accuracy share the better rank."""
    own = measured[advised]
    return 1 + sum(value > own for value in measured.values()), max(measured.values()) - own


def advice_rows(scores: Sequence[BlockScore]) -> list[tuple[str, ...]]:
    """For a table, as ADVICE_HEAD names its columns."""
    return [
        (
            f"1-{s.block}" if s.block > 1 else "1",
            str(s.channels),
            f"{s.tangent_evidence:.4f}",
            f"{s.log_evidence:.4f}",
            f"{100 * s.probe_accuracy:.1f}",
        )
        for s in scores
    ]
