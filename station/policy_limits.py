"""Between which probabilities the bench decides: the model's own limits, and those that hold."""

from __future__ import annotations

from dataclasses import dataclass

from engines.bundle import Bundle, Thresholds
from station.config import StationConfig
from station.trust import trusted_bundle
from station.verdict import Overrides, policy_of


@dataclass(frozen=True, slots=True)
class PolicyLimits:
    """Before the engine's certified error makes them stricter."""

    model: Thresholds
    """As the bundle has them."""
    bench: Thresholds
    """With what station.toml says."""

    @property
    def loosened(self) -> tuple[str, ...]:
        """Which of the bench's are looser than the model's: these need a name and a reason."""
        names = ("pass_below", "reject_from")
        return tuple(n for n in names if getattr(self.bench, n) > getattr(self.model, n))


def bundle_of(config: StationConfig) -> Bundle:
    """The model that the bench decides with; takes long for a large one. Raises BundleError."""
    return trusted_bundle(config.bundle, config.trust)


def policy_limits(bundle: Bundle, asked: Overrides) -> PolicyLimits:
    """The limits with these overrides, signed or not.

    Raises BundleError, and ConfigError for limits that cannot be.
    """
    signed = Overrides(asked.pass_below, asked.reject_from, "somebody", "to show them")
    return PolicyLimits(bundle.thresholds, policy_of(bundle, None, signed).thresholds)
