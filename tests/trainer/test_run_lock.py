"""One training in a run folder, and nothing left of one that was refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trainer.config import FitConfig, TrainerError
from trainer.fit import fit
from trainer.run_lock import alone_in

HOLDER = """
import sys
from pathlib import Path
from trainer.run_lock import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_training_is_refused_until_the_first_is_gone_even_by_a_kill(
    tmp_path: Path,
) -> None:
    run = tmp_path / "runs" / "first"
    (tmp_path / "data").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        for resume in (False, True):
            with pytest.raises(TrainerError, match="another training is at work"):
                fit(tmp_path / "data", run, FitConfig(), resume=resume)
        holder.kill()
    with pytest.raises(TrainerError, match="holds 0 class folders"):
        fit(tmp_path / "data", run, FitConfig())


def test_a_refused_training_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="is not a folder"):
        fit(tmp_path / "data", tmp_path / "data" / "_run", FitConfig())
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "data").mkdir()
    with pytest.raises(TrainerError, match="holds 0 class folders"):
        fit(tmp_path / "data", tmp_path / "runs" / "first", FitConfig())
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_what_was_there_or_was_written_stays(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with alone_in(tmp_path / "runs" / "first"):
        (tmp_path / "runs" / "first" / "run.json").write_text("{}")
    assert (tmp_path / "runs" / "first" / "run.json").exists()
    with alone_in(tmp_path / "runs" / "second"):
        assert (tmp_path / "runs" / "second").is_dir()
    assert [each.name for each in (tmp_path / "runs").iterdir()] == ["first"]


def test_a_file_is_no_run_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with (
        pytest.raises(TrainerError, match="cannot be made a run's folder"),
        alone_in(tmp_path / "run"),
    ):
        pass
    assert (tmp_path / "run").read_text() == "mine"
