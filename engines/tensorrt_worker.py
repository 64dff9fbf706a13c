"""The thread that owns the GPU: opens the session, runs every batch, closes it. Others wait."""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from engines.backend import Answers
from engines.cuda import is_cuda_error, is_out_of_memory, open_cuda
from engines.errors import EngineError
from engines.prediction import ImageArray
from engines.tensorrt_session import MEMORY_REMEDY, PlanRefusedError, Session, open_session

log = logging.getLogger(__name__)
LOST = (
    "The parts were not decided. Restart the station; should it happen again, look for NVRM and "
    "Xid in the kernel's log (`dmesg`), or go on with --device CPU."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    images: ImageArray
    answer: Future[Answers] = field(default_factory=Future)


class TensorRtBackend:
    """A loaded plan on the GPU; see Backend. Any thread may call it.

    After the first failure of the device every call raises EngineError: what a CUDA context holds
    after an error is not to be relied upon.
    """

    def __init__(self, plan: bytes, facts: Mapping[str, str]) -> None:
        self.facts = facts
        """The candidate's facts, and which plan this is: `plan`, `typing`, `max_batch`."""
        self.device_ms = 0.0
        """Device time of the batch that was run last, upload and download included."""
        self._image_shape: tuple[int, ...] = ()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._broken = ""
        opened: Future[None] = Future()
        # In a list, from which it is taken: a thread keeps its arguments until it ends, and a plan
        # may be hundreds of megabytes.
        handed_over = [plan]
        self._thread = threading.Thread(
            target=self._serve, args=(handed_over, opened), name="tensorrt", daemon=True
        )
        self._thread.start()
        try:
            opened.result()
        except BaseException:
            self.close()
            raise
        # Else a program that forgets `close` ends with a context in a thread that is cut off.
        atexit.register(self.close)

    def infer(self, images: ImageArray) -> Answers:
        """See Backend.infer."""
        expected = self._image_shape
        if images.ndim != 4 or images.shape[1:] != expected or not len(images):
            raise EngineError(
                "the graph takes batches (N, {expected}), N from 1; got {shape}. Bring the "
                "pictures to its size by engines.preprocess.",
                expected=", ".join(map(str, expected)),
                shape=images.shape,
            )
        if images.dtype != np.uint8:
            raise EngineError(
                "the graph takes uint8; got {dtype}. Give 8-bit pictures.", dtype=images.dtype
            )
        job = _Job(images)
        with self._gate:
            if self._closed:
                raise EngineError("the engine was closed. Open it again.")
            self._jobs.put(job)
        return job.answer.result()

    def close(self) -> None:
        """See Backend.close. Waits for the batches handed over, and for the thread's end."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()
        atexit.unregister(self.close)

    def _serve(self, plan: list[bytes], opened: Future[None]) -> None:
        """The thread: everything of CUDA and TensorRT happens below here."""
        try:
            with open_cuda() as cuda, open_session(cuda, plan.pop()) as session:
                self._image_shape = session.image_shape
                opened.set_result(None)
                while (job := self._jobs.get()) is not None:
                    self._run(session, job)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            failure = _as_engine_error(error)
            if opened.done():
                log.error("the GPU's thread ended: %s", failure)
            else:
                opened.set_exception(failure)
            self._end(str(failure))

    def _run(self, session: Session, job: _Job) -> None:
        if self._broken:
            job.answer.set_exception(
                EngineError("the engine failed earlier: {broken}", broken=self._broken)
            )
            return
        try:
            answer = session.infer(job.images)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            failure = _as_engine_error(error)
            self._broken = str(failure)
            job.answer.set_exception(failure)
        else:
            self.device_ms = session.device_ms
            job.answer.set_result(answer)

    def _end(self, reason: str) -> None:
        """The thread is about to end by itself: nobody may wait for it for ever."""
        with self._gate:
            self._closed = True
        while not self._jobs.empty():
            job = self._jobs.get()
            if job is not None:
                job.answer.set_exception(EngineError(reason))


def _as_engine_error(error: BaseException) -> EngineError:
    """A fresh error without a traceback: that would carry device memory into another thread."""
    log.debug("in the GPU's thread: %s", traceback.format_exc())
    if isinstance(error, PlanRefusedError):
        return PlanRefusedError(str(error))
    if isinstance(error, EngineError):
        return EngineError(str(error))
    if isinstance(error, ImportError):
        return EngineError(
            "pycuda or TensorRT cannot be loaded ({error}). Run `station doctor`.", error=error
        )
    if is_out_of_memory(error):
        return EngineError(
            "the GPU's memory is exhausted ({error}). {memory_remedy}",
            error=error,
            memory_remedy=MEMORY_REMEDY,
        )
    if is_cuda_error(error):
        return EngineError("the GPU failed: {error}. {lost}", error=error, lost=LOST)
    return EngineError(
        "{name} on the GPU's thread: {error}. {lost}",
        name=type(error).__name__,
        error=error,
        lost=LOST,
    )
