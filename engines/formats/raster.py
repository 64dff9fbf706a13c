"""Decoding by OpenCV, and any picture it gives to RGB of 8 bits."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.errors import ImageError
from engines.prediction import ImageArray


def decoded(data: bytes, name: str) -> ImageArray:
    """A whole file to uint8 (H, W, 3) RGB. Raises ImageError where OpenCV gives no picture."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ImageError(f"{name} cannot be decoded ({error.err}). Send it again.") from error
    if image is None:
        raise ImageError(f"{name} is damaged: it cannot be decoded. Send the file again.")
    return to_rgb(np.asarray(image), name)


def to_rgb(image: npt.NDArray[np.generic], name: str = "image") -> ImageArray:
    """A decoded picture, gray, BGR or BGRA, of 8 or 16 bits, to uint8 (H, W, 3) RGB.

    Alpha is laid over black. Raises ImageError for other pixels.
    """
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
    raise ImageError(wrong_channels(name, channels))


def wrong_channels(name: str, channels: int) -> str:
    """What to say of a picture that is neither gray nor in colour."""
    return (
        f"{name} has {channels} channels; expected 1 (gray), 3 (colour) or 4 (with alpha). "
        "Convert it to png."
    )
