"""What hidden places of a picture show."""

from __future__ import annotations

import cv2
import numpy as np

from engines.prediction import ImageArray

SHARE = 0.08
"""Standard deviation of the blur, as a share of the picture's side."""


def grayed(image_rgb: ImageArray) -> ImageArray:
    """uint8 (H, W, C): the picture's mean colour everywhere (Ribeiro et al., 2016, section 3.1).

    Black would be a hole, which many a model of defects looks for.
    """
    mean = image_rgb.mean(axis=(0, 1), keepdims=True)
    return np.asarray(np.broadcast_to(np.rint(mean), image_rgb.shape), np.uint8)


def blurred(image_rgb: ImageArray) -> ImageArray:
    """uint8 (H, W, C): the picture with its shades and without its detail; what insertion starts
    from (Petsiuk et al., 2018).
    """
    sigma = SHARE * max(image_rgb.shape[:2])
    soft = cv2.GaussianBlur(image_rgb, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(soft, np.uint8).reshape(image_rgb.shape)
