"""`trainer fit --json`: progress and result as lines that a program reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import disc_folder

from trainer.cli import main
from trainer.exits import OK


def test_every_line_is_json_and_the_last_one_is_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = disc_folder(tmp_path / "data", 12), tmp_path / "run"
    small = ["--size", "64", "--width", "0.125", "--epochs", "2"]
    precision = ["--precision", "float32"]
    assert main(["fit", str(data), "--out", str(run), "--json", *small, *precision]) == OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds[-1] == "done" and kinds.count("epoch") == 2 and "text" in kinds
    steps = [line for line in lines if line["event"] == "step"]
    assert (steps[-1]["epoch"], steps[-1]["epochs"]) == (2, 2)
    assert steps[-1]["step"] == steps[-1]["steps"]
    epochs = [line for line in lines if line["event"] == "epoch"]
    assert [line["epoch"] for line in epochs] == [1, 2] and epochs[0]["best"] is True
    metrics = json.loads((run / "metrics.json").read_text())
    done = lines[-1]
    assert done["run"] == str(run) and done["complete"] is True
    assert done["pictures"] == metrics["test"]["pictures"]
    assert done["escapes"] == metrics["test"]["escapes"]
    assert done["balanced_accuracy"] == metrics["test"]["balanced_accuracy"]
