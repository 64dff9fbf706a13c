"""The limits that defect probabilities were held against, as the database keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from engines.bundle import Thresholds
from station.store.figures import Figures
from station.verdict import Overrides


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one bundle on one engine."""

    pass_below: float
    """Before the certificate's margin."""
    reject_from: float
    margin: float | None
    """By so much the engine may err; None where its certificate is not kept."""
    overridden: bool
    """Whether the station's settings put others in the place of the bundle's."""

    @property
    def held(self) -> Thresholds:
        """What parts were held against: the margin taken off both."""
        return Thresholds(self.pass_below, self.reject_from).tightened(self.margin or 0.0)


def limits_of(
    figures: Figures, digest: str, engine: str, overrides: Overrides | None = None
) -> Limits | None:
    """Of a bundle, and of the certificate that an engine's name ends with; None where the
    database does not keep the bundle. Raises StoreError."""
    view = figures.lot(None)
    known = view.bundles([digest]).get(digest)
    certificates = view.certificates([digest])
    kept = {} if known is None else known.manifest.get("thresholds", {})
    if not {"pass_below", "reject_from"} <= set(kept):
        return None
    asked = overrides or Overrides()
    low, high = asked.pass_below, asked.reject_from
    reject_from = float(kept["reject_from"]) if high is None else high
    pass_below = min(float(kept["pass_below"]) if low is None else low, reject_from)
    _, found, short = engine.rpartition(" certificate ")
    margins = [c.margin for c in certificates if found and c.fingerprint.startswith(short)]
    margin = margins[-1] if margins else None
    return Limits(pass_below, reject_from, margin, (low, high) != (None, None))
