"""check.html: what was found, with the pictures beside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engines.atomic_file import write_atomically
from engines.decode import read_image
from engines.errors import ImageError
from trainer.checks.copies import Copy
from trainer.checks.findings import Checked
from trainer.config import TrainerError
from trainer.pages import page
from trainer.splits import SPLITS, WORDS

MOST_SHOWN = 24
"""Pairs, suspects and odd pictures that are drawn, of each kind."""
SIDE_PX = 220


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture on the page."""

    file: str
    place: str
    """Its class, and its side of the split where that is known."""
    picture: str
    """Data URI; empty where it cannot be read any more."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures that are one."""

    a: Tile
    b: Tile
    caption: str
    grave: bool
    """Across splits or classes."""


def write_page(path: Path, checked: Checked) -> None:
    """Write the page. Raises TrainerError where it cannot be written."""
    copies = sorted(checked.copies, key=lambda c: (not _grave(checked, c), -c.likeness))
    odd = [f for f in checked.findings if f.check == "odd"]
    text = page(
        "check",
        {"percent": lambda share: f"{share:.0%}"},
        checked=checked,
        counts=_counts(checked),
        pairs=[_pair(checked, c) for c in copies[:MOST_SHOWN]],
        grave=sum(_grave(checked, c) for c in copies),
        suspects=[(s, _tile(checked, s.index)) for s in checked.suspects[:MOST_SHOWN]],
        odd=[(f.text, _tile(checked, _index(checked, f.files[0][0]))) for f in odd[:MOST_SHOWN]],
        odd_count=len(odd),
        wrong=[f for f in checked.findings if f.level == "wrong"],
        doubtful=[f for f in checked.findings if f.level == "doubtful"],
    )
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be written ({error.strerror or error}). Choose another --html."
        ) from error


def _counts(checked: Checked) -> list[dict[str, object]]:
    most = max((*checked.counts.values(), *checked.wanted.values(), 1))
    rows = []
    for label, (name, count) in enumerate(checked.counts.items()):
        wanted = checked.wanted.get(name)
        row: dict[str, object] = {"name": name, "count": count, "wanted": wanted}
        row |= {"share": count / most, "short": wanted is not None and count < wanted}
        if checked.splits is not None:
            sides = [
                s for p, s in zip(checked.pictures, checked.splits, strict=True) if p.label == label
            ]
            row["splits"] = [sides.count(s) for s in SPLITS]
        rows.append(row)
    return rows


def _index(checked: Checked, file: str) -> int:
    return next(i for i, p in enumerate(checked.pictures) if p.file == file)


def _grave(checked: Checked, copy: Copy) -> bool:
    return len(set(_sides(checked, (copy.a, copy.b)))) > 1 or (
        checked.pictures[copy.a].label != checked.pictures[copy.b].label
    )


def _sides(checked: Checked, indices: Sequence[int]) -> list[str]:
    """Sides of the split of those pictures that the run knows."""
    if checked.splits is None:
        return []
    return [checked.splits[i] for i in indices if checked.splits[i]]


def _pair(checked: Checked, copy: Copy) -> Pair:
    how = "the same file" if copy.exact else f"details agree to {copy.likeness:.3f}"
    turned = ", turned or mirrored" if copy.turned else ""
    return Pair(_tile(checked, copy.a), _tile(checked, copy.b), how + turned, _grave(checked, copy))


def _tile(checked: Checked, index: int) -> Tile:
    picture = checked.pictures[index]
    sides = [WORDS[side] for side in _sides(checked, (index,))]
    place = ", ".join((checked.class_names[picture.label], *sides))
    return Tile(picture.file, place, _data_uri(Path(checked.data) / picture.file))


def _data_uri(path: Path) -> str:
    """The picture on a square of SIDE_PX, as JPEG; empty where it is gone."""
    try:
        image = read_image(path)
    except ImageError:
        return ""
    scale = SIDE_PX / max(image.shape[:2])
    width, height = (max(1, round(v * scale)) for v in image.shape[1::-1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, (width, height), interpolation=way)
    ok, data = cv2.imencode(
        ".jpg", np.ascontiguousarray(small[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 80]
    )
    encoded = base64.b64encode(data.tobytes()).decode("ascii") if ok else ""
    return f"data:image/jpeg;base64,{encoded}" if encoded else ""
