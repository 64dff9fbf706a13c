"""A loss that is no longer finite: a result of the freezing study, the end of the others."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from engines.bundle import ClassInfo
from trainer.cells import Cell
from trainer.config import DivergedError, FitConfig
from trainer.studies.freezing import _find
from trainer.studies.settings import StudySettings
from trainer.studies.trained import Bench, CellMaterial, training_cell


def _cell(may_diverge: bool) -> Cell:
    bench = Bench(StudySettings(Path(), Path(), FitConfig()), threading.Event(), lambda _: None)
    order = np.arange(4)
    material = CellMaterial(
        np.zeros((4, 32, 32, 3), np.uint8),
        order % 2,
        {"train": order, "validation": order, "test": order},
        (ClassInfo("bad", True), ClassInfo("good", False)),
        "",
    )
    return training_cell(
        bench, "CCE-1", FitConfig(), lambda: material, {}, may_diverge=may_diverge
    )  # fmt: skip


def test_it_ends_a_study_at_once_unless_that_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverges(*_: object) -> None:
        (tmp_path / "last.keras").touch()
        raise DivergedError("the loss is nan at epoch 1, step 1. Lower --lr (now 9)")

    monkeypatch.setattr("trainer.training.train", diverges)
    with pytest.raises(DivergedError, match=r"CCE-1: the loss is nan .* Lower --lr"):
        _cell(may_diverge=False).run(tmp_path)
    assert list(tmp_path.iterdir()) == [], "the next try begins anew"
    assert "Lower --lr" in _cell(may_diverge=True).run(tmp_path)["diverged"]


def test_freezing_where_nothing_converged_says_so() -> None:
    score = {"channels": 4, "log_evidence": 0.0, "probe_accuracy": 0.5}
    scores = [{"block": b, "tangent_evidence": float(b), **score} for b in range(1, 6)]
    results = {
        "advice-1": {"freeze": 5, "scores": scores},
        "adam-1to1-1": {"diverged": "the loss is nan"},
        "adam-1to3-1": {"diverged": "the loss is nan"},
    }
    found = _find(results, 1, ("adam",), (1, 3), "given by --weights")
    assert found.tables[0].rows == (("1-3", "diverged"), ("1", "diverged"))
    assert found.tables[-1].rows == (("1", "1-3", "diverged", "-", "-"),)
    assert found.notes[-1].startswith("No training converged")
