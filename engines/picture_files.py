"""Which files of a folder are pictures of it: one rule for trainer and bench."""

from __future__ import annotations

from pathlib import Path

from engines.decode import IMAGE_SUFFIXES


def files_below(folder: Path) -> list[Path]:
    """Sorted; without hidden ones, and without those in folders set aside: `_x` or `.x`."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not _is_aside(folder, p))


def pictures_below(folder: Path) -> list[Path]:
    """Those of `files_below` that are pictures by their suffix."""
    return [p for p in files_below(folder) if p.suffix.lower() in IMAGE_SUFFIXES]


def _is_aside(folder: Path, file: Path) -> bool:
    *folders, name = file.relative_to(folder).parts
    return name[0] == "." or any(each[0] in "_." for each in folders)
