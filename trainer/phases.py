"""One fit in two phases: a frozen base first, then more of it at a low rate."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.config import FitConfig

LOW = 0.1
"""Share of the first phase's learning rate that the second takes where none is given."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Epochs that are trained alike."""

    number: int
    """1 or 2."""
    before: int
    """Epochs before it."""
    epochs: int
    learning_rate: float
    """At its height."""
    rate_option: str
    """What sets the rate."""
    freeze: int
    """Blocks 1..freeze are not trained."""


def phase_of(config: FitConfig, epoch: int) -> Phase:
    """The phase that an epoch, from 1, belongs to."""
    if epoch <= config.epochs:
        rate, freeze = config.learning_rate, config.model.freeze
        return Phase(1, 0, config.epochs, rate, "--lr", freeze)
    return second_phase(config)


def second_phase(config: FitConfig) -> Phase:
    """The phase behind `config.epochs`; of no epochs where there is none."""
    rate = config.then_lr or LOW * config.learning_rate
    return Phase(2, config.epochs, config.then_epochs, rate, "--then-lr", config.then_freeze)


def second_phase_text(config: FitConfig) -> str:
    """What the second phase does, a sentence."""
    second = second_phase(config)
    frozen = f"blocks 1 to {second.freeze} still frozen" if second.freeze else "nothing frozen"
    return (
        f"from epoch {second.before + 1} on, {second.epochs} epochs with {frozen}, at a learning "
        f"rate of {second.learning_rate:g}, from the best weights before"
    )
