"""Folders of synthetic photographs: class-named for training, or flat as a bench's inbox."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.synthetic.defects import LEAST_MM, MAX_MM, MIN_MM
from trainer.synthetic.scene import Plan, photograph, plan

RECIPE = 2  # raise it when the same seed starts to give other pictures
NORMAL, DEFECTIVE, MASKS = "normal", "defective", "_masks"
# Parts of different sets never share a seed, as long as a set has fewer parts than this.
SET_SPAN = 1_000_000
SIZES_MM = (MIN_MM, MAX_MM)


class DatasetError(ValueError):
    """The folder holds another set than the one asked for, or such a set cannot be drawn."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of labels.csv; of several defects, the largest. A sound part: none, 0, 0, 0."""

    file: str
    label: str
    kind: str
    size_mm: float
    x_mm: float
    y_mm: float
    part_id: str
    seed: int


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to make, small enough to send to another process."""

    folder: Path
    index: int
    seed: int
    defective: bool
    flat: bool
    sizes_mm: tuple[float, float] = SIZES_MM

    @property
    def label(self) -> str:
        """The class's name, which is also its folder's."""
        return DEFECTIVE if self.defective else NORMAL

    @property
    def file(self) -> str:
        """The picture's path within the folder, with forward slashes."""
        name = f"part-{self.index:06d}.png" if not self.flat else f"part-{self.index:04d}.png"
        return name if self.flat else f"{self.label}/{name}"


def write_png(path: Path, image: NDArray[np.uint8]) -> None:
    """Write RGB or grey to a PNG that is there whole or not at all."""
    stored = image[..., ::-1] if image.ndim == 3 else image
    ok, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not ok:
        raise OSError(f"OpenCV could not encode {path.name} ({image.shape}, {image.dtype})")
    # Dot first: a folder watcher and a dataset reader both pass over it.
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.write_bytes(data.tobytes())
    partial.replace(path)


def row_of(job: Job, planned: Plan) -> Row:
    """The label of a planned part."""
    kind, size, x, y = "none", 0.0, 0.0, 0.0
    if planned.defects:
        largest = max(planned.defects, key=lambda defect: defect.size_mm)
        kind, size, x, y = largest.kind, largest.size_mm, largest.x_mm, largest.y_mm
    at = round(x, 4) + 0.0, round(y, 4) + 0.0
    return Row(job.file, job.label, kind, round(size, 4), *at, planned.part_id, job.seed)


def make(job: Job) -> Row:
    """Write one picture and its mask, unless a data set has them; runs in any process."""
    planned = plan(job.seed, job.defective, job.sizes_mm)
    picture = job.folder / job.file
    masked = job.defective and not job.flat
    mask = job.folder / MASKS / picture.name
    # Nothing in an inbox tells which set lies there: what is there is not taken for this one's.
    if job.flat or not picture.exists() or (masked and not mask.exists()):
        taken = photograph(planned)
        if masked:
            write_png(mask, taken.mask)
        write_png(picture, taken.image_rgb)
    return row_of(job, planned)


def jobs(
    folder: Path,
    count: int,
    seed: int,
    share: float,
    flat: bool = False,
    sizes_mm: tuple[float, float] = SIZES_MM,
) -> list[Job]:
    """The set's pictures in order; among any first 2n of them the defective share is exact."""
    if count < 1 or count > SET_SPAN:
        raise DatasetError(f"count {count}; expected 1 to {SET_SPAN}")
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"defective_share {share}; expected 0 to 1")
    if seed < 0:
        raise ValueError(f"seed {seed}; expected 0 or more")
    if not LEAST_MM <= sizes_mm[0] < sizes_mm[1] <= MAX_MM:
        raise DatasetError(
            f"defects of {sizes_mm[0]:g} to {sizes_mm[1]:g} mm; expected the smaller size first, "
            f"both within {LEAST_MM:g} to {MAX_MM:g} mm."
        )
    evened = count + count % 2
    wanted = [int((at + 1) * share + 1e-9) - int(at * share + 1e-9) for at in range(evened)]
    order = np.random.default_rng([seed, SET_SPAN])
    # Shuffled in pairs: the class must not be readable from the number, and a set that is
    # made larger later must keep what it has.
    mixed = [
        bool(bad) for at in range(0, evened, 2) for bad in order.permutation(wanted[at : at + 2])
    ]
    return [
        Job(folder, index, seed * SET_SPAN + index, mixed[index], flat, sizes_mm)
        for index in range(count)
    ]


def write_labels(path: Path, rows: list[Row]) -> None:
    """Write labels.csv whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    partial.replace(path)


def claim(folder: Path, seed: int, share: float, sizes_mm: tuple[float, float] = SIZES_MM) -> None:
    """Mark the folder as this set's, or refuse: two sets in one folder would have false labels."""
    mark = folder / "dataset.json"
    mine: dict[str, object] = {"recipe": RECIPE, "seed": seed, "defective_share": share}
    if sizes_mm != SIZES_MM:
        mine["sizes_mm"] = list(sizes_mm)
    if mark.exists():
        found = json.loads(mark.read_text(encoding="utf-8"))
        if found != mine:
            raise DatasetError(
                f"{folder} holds the set {found}; asked for {mine}. "
                "Choose another folder, or delete this one."
            )
        return
    strangers = [path for path in folder.glob("*/*.png") if not path.name.startswith(".")]
    if strangers or (folder / "labels.csv").exists():
        raise DatasetError(f"{folder} holds pictures or labels of unknown origin; choose another")
    mark.write_text(json.dumps(mine) + "\n", encoding="utf-8")


def _quiet_worker() -> None:
    """One thread per process; Ctrl-C is the parent's to answer, which lets the last ones finish;
    none outlives a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A queue that its own readers hold open never ends: without this they wait for ever.
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _rows(listed: list[Job], workers: int) -> Iterator[Row]:
    """Make the pictures, in order, in this process or in several."""
    if workers <= 1:
        yield from map(make, listed)
        return
    # Spawned, not forked: a fork of a process with threads (Qt, TensorFlow) may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_quiet_worker) as pool:
        try:
            yield from pool.map(make, listed, chunksize=max(1, min(16, len(listed) // workers)))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _check_all_labelled(out: Path, count: int) -> None:
    """Refuse a smaller set where a larger one lies: pictures beyond it would have no labels."""
    most = max((int(p.stem[5:]) + 1 for p in out.glob("*/part-??????.png")), default=0)
    if most > count:
        raise DatasetError(
            f"{out} holds pictures up to number {most}; a set of {count} would leave some without "
            f"their labels. Ask for {most} or more, or choose another folder."
        )


def write_dataset(
    out: Path,
    count: int,
    seed: int,
    defective_share: float = 0.5,
    workers: int = 0,
    on_progress: Callable[[int], None] | None = None,
    sizes_mm: tuple[float, float] = SIZES_MM,
) -> list[Row]:
    """Write normal/, defective/, _masks/ and labels.csv under `out`; goes on where it was stopped.

    workers 0 takes one per core; on_progress gets the number done so far; sizes_mm: the largest
    defect of a part lies within, log-uniform. Raises DatasetError where `out` holds another set.
    """
    listed = jobs(out, count, seed, defective_share, sizes_mm=sizes_mm)
    for name in (NORMAL, DEFECTIVE, MASKS):
        (out / name).mkdir(parents=True, exist_ok=True)
    claim(out, seed, defective_share, sizes_mm)
    _check_all_labelled(out, count)
    rows = []
    for row in _rows(listed, workers or os.cpu_count() or 1):
        rows.append(row)
        if on_progress is not None:
            on_progress(len(rows))
    write_labels(out / "labels.csv", rows)
    return rows


def write_inbox(
    out: Path,
    count: int,
    seed: int,
    labels: Path,
    defective_share: float = 0.4,
    sizes_mm: tuple[float, float] = SIZES_MM,
    on_progress: Callable[[int], None] | None = None,
) -> list[Row]:
    """Write part-0000.png, part-0001.png ... into `out` alone, and their truth to `labels`.

    `labels` must lie outside `out`: a watched inbox is for pictures only.
    """
    if labels.resolve().is_relative_to(out.resolve()):
        raise DatasetError(f"labels {labels} lies within the inbox {out}; put it beside it")
    out.mkdir(parents=True, exist_ok=True)
    labels.parent.mkdir(parents=True, exist_ok=True)
    listed = jobs(out, count, seed, defective_share, True, sizes_mm)
    rows = []
    for job in listed:
        rows.append(make(job))
        if on_progress is not None:
            on_progress(len(rows))
    write_labels(labels, rows)
    return rows
