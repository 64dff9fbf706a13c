"""Pictures that moved, or were named from another folder, since the run was fitted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from trainer.cli import main
from trainer.runs import METRICS_FILE, RUN_FILE, Run


@pytest.fixture
def moved(disc_run: Run, tmp_path: Path) -> Path:
    """The run, fitted on a folder that is not there."""
    path = tmp_path / "run"
    shutil.copytree(disc_run.path, path)
    body = json.loads((path / RUN_FILE).read_text())
    (path / RUN_FILE).write_text(json.dumps(body | {"data": "gone"}))
    return path


def test_decide_is_told_where_they_lie(
    moved: Path, disc_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["decide", str(moved), "--escape-budget", "0.4"]
    assert main(words) == 2
    assert "are not in gone: a folder of that name is not here" in capsys.readouterr().err
    assert main([*words, "--data", str(disc_data)]) == 0
    metrics = json.loads((moved / METRICS_FILE).read_text())
    assert metrics["operating_point"]["escape"]["budget"] == 0.4


def test_evaluate_is_told_where_they_lie(
    moved: Path, disc_run: Run, disc_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(moved)]) == 2
    assert "Say where they lie with --run-data" in capsys.readouterr().err
    assert main(["evaluate", str(moved), "--run-data", str(disc_data), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["confusion_matrix"] == disc_run.metrics()["test"]["confusion_matrix"]
    assert main(["evaluate", str(moved), "--run-data", "a", "--data", "b"]) == 2
    assert "--data for others" in capsys.readouterr().err


def test_pod_names_its_own_option_for_them(
    moved: Path, disc_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["pod", str(moved), "--data", str(disc_data), "--false-calls", "0.2"]
    assert main(words) == 2
    assert "where they lie now with --run-data." in capsys.readouterr().err
