"""Photographs with defect masks to a folder of small tiles, each with its own class.

A network trained from nothing on whole pictures must find out by itself that one hairline among
two hundred strands made the difference; on a tile the defect fills the view. Trained on tiles
first, then on whole pictures from those weights, it learns in minutes what otherwise takes hours.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engines.decode import read_image
from engines.prediction import ImageArray
from trainer.config import GOOD_NAMES, TrainerError
from trainer.counting import OnCount
from trainer.datasets import LABELS_FILE, MASKS, Picture, check_named_apart, mark_classes, scan
from trainer.synthetic.dataset import write_png

LEAST_MASK_PX = 12
"""A tile with fewer defect pixels in its inner part shows no defect to speak of."""


@dataclass(frozen=True, slots=True)
class TileConfig:
    """How tiles are cut."""

    size_px: int = 128
    per_picture: int = 4
    seed: int = 0
    good: tuple[str, ...] = GOOD_NAMES

    def __post_init__(self) -> None:
        if self.size_px < 32 or self.per_picture < 1 or self.seed < 0:
            raise TrainerError(
                f"--size is {self.size_px}, --per-picture {self.per_picture} and --seed "
                f"{self.seed}; expected at least 32 pixels and one tile, and a seed of 0 or more."
            )


def cut_tiles(
    source: Path,
    out: Path,
    config: TileConfig,
    on_progress: OnCount | None = None,
) -> int:
    """Cut `per_picture` tiles out of every picture of `source`; returns how many were written.

    Tiles of a defective picture lie on its mask, SOURCE/_masks/NAME.png, off centre by up to a
    third; tiles of a good picture lie anywhere over the part. OUT/labels.csv carries part_id over,
    so that no part is spread over training and test. Raises TrainerError.
    """
    if out.exists() and any(out.iterdir()):
        raise TrainerError(f"{out} is not empty. Give a new folder for the tiles.")
    catalogue = scan(source)
    defects = [c.defect for c in mark_classes(catalogue.class_names, config.good)]
    marked = [p.file for p in catalogue.pictures if defects[p.label]]
    check_named_apart(source / MASKS, ".png", marked)
    names: dict[str, str] = {}
    rows: list[tuple[str, str, str]] = []
    for done, picture in enumerate(catalogue.pictures, start=1):
        name = catalogue.class_names[picture.label]
        (out / name).mkdir(parents=True, exist_ok=True)
        image = read_image(source / picture.file)
        _fits(image, config.size_px, picture)
        mask = _read_mask(source, picture, image) if defects[picture.label] else None
        rng = np.random.default_rng((config.seed, done))
        for number in range(config.per_picture):
            tile = _cut(image, mask, config.size_px, rng)
            if tile is None:
                continue
            file = f"{name}/{Path(picture.file).stem}-{number}.png"
            if (other := names.setdefault(file, picture.file)) != picture.file:
                raise TrainerError(
                    f"{other} and {picture.file} would both give the tile {file}. Rename one."
                )
            _write(out / file, tile)
            rows.append((file, name, picture.part_id or picture.file))
        if on_progress is not None:
            on_progress(done, len(catalogue.pictures))
    with (out / LABELS_FILE).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "label", "part_id"))
        writer.writerows(rows)
    return len(rows)


def _write(path: Path, tile: ImageArray) -> None:
    try:
        write_png(path, tile)
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be written ({error.strerror or error}). Free space or choose another "
            "OUT."
        ) from error


def _fits(image: ImageArray, size_px: int, picture: Picture) -> None:
    if min(image.shape[:2]) < size_px:
        raise TrainerError(
            f"{picture.file} is {image.shape[1]}x{image.shape[0]} pixels, smaller than a tile of "
            f"{size_px}. Give a smaller --size."
        )


def _read_mask(source: Path, picture: Picture, image: ImageArray) -> ImageArray:
    path = source / MASKS / f"{Path(picture.file).stem}.png"
    if not path.exists():
        raise TrainerError(
            f"{picture.file} is of a defect class but has no mask {path}. Tiles need to know where "
            "the defect is: draw masks (white on black), or train on whole pictures."
        )
    mask = read_image(path)[..., 0]
    if mask.shape != image.shape[:2]:
        raise TrainerError(
            f"{path} is {mask.shape[1]}x{mask.shape[0]} pixels, its picture "
            f"{image.shape[1]}x{image.shape[0]}. Masks and pictures must have the same size."
        )
    return mask


def _cut(
    image: ImageArray, mask: ImageArray | None, size_px: int, rng: np.random.Generator
) -> ImageArray | None:
    """One tile (size_px, size_px, 3); None where no place with enough of the defect is found."""
    height, width = image.shape[:2]
    for _ in range(8):
        centre = _centre_over_part(height, width, rng) if mask is None else _on_mask(mask, rng)
        if mask is not None:
            centre = centre + rng.uniform(-size_px / 3, size_px / 3, 2)
        x = int(np.clip(centre[0] - size_px / 2, 0, width - size_px))
        y = int(np.clip(centre[1] - size_px / 2, 0, height - size_px))
        if mask is not None:
            rim = size_px // 16
            inner = mask[y + rim : y + size_px - rim, x + rim : x + size_px - rim]
            if np.count_nonzero(inner > 127) < LEAST_MASK_PX:
                continue
        return image[y : y + size_px, x : x + size_px]
    return None


def _centre_over_part(height: int, width: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A place within the disc that fills the middle of the picture, even over its area."""
    radius, angle = 0.45 * np.sqrt(rng.random()), rng.uniform(0.0, 2.0 * np.pi)
    return np.array(
        [width * (0.5 + radius * np.cos(angle)), height * (0.5 + radius * np.sin(angle))]
    )


def _on_mask(mask: ImageArray, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    ys, xs = np.nonzero(mask > 127)
    if len(xs) == 0:
        return _centre_over_part(mask.shape[0], mask.shape[1], rng)
    pick = int(rng.integers(len(xs)))
    return np.array([float(xs[pick]), float(ys[pick])])
