"""Each room imports and works its nouns with the others' heavy packages not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "engines": "station trainer ui tensorflow keras PyQt6 sqlalchemy pycuda tensorrt sklearn scipy "
    "cryptography",
    "station": "trainer ui tensorflow keras PyQt6 pycuda tensorrt sklearn scipy matplotlib onnx "
    "cryptography",
    "ui": "trainer tensorflow keras pycuda tensorrt sklearn scipy matplotlib onnx",
    "trainer.synthetic": "station ui tensorflow keras PyQt6 sqlalchemy openvino sklearn scipy onnx",
    "trainer.cli": "station ui tensorflow keras PyQt6 sqlalchemy openvino sklearn scipy onnx",
    "station.cli": "trainer ui tensorflow keras PyQt6 sqlalchemy openvino sklearn scipy onnx",
}
LIGHT_DOORS = {"trainer.synthetic", "trainer.cli", "station.cli"}
"""Entered alone: the rest of their room may import what is blocked here."""


def modules(room: str) -> list[str]:
    if room in LIGHT_DOORS:
        return [room]
    files = sorted((ROOT / room).rglob("*.py"))
    names = [".".join(f.relative_to(ROOT).with_suffix("").parts) for f in files]
    return [n.removesuffix(".__init__") for n in names if ".migrations." not in n]


@pytest.mark.parametrize("room", sorted(HEAVY))
def test_a_room_imports_without_the_others_packages(room: str) -> None:
    program = f"""
import sys, importlib
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {set(HEAVY[room].split())!r}:
            raise ModuleNotFoundError(f"{{name}} is blocked for {room}", name=name)
sys.meta_path.insert(0, Block())
for name in {modules(room)!r}:
    importlib.import_module(name)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_block_itself_bites() -> None:
    """A room that does import a blocked package is caught: the test above can fail."""
    program = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "cv2":
            raise ModuleNotFoundError("cv2 is blocked", name=name)
sys.meta_path.insert(0, Block())
import engines.decode
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "cv2 is blocked" in done.stderr


def test_files_stay_readable() -> None:
    """About 300 lines a file at most: a longer one is split by noun."""
    long = {
        str(f.relative_to(ROOT)): n
        for room in ("engines", "station", "trainer", "ui", "tests")
        for f in (ROOT / room).rglob("*.py")
        if (n := len(f.read_text(encoding="utf-8").splitlines())) > 330
    }
    assert long == {}
