"""One picture's panel: the picture, and what each explainer says of it, side by side."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engines.prediction import ImageArray

COLUMNS = 4
TILE_IN = 2.7
DPI = 110
FONTS = ("DejaVu Sans", "Noto Sans CJK KR", "Noto Sans CJK JP", "NanumGothic", "Malgun Gothic")
"""In this order, those that the machine has: class names may be Korean."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture of a panel; or bars, where there is no image."""

    title: str
    image: ImageArray | None = None
    """uint8 (H, W, 3)."""
    bars: tuple[tuple[str, float, str], ...] = ()
    """(name, share in [0, 1], colour) from the top down."""


def panel_png(title: str, tiles: Sequence[Tile]) -> bytes:
    """A PNG with the title above and the tiles in rows of COLUMNS."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    with mpl.rc_context({"font.family": _fonts()}):
        figure = Figure(
            figsize=(TILE_IN * columns, (TILE_IN + 0.3) * rows + 0.4), layout="constrained"
        )
        figure.suptitle(title, fontsize=10)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for place, tile in zip(axes, tiles, strict=False):
            place.set_title(tile.title, fontsize=9)
            if tile.image is not None:
                place.imshow(tile.image)
                place.set_axis_off()
            else:
                _draw_bars(place, tile.bars)
        for place in axes[len(tiles) :]:
            place.set_axis_off()
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=DPI)
    return stream.getvalue()


def _draw_bars(axes: Any, bars: Sequence[tuple[str, float, str]]) -> None:
    places = list(range(len(bars)))
    shares, colours = [share for _, share, _ in bars], [colour for *_, colour in bars]
    axes.barh(places, shares, height=0.34, color=colours)
    for place, (name, share, _) in zip(places, bars, strict=True):
        axes.text(0.02, place - 0.2, f"{name}  {share:.0%}", fontsize=8, va="bottom")
    axes.set(xlim=(0, 1), ylim=(len(bars) - 0.4, -0.75), yticks=[], xticks=[])
    axes.set_box_aspect(1)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)


def _fonts() -> list[str]:
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in known] or ["sans-serif"]
