"""Running the installer: dry, from recorded facts, or for real into a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
FACTS = ROOT / "tests" / "deploy" / "facts"


def call(*command: str | Path, timeout_s: float = 300.0) -> subprocess.CompletedProcess[str]:
    """A command's end and words, with nothing of this environment's Python path."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    env["PIP_COMPILE"] = "0"  # what is installed here is hardly run: a second spared each time
    return subprocess.run(
        [str(c) for c in command],
        cwd="/",
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def plan(machine: str, *options: str) -> subprocess.CompletedProcess[str]:
    """What the installer would do on a recorded machine."""
    return call(DEPLOY / "install.sh", "--dry-run", "--facts", FACTS / machine, *options)


def steps(said: str) -> list[str]:
    """The commands of an installer's words, as they were run or would be."""
    return [line[4:] for line in said.splitlines() if line.startswith("  + ")]


def changes(said: str) -> list[str]:
    """Commands and written files, less those that only look."""
    return [
        line[4:]
        for line in said.splitlines()
        if re.match(r"  [+>] ", line) and not re.search(r"--version|import|pip .* check", line)
    ]


def dependencies(folder: Path) -> Path:
    """A folder for `bundle-offline.sh --wheels` by which a release finds this test environment's
    packages: the releases are real, and only what they depend on is not copied."""
    folder.mkdir()
    packages = Path(np.__file__).parents[1]
    record = "developer_packages-0.dist-info"
    with zipfile.ZipFile(folder / "developer_packages-0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("developer_packages.pth", f"{packages}\n")
        wheel.writestr(
            f"{record}/METADATA", "Metadata-Version: 2.1\nName: developer-packages\nVersion: 0\n"
        )
        wheel.writestr(
            f"{record}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        names = (
            "developer_packages.pth",
            *(f"{record}/{n}" for n in ("METADATA", "WHEEL", "RECORD")),
        )
        wheel.writestr(f"{record}/RECORD", "".join(f"{name},,\n" for name in names))
    _setuptools(folder)
    return folder


def _setuptools(folder: Path) -> None:
    """The builder, which must be in the environment itself, packed again as it was installed."""
    found = distribution("setuptools")
    with zipfile.ZipFile(folder / f"setuptools-{found.version}-py3-none-any.whl", "w") as wheel:
        for file in found.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(str(found.locate_file(file)), str(file))


def seal(bundle: Path) -> None:
    """Write an offline bundle's checksums anew, after something in it was changed."""
    files = sorted(p for p in bundle.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    told = call("sha256sum", *(bundle / f for f in files)).stdout
    (bundle / "SHA256SUMS").write_text(told.replace(f"{bundle}/", ""))


PYTHON = sys.executable
