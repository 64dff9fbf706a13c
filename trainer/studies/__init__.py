"""Studies by name: what the seed papers compared, and what they left open; one file each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trainer.config import FitConfig
from trainer.studies import architectures, freezing, inputs, leakage, losses
from trainer.studies.settings import Plan
from trainer.studies.trained import Bench


@dataclass(frozen=True, slots=True)
class Study:
    """One study, before it has pictures."""

    title: str
    base: FitConfig
    """Its settings where none are given."""
    plan: Callable[[Bench], Plan]


STUDIES: dict[str, Study] = {
    "losses": Study(losses.TITLE, losses.BASE, losses.plan_losses),
    "inputs": Study(inputs.TITLE, inputs.BASE, inputs.plan_inputs),
    "architectures": Study(
        architectures.TITLE, architectures.BASE, architectures.plan_architectures
    ),
    "freezing": Study(freezing.TITLE, freezing.BASE, freezing.plan_freezing),
    "leakage": Study(leakage.TITLE, leakage.BASE, leakage.plan_leakage),
}
