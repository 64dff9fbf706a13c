"""CUDA by pycuda: the device's primary context, pinned and device memory in pairs, streams, events.

Everything here belongs to the thread that entered `open_cuda`: pycuda keeps a stack of contexts
for each thread, frees only in the thread that made a thing, and ends the process when a thread
ends with a context still on its stack (pycuda 2026.1, src/cpp/cuda.hpp: `context_stack`,
`scoped_context_activation`). So every handle is dropped here, in order, and none outlives the exit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)


class Stream:
    """Work that the device does in the order given. Never the default stream."""

    def __init__(self, driver: Any) -> None:
        self._handle = driver.Stream()

    @property
    def handle(self) -> int:
        """As the driver's C interface takes it."""
        return int(self._handle.handle)

    def wait(self, event: Event) -> None:
        """What is given from here on starts after `event`; the caller does not wait."""
        self._handle.wait_for_event(event.handle)

    def synchronize(self) -> None:
        """Wait until all that was given is done."""
        self._handle.synchronize()

    def free(self) -> None:
        """Destroy it: pycuda does so with the last reference."""
        self._handle = None


class Event:
    """A mark in a stream, with the device's time."""

    def __init__(self, driver: Any) -> None:
        self.handle = driver.Event()

    def record(self, stream: Stream) -> None:
        """Set the mark after all that was given to `stream` so far."""
        self.handle.record(stream._handle)

    def synchronize(self) -> None:
        """Wait until the mark is reached."""
        self.handle.synchronize()

    def ms_till(self, later: Event) -> float:
        """Device time between two marks that were both reached, in milliseconds."""
        return float(self.handle.time_till(later.handle))

    def free(self) -> None:
        """Destroy it."""
        self.handle = None


class Buffer:
    """A block of pinned host memory and its twin on the device.

    On a Jetson both lie in the same memory and might be one (zero-copy). That TensorRT is right
    and fast on mapped pinned memory is not confirmed, so the copy is made there too.
    """

    def __init__(self, driver: Any, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        self._driver = driver
        self.host: npt.NDArray[Any] = driver.pagelocked_empty(shape, dtype)
        self._pinned: Any = self.host.base
        self._device: Any = None
        try:
            self._device = driver.mem_alloc(self.host.nbytes)
        except BaseException:
            self.free()
            raise

    @property
    def address(self) -> int:
        """On the device: a multiple of 256, as all that CUDA allocates."""
        return int(self._device)

    def upload(self, count: int, stream: Stream) -> None:
        """Copy the first `count` entries to the device, when `stream` comes to it."""
        self._driver.memcpy_htod_async(self._device, self.host[:count], stream._handle)

    def download(self, count: int, stream: Stream) -> None:
        """Copy the first `count` entries back, when `stream` comes to it."""
        self._driver.memcpy_dtoh_async(self.host[:count], self._device, stream._handle)

    def free(self) -> None:
        """Give back both blocks; `host` is empty from here on, for its memory is gone."""
        self.host = np.empty(0, np.uint8)
        device, self._device = self._device, None
        pinned, self._pinned = self._pinned, None
        with ExitStack() as both:
            both.callback(_quietly, "pinned memory", pinned.free)
            if device is not None:
                both.callback(_quietly, "device memory", device.free)


class Cuda:
    """The GPU while `open_cuda` holds it. All that it gave out is freed at the end."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._given: list[Buffer | Stream | Event] = []

    def stream(self) -> Stream:
        """A new stream."""
        stream = Stream(self._driver)
        self._given.append(stream)
        return stream

    def event(self) -> Event:
        """A new event that takes the time."""
        event = Event(self._driver)
        self._given.append(event)
        return event

    def buffer(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Buffer:
        """A new pair of blocks. Raises pycuda's MemoryError."""
        buffer = Buffer(self._driver, shape, dtype)
        self._given.append(buffer)
        return buffer

    def synchronize(self) -> None:
        """Wait for all streams of the context."""
        self._driver.Context.synchronize()

    def free(self) -> None:
        """Free all that was given out, the newest first."""
        while self._given:
            thing = self._given.pop()
            _quietly(type(thing).__name__.lower(), thing.free)


@contextmanager
def open_cuda() -> Iterator[Cuda]:
    """Hold the primary context of the first GPU, which TensorRT shares, in this thread.

    At the end frees buffers, events and streams, pops the context and gives it back, each step
    even when one before it failed. Raises pycuda's errors and ImportError.
    """
    import pycuda.driver as driver

    driver.init()
    with ExitStack() as steps:
        context = driver.Device(0).retain_primary_context()
        steps.callback(_quietly, "context (give back)", context.detach)
        # Retaining does not push.
        context.push()
        steps.callback(_quietly, "context (pop)", driver.Context.pop)
        cuda = Cuda(driver)
        steps.callback(cuda.free)
        yield cuda


def is_cuda_error(error: BaseException) -> bool:
    """True for what pycuda raises when the driver refuses."""
    import pycuda.driver as driver

    return isinstance(error, driver.Error)


def is_out_of_memory(error: BaseException) -> bool:
    """True when the GPU, or pinned memory, is exhausted."""
    import pycuda.driver as driver

    return isinstance(error, driver.MemoryError)


def _quietly(what: str, step: Callable[[], object]) -> None:
    """After a lost device every clean-up fails too: the rest must still be tried."""
    try:
        step()
    except Exception as error:  # noqa: BLE001 - logged; the steps after this one still run
        log.warning("%s could not be freed: %s", what, error)
