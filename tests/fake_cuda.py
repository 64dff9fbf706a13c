"""pycuda.driver over host memory, as unforgiving as CUDA allows a driver to be.

Nothing given to a stream is done before somebody waits for it, and then only what must be: a
forgotten event shows as wrong numbers. Every call needs a context on the stack of its own thread;
freed memory is overwritten. Names, parameters and defaults are those of pycuda 2026.1.
"""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np


class FakeCuda:
    """One GPU and what became of it. `modules` goes into sys.modules."""

    def __init__(self) -> None:
        self.log: list[str] = []
        """What was freed, dropped, popped and given back, in order."""
        self.live: Counter[str] = Counter()
        """What is allocated now, by kind."""
        self.threads: set[str] = set()
        """Names of the threads that called CUDA."""
        self.faults: dict[str, tuple[str, str, int]] = {}
        """Function -> (error class, message, calls that still succeed)."""
        self.streams: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self.overlapped = 0
        """How many pieces were given to the device while an earlier one was unfinished."""
        self._stacks = threading.local()
        self.driver = _driver(self)
        package = ModuleType("pycuda")
        package.driver = self.driver  # type: ignore[attr-defined]
        self.modules = {"pycuda": package, "pycuda.driver": self.driver}

    @property
    def stack(self) -> list[Any]:
        """The contexts of this thread."""
        if not hasattr(self._stacks, "contexts"):
            self._stacks.contexts = []
        contexts: list[Any] = self._stacks.contexts
        return contexts

    def called(self, function: str, *, context: bool = True) -> None:
        """Every function comes by here: the faults, and the rule of the current context."""
        self.threads.add(threading.current_thread().name)
        if context and not self.stack:
            raise self.driver.LogicError(f"{function} failed: invalid device context")
        if function in self.faults:
            kind, message, left = self.faults[function]
            self.faults[function] = (kind, message, left - 1)
            if left <= 0:
                raise getattr(self.driver, kind)(f"{function} failed: {message}")

    def freed(self, what: str) -> None:
        """A thing is gone."""
        self.live[what] -= 1
        self.log.append(what)


def _driver(world: FakeCuda) -> Any:
    driver: Any = ModuleType("pycuda.driver")

    class Error(Exception):
        pass

    class LogicError(Error):
        pass

    class LaunchError(Error):
        pass

    class RuntimeError(Error):
        pass

    class MemoryError(Error):
        pass

    class Context:
        def __init__(self, retained: bool) -> None:
            self.retained = retained

        def push(self) -> None:
            world.called("push", context=False)
            world.stack.append(self)

        @staticmethod
        def pop() -> None:
            world.called("pop")
            world.stack.pop()
            world.log.append("pop")

        @staticmethod
        def synchronize() -> None:
            world.called("synchronize")
            for stream in list(world.streams.values()):
                stream.run()
            world.log.append("synchronize")

        def detach(self) -> None:
            world.called("detach", context=False)
            assert self.retained, "detached twice"
            self.retained = False
            world.freed("context")

    class Device:
        def __init__(self, number: int) -> None:
            world.called("Device", context=False)
            assert number == 0

        def retain_primary_context(self) -> Context:
            world.called("retain_primary_context", context=False)
            world.live["context"] += 1
            return Context(retained=True)

    for item in (Error, LogicError, LaunchError, RuntimeError, MemoryError, Context, Device):
        setattr(driver, item.__name__, item)
    driver.init = lambda flags=0: world.called("init", context=False)
    _memory(world, driver)
    _streams(world, driver)
    return driver


def _memory(world: FakeCuda, driver: Any) -> None:
    class Block:
        """`size` bytes at a multiple of 256."""

        kind = ""

        def __init__(self, size: int) -> None:
            self._store = np.full(size + 256, 0xDD, np.uint8)
            start = -self._store.ctypes.data % 256
            self.bytes = self._store[start : start + size]
            world.live[self.kind] += 1
            self._valid = True

        def free(self) -> None:
            world.called("free")
            if not self._valid:
                raise driver.LogicError("free failed: invalid resource handle")
            self._valid = False
            self.bytes[:] = 0xEE
            world.freed(self.kind)

        def __int__(self) -> int:
            return int(self.bytes.ctypes.data)

    class DeviceAllocation(Block):
        kind = "device memory"

    class PagelockedHostAllocation(Block):
        kind = "pinned memory"

        def array(self, shape: Any, dtype: Any) -> np.ndarray:
            self.__array_interface__ = {
                "data": (int(self), False),
                "shape": tuple(shape),
                "typestr": np.dtype(dtype).str,
                "version": 3,
            }
            return np.asarray(self)

    def pagelocked_empty(shape: Any, dtype: Any, order: str = "C", mem_flags: int = 0) -> Any:
        world.called("pagelocked_empty")
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        return PagelockedHostAllocation(size).array(shape, dtype)

    def mem_alloc(bytes: int) -> DeviceAllocation:
        world.called("mem_alloc")
        return DeviceAllocation(bytes)

    def memcpy_htod_async(dest: DeviceAllocation, src: np.ndarray, stream: Any = None) -> None:
        world.called("memcpy_htod_async")
        assert stream is not None, "the default stream waits for all others"
        assert src.flags.c_contiguous
        flat = src.reshape(-1).view(np.uint8)
        stream.give(lambda: dest.bytes[: flat.size].__setitem__(slice(None), flat))

    def memcpy_dtoh_async(dest: np.ndarray, src: DeviceAllocation, stream: Any = None) -> None:
        world.called("memcpy_dtoh_async")
        assert stream is not None, "the default stream waits for all others"
        flat = dest.reshape(-1).view(np.uint8)
        stream.give(lambda: flat.__setitem__(slice(None), src.bytes[: flat.size]))

    for function in (pagelocked_empty, mem_alloc, memcpy_htod_async, memcpy_dtoh_async):
        setattr(driver, function.__name__, function)


def _streams(world: FakeCuda, driver: Any) -> None:
    handles = itertools.count(0x1000)

    class Stream:
        def __init__(self, flags: int = 0) -> None:
            world.called("Stream")
            world.live["stream"] += 1
            self.handle = next(handles)
            self.work: deque[Callable[[], object]] = deque()
            world.streams[self.handle] = self

        def give(self, step: Callable[[], object]) -> None:
            self.work.append(step)

        def run(self, until: Callable[[], bool] = lambda: False) -> None:
            while self.work and not until():
                self.work.popleft()()

        def synchronize(self) -> None:
            world.called("stream_synchronize")
            self.run()

        def wait_for_event(self, evt: Event) -> None:
            world.called("wait_for_event")
            self.give(evt.reach(evt.recorded))

    class Event:
        def __init__(self, flags: int = 0) -> None:
            world.called("Event")
            world.live["event"] += 1
            self.recorded = 0
            self.reached = 0
            self.stream: Stream | None = None
            self.at = 0.0

        def record(self, stream: Stream | None = None) -> Event:
            world.called("record")
            assert stream is not None
            self.recorded += 1
            number = self.recorded
            self.stream = stream

            def mark() -> None:
                self.reached, self.at = number, time.perf_counter()

            stream.give(mark)
            return self

        def reach(self, number: int) -> Callable[[], None]:
            stream = self.stream

            def run() -> None:
                if stream is not None:
                    stream.run(until=lambda: self.reached >= number)

            return run

        def synchronize(self) -> Event:
            world.called("event_synchronize")
            self.reach(self.recorded)()
            return self

        def time_till(self, evt: Event) -> float:
            world.called("time_till")
            if self.reached < self.recorded or evt.reached < evt.recorded:
                raise driver.LogicError("cuEventElapsedTime failed: device not ready")
            return 1000 * (evt.at - self.at)

    # Freed by dropping the last reference, so these two are counted by their handles' owners.
    class CountedStream(Stream):
        def __del__(self) -> None:
            if hasattr(self, "handle"):
                _dropped(world, "stream")

    class CountedEvent(Event):
        def __del__(self) -> None:
            if hasattr(self, "recorded"):
                _dropped(world, "event")

    driver.Stream, driver.Event = CountedStream, CountedEvent


def _dropped(world: FakeCuda, what: str) -> None:
    """pycuda frees these only in the thread that has the context; else it warns, and leaks."""
    if world.stack:
        world.freed(what)
    else:
        world.log.append(f"{what} leaked")
