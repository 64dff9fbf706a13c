"""What a study leaves for people and programs: study.html, study.json, a CSV of each table, and
cells.csv."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from engines.atomic_file import write_atomically
from trainer.cells import Result
from trainer.config import TrainerError
from trainer.pages import page
from trainer.studies.settings import Findings, Plan, StudySettings
from trainer.tables import table

HTML_FILE, JSON_FILE, CELLS_FILE = "study.html", "study.json", "cells.csv"
SPLIT_FIGURES = ("loss", "accuracy", "balanced_accuracy", "weighted_f1")


def write_study(
    name: str,
    title: str,
    settings: StudySettings,
    plan: Plan,
    results: dict[str, Result],
    findings: Findings,
) -> dict[str, Any]:
    """Write everything into the study's folder; returns what study.json holds."""
    chosen = _chosen(settings)
    options = {name.replace("_", " "): _words(value) for name, value in chosen.items()}
    html = page(
        "study",
        name=name,
        title=title,
        settings=settings,
        options=options,
        findings=findings,
        plan=plan,
    )
    body = {
        "study": name,
        "title": title,
        "settings": {**chosen, "repeats": settings.repeats, "most": settings.most},
        "tables": [asdict(each) for each in findings.tables],
        "notes": list(findings.notes),
        "cells": len(plan.cells),
    }
    text = json.dumps(body, indent=2, ensure_ascii=False)
    try:
        write_atomically(settings.out / HTML_FILE, html.encode())
        write_atomically(settings.out / JSON_FILE, (text + "\n").encode())
        write_atomically(settings.out / CELLS_FILE, _cells(results).encode())
        for number, each in enumerate(findings.tables, start=1):
            path = settings.out / f"table-{number}.csv"
            write_atomically(path, _rows([each.head, *each.rows]).encode())
    except OSError as error:
        raise TrainerError(
            f"the study cannot be written into {settings.out} ({error.strerror or error}). Free "
            "space, then give the same command again: finished cells are kept."
        ) from error
    return body


def study_text(findings: Findings) -> str:
    """Tables and conclusions for a terminal."""
    parts = []
    for each in findings.tables:
        parts += [each.title, table(each.head, each.rows), *([each.note] if each.note else []), ""]
    return "\n".join([*parts, *findings.notes])


def _chosen(settings: StudySettings) -> dict[str, Any]:
    """What was chosen of model and training, in their own types; the classes are the pictures'."""
    body = asdict(settings.fit)
    model, vary = body.pop("model"), body.pop("vary")
    model.pop("classes")
    varied = {name: value for name, value in vary.items() if value is not None}
    return {"model": model.pop("name"), **model, **body, **varied}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _rows(rows: Any) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _cells(results: dict[str, Result]) -> str:
    """One line for each trained cell, weights and split."""
    lines: list[tuple[Any, ...]] = [("cell", "weights", "split", *SPLIT_FIGURES, "pictures")]
    for name, result in results.items():
        for weights in ("kept", "last"):
            for split, figures in result.get(weights, {}).items():
                values = (f"{figures[f]:.6f}" for f in SPLIT_FIGURES)
                lines.append((name, weights, split, *values, figures["pictures"]))
    return _rows(lines)
