"""Where to freeze a trained base for new pictures, from the base alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.prediction import ImageArray
from trainer.config import TrainerError
from trainer.metrics import IntArray, RealArray
from trainer.transferability import log_evidence, probe_accuracy

BLOCKS = (1, 2, 3, 4, 5)
CHUNK = 32


@dataclass(frozen=True, slots=True)
class BlockScore:
    """How well the features after one block separate the classes."""

    block: int
    channels: int
    log_evidence: float
    """LogME; decides."""
    probe_accuracy: float
    """Of a linear probe in cross-validation; beside it, for people."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Scores of every block, and the block to freeze to."""

    scores: tuple[BlockScore, ...]

    @property
    def freeze(self) -> int:
        """The deepest block worth keeping: where LogME is greatest. What follows it speaks less
        for these classes than what it is made from, and is better trained anew."""
        return self.among(BLOCKS)

    def among(self, blocks: Sequence[int]) -> int:
        """The same choice among some of the blocks."""
        return max((s for s in self.scores if s.block in blocks), key=_evidence).block

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {"freeze": self.freeze, "scores": [asdict(s) for s in self.scores]}


def _evidence(score: BlockScore) -> float:
    return score.log_evidence


def advise(model: Any, images: ImageArray, labels: IntArray, indices: IntArray) -> Advice:
    """Score a network's blocks on labelled pictures: uint8 (N, H, W, C), those at `indices`.

    Give training pictures alone: a choice made with test pictures would flatter them. Raises
    TrainerError for a network without blocks, or fewer than 2 classes or 10 pictures.
    """
    chosen = labels[indices]
    if len(np.unique(chosen)) < 2 or len(chosen) < 10:
        raise TrainerError(
            f"{len(chosen)} pictures of {len(np.unique(chosen))} classes; advice needs at least 10 "
            "of 2. Give more pictures."
        )
    scores = []
    for block, features in zip(BLOCKS, block_features(model, images, indices), strict=True):
        scores.append(
            BlockScore(
                block,
                features.shape[1],
                log_evidence(features, chosen),
                probe_accuracy(features, chosen),
            )
        )
    return Advice(tuple(scores))


def block_features(model: Any, images: ImageArray, indices: IntArray) -> list[RealArray]:
    """Per block, the mean over space of its pooled maps: (N, C) float64.

    The mean, as the `gap` head takes it, and as Grad-CAM weighs a block's maps.
    """
    import keras

    names = [f"block{block}_pool" for block in BLOCKS]
    known = {layer.name for layer in model.layers}
    if not known.issuperset(names):
        raise TrainerError(
            f"{model.name} has no blocks 1 to 5 to choose from. Give a run or weights of vgg16."
        )
    maps = [keras.layers.GlobalAveragePooling2D()(model.get_layer(n).output) for n in names]
    blocks = keras.Model(model.input, maps)
    parts: list[list[RealArray]] = [[] for _ in names]
    for start in range(0, len(indices), CHUNK):
        answers = blocks.predict_on_batch(images[indices[start : start + CHUNK]])
        for kept, answer in zip(parts, answers, strict=True):
            kept.append(np.asarray(answer, np.float64))
    return [np.concatenate(kept) for kept in parts]


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


def advice_rows(scores: Sequence[BlockScore]) -> list[tuple[str, str, str, str]]:
    """For a table: block, channels, LogME, probe accuracy in %."""
    return [
        (
            f"1-{s.block}" if s.block > 1 else "1",
            str(s.channels),
            f"{s.log_evidence:.4f}",
            f"{100 * s.probe_accuracy:.1f}",
        )
        for s in scores
    ]
