"""The installer with a network: packages from the index, this checkout built, a part seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import pytest
from installing import DEPLOY, call, changes

from trainer.synthetic import render

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def test_a_checkout_becomes_a_bench_that_rejects_a_crack(tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = call(DEPLOY / "install.sh", "--root", root, timeout_s=1200.0)
    if "Temporary failure" in done.stderr or "No matching distribution" in done.stderr:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    again = call(DEPLOY / "install.sh", "--root", root)
    assert (again.returncode, changes(again.stdout)) == (0, [])

    part = render(900_000_001, defective=True)
    picture = tmp_path / "part.png"
    assert cv2.imwrite(str(picture), cv2.cvtColor(part.image_rgb, cv2.COLOR_RGB2BGR))
    shutil.move(picture, root / "var/lib/scaffold-station/inbox/part.png")
    station = root / "opt/scaffold-station/current/bin/station"
    toml = root / "etc/scaffold-station/station.toml"
    done = call(station, "watch", "--config", toml, "--once", "--json")
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["verdict"] for each in said if "verdict" in each] == ["REJECT"]
    assert (root / "var/log/scaffold-station/station.log").stat().st_size > 0
    # Only what the release holds was used: its packages are its own.
    code = "import cv2, numpy, PyQt6; print(cv2.__file__, numpy.__file__, PyQt6.__file__)"
    said_where = call(station.with_name("python"), "-I", "-c", code).stdout.split()
    release = str(station.resolve().parents[1])
    assert len(said_where) == 3
    assert [p for p in said_where if not str(Path(p).resolve()).startswith(release)] == []
