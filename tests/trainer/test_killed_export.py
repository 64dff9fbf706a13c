"""What a killed export leaves beside the bundle."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from trainer.export import _replacing


def _left(parent: Path, process: int, bundle: str) -> Path:
    folder = parent / f".b.abc123.{process}.part"
    for name in ("new", "old") if bundle else ("new",):
        (folder / name).mkdir(parents=True)
        (folder / name / "bundle.json").write_text(bundle if name == "old" else "half")
    return folder


def _ended() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_the_next_export_removes_it_and_leaves_a_running_ones_alone(tmp_path: Path) -> None:
    killed, running = _left(tmp_path, _ended(), ""), _left(tmp_path, os.getpid(), "")
    with _replacing(tmp_path / "b") as fresh:
        (fresh / "bundle.json").write_text("whole")
    assert not killed.exists()
    assert running.exists()
    assert (tmp_path / "b" / "bundle.json").read_text() == "whole"
    assert sorted(p.name for p in tmp_path.iterdir()) == [running.name, "b"]


def test_a_bundle_set_aside_by_a_killed_export_comes_back(tmp_path: Path) -> None:
    _left(tmp_path, _ended(), "the one before")
    try:
        with _replacing(tmp_path / "b"):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert (tmp_path / "b" / "bundle.json").read_text() == "the one before"
    assert [p.name for p in tmp_path.iterdir()] == ["b"]
