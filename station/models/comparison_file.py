"""Comparisons on the disk: OUT/models/comparisons/NAME.json, its pictures in the folder NAME."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from station.config import StationConfig
from station.domain import Decision
from station.errors import StationError
from station.models.active import FOLDER
from station.models.comparison import Compared, Comparison, Contender, Said

FORMAT = 1
COMPARISONS = "comparisons"
KEPT = 30
"""So many comparisons are kept, the latest; with their pictures some 2 MB each."""


def comparisons_of(config: StationConfig) -> Path:
    """The folder of all comparisons."""
    return config.out / FOLDER / COMPARISONS


def name_of(comparison: Comparison) -> str:
    """By which a comparison is known: the moment, and both digests."""
    digests = f"{comparison.one.digest[:8]}-{comparison.other.digest[:8]}"
    return f"{comparison.at:%Y%m%dT%H%M%S%f}Z-{digests}"


def as_json(comparison: Comparison) -> dict[str, Any]:
    """All of it as JSON values, with what follows from the parts beside them."""
    body = asdict(comparison)
    body["at"] = comparison.at.isoformat()
    tallies = [asdict(each) for each in comparison.tallies]
    for each in tallies:
        each["counts"] = {decision.value: n for decision, n in each["counts"].items()}
    return {
        "format": FORMAT,
        **body,
        "changed": comparison.changed,
        "changes": [
            {"one": one.value, "other": other.value, "parts": n}
            for (one, other), n in sorted(comparison.changes.items())
        ],
        "tallies": tallies,
        "time_ratio": comparison.time_ratio,
    }


def write_comparison(config: StationConfig, comparison: Comparison) -> Path:
    """Keep it, and no more than KEPT; returns its place. Raises StationError."""
    path = comparisons_of(config) / f"{name_of(comparison)}.json"
    text = json.dumps(as_json(comparison), indent=1, ensure_ascii=False, allow_nan=False)
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise StationError(
            "the comparison cannot be kept: {path} ({strerror}). Give this user a folder "
            "that it may write.",
            path=path,
            strerror=error.strerror,
        ) from error
    for old in sorted(path.parent.glob("*.json"))[:-KEPT]:
        shutil.rmtree(old.with_suffix(""), ignore_errors=True)
        old.unlink(missing_ok=True)
    return path


def read_comparison(path: Path) -> Comparison:
    """What `write_comparison` wrote. Raises StationError."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["format"] != FORMAT:
            raise ValueError(f"format {body['format']!r}, expected {FORMAT}")
        at = datetime.fromisoformat(body["at"])
        return Comparison(
            body["station"], body["lot"], at, Contender(**body["one"]), Contender(**body["other"]),
            tuple(_part(each) for each in body["parts"]),
            body["without_picture"], body["complete"],
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StationError(
            "the comparison {path} cannot be read: {error}. Compare the models again.",
            path=path,
            error=error,
        ) from error


def latest_comparison(config: StationConfig) -> tuple[Path, Comparison] | None:
    """The newest that can be read; None: there is none."""
    try:
        paths = sorted(comparisons_of(config).glob("*.json"), reverse=True)
    except OSError:
        return None
    for path in paths:
        try:
            return path, read_comparison(path)
        except StationError:
            continue
    return None


def _part(body: dict[str, Any]) -> Compared:
    truth = body["truth"]
    return Compared(
        **{
            **body,
            "recorded": Decision(body["recorded"]),
            "truth": None if truth is None else Decision(truth),
            "one": _said(body["one"]),
            "other": _said(body["other"]),
        }
    )


def _said(body: dict[str, Any]) -> Said:
    return Said(**{**body, "decision": Decision(body["decision"])})
