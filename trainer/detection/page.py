"""pod.html and pod.png: a POD study for people."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from trainer.config import TrainerError
from trainer.detection.plot import as_bytes, draw_study
from trainer.detection.text import false_calls_text, groups_of, millimetres, remarks
from trainer.pages import page

PAGE, PICTURE = "pod.html", "pod.png"


def write_page(figures: Mapping[str, Any], folder: Path) -> Path:
    """Write both into `folder`, made if need be; returns the page's path. Raises TrainerError."""
    drawn = draw_study(figures)
    level = figures["confidence_level"]
    rows = groups_of(figures)
    text = page(
        "pod",
        {"mm": millimetres},
        figures=figures,
        rows=rows,
        bound=f"a90/{100 * level:g}",
        false_calls=false_calls_text(figures),
        remarks=[line for name, row in rows for line in remarks(name, row, level)],
        picture="data:image/svg+xml;base64," + base64.b64encode(as_bytes(drawn, "svg")).decode(),
    )
    try:
        write_atomically(folder / PICTURE, as_bytes(drawn, "png"))
        write_atomically(folder / PAGE, text.encode())
    except OSError as error:
        raise TrainerError(
            f"{folder} cannot be written ({error.strerror or error}). Give another --out."
        ) from error
    return folder / PAGE
