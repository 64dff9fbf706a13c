"""Which blocks of a network learn. Layers of block k are named `blockk_...`."""

from __future__ import annotations

import re
from typing import Any

from trainer.config import TrainerError


def freeze_blocks(model: Any, blocks: int) -> None:
    """Blocks 1..blocks are not trained, all other layers are.

    The batch norm of a frozen block runs on its moving statistics: Keras runs it in inference mode
    whenever it is not trainable. Raises TrainerError where the model has fewer blocks.
    """
    most = block_count(model)
    if blocks > most:
        raise TrainerError(f"--freeze is {blocks}; {model.name} has blocks 1 to {most}.")
    for layer in model.layers:
        layer.trainable = not 1 <= block_of(layer.name) <= blocks


def block_count(model: Any) -> int:
    """Number of the last convolution block."""
    return max(block_of(layer.name) for layer in model.layers)


def block_of(layer: str) -> int:
    """The number of the block that a layer belongs to; 0 for what stands before or behind them."""
    found = re.match(r"block(\d+)_", layer)
    return int(found[1]) if found else 0
