"""A network cut where its frozen blocks end: what never changes, and what learns."""

from __future__ import annotations

from typing import Any

from trainer.config import TrainerError


def cut_after(model: Any, blocks: int) -> tuple[Any, Any]:
    """(prefix, rest): pictures to the maps after `blocks` frozen blocks, and those to the answer.

    Both share the model's layers and variables; the rest has all its trainable variables, in the
    same order. Raises TrainerError where no block is frozen, something before the cut still
    learns, or a dropout lies there.
    """
    import keras

    name = f"block{blocks}_pool"
    names = [layer.name for layer in model.layers]
    if blocks < 1 or name not in names:
        raise TrainerError(
            f"{model.name} with {blocks} blocks frozen has no frozen part to compute once. Give "
            "--freeze 1 to 5 with a network of blocks (vgg16), or leave --cache out."
        )
    frozen = model.layers[: names.index(name) + 1]
    learning = [layer.name for layer in frozen if layer.trainable_variables]
    random = [layer.name for layer in frozen if isinstance(layer, keras.layers.Dropout)]
    if learning or random:
        raise TrainerError(
            f"layers {', '.join(learning + random)} lie in blocks 1 to {blocks} and do not answer "
            "alike every time; such features cannot be kept. Leave --cache out."
        )
    maps = model.get_layer(name).output
    prefix = keras.Model(model.input, maps, name=f"blocks_1_to_{blocks}")
    return prefix, keras.Model(maps, model.output, name=f"after_block_{blocks}")
