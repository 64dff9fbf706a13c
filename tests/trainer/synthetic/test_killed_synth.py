"""Drawing that is killed, and sets asked for again in another size."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainer.cli import main
from trainer.synthetic import DatasetError, write_dataset

DRAW = """
import sys
from pathlib import Path
from trainer.synthetic import write_dataset
if __name__ == "__main__":
    write_dataset(Path(sys.argv[1]), 2000, seed=0, workers=2)
"""


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1][0]
    except OSError:
        return False
    return state != "Z"


def test_no_worker_outlives_a_killed_drawing(tmp_path: Path) -> None:
    script = tmp_path / "draw.py"
    script.write_text(DRAW)
    out = tmp_path / "set"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, str(script), str(out)], env=environment) as drawing:
        try:
            limit_s = time.monotonic() + 120
            while not list(out.glob("*/part-*.png")):
                assert drawing.poll() is None
                assert time.monotonic() < limit_s, "nothing was drawn in two minutes"
                time.sleep(0.1)
            workers = _children(drawing.pid)
            assert len(workers) >= 2
        finally:
            drawing.kill()
    limit_s = time.monotonic() + 60
    while left := [worker for worker in workers if _runs(worker)]:
        assert time.monotonic() < limit_s, f"{left} outlived their parent"
        time.sleep(0.1)


def test_a_smaller_set_does_not_take_the_labels_of_a_larger_one(tmp_path: Path) -> None:
    write_dataset(tmp_path, 3, seed=1, workers=1)
    before = (tmp_path / "labels.csv").read_bytes()
    with pytest.raises(DatasetError, match="up to number 3; a set of 2 would leave some without"):
        write_dataset(tmp_path, 2, seed=1, workers=1)
    assert (tmp_path / "labels.csv").read_bytes() == before
    assert len(write_dataset(tmp_path, 4, seed=1, workers=1)) == 4


def test_a_place_for_the_truth_is_an_inboxs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["synth", str(tmp_path / "set"), "--count", "2", "--truth", str(tmp_path / "t.csv")]
    assert main(words) == 2
    assert "--truth is for --inbox" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
