"""Picture files to RGB arrays: the one decoder, for trainer and station alike."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engines.errors import ImageError
from engines.prediction import ImageArray

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
MAX_PIXELS = 64_000_000
"""Default limit, width x height: an 8000 x 8000 scan. A larger file is refused undecoded."""
WIDTH, HEIGHT, SAMPLES_PER_PIXEL = 256, 257, 277
"""TIFF tags."""
MIN_SIDE_PX = 16
"""Below this no defect of interest can be seen."""


def read_image(path: Path, max_pixels: int = MAX_PIXELS) -> ImageArray:
    """Read a file as `decode_image` does; an unreadable file is an ImageError too."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"{path} cannot be read ({error.strerror}). Check its permissions."
        ) from error
    return decode_image(data, path.name, max_pixels)


def decode_image(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> ImageArray:
    """Decode jpg, png, bmp or tif bytes to uint8 (H, W, 3) RGB.

    8-bit and 16-bit, gray, colour, with or without alpha (laid over black). The size is read from
    the header and held against `max_pixels` before anything is decoded. Raises ImageError.
    """
    if not data:
        raise ImageError(f"{name} is empty (0 bytes). Was it still being written? Send it again.")
    size = header_size(data)
    if size is None:
        raise ImageError(f"{name} is not a jpg, png, bmp or tif picture. Send one of those.")
    width, height = size
    if width * height > max_pixels:
        raise ImageError(
            f"{name} is {width}x{height} pixels, over the limit of {max_pixels:,}. "
            "Send a smaller picture or raise --max-pixels."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise ImageError(
            f"{name} is {width}x{height} pixels, too small to inspect (at least {MIN_SIDE_PX} a "
            "side). Check the camera or the export that wrote it."
        )
    channels = _tiff_tags(data).get(SAMPLES_PER_PIXEL, 1) if _is_tiff(data) else 1
    if channels not in (1, 3, 4):
        raise ImageError(_wrong_channels(name, channels))
    if _is_truncated(data):
        raise ImageError(f"{name} is cut off: its end is missing. Send the whole file again.")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ImageError(f"{name} cannot be decoded ({error.err}). Send it again.") from error
    if image is None:
        raise ImageError(f"{name} is damaged: it cannot be decoded. Send the file again.")
    return to_rgb(np.asarray(image), name)


def to_rgb(image: npt.NDArray[np.generic], name: str = "image") -> ImageArray:
    """A decoded picture, gray, BGR or BGRA, of 8 or 16 bits, to uint8 (H, W, 3) RGB."""
    if image.dtype == np.uint16:
        pixels = (image.astype(np.uint32) * 255 + 32767) // 65535
        pixels_u8 = pixels.astype(np.uint8)
    elif image.dtype == np.uint8:
        pixels_u8 = image.astype(np.uint8, copy=False)
    else:
        raise ImageError(
            f"{name} holds {image.dtype} pixels; expected 8 or 16 bits. Convert it to 8-bit png."
        )
    if pixels_u8.ndim == 2 or pixels_u8.shape[2] == 1:
        return np.asarray(cv2.cvtColor(pixels_u8, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    channels = pixels_u8.shape[2]
    if channels == 3:
        return np.asarray(cv2.cvtColor(pixels_u8, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    if channels == 4:
        alpha = pixels_u8[..., 3:].astype(np.uint16)
        colour = (pixels_u8[..., :3] * alpha + 127) // 255
        return np.ascontiguousarray(colour[..., ::-1].astype(np.uint8))
    raise ImageError(_wrong_channels(name, channels))


def _wrong_channels(name: str, channels: int) -> str:
    return (
        f"{name} has {channels} channels; expected 1 (gray), 3 (colour) or 4 (with alpha). "
        "Convert it to png."
    )


def header_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) from a jpg, png, bmp or tif header, None where it is none of these."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            width, height = struct.unpack(">II", data[16:24])
        elif data[:2] == b"BM":
            width, height = struct.unpack("<ii", data[18:26])
        elif data[:3] == b"\xff\xd8\xff":
            return _jpeg_size(data)
        elif _is_tiff(data):
            return _tiff_size(data)
        else:
            return None
    except struct.error:
        return None
    return int(width), abs(int(height))


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width), int(height)
        elif 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 2
        else:
            at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def _is_tiff(data: bytes) -> bool:
    return data[:4] in (b"II*\0", b"MM\0*")


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    tags = _tiff_tags(data)
    return (tags[WIDTH], tags[HEIGHT]) if WIDTH in tags and HEIGHT in tags else None


def _tiff_tags(data: bytes) -> dict[int, int]:
    """Tags of the first picture that hold one small number. Raises struct.error when cut off."""
    order = "<" if data[:2] == b"II" else ">"
    at = int(struct.unpack(order + "I", data[4:8])[0])
    count = int(struct.unpack(order + "H", data[at : at + 2])[0])
    tags: dict[int, int] = {}
    for index in range(count):
        entry = data[at + 2 + 12 * index : at + 14 + 12 * index]
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in (WIDTH, HEIGHT, SAMPLES_PER_PIXEL):
            form = order + ("H" if kind == 3 else "I")
            tags[tag] = int(struct.unpack(form, entry[8 : 8 + struct.calcsize(form)])[0])
    return tags


def _is_truncated(data: bytes) -> bool:
    """True where the format marks its end and the mark is missing.

    Decoders fill the missing part with gray or black and call it a picture: a defect in that part
    would pass.
    """
    if data[:3] == b"\xff\xd8\xff":
        return b"\xff\xd9" not in data[-4096:]
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return b"IEND" not in data[-4096:]
    if data[:2] == b"BM":
        offset = int(struct.unpack("<I", data[10:14])[0])
        width, height = struct.unpack("<ii", data[18:26])
        bits, compression = struct.unpack("<HI", data[28:34])
        row = (width * bits + 31) // 32 * 4
        return bool(compression == 0 and len(data) < offset + row * abs(height))
    return False
