"""The weights that are transferred: trained on another set by the study itself, or given."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from trainer.cells import Cell, folder_of
from trainer.config import FitConfig, TrainerError
from trainer.runs import MODEL_FILE
from trainer.studies.pictures import read_study_pictures
from trainer.studies.settings import StudySettings
from trainer.studies.trained import Bench, material_of, training_cell

NAME = "base"


def base_of(bench: Bench) -> tuple[tuple[Cell, ...], FitConfig, dict[str, Any], str]:
    """(cells that make it, configuration that starts from it, facts for the keys, where from).

    Raises TrainerError where neither --weights nor --base say where weights come from.
    """
    settings = bench.settings
    fit = settings.fit
    if fit.model.weights != "none":
        path = Path(fit.model.weights)
        path = path / MODEL_FILE if path.is_dir() else path
        known = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else str(path)
        return (
            (),
            fit,
            {"weights_from": known},
            f"given by --weights ({Path(fit.model.weights).name})",
        )
    if settings.base is None:
        raise TrainerError(
            "this study transfers the weights of a trained base. Give --base FOLDER, another set "
            "of pictures to train it on here, or --weights of a network that was trained before."
        )
    cell = _base_cell(bench, settings)
    weights = folder_of(settings.out, cell) / MODEL_FILE
    started = replace(fit, model=replace(fit.model, weights=str(weights)))
    facts = {"weights_from": weights.parent.name}
    return (cell,), started, facts, f"trained here on {settings.base.name}"


def _base_cell(bench: Bench, settings: StudySettings) -> Cell:
    root = settings.base
    if root is None:
        raise TrainerError("no --base was given.")
    config = replace(
        settings.fit,
        epochs=settings.base_epochs or settings.fit.epochs,
        model=replace(settings.fit.model, freeze=0),
    )
    pictures = read_study_pictures(root, config, scratch=settings.out)
    return training_cell(
        bench,
        NAME,
        config,
        lambda: material_of(pictures, config),
        {"pictures": pictures.digest},
        keep=True,
    )


def base_note(source: str, results: dict[str, Any], paper: str) -> str:
    """What was transferred, a sentence."""
    base = results.get(NAME)
    made = f"; {100 * base['kept']['test']['accuracy']:.1f} % right on its own test" if base else ""
    return f"Transferred are weights {source}{made}; {paper}"
