"""Where the defects of pictures are, from boxes (Pascal VOC XML) or masks, at the graph's size."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engines.decode import read_image
from engines.errors import ImageError
from trainer.config import TrainerError
from trainer.metrics import BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Truths of some of the pictures. Made by `read_boxes` or `read_masks`."""

    kind: str
    """`boxes` or `masks`."""
    rows: tuple[int, ...]
    """Which of the pictures have one."""
    truths: BoolArray
    """(len(rows), height, width) True in a defect; every one has some place."""


def read_boxes(folder: Path, files: Sequence[str | None], height: int, width: int) -> Places:
    """FOLDER/STEM.xml of each picture, as Pascal VOC writes them; all objects count together.

    files: None for a good part, which has no defect: a box of its name is another picture's. Raises
    TrainerError where none is there, one cannot be read, or is of another picture.
    """
    rows, truths = [], []
    for index, file in enumerate(files):
        if file is None or not (path := folder / f"{Path(file).stem}.xml").is_file():
            continue
        truth = _boxes(path, height, width)
        if truth.any():
            rows.append(index)
            truths.append(truth)
    return _found("boxes", folder, ".xml", files, rows, truths)


def read_masks(
    folder: Path, root: Path, files: Sequence[str | None], height: int, width: int
) -> Places:
    """FOLDER/STEM.png of each picture, white on black, framed as the picture is.

    files: below `root`, and as in `read_boxes`. Raises TrainerError where none is there, one cannot
    be read, or is framed otherwise.
    """
    rows, truths = [], []
    for index, file in enumerate(files):
        if file is None or not (path := folder / f"{Path(file).stem}.png").is_file():
            continue
        mask = _read(path)
        picture = _read(root / file)
        if mask.shape[:2] != picture.shape[:2]:
            raise TrainerError(
                f"{path} is {_size(mask)}, its picture {root / file} {_size(picture)}: one was "
                "cropped without the other. Give masks framed as the pictures are."
            )
        # A thin crack must not vanish: a place belongs to the defect where any part of it does.
        share = cv2.resize(
            (mask[..., 0] > 127).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA
        )
        if (share > 0).any():
            rows.append(index)
            truths.append(share > 0)
    return _found("masks", folder, ".png", files, rows, truths)


def _found(
    kind: str,
    folder: Path,
    suffix: str,
    files: Sequence[str | None],
    rows: list[int],
    truths: list[BoolArray],
) -> Places:
    if not rows:
        named = next((Path(file).stem for file in files if file is not None), "NAME")
        expected = f"{named}{suffix}"
        raise TrainerError(
            f"{folder} holds {kind} of none of the {len(files)} pictures; expected files such as "
            f"{expected}, named as the pictures are. Check the folder."
        )
    return Places(kind, tuple(rows), np.stack(truths))


def _boxes(path: Path, height: int, width: int) -> BoolArray:
    truth = np.zeros((height, width), bool)
    try:
        tree = ET.parse(path).getroot()
        full = [float(tree.findtext(f"size/{n}", "")) for n in ("width", "height")]
        boxes = [
            [float(box.findtext(n, "")) for n in ("xmin", "ymin", "xmax", "ymax")]
            for box in tree.iterfind("object/bndbox")
        ]
        if min(full) <= 0:
            raise ValueError(f"size {full}")
    except (OSError, ET.ParseError, ValueError) as error:
        raise TrainerError(
            f"{path} is no Pascal VOC annotation ({error}); expected size and object/bndbox with "
            "xmin, ymin, xmax, ymax. Mend or remove it."
        ) from error
    across, down = width / full[0], height / full[1]
    for left, top, right, bottom in boxes:
        # VOC counts pixels from 1, both ends within.
        columns = slice(max(int((left - 1) * across), 0), max(int(np.ceil(right * across)), 1))
        truth[max(int((top - 1) * down), 0) : max(int(np.ceil(bottom * down)), 1), columns] = True
    return truth


def _read(path: Path) -> npt.NDArray[np.uint8]:
    try:
        return read_image(path)
    except (OSError, ImageError) as error:
        raise TrainerError(f"{path} cannot be read ({error}). Restore it or remove it.") from error


def _size(image: npt.NDArray[np.uint8]) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
