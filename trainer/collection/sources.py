"""A folder that pictures are collected from, and what is known of where it came from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.decode import IMAGE_SUFFIXES
from engines.picture_files import files_below
from trainer.config import TrainerError
from trainer.criteria import ClassCriteria, Criteria
from trainer.labels_file import read_table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOURCE_FILE = "source.toml"
FACTS = ("part_id", "kind", "size_mm")


@dataclass(frozen=True, slots=True)
class Source:
    """One source folder."""

    path: Path
    source: str
    licence: str
    files: tuple[str, ...]
    """Pictures by their suffix, below `path`, sorted."""
    ignored: int
    """Files that are no pictures by their suffix."""
    facts: dict[str, dict[str, str]]
    """Rows of the folder's labels.csv, by file."""


def open_source(path: Path, source: str | None = None, licence: str | None = None) -> Source:
    """List a folder, but for folders that start with _ or a dot, which are never classes. What is
    not given is read from its source.toml (`source`, `licence`).

    Raises TrainerError where the folder or either word is missing: nothing comes in unaccounted.
    """
    if not path.is_dir():
        raise TrainerError(f"{path} is not a folder. Give a folder of pictures.")
    told = _source_file(path / SOURCE_FILE)
    known = {"source": source or told.get("source"), "licence": licence or told.get("licence")}
    missing = [name for name, value in known.items() if not value]
    if missing:
        raise TrainerError(
            f"{path}: the {' and the '.join(missing)} of these pictures is not known. Give "
            f"{' and '.join('--' + name for name in missing)}, or write {path / SOURCE_FILE} with "
            'source = "..." and licence = "...".'
        )
    found = files_below(path)
    kept = [p for p in found if p.suffix.lower() in IMAGE_SUFFIXES]
    own = sum(p.name in (SOURCE_FILE, "labels.csv") and p.parent == path for p in found)
    return Source(
        path,
        str(known["source"]),
        str(known["licence"]),
        tuple(p.relative_to(path).as_posix() for p in kept),
        len(found) - len(kept) - own,
        read_table(path / "labels.csv", ("file",))[1],
    )


def class_of(source: Source, file: str, criteria: Criteria) -> ClassCriteria | None:
    """The class that takes the name of the nearest folder above; the source's own comes last."""
    folders = [source.path.resolve().name, *file.split("/")[:-1]]
    found = (criteria.class_of(folder) for folder in reversed(folders))
    return next((c for c in found if c is not None), None)


def class_named(name: str, criteria: Criteria) -> ClassCriteria:
    """The class that `--class` names. Raises TrainerError."""
    for each in criteria.classes:
        if each.name == name:
            return each
    names: Sequence[str] = [c.name for c in criteria.classes]
    raise TrainerError(f"--class {name}: criteria.toml names {', '.join(names)}.")


def _source_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrainerError(f"{path} cannot be read as TOML ({error}). Correct it.") from error
    wrong = [k for k, v in body.items() if k not in ("source", "licence") or not isinstance(v, str)]
    if wrong:
        raise TrainerError(
            f"{path}: {wrong[0]} = {body[wrong[0]]!r}; expected the words source and licence."
        )
    return {key: str(value) for key, value in body.items()}
