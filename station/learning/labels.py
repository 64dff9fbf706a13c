"""labels.csv of a training folder: which part each crop shows, who said so, and by what."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from station.crop import LABELS_FILE
from station.domain import Decision
from station.errors import ConfigError
from station.learning.candidates import Candidate
from station.sinks import write_atomically

FOR_TRAINING = ("file", "part_id", "kind", "size_mm")
"""What the trainer reads."""
ORIGIN = (
    "part_uuid",
    "picture_sha256",
    "decision",
    "decided_by",
    "decided_at",
    "word",
    "verdict",
    "predicted_class",
    "defect_probability",
    "bundle_sha256",
    "station",
    "lot",
)
"""Where the label comes from."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A labels.csv as it is."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    @property
    def exported(self) -> dict[str, str]:
        """Uuid of a part -> its file, for what came from a station."""
        named = ((row.get("part_uuid") or "", row["file"]) for row in self.rows)
        return {uuid: file for uuid, file in named if uuid}


def read_labels(folder: Path) -> Labels:
    """Of a training folder; without rows where it has none. Raises ConfigError."""
    path = folder / LABELS_FILE
    if not path.is_file():
        return Labels(FOR_TRAINING + ORIGIN, ())
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            columns, rows = tuple(reader.fieldnames or ()), tuple(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(
            "{path} cannot be read ({error}). Correct it or remove it.", path=path, error=error
        ) from error
    if "file" not in columns or any(None in row or None in row.values() for row in rows):
        raise ConfigError(
            "{path} has no column `file`, or rows that are longer or shorter than its "
            "head. Correct it, or give another folder.",
            path=path,
        )
    return Labels(columns, rows)


def row_of(candidate: Candidate, file: str) -> dict[str, str]:
    """A candidate's row; file: of its crop, below the folder. Pictures with one serial number show
    one part, and stay together."""
    record, word = candidate.record, candidate.word
    p = record.defect_probability
    reject = word.decision is Decision.REJECT
    return {
        "file": file,
        "part_id": record.part_serial or record.uuid,
        "kind": (candidate.class_name or "") if reject else "",
        # The extent of the heat is no measurement: it is not taught as one.
        "size_mm": "",
        "part_uuid": record.uuid,
        "picture_sha256": record.image_sha256 or "",
        "decision": word.decision.value,
        "decided_by": word.operator,
        "decided_at": word.at.isoformat(timespec="seconds"),
        "word": word.reason,
        "verdict": record.decision.value,
        "predicted_class": record.predicted_class or "",
        "defect_probability": "" if p is None else f"{p:.6g}",
        "bundle_sha256": record.bundle_sha256,
        "station": record.station,
        "lot": record.lot or "",
    }


def write_labels(folder: Path, labels: Labels, rows: Sequence[dict[str, str]]) -> None:
    """Add rows; those that are there stay as they are. Raises StationError."""
    named = {row["file"] for row in labels.rows}
    fresh = [row for row in rows if row["file"] not in named]
    if not fresh:
        return
    wanted = FOR_TRAINING + ORIGIN
    columns = [*labels.columns, *(name for name in wanted if name not in labels.columns)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(labels.rows)
    writer.writerows(fresh)
    write_atomically(folder / LABELS_FILE, text.getvalue().encode())
