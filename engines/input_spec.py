"""What a graph takes, and how a crop becomes that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engines.errors import BundleError

InputKind = Literal["rgb", "cxr", "enh"]
CHANNELS: dict[str, int] = {"rgb": 3, "cxr": 1, "enh": 3}
"""Kind of input -> channels of the graph. What makes a crop into it: engines.preprocess."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What the graph takes: uint8 (N, height, width, channels), and how a crop becomes that."""

    height: int
    width: int
    channels: int = 3
    locate: Literal["disc", "frame"] = "frame"
    """`disc`: the station finds the disc and crops it; `frame`: the whole picture is the part."""
    margin: float = 0.05
    """For `disc`: border around the disc, as a share of its diameter, as in the training crops."""
    part_diameter_mm: float | None = None
    """True diameter of the part, from which the scale in mm comes; None: no scale is known."""
    kind: InputKind | Literal[""] = ""
    """`rgb`: the picture's colours; `cxr`: grey; `enh`: its local phase (engines.local_phase).
    Left out, as bundles did at first: `rgb`, or `cxr` for one channel."""

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1 or self.channels not in (1, 3):
            raise BundleError(
                "bundle input is {height}x{width}x{channels}; expected a positive size and "
                "1 or 3 channels. Export the bundle again.",
                height=self.height,
                width=self.width,
                channels=self.channels,
            )
        if self.locate not in ("disc", "frame"):
            raise BundleError(
                "bundle input.locate is {locate!r}; this version knows 'disc' and 'frame'. "
                "Export the bundle again, or update the station.",
                locate=self.locate,
            )
        if self.kind == "":
            object.__setattr__(self, "kind", "cxr" if self.channels == 1 else "rgb")
        if self.kind not in CHANNELS:
            raise BundleError(
                "bundle input.kind is {kind!r}; this version knows {known}. Update the station, or "
                "export the bundle with one of these.",
                kind=self.kind,
                known=", ".join(map(repr, CHANNELS)),
            )
        if self.channels != CHANNELS[self.kind]:
            raise BundleError(
                "bundle input.kind {kind!r} has {wanted} channels, input.channels is {channels}. "
                "Export the bundle again.",
                kind=self.kind,
                wanted=CHANNELS[self.kind],
                channels=self.channels,
            )
