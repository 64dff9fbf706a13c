"""Optimizers by name, and the learning rate at every step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from trainer.config import FitConfig, Schedule, TrainerError

MOMENTUM = 0.9


def sgd(**options: Any) -> Any:
    """Plain stochastic gradient descent."""
    import keras

    return keras.optimizers.SGD(**options)


def momentum(**options: Any) -> Any:
    """Gradient descent with heavy-ball momentum 0.9 (Polyak 1964)."""
    import keras

    return keras.optimizers.SGD(momentum=MOMENTUM, **options)


def nag(**options: Any) -> Any:
    """Nesterov's accelerated gradient, momentum 0.9 (Sutskever et al., ICML 2013)."""
    import keras

    return keras.optimizers.SGD(momentum=MOMENTUM, nesterov=True, **options)


def adam(**options: Any) -> Any:
    """Adam (Kingma and Ba, ICLR 2015)."""
    import keras

    return keras.optimizers.Adam(**options)


def adamw(**options: Any) -> Any:
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""
    import keras

    # Its own 0.01 is not what 0 asks for.
    return keras.optimizers.AdamW(**{"weight_decay": 0.0, **options})


def rmsprop(**options: Any) -> Any:
    """RMSprop (Hinton's lecture 6e)."""
    import keras

    return keras.optimizers.RMSprop(**options)


def adagrad(**options: Any) -> Any:
    """Adagrad (Duchi, Hazan and Singer, JMLR 2011)."""
    import keras

    return keras.optimizers.Adagrad(**options)


def adadelta(**options: Any) -> Any:
    """Adadelta (Zeiler, 2012); its own rate is 1."""
    import keras

    return keras.optimizers.Adadelta(**options)


def nadam(**options: Any) -> Any:
    """Adam with Nesterov's momentum (Dozat, 2016)."""
    import keras

    return keras.optimizers.Nadam(**options)


OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nag": nag,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "nadam": nadam,
    "adamw": adamw,
}


def build_optimizer(config: FitConfig) -> Any:
    """The Keras optimizer a configuration asks for. Raises TrainerError for an unknown name."""
    if config.optimizer not in OPTIMIZERS:
        raise TrainerError(
            f"--optimizer {config.optimizer!r} is unknown; choose one of {', '.join(OPTIMIZERS)}."
        )
    options: dict[str, Any] = {"learning_rate": config.learning_rate}
    if config.clip_norm > 0:
        options["global_clipnorm"] = config.clip_norm
    if config.weight_decay > 0:
        options["weight_decay"] = config.weight_decay
    if config.ema > 0:
        options |= {"use_ema": True, "ema_momentum": config.ema}
    optimizer = OPTIMIZERS[config.optimizer](**options)
    if optimizer.weight_decay:
        # Scales and offsets are few and mean something of their own: only kernels are decayed.
        optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer


def learning_rate(
    schedule: Schedule, peak: float, step: int, steps: int, warmup_steps: float
) -> float:
    """The rate at `step` of `steps`: linear warm-up to `peak`, then constant, or half a cosine.

    Source: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5, one cycle.
    """
    if step + 1 < warmup_steps:
        return peak * (step + 1) / warmup_steps
    if schedule == "constant" or steps <= warmup_steps:
        return peak
    way = min(max((step - warmup_steps) / (steps - warmup_steps), 0.0), 1.0)
    return peak * 0.5 * (1.0 + math.cos(math.pi * way))
