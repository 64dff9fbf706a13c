"""Why a part that was found must not pass all the same: its picture, its kind, its heat. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engines.bounds import Bounds
from station.domain import Code, Reason

HEAT_ON_PART = 0.5
"""Least share of the heat that must lie on the part: else the network looked mainly beside it."""
SAYINGS = {
    "focus": (
        (Code.BLURRED, "The picture is blurred: focus", "Focus the lens, clean it, hold still."),
        (Code.BLURRED, "The picture is sharper than it can be: focus", "Turn sharpening off."),
    ),
    "brightness": (
        (Code.DARK, "The part is too dark: brightness", "Give more light or exposure."),
        (Code.BRIGHT, "The part is too bright: brightness", "Give less light or exposure."),
    ),
    "contrast": (
        (Code.FLAT, "The part shows too little contrast:", "Look at light, haze and lens."),
        (Code.BRIGHT, "The part shows too much contrast:", "Soften the light."),
    ),
    "dark_share": (
        (Code.BRIGHT, "Too little of the part is black:", "Give less light or exposure."),
        (Code.DARK, "Too much of the part is black:", "Give more light or exposure."),
    ),
    "bright_share": (
        (Code.DARK, "Too little of the part is white:", "Give more light or exposure."),
        (Code.BRIGHT, "Too much of the part is white:", "Give less light or exposure."),
    ),
    "side_px": (
        (Code.SCALE, "The part is too small in the picture: side", "Bring the camera closer."),
        (Code.SCALE, "The part is too large in the picture: side", "Move the camera away."),
    ),
}
"""Measure -> what to say below its bounds, and above."""


def picture_doubts(quality: Mapping[str, float], bounds: Mapping[str, Bounds]) -> Iterator[Reason]:
    """What of a picture's measured quality lies out of the bundle's bounds."""
    for name, bound in bounds.items():
        value = quality[name]
        if bound.hold(value):
            continue
        above = bound.high is not None and value > bound.high
        code, what, remedy = SAYINGS[name][int(above)]
        limit = f"at most {bound.high:.3g}" if above else f"at least {bound.low:.3g}"
        yield Reason(code, f"{what} {value:.3g}, {limit} is allowed. {remedy}")


def novelty_doubts(novelty: float, limit: float, as_good: bool) -> Iterator[Reason]:
    """Whether a picture is unlike the good parts (for a PASS), or unlike all, of the training."""
    if not novelty <= limit:
        what = "the good parts" if as_good else "anything"
        yield Reason(
            Code.UNFAMILIAR,
            f"The picture is unlike {what} in the training: novelty {novelty:.3g}, at most "
            f"{limit:.3g} is allowed. See whether this is the product, and the light, that the "
            "bundle was trained for.",
        )


def heat_doubts(share: float | None) -> Iterator[Reason]:
    """Whether the heat lies mainly beside the part; None: it cannot be told."""
    if share is not None and not share >= HEAT_ON_PART:
        yield Reason(
            Code.HEAT_OFF_PART,
            f"The network looked mainly beside the part: {share:.0%} of the heat lies on it, at "
            f"least {HEAT_ON_PART:.0%} is needed. Clear the bench around the part.",
        )
