"""Which arithmetic to train in, and the way back to the float32 that is measured and exported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainer.config import Precision

FAST_BFLOAT16 = ("amx_bf16", "avx512_bf16")
"""Processor flags under which bfloat16 products are quicker than float32 ones."""


def choose_precision(asked: Precision, cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The Keras dtype policy: what was asked, or for `auto` what this processor is quickest at."""
    if asked != "auto":
        return asked
    try:
        text = cpuinfo.read_text(encoding="utf-8")
    except OSError:
        return "float32"
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return "mixed_bfloat16" if any(flag in flags for flag in FAST_BFLOAT16) else "float32"


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Layers built inside take the Keras dtype policy `name`; the one before comes back after."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def as_float32(model: Any) -> Any:
    """A copy of a Keras model that computes in float32, with the same weights.

    Mixed precision keeps its weights in float32, so nothing is lost: this is the function that is
    measured and exported.
    """
    import keras

    def rebuild(layer: Any) -> Any:
        config = {**layer.get_config(), "dtype": "float32"}
        # Zeros, because random numbers for 138 million parameters take 2 GB while they are drawn.
        config |= dict.fromkeys((k for k in config if k.endswith("_initializer")), "zeros")
        return type(layer).from_config(config)

    with dtype_policy("float32"):
        copy = keras.models.clone_model(model, clone_function=rebuild)
    for new, old in zip(copy.weights, model.weights, strict=True):
        new.assign(old)
    return copy
