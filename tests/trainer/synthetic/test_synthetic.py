"""Synthetic photographs: the truth they carry is the truth in their pixels."""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.synthetic import (
    KINDS,
    DatasetError,
    Defect,
    Photograph,
    Plan,
    photograph,
    plan,
    render,
    write_dataset,
)
from trainer.synthetic.camera import make_grid
from trainer.synthetic.dataset import jobs
from trainer.synthetic.defects import MAX_MM, MIN_MM, Warp


@functools.cache
def defective_plan(seed: int) -> Plan:
    return plan(seed, True)


def plans_with(kind: str, count: int, at_least_mm: float = 0.0) -> list[Plan]:
    """The first parts whose only defect is of this kind and at least this large."""
    found: list[Plan] = []
    seed = 0
    while len(found) < count:
        planned = defective_plan(seed)
        truth = planned.defects[0]
        if len(planned.flaws) == 1 and truth.kind == kind and truth.size_mm >= at_least_mm:
            found.append(planned)
        seed += 1
    return found


def mask_extent_mm(photo: Photograph) -> float:
    """The largest distance between two defect pixels."""
    rows, columns = np.nonzero(photo.mask)
    hull = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))[:, 0].astype(float)
    apart = hull[:, None] - hull[None]
    return float(np.sqrt((apart**2).sum(axis=-1)).max()) / photo.px_per_mm


def digest(image: NDArray[np.uint8]) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from trainer.synthetic import render; p = render(7, True);"
        "print(hashlib.sha256(p.image_rgb.tobytes()).hexdigest(),"
        " hashlib.sha256(p.mask.tobytes()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    here = render(7, True)
    assert other == [digest(here.image_rgb), digest(here.mask)]


def test_it_runs_without_tensorflow_or_keras() -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None;"
        "from trainer.synthetic import render; print(render(1).image_rgb.shape)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert out.strip() == "(512, 512, 3)"


def test_different_seeds_give_different_parts() -> None:
    photos = [render(seed, False) for seed in range(4)]
    assert len({digest(photo.image_rgb) for photo in photos}) == 4
    assert len({photo.part_id for photo in photos}) == 4
    assert len({photo.centre_px for photo in photos}) == 4


def test_crack_and_other_sizes_are_log_uniform_from_half_to_ten_mm() -> None:
    parts = [defective_plan(seed) for seed in range(400)]
    sizes = np.sort([part.defects[0].size_mm for part in parts])
    # A web cannot be smaller than the pore it fills, so the floor is not touched from below.
    assert sizes[0] >= MIN_MM and sizes[-1] <= MAX_MM
    share = np.log(sizes / MIN_MM) / math.log(MAX_MM / MIN_MM)
    distance = np.abs(share - (np.arange(400) + 0.5) / 400).max()
    assert distance < 1.63 / math.sqrt(400)  # Kolmogorov-Smirnov at 1 %


def test_cracks_are_the_most_common_and_every_kind_occurs() -> None:
    kinds = Counter(defective_plan(seed).defects[0].kind for seed in range(400))
    assert set(kinds) == set(KINDS)
    assert 0.38 < kinds["crack"] / 400 < 0.52
    assert min(kinds.values()) >= 24  # 11 % of 400, less three standard deviations


def test_a_cracks_mask_is_as_long_as_its_size() -> None:
    for planned in plans_with("crack", 10):
        size = planned.defects[0].size_mm
        extent = mask_extent_mm(photograph(planned))
        assert extent == pytest.approx(size, rel=0.1, abs=0.12), planned.part_id


@pytest.mark.parametrize("kind", ["chip", "merged-strands", "blob"])
def test_an_areas_mask_is_as_large_as_its_size(kind: str) -> None:
    for planned in plans_with(kind, 3):
        size = planned.defects[0].size_mm
        assert mask_extent_mm(photograph(planned)) == pytest.approx(size, rel=0.1, abs=0.1)


def test_a_missing_strands_mask_spans_the_gap_and_the_strands_width() -> None:
    for planned in plans_with("missing-strand", 3):
        size, width = planned.defects[0].size_mm, planned.lattice.layers[0].width_mm
        extent = mask_extent_mm(photograph(planned))
        assert size - 0.1 < extent < math.hypot(size, width) + 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_the_mask_lies_where_the_truth_says(kind: str) -> None:
    for planned in plans_with(kind, 2):
        photo, truth = photograph(planned), planned.defects[0]
        rows, columns = np.nonzero(photo.mask)
        x_mm = (columns - photo.centre_px[0]) / photo.px_per_mm
        y_mm = (rows - photo.centre_px[1]) / photo.px_per_mm
        nearest = np.hypot(x_mm - truth.x_mm, y_mm - truth.y_mm).min()
        assert nearest < 0.25 + 0.25 * truth.size_mm
        assert np.hypot(x_mm, y_mm).max() < 6.0 + 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_a_defect_of_a_millimetre_changes_its_pixels_and_few_others(kind: str) -> None:
    for planned in plans_with(kind, 2, at_least_mm=1.0):
        bad, sound = photograph(planned), render(planned.seed, False)
        change = np.abs(bad.image_rgb.astype(int) - sound.image_rgb.astype(int)).mean(axis=2)
        within = change[bad.mask > 0]
        # Noise is drawn alike in both, so that what differs is the defect alone.
        assert within.mean() > 8.0
        far = cv2.dilate(bad.mask, np.ones((61, 61), np.uint8)) == 0
        if kind != "ovality":  # a warped rim takes the lattice with it
            assert change[far].mean() < 0.2


def test_faint_cracks_of_a_millimetre_still_break_the_strands_brightness() -> None:
    cracks = plans_with("crack", 30, at_least_mm=1.0)
    faintest = sorted(cracks, key=lambda part: getattr(part.flaws[0], "contrast", 1.0))[:4]
    for planned in faintest:
        bad, sound = photograph(planned), render(planned.seed, False)
        before = sound.image_rgb[..., 1].astype(float)
        on_strands = (bad.mask > 0) & (before > 0.9 * np.median(before[bad.mask > 0]))
        after = bad.image_rgb[..., 1].astype(float)
        assert 1.0 - after[on_strands].mean() / before[on_strands].mean() > 0.12


def test_a_sound_part_has_no_defects_and_an_empty_mask() -> None:
    for seed in range(5):
        photo = render(seed, False)
        assert photo.defects == ()
        assert not photo.mask.any()


def test_the_disc_is_twelve_millimetres_wide_and_round() -> None:
    for seed in range(40):
        planned = plan(seed, False)
        assert 2 * planned.lattice.radius_mm == pytest.approx(12.0, rel=0.02)
        grid = make_grid(planned.camera, (), planned.lattice.radius_mm)
        inside = (grid.radius_mm < planned.lattice.radius_mm).astype(np.uint8)
        contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        _, axes, _ = cv2.fitEllipse(contours[0])
        assert max(axes) / min(axes) < 1.005
        across_mm = 2.0 * math.sqrt(float(inside.sum()) / math.pi) / planned.camera.px_per_mm
        assert across_mm == pytest.approx(12.0, rel=0.02)


def test_a_bright_disc_on_a_dark_bench_measures_twelve_millimetres_in_the_picture() -> None:
    measured = []
    for seed in range(30):
        planned = plan(seed, False)
        if planned.look.surface != "dark" or planned.look.haze > 0.2:
            continue
        grey = photograph(planned).image_rgb[..., 1]
        _, bright = cv2.threshold(cv2.medianBlur(grey, 5), 0, 255, cv2.THRESH_OTSU)
        contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        hull = cv2.convexHull(max(contours, key=cv2.contourArea))
        measured.append(2 * math.sqrt(cv2.contourArea(hull) / math.pi) / planned.camera.px_per_mm)
    assert len(measured) >= 4
    assert np.abs(np.array(measured) / 12.0 - 1.0).max() < 0.02


def test_ovality_leaves_the_circle_by_more_than_any_sound_part_does() -> None:
    for planned in plans_with("ovality", 6):
        flaw = planned.flaws[0]
        assert isinstance(flaw, Warp)
        natural = 6.0 * 0.004 + np.abs(planned.lattice.rim.wobble_mm).max()
        assert abs(flaw.deviation_mm) > 1.5 * natural


def test_a_defect_of_an_unknown_kind_or_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="scratch"):
        Defect("scratch", 1.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="size"):
        Defect("crack", 0.0, 0.0, 0.0)


def test_labels_agree_with_the_files_and_the_pictures(tmp_path: Path) -> None:
    done: list[int] = []
    rows = write_dataset(tmp_path, 6, seed=3, workers=1, on_progress=done.append)
    assert done == list(range(1, 7))
    with (tmp_path / "labels.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert [row["file"] for row in read] == [row.file for row in rows]
    assert Counter(row["label"] for row in read) == {"normal": 3, "defective": 3}
    assert {row["file"] for row in read} == {
        path.relative_to(tmp_path).as_posix()
        for name in ("normal", "defective")
        for path in (tmp_path / name).iterdir()
    }
    for row in read:
        stem = Path(row["file"]).name
        mask = tmp_path / "_masks" / stem
        assert mask.exists() == (row["label"] == "defective")
        assert (row["kind"] == "none") == (row["label"] == "normal")
    bad = next(row for row in rows if row.label == "defective")
    again = render(bad.seed, True)
    stored = cv2.imread(str(tmp_path / bad.file), cv2.IMREAD_COLOR)
    assert stored is not None
    assert np.array_equal(stored[..., ::-1], again.image_rgb)
    largest = max(again.defects, key=lambda defect: defect.size_mm)
    assert (bad.kind, bad.size_mm) == (largest.kind, round(largest.size_mm, 4))


def test_the_classes_are_balanced_and_not_told_by_the_number(tmp_path: Path) -> None:
    wanted = [job.defective for job in jobs(tmp_path, 200, seed=5, share=0.5)]
    assert sum(wanted) == 100
    first_of_each_pair = sum(wanted[::2])
    assert 30 < first_of_each_pair < 70
    assert sum(job.defective for job in jobs(tmp_path, 50, seed=5, share=0.4)) == 20


def test_a_set_made_larger_keeps_the_parts_it_had(tmp_path: Path) -> None:
    small, large = jobs(tmp_path, 13, seed=5, share=0.5), jobs(tmp_path, 40, seed=5, share=0.5)
    assert large[:13] == small


def test_a_run_that_was_stopped_goes_on_and_keeps_what_it_had(tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path, 6, seed=4, workers=1, on_progress=stop)
    assert not (tmp_path / "labels.csv").exists()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*.png")}
    assert len([path for path in kept if path.parent.name != "_masks"]) == 3
    rows = write_dataset(tmp_path, 6, seed=4, workers=1)
    assert len(rows) == 6
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in kept.items())
    assert not list(tmp_path.rglob("*.part"))


def test_another_seeds_set_is_refused_and_left_alone(tmp_path: Path) -> None:
    write_dataset(tmp_path, 2, seed=1, workers=1)
    before = (tmp_path / "labels.csv").read_bytes()
    with pytest.raises(DatasetError, match="Choose another folder"):
        write_dataset(tmp_path, 2, seed=2, workers=1)
    assert (tmp_path / "labels.csv").read_bytes() == before
    assert json.loads((tmp_path / "dataset.json").read_text(encoding="utf-8"))["seed"] == 1


def test_two_processes_write_what_one_writes(tmp_path: Path) -> None:
    one = write_dataset(tmp_path / "one", 4, seed=9, workers=1)
    two = write_dataset(tmp_path / "two", 4, seed=9, workers=2)
    assert one == two
    for row in one:
        assert (tmp_path / "one" / row.file).read_bytes() == (
            tmp_path / "two" / row.file
        ).read_bytes()


def test_sizes_are_those_asked_for_and_part_of_what_the_folder_is(tmp_path: Path) -> None:
    sizes = [plan(seed, True, (0.25, 1.0)).defects[0] for seed in range(200)]
    drawn = [d.size_mm for d in sizes if d.kind != "merged-strands"]  # a web reaches its strands
    assert min(drawn) < 0.3
    assert max(drawn) <= 1.0
    # Log-uniform: half of them below the geometric mean of 0.5 mm.
    assert 0.38 < float(np.mean(np.array(drawn) < 0.5)) < 0.62
    write_dataset(tmp_path, 2, seed=1, workers=1, sizes_mm=(0.25, 1.0))
    assert json.loads((tmp_path / "dataset.json").read_text())["sizes_mm"] == [0.25, 1.0]
    with pytest.raises(DatasetError, match="Choose another folder"):
        write_dataset(tmp_path, 2, seed=1, workers=1)
    with pytest.raises(DatasetError, match=r"3 to 1 mm; expected the smaller size first"):
        write_dataset(tmp_path / "other", 2, seed=1, workers=1, sizes_mm=(3.0, 1.0))
