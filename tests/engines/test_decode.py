"""Every file becomes an RGB picture or a clear refusal; nothing half-decoded gets through."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.decode import decode_image, header_size, read_image
from engines.errors import ImageError

RNG = np.random.default_rng(0)
COLOUR = cv2.GaussianBlur(RNG.integers(0, 255, (40, 50, 3), dtype=np.uint8), (7, 7), 0)


def encoded(image: np.ndarray, suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, image)
    assert done
    return bytes(data)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tif"])
def test_colour_files_come_back_as_rgb(suffix: str) -> None:
    bgr = np.zeros((40, 50, 3), np.uint8)
    bgr[..., 2] = 200
    image = decode_image(encoded(bgr, suffix), "red" + suffix)
    assert image.shape == (40, 50, 3)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image.reshape(-1, 3).mean(axis=0), [200, 0, 0], atol=2)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tif"])
def test_gray_files_get_three_equal_channels(suffix: str) -> None:
    image = decode_image(encoded(COLOUR[..., 0], suffix), "gray" + suffix)
    assert image.shape == (40, 50, 3)
    np.testing.assert_array_equal(image[..., 0], image[..., 2])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_scaled_not_cut(suffix: str) -> None:
    gray = np.linspace(0, 65535, 40 * 50).reshape(40, 50).astype(np.uint16)
    image = decode_image(encoded(gray, suffix), "deep" + suffix)
    np.testing.assert_allclose(image[..., 1], gray / 257.0, atol=0.51)


def test_alpha_lies_over_black() -> None:
    bgra = np.full((20, 20, 4), 200, np.uint8)
    bgra[:, :10, 3] = 0
    bgra[:, 10:, 3] = 255
    image = decode_image(encoded(bgra, ".png"), "alpha.png")
    assert image[:, :10].max() == 0
    assert image[:, 10:].min() == 200


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tif"])
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.2, 0.5, 0.9, 0.99])
def test_a_cut_off_file_is_refused(suffix: str, kept: float) -> None:
    data = encoded(COLOUR, suffix)
    with pytest.raises(ImageError):
        decode_image(data[: int(len(data) * kept)], "cut" + suffix)


def test_a_bomb_is_refused_before_decoding() -> None:
    header = struct.pack(">II5B", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    data += struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(ImageError, match="30000x30000 pixels, over the limit"):
        decode_image(data, "bomb.png")


def test_the_limit_can_be_set() -> None:
    data = encoded(COLOUR, ".png")
    assert decode_image(data, "a.png", max_pixels=2000).shape == (40, 50, 3)
    with pytest.raises(ImageError, match="over the limit of 1,999"):
        decode_image(data, "a.png", max_pixels=1999)


@pytest.mark.parametrize("data", [b"hello, this is no picture", b"%PDF-1.7 ...", b"GIF89a\x01\0"])
def test_other_files_are_named_as_such(data: bytes) -> None:
    with pytest.raises(ImageError, match="not a jpg, png, bmp or tif"):
        decode_image(data, "notes.txt")


def test_five_channels_are_counted() -> None:
    tags = [(256, 4, 40), (257, 4, 40), (277, 3, 5)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4 + 40 * 40 * 5)
    with pytest.raises(ImageError, match="has 5 channels; expected 1"):
        decode_image(data, "spectral.tif")


def test_one_pixel_is_too_small() -> None:
    with pytest.raises(ImageError, match="1x1 pixels, too small"):
        decode_image(encoded(np.zeros((1, 1, 3), np.uint8), ".png"), "dot.png")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tif"])
def test_the_header_tells_the_size_decoding_gives(suffix: str) -> None:
    data = encoded(COLOUR, suffix)
    assert header_size(data) == (50, 40)


def test_random_damage_never_escapes_as_another_error() -> None:
    rng = np.random.default_rng(7)
    for suffix in (".jpg", ".png", ".bmp", ".tif"):
        good = np.frombuffer(encoded(COLOUR, suffix), np.uint8)
        for _ in range(60):
            data = good.copy()
            at = rng.integers(0, len(data), 12)
            data[at] = rng.integers(0, 255, 12)
            try:
                image = decode_image(data.tobytes(), "damaged" + suffix)
            except ImageError:
                continue
            assert image.dtype == np.uint8
            assert image.ndim == 3


def test_a_missing_file_is_an_image_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be read"):
        read_image(tmp_path / "none.png")
