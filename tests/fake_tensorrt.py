"""TensorRT's Python interface, as far as the engine uses it, over ONNX Runtime.

Not TensorRT: it compiles nothing and knows nothing of precision. It proves order, shapes,
addresses and every way of answering None. Names and parameters are compared with the three real
bindings in test_tensorrt_contract.py; types are checked at each call, from the annotations, which
are therefore evaluated.
"""

import ctypes
import functools
import json
from enum import IntEnum
from types import ModuleType
from typing import Any

import numpy as np
from fake_cuda import FakeCuda
from fake_tensorrt_builder import add_builder, add_configuration
from fake_tensorrt_types import MAGIC, checked, onnx_session

DTYPES = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32, "tensor(float16)": np.float16}


class FakeTensorRt:
    """One TensorRT of a version, on the GPU of `cuda` or on any that copies at once.

    What shall go wrong is set before it is used; what was asked is read afterwards.
    """

    def __init__(self, cuda: FakeCuda | None = None, version: str = "10.16.1") -> None:
        self.cuda = cuda
        self.version = version
        self.says: dict[str, list[tuple[str, str]]] = {}
        """Function -> (severity, line) that it logs."""
        self.answers: dict[str, Any] = {}
        """Function -> what it answers instead of its work."""
        self.strong_fails = False
        """As 10.3 might with Q/DQ: only the network with precision flags builds."""
        self.parser_errors: list[str] = []
        self.built: list[dict[str, Any]] = []
        """What each build was asked for."""
        self.loggers: list[Any] = []
        self.module: Any = _module(self)

    def said(self, function: str) -> None:
        """Log what was set for this function."""
        for severity, line in self.says.get(function, []):
            kind = getattr(self.module.ILogger.Severity, severity)
            # As the real one: the first logger of the process hears everything.
            self.loggers[0].log(kind, line)

    def dropped(self, what: str) -> None:
        """A C++ object is destroyed."""
        if self.cuda is not None:
            self.cuda.log.append(what)


def _module(world: FakeTensorRt) -> Any:
    module: Any = ModuleType("tensorrt")
    module.__version__ = world.version
    _enums(world, module)
    _callbacks(module)
    add_configuration(world, module)
    add_builder(world, module)
    _run(world, module)
    return module


def _enums(world: FakeTensorRt, module: Any) -> None:
    old = world.version.startswith("10.")
    creation = ["EXPLICIT_BATCH", "STRONGLY_TYPED"] if old else ["STRONGLY_TYPED"]
    flags = ["FP16", "INT8", "TF32"] if old else ["TF32"]
    for name, members in (
        ("NetworkDefinitionCreationFlag", creation),
        ("BuilderFlag", flags),
        ("MemoryPoolType", ["WORKSPACE"]),
    ):
        setattr(module, name, IntEnum(name, {m: i for i, m in enumerate(members)}))
    module.nptype = lambda trt_type: trt_type


def _callbacks(module: Any) -> None:
    class ILogger:
        class Severity(IntEnum):
            INTERNAL_ERROR, ERROR, WARNING, INFO, VERBOSE = range(5)

        def __init__(self) -> None:
            self.ready = True

        def log(self, severity: Severity, msg: str) -> None:
            raise NotImplementedError

    class IProgressMonitor:
        def __init__(self) -> None:
            self.ready = True

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            raise NotImplementedError

        def step_complete(self, phase_name: str, step: int) -> bool:
            raise NotImplementedError

        def phase_finish(self, phase_name: str) -> None:
            raise NotImplementedError

    module.ILogger, module.IProgressMonitor = ILogger, IProgressMonitor


def _run(world: FakeTensorRt, module: Any) -> None:
    class Runtime:
        @checked
        def __init__(self, logger: module.ILogger) -> None:
            if "Runtime" in world.answers:
                raise TypeError("pybind11::init(): factory function returned nullptr")
            world.loggers.append(logger)

        @checked
        def deserialize_cuda_engine(self, serialized_engine: bytes) -> Any:
            world.said("deserialize_cuda_engine")
            if "deserialize_cuda_engine" in world.answers:
                return world.answers["deserialize_cuda_engine"]
            head, _, onnx = serialized_engine.removeprefix(MAGIC).partition(b"\n")
            told = json.loads(head)
            if told["version"] != world.version:
                return None
            return ICudaEngine(onnx, told["max_batch"])

        def __del__(self) -> None:
            world.dropped("runtime")

    class ICudaEngine:
        def __init__(self, onnx: bytes, max_batch: int) -> None:
            self.session = onnx_session(onnx)
            self.max_batch = max_batch
            self.tensors = [*self.session.get_inputs(), *self.session.get_outputs()]
            self.num_io_tensors = len(self.tensors)

        @checked
        def get_tensor_name(self, index: int) -> str:
            return str(self.tensors[index].name)

        @checked
        def get_tensor_dtype(self, name: str) -> Any:
            return next(DTYPES[t.type] for t in self.tensors if t.name == name)

        @checked
        def get_tensor_profile_shape(self, name: str, profile_index: int) -> list[Any]:
            size = self.tensors[0].shape[1:]
            return [(1, *size), (1, *size), (self.max_batch, *size)]

        @checked
        def create_execution_context(self) -> Any:
            world.said("create_execution_context")
            if "create_execution_context" in world.answers:
                return world.answers["create_execution_context"]
            return IExecutionContext(self)

        def __del__(self) -> None:
            world.dropped("engine")

    class IExecutionContext:
        def __init__(self, engine: ICudaEngine) -> None:
            self.engine = engine
            self._addresses: dict[str, int] = {}
            self._shape: tuple[int, ...] = ()

        @checked
        def set_input_shape(self, name: str, shape: tuple) -> bool:
            self._shape = shape
            size = tuple(self.engine.tensors[0].shape[1:])
            return 1 <= shape[0] <= self.engine.max_batch and shape[1:] == size

        @checked
        def infer_shapes(self) -> list[str]:
            return []

        @checked
        def get_tensor_shape(self, name: str) -> tuple[int, ...]:
            tensor = next(t for t in self.engine.tensors if t.name == name)
            return (self._shape[0], *tensor.shape[1:])

        @checked
        def set_tensor_address(self, name: str, memory: int) -> bool:
            self._addresses[name] = memory
            return memory % 256 == 0

        @checked
        def execute_async_v3(self, stream_handle: int) -> bool:
            assert stream_handle != 0, "not on the default stream"
            world.said("execute_async_v3")
            if "execute_async_v3" in world.answers:
                return bool(world.answers["execute_async_v3"])
            work = functools.partial(_execute, self.engine, dict(self._addresses), self._shape)
            if world.cuda is None:
                work()
            else:
                # This piece's own wait stands there already.
                world.cuda.overlapped += len(world.cuda.streams[stream_handle].work) > 1
                world.cuda.streams[stream_handle].give(work)
            return True

        def __del__(self) -> None:
            world.dropped("execution context")

    for item in (Runtime, ICudaEngine, IExecutionContext):
        setattr(module, item.__name__, item)


def _execute(engine: Any, addresses: dict[str, int], shape: tuple[int, ...]) -> None:
    """Read the input from the device's memory, run the graph, write the outputs there."""
    image = _at(addresses["image"], shape, np.uint8)
    outputs = engine.session.get_outputs()
    for tensor, value in zip(outputs, engine.session.run(None, {"image": image}), strict=True):
        _at(addresses[tensor.name], value.shape, value.dtype)[:] = value


def _at(address: int, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = (ctypes.c_uint8 * size).from_address(address)
    return np.frombuffer(memory, dtype).reshape(shape)
