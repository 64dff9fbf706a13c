"""Where a report is put."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QWidget

from station.config import StationConfig
from ui.language import tr

FOLDER = "reports"
"""In the output folder."""


def proposed_path(config: StationConfig, lot: str | None, now: datetime) -> Path:
    """OUT/reports/LOT-DATE.pdf; what no file name may hold is left out."""
    name = re.sub(r"[^\w.-]+", "-", lot or "all").strip(".-") or "lot"
    return config.out / FOLDER / f"{name[:80]}-{now:%Y%m%d-%H%M}.pdf"


def ask_for_path(parent: QWidget, proposed: Path) -> Path | None:
    """The place that the person says; None: no report after all."""
    with suppress(OSError):  # then the dialog shows another folder
        proposed.parent.mkdir(parents=True, exist_ok=True)
    said, _ = QFileDialog.getSaveFileName(
        parent, tr("Save the report"), str(proposed), tr("PDF files (*.pdf)")
    )
    if not said:
        return None
    path = Path(said)
    return path if path.suffix.lower() == ".pdf" else path.with_name(path.name + ".pdf")
