"""A folder of class-named photographs to a folder of located square crops, for the trainer."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2

from engines.bundle import InputSpec
from engines.decode import IMAGE_SUFFIXES, MAX_PIXELS, read_image
from engines.errors import BundleError, ImageError
from station.capture.picture_file import read_frame
from station.domain import Code, Ellipse, Part
from station.errors import ConfigError, StationError
from station.locate.locator import cut_square, locator_for
from station.pipeline import Locate
from station.sinks import write_atomically

CROPS_FILE = "crops.json"
LABELS_FILE = "labels.csv"
MASKS = "_masks"
"""SRC/_masks/NAME.png: where the defects of SRC/CLASS/NAME.* are; cropped with it."""


@dataclass(frozen=True, slots=True)
class CropConfig:
    """What to cut out of what."""

    source: Path
    out: Path
    part_diameter_mm: float = 12.0
    margin: float = 0.05
    """Border on each side, as a share of the diameter."""
    max_pixels: int = MAX_PIXELS
    workers: int = 0
    """Threads; 0 takes one per core."""

    def __post_init__(self) -> None:
        if not self.source.is_dir():
            raise ConfigError(
                f"{self.source} is not a folder. Give a folder that holds one subfolder of "
                "pictures per class."
            )
        if self.out.resolve().is_relative_to(self.source.resolve()):
            raise ConfigError(
                f"--out {self.out} lies in the source {self.source}, where it would be taken for "
                "a class. Give a folder beside it."
            )


@dataclass(frozen=True, slots=True)
class CropReport:
    """What became of the pictures; names are relative to the source, with forward slashes."""

    cropped: tuple[str, ...]
    kept: tuple[str, ...]
    """Cropped by an earlier call."""
    missed: tuple[str, ...]
    """No disc was found: no crop was written."""
    damaged: tuple[tuple[str, str], ...]
    """Name and reason of what is not a picture that can be read."""
    cut_off: tuple[str, ...]
    """Cropped, though part of the disc lies outside the picture."""


@dataclass(frozen=True, slots=True)
class _Job:
    source: Path
    target: Path
    name: str
    mask: Path
    """Where the picture's mask would lie, and where its crop goes."""
    mask_target: Path


def crop_folder(
    config: CropConfig, on_progress: Callable[[int, int], None] | None = None
) -> CropReport:
    """Crop every picture; goes on where an earlier call stopped. OUT/crops.json says how.

    on_progress: gets the number done so far and the total. labels.csv is carried over with its
    `file` column following the crops. Raises ConfigError or StationError.
    """
    locate = _locator(config)
    jobs = list(_jobs(config))
    if not jobs:
        raise ConfigError(
            f"{config.source} holds no pictures in class folders ({', '.join(IMAGE_SUFFIXES)}; "
            "folders starting with _ or . are skipped). Give a folder such as photographs/ with "
            "photographs/normal/ and photographs/defective/ in it."
        )
    labels = _read_labels(config.source / LABELS_FILE)
    _claim(config)
    ends: list[tuple[str, str]] = []
    with ThreadPoolExecutor(config.workers or os.cpu_count() or 1) as pool:
        try:
            for end in pool.map(
                lambda job: _crop(job, locate, config.max_pixels, config.margin), jobs
            ):
                ends.append(end)
                if on_progress is not None:
                    on_progress(len(ends), len(jobs))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if labels is not None:
        _write_labels(config.out, labels, jobs)
    pairs = list(zip(jobs, ends, strict=True))

    def names(*kinds: str) -> tuple[str, ...]:
        return tuple(job.name for job, (kind, _) in pairs if kind in kinds)

    return CropReport(
        cropped=names("cropped", "cut off"),
        kept=names("kept"),
        missed=names("missed"),
        damaged=tuple((job.name, why) for job, (kind, why) in pairs if kind == "damaged"),
        cut_off=names("cut off"),
    )


def _locator(config: CropConfig) -> Locate:
    try:
        return locator_for(
            InputSpec(
                height=1,
                width=1,
                locate="disc",
                margin=config.margin,
                part_diameter_mm=config.part_diameter_mm,
            )
        )
    except BundleError as error:
        raise ConfigError(
            f"--margin {config.margin} --diameter-mm {config.part_diameter_mm}: expected a share "
            "of 0 to 2 and a positive length."
        ) from error


def _jobs(config: CropConfig) -> Iterator[_Job]:
    """Every picture of every class, sorted; two that differ in suffix alone keep their suffix."""
    for folder in sorted(p for p in config.source.iterdir() if p.is_dir()):
        if folder.name[0] in "_.":
            continue
        files = sorted(
            p
            for p in folder.rglob("*")
            if p.suffix.lower() in IMAGE_SUFFIXES and p.name[0] != "." and p.is_file()
        )
        stems = Counter(path.with_suffix("") for path in files)
        for path in files:
            name = path.relative_to(config.source)
            alone = stems[path.with_suffix("")] == 1
            crop = name.with_suffix(".png") if alone else name.with_name(name.name + ".png")
            masks = (config.source / MASKS, config.out / MASKS)
            mask, target = masks[0] / f"{path.stem}.png", masks[1] / crop.name
            yield _Job(path, config.out / crop, name.as_posix(), mask, target)


def _claim(config: CropConfig) -> None:
    """Write crops.json, or hold it against what is asked: one folder, one way of cropping."""
    path = config.out / CROPS_FILE
    mine = {
        "locate": "disc",
        "margin": config.margin,
        "part_diameter_mm": config.part_diameter_mm,
    }
    if path.exists():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path} cannot be read ({error}). Give another --out.") from error
        if found != mine:
            raise ConfigError(
                f"{config.out} was cropped with {found}, asked for {mine}. Give another --out, "
                "or delete this one."
            )
        return
    write_atomically(path, (json.dumps(mine) + "\n").encode())


def _crop(job: _Job, locate: Locate, max_pixels: int, margin: float) -> tuple[str, str]:
    """Crop one picture; returns what became of it, and why where that is not good."""
    try:
        modified = job.source.stat().st_mtime
        if job.target.exists() and job.target.stat().st_mtime >= modified and not _mask_due(job):
            return "kept", ""
        part = locate(read_frame(job.source, max_pixels))
    except (ImageError, FileNotFoundError) as error:
        job.target.unlink(missing_ok=True)
        return "damaged", str(error)
    if part.outline is None:
        job.target.unlink(missing_ok=True)
        return "missed", str(part.doubt)
    ok, data = cv2.imencode(".png", cv2.cvtColor(part.crop_rgb, cv2.COLOR_RGB2BGR))
    if not ok:
        raise StationError(f"the crop {part.crop_rgb.shape} of {job.source} cannot be encoded.")
    if job.mask.is_file():
        _crop_mask(job, part, part.outline, margin)
    write_atomically(job.target, data.tobytes())
    # What else is in doubt, a dent or a tilt, is what a network may have to learn.
    cut_off = any(reason.code is Code.CUT_OFF for reason in part.doubts)
    return ("cut off" if cut_off else "cropped"), part.doubt or ""


def _mask_due(job: _Job) -> bool:
    if not job.mask.is_file():
        return False
    target = job.mask_target
    return not target.exists() or target.stat().st_mtime < job.mask.stat().st_mtime


def _crop_mask(job: _Job, part: Part, outline: Ellipse, margin: float) -> None:
    """The same square out of the picture's mask. Raises StationError where they do not fit."""
    mask = read_image(job.mask)
    if mask.shape != part.frame.image_rgb.shape:
        raise StationError(
            f"{job.mask} is {mask.shape[1]}x{mask.shape[0]}, its picture {job.name} "
            f"{part.frame.image_rgb.shape[1]}x{part.frame.image_rgb.shape[0]}. Give a mask of the "
            "picture's size, or remove it."
        )
    cut, _ = cut_square(mask, outline, margin)
    ok, data = cv2.imencode(".png", cut[..., 0])
    if not ok:
        raise StationError(f"the crop of {job.mask} cannot be encoded.")
    write_atomically(job.mask_target, data.tobytes())


def _read_labels(path: Path) -> tuple[list[str], list[dict[str, str]]] | None:
    """Columns and rows of labels.csv; None where there is none."""
    if not path.is_file():
        return None
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            columns, rows = list(reader.fieldnames or []), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read ({error}). Correct it or remove it.") from error
    if "file" not in columns:
        raise ConfigError(
            f"{path} has the columns {', '.join(columns) or 'none'}; expected `file` among them. "
            "Correct it or remove it."
        )
    if any(None in row for row in rows):
        raise ConfigError(
            f"{path} has rows with more than its {len(columns)} columns. Correct it or remove it."
        )
    return columns, rows


def _write_labels(
    out: Path, labels: tuple[list[str], list[dict[str, str]]], jobs: list[_Job]
) -> None:
    """labels.csv for the crops, less the rows of pictures without one."""
    columns, rows = labels
    crops = {job.name: job.target for job in jobs if job.target.exists()}
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        if row["file"] in crops:
            writer.writerow({**row, "file": crops[row["file"]].relative_to(out).as_posix()})
    write_atomically(out / LABELS_FILE, text.getvalue().encode())
