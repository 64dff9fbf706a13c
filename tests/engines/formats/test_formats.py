"""What is whole is read, however it was written; what is not read is said in its own words."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import lattice_disc
from PIL import Image

from engines.decode import IMAGE_SUFFIXES, decode_image
from engines.errors import ImageError

DISC = lattice_disc((1.0, -2.0), centre_px=(128, 120), px_per_mm=18.0, size_px=(256, 240))
SHARED = Path(__file__).resolve().parents[4] / "shared"


def written(mode: str, kind: str, **settings: object) -> bytes:
    """The disc, by another library than the one that reads it."""
    stream = io.BytesIO()
    Image.fromarray(DISC).convert(mode).save(stream, kind, **settings)
    return stream.getvalue()


PACKINGS = ("raw", "tiff_lzw", "packbits", "tiff_deflate", "tiff_adobe_deflate")
TIFFS = [(mode, p) for mode in ("L", "RGB", "RGBA", "P", "1", "I;16") for p in PACKINGS]


@pytest.mark.parametrize(("mode", "packing"), [*TIFFS, ("1", "group4")])
def test_a_tiff_is_read_however_it_is_packed(mode: str, packing: str) -> None:
    plain = decode_image(written(mode, "TIFF", compression="raw"), "a.tif")
    assert plain.shape == (240, 256, 3)
    packed = decode_image(written(mode, "TIFF", compression=packing), "a.tif")
    np.testing.assert_array_equal(packed, plain)
    if mode in ("RGB", "RGBA"):
        np.testing.assert_array_equal(packed, DISC)


@pytest.mark.parametrize("packing", ["jpeg", "zstd"])
def test_a_tiff_whose_damage_could_not_be_told_is_refused(packing: str) -> None:
    with pytest.raises(ImageError, match=r"packed in a way that is not read .* as png"):
        decode_image(written("RGB", "TIFF", compression=packing), "a.tif")


@pytest.mark.parametrize("flag", [3, 6])
def test_a_tiff_that_asks_to_be_turned_is_read(flag: int) -> None:
    picture = Image.fromarray(DISC)
    exif = picture.getexif()
    exif[274] = flag
    stream = io.BytesIO()
    picture.save(stream, "TIFF", exif=exif)
    turned = decode_image(stream.getvalue(), "a.tif")
    assert turned.shape == ((256, 240, 3) if flag == 6 else (240, 256, 3))


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "RGBA"])
def test_a_bmp_of_every_depth_is_read(mode: str) -> None:
    assert decode_image(written(mode, "BMP"), "a.bmp").shape == (240, 256, 3)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "RGBA", "LA", "I;16"])
def test_a_png_of_every_kind_is_read(mode: str) -> None:
    assert decode_image(written(mode, "PNG"), "a.png").shape == (240, 256, 3)


JPEGS = [
    {"quality": 95},
    {"quality": 10},
    {"progressive": True},
    {"optimize": True},
    {"subsampling": 0},
    {"restart_marker_blocks": 4},
]


@pytest.mark.parametrize("settings", JPEGS, ids=str)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_gives_the_pixels_that_opencv_gives(mode: str, settings: dict[str, int]) -> None:
    data = written(mode, "JPEG", **settings)
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decode_image(data, "a.jpg"), bgr[..., ::-1])


@pytest.mark.parametrize("settings", JPEGS, ids=str)
@pytest.mark.parametrize("level", [0, 1, 128, 255])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_plain_picture_is_not_taken_for_one_never_written(
    mode: str, level: int, settings: dict[str, int]
) -> None:
    """Its codes are the same ones thousands of times, zeros among them."""
    stream = io.BytesIO()
    plain = np.full((1024, 1024, 3), level, np.uint8)
    Image.fromarray(plain).convert(mode).save(stream, "JPEG", **settings)
    np.testing.assert_allclose(decode_image(stream.getvalue(), "a.jpg"), plain, atol=2)


def test_a_jpeg_with_a_part_never_written_is_refused() -> None:
    """512 zeros: libjpeg's own warnings miss some of these, in a picture with much detail."""
    data = written("RGB", "JPEG", quality=95)
    whole = bytearray(data)
    scan = data.index(b"\xff\xda")
    for at in range(scan + 20, len(data) - 600, 512):
        damaged = whole.copy()
        damaged[at : at + 512] = bytes(512)
        with pytest.raises(ImageError, match="damaged"):
            decode_image(bytes(damaged), "a.jpg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_what_a_program_leaves_behind_the_end_is_passed_over(kind: str) -> None:
    data = written("RGB", kind)
    np.testing.assert_array_equal(
        decode_image(data + b"\0more" * 3000, "a"), decode_image(data, "a")
    )


def test_every_real_picture_is_whole_and_read_as_opencv_does() -> None:
    """Strict as the decoder is, it refuses none of them."""
    pictures = [p for p in sorted(SHARED.rglob("*")) if p.suffix.lower() in IMAGE_SUFFIXES]
    if not pictures:
        pytest.skip(f"no real pictures under {SHARED.name}/; they are not part of the repository")
    for path in pictures[:: max(1, len(pictures) // 200)]:
        data = path.read_bytes()
        bgr = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        )
        np.testing.assert_array_equal(decode_image(data, path.name), bgr[..., ::-1])
