"""What the driver says of the GPU, asked of a compiled driver in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pycuda_build import host_driver

from engines import nvidia_gpu
from engines.nvidia_gpu import NoGpu, find_gpu, l4t, system

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json
from dataclasses import asdict
from engines.nvidia_gpu import NoGpu, find_gpu
try:
    print(json.dumps(asdict(find_gpu())))
except NoGpu as error:
    print(json.dumps({"found": error.found, "remedy": error.remedy}))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return host_driver(tmp_path_factory.mktemp("driver"))


def ask(library: Path, **faults: str) -> dict[str, object]:
    env = {**os.environ, "LD_LIBRARY_PATH": str(library), "PYTHONPATH": str(ROOT)}
    env |= {f"HOST_CUDA_{key.upper()}": value for key, value in faults.items()}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_the_gpu_is_named_with_all_that_a_plan_depends_on(library: Path) -> None:
    gpu = ask(library)
    assert gpu["name"] == "Host Memory"
    assert gpu["compute_capability"] == "8.7"
    assert (gpu["cuda"], gpu["memory_bytes"], gpu["integrated"]) == ("12.6", 8 << 30, True)
    assert gpu["driver"]


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"fail": "cuInit", "code": "100"}, "cuInit with error 100 (no CUDA-capable device"),
        ({"fail": "cuDeviceGetCount", "code": "3"}, "cuDeviceGetCount with error 3"),
        ({"no_device": "1"}, "sees no GPU"),
    ],
)
def test_a_driver_without_a_gpu_is_a_finding_with_a_remedy(
    library: Path, faults: dict[str, str], words: str
) -> None:
    told = ask(library, **faults)
    assert words in str(told["found"])
    assert "nvidia-smi" in str(told["remedy"])


def test_a_machine_without_a_driver_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nvidia_gpu, "LIBRARY", "libcuda-that-is-not-there.so.1")
    with pytest.raises(NoGpu, match=r"libcuda-that-is-not-there.so.1 cannot be loaded.*JetPack"):
        find_gpu()


@pytest.mark.parametrize(
    ("page", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\n", "550.54.15"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  540.4.0  Release\n", "540.4.0"),
        ("something else", ""),
    ],
)
def test_the_drivers_version_is_read_from_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, version: str
) -> None:
    file = tmp_path / "version"
    file.write_text(page)
    monkeypatch.setattr(nvidia_gpu, "KERNEL_MODULE", file)
    assert nvidia_gpu._kernel_module() == version


def test_a_jetson_is_known_by_its_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "nv_tegra_release"
    monkeypatch.setattr(nvidia_gpu, "TEGRA_RELEASE", file)
    assert l4t() == ""
    assert "L4T" not in system()
    file.write_text("# R36 (release), REVISION: 4.0, GCID: 37537400, BOARD: generic\n")
    assert l4t() == "L4T 36.4.0"
    assert "L4T 36.4.0" in system()
