"""Self-contained HTML pages: one template, the one style, pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

import cv2
import jinja2
import numpy as np
from markupsafe import Markup

from engines.prediction import ImageArray
from station.errors import StationError

STYLE = "style.css"


def render(template: str, filters: Mapping[str, Callable[..., object]], **values: Any) -> bytes:
    """A page from station/templates/, with the style within, as UTF-8."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    page = environment.get_template(template).render(style=Markup(_text(STYLE)), **values)
    return page.encode("utf-8")


def data_uri(image_rgb: ImageArray, quality: int) -> str:
    """A picture, uint8 (H, W, 3) RGB, as an address that holds it."""
    bgr = np.ascontiguousarray(image_rgb[..., ::-1])
    ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise StationError(
            "a picture of shape {shape} cannot be encoded for a page.", shape=image_rgb.shape
        )
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")


def _text(name: str) -> str:
    return resources.files("station.pages").joinpath("templates").joinpath(name).read_text("utf-8")
