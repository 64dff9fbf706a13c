"""What every network begins and ends with: scaled pixels, weights from elsewhere, the softmax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from trainer.config import ModelConfig, TrainerError
from trainer.models.channels import in_channels
from trainer.models.freezing import freeze_blocks
from trainer.models.weight_source import Scaling, WeightSource
from trainer.models.weights import copy_weights, read_weights

MOST_KERNEL_BYTES = 2 << 30
"""Of one dense layer. Training holds a kernel, its gradient and its momentum, each so large."""
VGG_OPTIONS = ("head", "width", "fc_units", "batch_norm", "dropout")
LENET_OPTIONS = ("activation", "pooling")


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of a network."""

    image: Any
    """keras.Input: RGB or gray 0..255 (N, height, width, channels)."""
    scaled: Any
    source: WeightSource | None


def open_network(config: ModelConfig, scaling: Scaling, *, with_top: bool = False) -> Opening:
    """Input and scaling: that of the weights where there are any, else the network's own.

    with_top: see `read_weights`. Raises TrainerError where the weights cannot be read.
    """
    source = None
    if config.weights != "none":
        if config.weights == "imagenet" and config.name != "vgg16":
            raise TrainerError(
                f"--weights imagenet are VGG16's, --model is {config.name}. Use --model vgg16, or "
                "give the folder of a run of this model."
            )
        source = in_channels(read_weights(config.weights, with_top), config.channels)
        scaling = source.scaling
    image = keras.Input(config.input_shape, name="image")
    # float32 on purpose: bfloat16 keeps 8 bits and would round every pixel a second time.
    scaled = keras.layers.Rescaling(
        scaling.scale, list(scaling.offset[: config.channels]), dtype="float32", name=scaling.name
    )(image)
    return Opening(image, scaled, source)


def close_network(config: ModelConfig, opening: Opening, x: Any) -> Any:
    """The keras.Model: probabilities (N, classes) float32; weights copied, blocks frozen."""
    x = dense(x, config.classes, "softmax", "predictions", dtype="float32")
    model = keras.Model(opening.image, x, name=config.name)
    if opening.source is not None:
        copy_weights(opening.source, model)
    freeze_blocks(model, config.freeze)
    return model


def dense(x: Any, units: int, activation: str, name: str, **options: Any) -> Any:
    """A dense layer. Raises TrainerError where the vector before it is too long to be learned."""
    kernel_bytes = 4 * int(x.shape[-1]) * units
    if kernel_bytes > MOST_KERNEL_BYTES:
        raise TrainerError(
            f"dense layer {name} would have {int(x.shape[-1]):,} inputs and {units} units, "
            f"{kernel_bytes / 1e9:.1f} GB; at most {MOST_KERNEL_BYTES / 1e9:.1f} GB. "
            "Give a smaller --size, or vgg16 with the gap head."
        )
    return keras.layers.Dense(units, activation=activation, name=name, **options)(x)


def refuse_options(config: ModelConfig, names: Sequence[str]) -> None:
    """Raises TrainerError for an option, changed from its default, that the network has no use for.

    names: fields of ModelConfig.
    """
    plain = ModelConfig()
    changed = [name for name in names if getattr(config, name) != getattr(plain, name)]
    if changed:
        words = ", ".join(f"--{name.replace('_', '-')} {getattr(config, name)}" for name in changed)
        raise TrainerError(
            f"--model {config.name} has no use for {words}: its layers are laid down. "
            f"Leave {'it' if len(changed) == 1 else 'them'} out, or choose another --model."
        )
