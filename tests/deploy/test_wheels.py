"""The index has every pinned package as a wheel for each machine that the installer knows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from installing import ROOT, call

pytestmark = pytest.mark.slow
LISTS = ROOT / "requirements"
PC_22, PC_24 = "x86_64-manylinux_2_35", "x86_64-manylinux_2_39"
JETPACK_6, JETPACK_7 = "aarch64-manylinux_2_35", "aarch64-manylinux_2_39"


def resolved(platform: str, python: str, pinned: Path, folder: Path) -> str:
    """What stands in the way of installing a list there; empty: nothing."""
    done = call(
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--dry-run", "--require-hashes",
        "--only-binary", ":all:", "--python-platform", platform, "--python-version", python,
        "--target", folder / "nowhere", "-r", pinned,
    )  # fmt: skip
    if re.search("error sending request|dns error|timed out", done.stderr):
        pytest.skip("the package index cannot be reached")
    return "" if done.returncode == 0 else done.stderr


def without_pyqt6(folder: Path) -> Path:
    """As `left_out` of deploy/install/release.sh does for JetPack 6."""
    text = (LISTS / "station.txt").read_text()
    kept = re.sub(r"^pyqt6(-qt6|-sip)?==.*\n(?:    .*\n)*", "", text, flags=re.M)
    assert text.count("==") > kept.count("==") >= text.count("==") - 3
    (folder / "pinned.txt").write_text(kept)
    return folder / "pinned.txt"


@pytest.mark.parametrize(
    ("platform", "python"), [(PC_22, "3.10"), (PC_22, "3.11"), (PC_24, "3.12"), (JETPACK_7, "3.12")]
)
def test_the_pinned_list_is_there_whole(platform: str, python: str, tmp_path: Path) -> None:
    assert resolved(platform, python, LISTS / "station.txt", tmp_path) == ""


def test_jetpack_6_needs_older_pyqt6_and_nothing_else(tmp_path: Path) -> None:
    as_pinned = resolved(JETPACK_6, "3.10", LISTS / "station.txt", tmp_path)
    assert re.search(r"pyqt6\S* has no usable wheels", as_pinned)
    assert resolved(JETPACK_6, "3.10", without_pyqt6(tmp_path), tmp_path) == ""
    assert resolved(JETPACK_6, "3.10", LISTS / "jetpack6.txt", tmp_path) == ""
