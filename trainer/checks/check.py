"""`trainer check`: read a data folder, run every check, and with a run ask its model too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from engines.backend import OnProgress
from trainer.calibration import apply_temperature
from trainer.checks.copies import Copy, find_copies
from trainer.checks.facts import Facts, read_facts
from trainer.checks.findings import (
    Checked,
    copy_findings,
    count_findings,
    odd_findings,
    part_findings,
    shortcut_findings,
    suspect_findings,
    unreadable_findings,
)
from trainer.checks.parts import parts_of
from trainer.checks.shortcuts import find_shortcuts
from trainer.checks.suspects import Suspect, find_suspects
from trainer.config import TrainerError
from trainer.criteria import CRITERIA_FILE, read_criteria
from trainer.datasets import Catalogue, Picture, scan
from trainer.pixels import read_pixels
from trainer.predictions import load_float32, predict
from trainer.runs import SPLIT_FILE, Run
from trainer.splits import SplitRow, groups_of, read_split


def check_data(
    data: Path,
    *,
    run: Run | None = None,
    wanted: int | None = None,
    on_progress: OnProgress | None = None,
) -> Checked:
    """Every check of `data`; with a finished `run`, its split and its doubts about labels too.

    wanted: pictures of each class; without it, what DATA/criteria.toml says. Raises TrainerError.
    """
    tell = on_progress or (lambda _what, _done, _total: None)
    catalogue = scan(data, least_classes=1)
    files = [p.file for p in catalogue.pictures]
    read = read_facts(data, files, lambda done, total: tell("reading", done, total))
    bad = [(f, r) for f, r in zip(files, read, strict=True) if isinstance(r, str)]
    kept = [(p, r) for p, r in zip(catalogue.pictures, read, strict=True) if isinstance(r, Facts)]
    pictures, facts = tuple(p for p, _ in kept), tuple(f for _, f in kept)
    rows = _rows(run, catalogue)
    splits = None if run is None else tuple(_split(p, f, rows) for p, f in kept)
    tell("comparing", 0, 1)
    copies = find_copies(facts)
    tell("comparing", 1, 1)
    labels = np.array([p.label for p in pictures], np.int64)
    groups = groups_of(_with_copies(pictures, copies), [f.sha256 for f in facts])
    shortcuts = find_shortcuts(facts, labels, groups) if facts else []
    suspects = [] if run is None else _suspects(run, data, pictures, splits or (), tell)
    names = catalogue.class_names
    found = np.bincount(labels, minlength=len(names)).tolist()
    counts = dict(zip(names, found, strict=True))
    wants = _wanted(data, catalogue, wanted)
    findings = (
        *unreadable_findings(bad),
        *copy_findings(copies, pictures, names, splits),
        *part_findings(pictures, names, splits),
        *shortcut_findings(shortcuts),
        *suspect_findings(suspects, pictures, names),
        *count_findings(counts, wants),
        *odd_findings(pictures, facts),
    )
    return Checked(
        data=str(data),
        run=None if run is None else str(run.path),
        class_names=names,
        pictures=pictures,
        facts=facts,
        splits=splits,
        wanted=wants,
        counts=counts,
        copies=tuple(copies),
        shortcuts=tuple(shortcuts),
        suspects=tuple(suspects),
        findings=findings,
    )


def as_json(checked: Checked) -> dict[str, Any]:
    """All of it but pixels, JSON-able."""
    return {
        "data": checked.data,
        "run": checked.run,
        "pictures": len(checked.pictures),
        "classes": {
            name: {"pictures": count, "wanted": checked.wanted.get(name)}
            for name, count in checked.counts.items()
        },
        "copies": [
            {
                "files": [checked.pictures[c.a].file, checked.pictures[c.b].file],
                "exact": c.exact,
                "likeness": round(c.likeness, 4),
                "turned": c.turned,
            }
            for c in checked.copies
        ],
        "shortcuts": [asdict(s) | {"warns": s.warns} for s in checked.shortcuts],
        "suspects": [
            {
                "file": checked.pictures[s.index].file,
                "given": checked.class_names[s.given],
                "likely": checked.class_names[s.likely],
                "given_probability": s.given_probability,
                "likely_probability": s.likely_probability,
            }
            for s in checked.suspects
        ],
        "findings": [asdict(f) for f in checked.findings],
        "worst": checked.worst,
    }


def _rows(run: Run | None, catalogue: Catalogue) -> Mapping[str, SplitRow]:
    if run is None:
        return {}
    if catalogue.class_names != run.class_names:
        raise TrainerError(
            f"{catalogue.root} has the classes {', '.join(catalogue.class_names)}, the run "
            f"{', '.join(run.class_names)}. Give the run that was trained on this folder."
        )
    rows = {r.file: r for r in read_split(run.path / SPLIT_FILE)}
    if not any(p.file in rows for p in catalogue.pictures):
        raise TrainerError(
            f"{run.path} knows none of the pictures in {catalogue.root}. Give the folder that it "
            f"was trained on ({run.data}), wherever it lies now."
        )
    return rows


def _split(picture: Picture, facts: Facts, rows: Mapping[str, SplitRow]) -> str:
    """Where the run had this very file; nothing where it is new or changed."""
    row = rows.get(picture.file)
    return row.split if row is not None and row.sha256 == facts.sha256 else ""


def _with_copies(pictures: Sequence[Picture], copies: Sequence[Copy]) -> list[Picture]:
    """The pictures, copies of one sharing a part: for folds that no copy crosses."""
    parts = parts_of(copies, pictures)
    return [replace(p, part_id=parts.get(p.file, p.part_id)) for p in pictures]


def _suspects(
    run: Run, data: Path, pictures: Sequence[Picture], splits: Sequence[str], tell: OnProgress
) -> list[Suspect]:
    """What the model says of pictures that it was not trained on: validation and test."""
    held = [i for i, split in enumerate(splits) if split in ("validation", "test")]
    if not held:
        return []
    pixels = read_pixels(data, [pictures[i].file for i in held], run.input, scratch=run.path)
    raw = predict(
        load_float32(run),
        pixels.images,
        np.arange(len(held)),
        lambda done, total: tell("asking the model", done, total),
    )
    calibrated = apply_temperature(raw, float(run.metrics()["temperature"]))
    labels = np.array([pictures[i].label for i in held], np.int64)
    found = find_suspects(np.asarray(calibrated, np.float64), labels)
    return [
        Suspect(held[s.index], s.given, s.likely, s.given_probability, s.likely_probability)
        for s in found
    ]


def _wanted(data: Path, catalogue: Catalogue, wanted: int | None) -> dict[str, int]:
    if wanted is not None:
        return dict.fromkeys(catalogue.class_names, wanted)
    path = data / CRITERIA_FILE
    if not path.exists():
        return {}
    criteria = read_criteria(path)
    return {c.name: c.wanted for c in criteria.classes if c.name in catalogue.class_names}
