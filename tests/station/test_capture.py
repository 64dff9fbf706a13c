"""A file becomes a frame with the hash of its bytes, whatever its format; or a clear refusal."""

from __future__ import annotations

import hashlib
import os
from datetime import timezone
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import lattice_disc, write_picture

from engines.decode import MAX_PIXELS
from engines.errors import ImageError
from station.capture.picture_file import SPARE_BYTES, fingerprint, printable, read_frame

DISC = lattice_disc(size_px=(128, 96), centre_px=(64, 48), px_per_mm=7)


def test_a_frame_knows_its_bytes_and_its_time(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", DISC)
    os.utime(path, (1_700_000_000.25, 1_700_000_000.25))
    frame = read_frame(path, MAX_PIXELS)
    assert frame.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert frame.source == "a.png"
    assert frame.captured_at.timestamp() == pytest.approx(1_700_000_000.25)
    assert frame.captured_at.tzinfo is timezone.utc
    np.testing.assert_array_equal(frame.image_rgb, DISC)


@pytest.mark.parametrize("name", ["a.PNG", "b.TiF", "c.bmp"])
def test_the_suffix_may_be_in_capitals(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(write_picture(tmp_path / name.lower(), DISC).read_bytes())
    np.testing.assert_array_equal(read_frame(tmp_path / name, MAX_PIXELS).image_rgb, DISC)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_gray_and_alpha_become_rgb(tmp_path: Path, suffix: str) -> None:
    gray = DISC[..., 0]
    cv2.imwrite(str(tmp_path / f"deep{suffix}"), gray.astype(np.uint16) * 257)
    deep = read_frame(tmp_path / f"deep{suffix}", MAX_PIXELS).image_rgb
    np.testing.assert_array_equal(deep[..., 1], gray)
    bgra = np.dstack([DISC[..., ::-1], np.full(gray.shape, 255, np.uint8)])
    cv2.imwrite(str(tmp_path / f"alpha{suffix}"), bgra)
    np.testing.assert_array_equal(
        read_frame(tmp_path / f"alpha{suffix}", MAX_PIXELS).image_rgb, DISC
    )


def test_another_kind_of_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(ImageError, match=r"notes\.pdf is not a picture by its name; expected"):
        read_frame(path, MAX_PIXELS)


def test_a_file_too_large_for_any_picture_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as stream:
        stream.truncate(8 * 1000 + SPARE_BYTES + 1)
    with pytest.raises(ImageError, match="more than a picture of 1,000 pixels can have"):
        read_frame(path, 1000)


def test_a_file_that_is_gone_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_frame(tmp_path / "gone.png", MAX_PIXELS)


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_picture(tmp_path / "a.png", DISC)
    real, looks = os.fstat, []

    def look(handle: int) -> os.stat_result:
        looks.append(handle)
        if len(looks) == 2:
            with path.open("ab") as stream:
                stream.write(b"more")
        return real(handle)

    monkeypatch.setattr(os, "fstat", look)
    with pytest.raises(ImageError, match="changed while it was read"):
        read_frame(path, MAX_PIXELS)


def test_a_name_that_is_not_utf8_can_be_recorded(tmp_path: Path) -> None:
    name = os.fsdecode(b"sch\xf6n.png")
    assert printable(name) == "sch\ufffdn.png"
    path = tmp_path / name
    path.write_bytes(write_picture(tmp_path / "a.png", DISC).read_bytes())
    read_frame(path, MAX_PIXELS).source.encode("utf-8")


def test_a_fingerprint_is_taken_of_what_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("hello")
    assert fingerprint(path)[0] == hashlib.sha256(b"hello").hexdigest()
    assert fingerprint(tmp_path / "gone")[0] is None
