"""Pictures in memory: the station's own decoding, in order, with the bad ones named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from builders import disc_picture, write_picture

from engines.bundle import InputSpec
from engines.decode import read_image
from engines.preprocess import fit_crop
from trainer.config import TrainerError
from trainer.pixels import available_memory, read_pixels

SPEC = InputSpec(48, 48)


def _folder(root: Path, count: int) -> list[str]:
    files = [f"p{i:02d}.png" for i in range(count)]
    for i, file in enumerate(files):
        write_picture(root / file, disc_picture(i, i % 2 == 1))
    return files


def test_pixels_are_what_the_station_would_see_in_the_order_asked_for(tmp_path: Path) -> None:
    files = _folder(tmp_path, 12)[::-1]
    pixels = read_pixels(tmp_path, files, SPEC)
    assert pixels.images.shape == (12, 48, 48, 3)
    for i, file in enumerate(files):
        expected = fit_crop(read_image(tmp_path / file), SPEC)
        assert np.array_equal(pixels.images[i], expected)
        assert pixels.sha256[i] == hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()
    assert pixels.kept == tuple(range(12))


def test_bad_files_are_refused_by_name_the_first_few(tmp_path: Path) -> None:
    files = _folder(tmp_path, 9)
    for file in files[1:8]:
        (tmp_path / file).write_bytes(b"not a picture at all")
    with pytest.raises(TrainerError) as refusal:
        read_pixels(tmp_path, files, SPEC, skip_bad=False)
    text = str(refusal.value)
    assert text.startswith("7 files")
    assert [f for f in files if f in text] == files[1:6]
    assert "and 2 more" in text
    assert "--skip-bad" in text


def test_skipped_files_leave_no_gap_and_are_recorded(tmp_path: Path) -> None:
    files = _folder(tmp_path, 5)
    (tmp_path / files[0]).write_bytes(b"")
    (tmp_path / files[3]).unlink()
    pixels = read_pixels(tmp_path, files, SPEC, skip_bad=True)
    assert pixels.kept == (1, 2, 4)
    assert [file for file, _ in pixels.bad] == [files[0], files[3]]
    assert "0 bytes" in pixels.bad[0][1]
    for place, index in enumerate(pixels.kept):
        expected = fit_crop(read_image(tmp_path / files[index]), SPEC)
        assert np.array_equal(pixels.images[place], expected)


def test_without_memory_the_pixels_lie_in_a_file_that_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = _folder(tmp_path / "data", 4)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    in_memory = read_pixels(tmp_path / "data", files, SPEC)
    assert not isinstance(in_memory.images, np.memmap)
    monkeypatch.setattr("trainer.pixels.available_memory", lambda: 1000)
    on_disk = read_pixels(tmp_path / "data", files, SPEC, scratch=scratch)
    assert isinstance(on_disk.images, np.memmap)
    assert np.array_equal(on_disk.images, in_memory.images)
    assert list(scratch.iterdir()) == []


def test_free_memory_is_read_from_the_system(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    2048 kB\n")
    assert available_memory(tmp_path / "meminfo") == 2048 * 1024
    assert available_memory(tmp_path / "none") == 4_000_000_000
