"""Which of a model's layers an explainer looks at, whatever the model: by name, or by block."""

from __future__ import annotations

import re
from typing import Any

import keras

from trainer.config import TrainerError
from trainer.models.chain import is_batch_norm, is_convolution

POOLING = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
SPREADING = (keras.layers.Dropout, keras.layers.SpatialDropout2D)
BLOCK = re.compile(r"block(\d+)")


def blocks(model: Any) -> tuple[tuple[str, ...], ...]:
    """Names of the convolutions between one pooling and the next: for a VGG, its blocks."""
    found: list[list[str]] = [[]]
    for layer in model.layers:
        if is_convolution(layer):
            found[-1].append(layer.name)
        elif isinstance(layer, POOLING) and found[-1]:
            found.append([])
    return tuple(tuple(names) for names in found if names)


def layer_name(model: Any, asked: str | None) -> str:
    """The layer that was asked for: None is the last convolution, `blockN` the last one of block
    N, counted between poolings; else its own name.

    Raises TrainerError where there is none, or where its output has no height and width.
    """
    grouped = blocks(model)
    names = {layer.name: layer for layer in model.layers}
    if not grouped:
        raise TrainerError(
            f"the model {model.name!r} has no convolution, so there is no map to explain by; "
            "choose lime, which needs none."
        )
    if asked is None:
        return grouped[-1][-1]
    number = BLOCK.fullmatch(asked)
    if asked not in names and number and 1 <= int(number[1]) <= len(grouped):
        return grouped[int(number[1]) - 1][-1]
    if asked not in names or len(names[asked].output.shape) != 4:
        known = ", ".join(name for block in grouped for name in block)
        raise TrainerError(
            f"layer {asked!r} gives no maps in this model. Choose from block1 to "
            f"block{len(grouped)}, or: {known}."
        )
    return asked


def map_layer(model: Any, asked: str | None) -> Any:
    """The layer whose output is looked at: a convolution's map is taken after the batch norm and
    the activation that follow it. Names as in `layer_name`.
    """
    name = layer_name(model, asked)
    layers = list(model.layers)
    place = [each.name for each in layers].index(name)
    found = layers[place]
    if not is_convolution(found):
        return found
    for follower in layers[place + 1 :]:
        if not is_batch_norm(follower) and not is_activation(follower):
            break
        found = follower
    return found


def is_activation(layer: Any) -> bool:
    """True for a layer that is nothing but a function of each number."""
    kinds = (keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU)
    return isinstance(layer, kinds)


def pooled_mean(model: Any) -> Any | None:
    """The global mean pooling right before the scores, dropout apart; None where there is none."""
    behind = list(model.layers[:-1])
    while behind and isinstance(behind[-1], SPREADING):
        behind.pop()
    last = behind[-1] if behind else None
    return last if isinstance(last, keras.layers.GlobalAveragePooling2D) else None


def scores_of(model: Any) -> Any:
    """The dense layer with bias whose logits the softmax takes. Raises TrainerError."""
    last = model.layers[-1]
    if not isinstance(last, keras.layers.Dense) or not last.use_bias:
        raise TrainerError(
            f"the model ends in {type(last).__name__} {last.name!r}; expected a dense layer "
            "with bias, so that there is a score before the softmax."
        )
    return last


def weighted_groups(model: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Layers that learn, in groups from the output down: each dense layer, then each block.

    Each group with its name and its layers' names; a batch norm belongs to the block it is in.
    """
    firsts = {names[0]: f"block{number}" for number, names in enumerate(blocks(model), start=1)}
    groups: list[tuple[str, list[str]]] = []
    for layer in model.layers:
        if layer.name in firsts or isinstance(layer, keras.layers.Dense):
            groups.append((firsts.get(layer.name, layer.name), []))
        if layer.weights:
            if not groups:
                groups.append((layer.name, []))
            groups[-1][1].append(layer.name)
    return tuple((name, tuple(layers)) for name, layers in reversed(groups))
