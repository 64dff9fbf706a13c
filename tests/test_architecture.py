"""Each room imports and works its nouns with the others' heavy packages not installed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from itertools import permutations, product
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib as tomli
else:
    import tomli

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("engines", "station", "trainer", "ui")
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


def imports_between_rooms() -> dict[tuple[str, str], set[Path]]:
    """(importing room, imported room) -> files that do it, at their top or inside a function."""
    found: dict[tuple[str, str], set[Path]] = {}
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [node.module or ""]
                for other in {name.split(".")[0] for name in names} & set(ROOMS) - {room}:
                    found.setdefault((room, other), set()).add(file.relative_to(ROOT))
    return found


def test_the_picture_of_the_rooms_shows_the_imports_that_there_are() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    arrows = re.findall(r"^ +(\w+) (-->|-\.->) (\w+)$", text, re.MULTILINE)
    drawn = {(one, other): arrow for one, arrow, other in arrows}
    real = imports_between_rooms()
    assert drawn.keys() == real.keys()
    (dotted,) = [pair for pair, arrow in drawn.items() if arrow == "-.->"]
    for file in real[dotted]:
        assert f"`{file}`" in text, file
        top = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        lazy = [
            n for n in top if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("ui")
        ]
        assert lazy == [], f"{file} imports the window at its top"


def test_each_arrow_that_is_missing_from_the_picture_is_forbidden() -> None:
    contracts = tomli.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    forbidden = set[tuple[str, str]]()
    for contract in contracts:
        if contract["type"] == "independence":
            forbidden |= set(permutations(contract["modules"], 2))
        elif contract["type"] == "forbidden":
            forbidden |= set(product(contract["source_modules"], contract["forbidden_modules"]))
    missing = set(permutations(ROOMS, 2)) - imports_between_rooms().keys()
    assert missing == {pair for pair in forbidden if set(pair) <= set(ROOMS)}


def test_files_stay_readable() -> None:
    """About 300 lines a file at most: a longer one is split by noun."""
    long = {
        str(f.relative_to(ROOT)): n
        for room in ("engines", "station", "trainer", "ui", "tests")
        for f in (ROOT / room).rglob("*.py")
        if (n := len(f.read_text(encoding="utf-8").splitlines())) > 330
    }
    assert long == {}
