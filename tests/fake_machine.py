"""A machine with an NVIDIA GPU, as the engine sees one: fake driver, fake pycuda, fake TensorRT."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from typing import Any

import pytest
from fake_cuda import FakeCuda
from fake_tensorrt import FakeTensorRt

from engines import tensorrt_engine
from engines.nvidia_gpu import Gpu
from engines.tensorrt_log import logger

GPU = Gpu("Orin", "8.7", "540.4.0", "12.6", 8 << 30, integrated=True)


@dataclass
class Machine:
    """The two fakes that a test turns against the engine."""

    cuda: FakeCuda
    tensorrt: FakeTensorRt


def install(monkeypatch: pytest.MonkeyPatch, version: str = "10.16.1", gpu: Gpu = GPU) -> Machine:
    """Put the fakes in the place of the real modules until the test ends."""
    cuda = FakeCuda()
    machine = Machine(cuda, FakeTensorRt(cuda, version))
    modules: dict[str, Any] = {**cuda.modules, "tensorrt": machine.tensorrt.module}
    for name, module in modules.items():
        module.__spec__ = ModuleSpec(name, None)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(tensorrt_engine, "find_gpu", lambda: gpu)
    logger.cache_clear()
    return machine
