"""A plan, loaded: memory, streams and the loop that overlaps upload, execution and download.

Lives in one thread, that of `open_cuda`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engines.backend import OUTPUTS, Answers
from engines.cuda import Buffer, Cuda, Event
from engines.errors import EngineError
from engines.prediction import ImageArray
from engines.tensorrt_log import listening, logger

if TYPE_CHECKING:
    import tensorrt as trt

log = logging.getLogger(__name__)
INPUT = "image"
UNFIT = (
    "not compatible with this version of TensorRT",
    "generated on an incompatible device",
    "Platform specific tag mismatch",
    "different models of devices",
)
"""What TensorRT says of a plan that was built elsewhere; the last one only as a warning."""
SLOTS = 2
"""While one piece is executed, the next is uploaded or the one before downloaded."""
MEMORY_REMEDY = (
    "Close other programs that use the GPU, or build for less: `station build BUNDLE --trt "
    "--batch 1 --workspace-mib 512`."
)
_AGAIN = "The parts were not decided; restart the station and send them again."


class PlanRefusedError(EngineError):
    """TensorRT does not take this plan here: it must be built anew."""


@dataclass(frozen=True, slots=True, eq=False)
class _Slot:
    """Memory for one piece of a batch, and the marks of its way through the device."""

    image: Buffer
    outputs: Mapping[str, Buffer]
    uploaded: Event
    executed: Event
    downloaded: Event


@dataclass(slots=True, eq=False)
class _Loaded:
    """TensorRT's own objects, dropped in the order given: context, engine, runtime."""

    context: trt.IExecutionContext | None = None
    engine: trt.ICudaEngine | None = None
    runtime: trt.Runtime | None = None

    def drop(self) -> None:
        self.context = None
        self.engine = None
        self.runtime = None


class Session:
    """A plan ready to run."""

    def __init__(self, cuda: Cuda, loaded: _Loaded) -> None:
        self._cuda = cuda
        self._loaded = loaded
        names = _tensor_names(loaded)
        missing = [name for name in (INPUT, *OUTPUTS) if name not in names]
        if missing:
            raise EngineError(
                "the plan lacks the tensor {missing!r}; it has {names}. Export the bundle "
                "again, then `station build BUNDLE --trt`.",
                missing=missing[0],
                names=sorted(names),
            )
        largest = _largest_input(loaded)
        self.max_batch = int(largest[0])
        """Most pictures that go through at once; larger batches are run in pieces."""
        self.image_shape = tuple(int(side) for side in largest[1:])
        """(H, W, C)"""
        self.device_ms = 0.0
        """From the start of the last batch's upload to the end of its download, on the device."""
        self._shape_input(self.max_batch)
        self._upload, self._execute, self._download = (cuda.stream() for _ in range(3))
        self._begin = cuda.event()
        self._slots = [self._slot() for _ in range(SLOTS)]

    def infer(self, images: ImageArray) -> Answers:
        """Run a batch, uint8 (N, H, W, C), N from 1, of any size."""
        pieces = [
            images[start : start + self.max_batch]
            for start in range(0, len(images), self.max_batch)
        ]
        found: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in OUTPUTS}
        for number, piece in enumerate(pieces):
            slot = self._slots[number % SLOTS]
            if number >= SLOTS:
                self._collect(slot, len(pieces[number - SLOTS]), found)
            if number == 0:
                self._begin.record(self._upload)
            self._send(slot, piece)
        for number in range(max(0, len(pieces) - SLOTS), len(pieces)):
            self._collect(self._slots[number % SLOTS], len(pieces[number]), found)
        last = self._slots[(len(pieces) - 1) % SLOTS]
        self.device_ms = self._begin.ms_till(last.downloaded)
        return Answers(*(np.concatenate(found[name]) for name in OUTPUTS))

    def _send(self, slot: _Slot, piece: ImageArray) -> None:
        """Give one piece to the device; waits for nothing."""
        count = len(piece)
        slot.image.host[:count] = piece
        slot.image.upload(count, self._upload)
        slot.uploaded.record(self._upload)
        self._execute.wait(slot.uploaded)
        self._shape_input(count)
        context = self._context()
        for name, buffer in ((INPUT, slot.image), *slot.outputs.items()):
            if not context.set_tensor_address(name, buffer.address):
                raise EngineError(
                    "TensorRT refused the address of {name!r}. {again}", name=name, again=_AGAIN
                )
        with listening() as said:
            if not context.execute_async_v3(self._execute.handle):
                raise EngineError(
                    "TensorRT could not run a batch of {count}: {reason}. {again}",
                    count=count,
                    reason=said.reason(),
                    again=_AGAIN,
                )
        slot.executed.record(self._execute)
        self._download.wait(slot.executed)
        for buffer in slot.outputs.values():
            buffer.download(count, self._download)
        slot.downloaded.record(self._download)

    def _collect(
        self, slot: _Slot, count: int, found: dict[str, list[npt.NDArray[np.float32]]]
    ) -> None:
        """Wait for one piece and copy its answers out of the pinned memory."""
        slot.downloaded.synchronize()
        for name, buffer in slot.outputs.items():
            found[name].append(np.array(buffer.host[:count], dtype=np.float32))

    def _slot(self) -> _Slot:
        outputs = {name: self._output(name) for name in OUTPUTS}
        image = self._cuda.buffer((self.max_batch, *self.image_shape), np.uint8)
        events = [self._cuda.event() for _ in range(3)]
        return _Slot(image, outputs, *events)

    def _output(self, name: str) -> Buffer:
        """Memory for one output at the largest batch; its shape is known once the input's is."""
        shape = tuple(int(side) for side in self._context().get_tensor_shape(name))
        if len(shape) < 2 or shape[0] != self.max_batch or min(shape) < 1:
            raise EngineError(
                "the plan's output {name!r} has shape {shape} for a batch of {max_batch}. "
                "Export the bundle again, then `station build BUNDLE --trt`.",
                name=name,
                shape=shape,
                max_batch=self.max_batch,
            )
        return self._cuda.buffer(shape, _dtype(self._loaded, name))

    def _shape_input(self, count: int) -> None:
        context = self._context()
        shape = (count, *self.image_shape)
        if not context.set_input_shape(INPUT, shape) or context.infer_shapes():
            raise EngineError(
                "TensorRT refused an input of shape {shape}. {again}", shape=shape, again=_AGAIN
            )

    def _context(self) -> trt.IExecutionContext:
        if self._loaded.context is None:
            raise EngineError("the session is closed. Open the engine again.")
        return self._loaded.context


@contextmanager
def open_session(cuda: Cuda, plan: bytes) -> Iterator[Session]:
    """Load a plan. At the end waits for the device, then drops context, engine and runtime.

    Raises PlanRefusedError when TensorRT does not take the plan, EngineError when memory is short
    or the plan is not one of ours.
    """
    loaded = _Loaded()
    try:
        _load(loaded, plan)
        # TensorRT has its own copy, on the device.
        del plan
        yield Session(cuda, loaded)
    finally:
        try:
            cuda.synchronize()
        except Exception as error:  # noqa: BLE001 - a lost device answers nothing; still drop all
            log.warning("the device did not come to rest: %s", error)
        loaded.drop()


# No function that may raise keeps one of TensorRT's objects in a local variable: a traceback would
# carry it past the context's end.


def _load(loaded: _Loaded, plan: bytes) -> None:
    import tensorrt as trt

    with listening() as said:
        try:
            loaded.runtime = trt.Runtime(logger())
        except TypeError as error:
            # What the bindings make of a null pointer.
            raise EngineError(
                "TensorRT {version} gives no runtime: {reason}. Its libraries do not fit "
                "one another or the driver; install TensorRT anew.",
                version=trt.__version__,
                reason=said.reason(),
            ) from error
        loaded.engine = loaded.runtime.deserialize_cuda_engine(plan)
        unfit = next((line for line in said.lines if any(text in line for text in UNFIT)), None)
        if unfit is not None:
            raise PlanRefusedError("TensorRT says of the plan: {unfit}", unfit=unfit.strip())
        if loaded.engine is None and "out of memory" in said.reason().lower():
            raise EngineError(
                "TensorRT could not load the plan: {reason}. {memory_remedy}",
                reason=said.reason(),
                memory_remedy=MEMORY_REMEDY,
            )
        if loaded.engine is None:
            raise PlanRefusedError(
                "TensorRT does not load the plan: {reason}", reason=said.reason()
            )
        loaded.context = loaded.engine.create_execution_context()
        if loaded.context is None:
            raise EngineError(
                "TensorRT could not make room to run the plan: {reason}. {memory_remedy}",
                reason=said.reason(),
                memory_remedy=MEMORY_REMEDY,
            )


def _tensor_names(loaded: _Loaded) -> set[str]:
    engine = loaded.engine
    if engine is None:
        return set()
    return {engine.get_tensor_name(index) for index in range(engine.num_io_tensors)}


def _largest_input(loaded: _Loaded) -> tuple[int, ...]:
    """Shape of the input at the largest batch of the plan's profile."""
    engine = loaded.engine
    if engine is None:
        return ()
    return tuple(int(side) for side in engine.get_tensor_profile_shape(INPUT, 0)[2])


def _dtype(loaded: _Loaded, name: str) -> type[np.generic]:
    import tensorrt as trt

    engine = loaded.engine
    if engine is None:
        raise EngineError("the session is closed. Open the engine again.")
    dtype: type[np.generic] = trt.nptype(engine.get_tensor_dtype(name))
    return dtype
