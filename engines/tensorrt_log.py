"""What TensorRT says: kept, because its functions answer None and tell the reason here alone."""

from __future__ import annotations

import functools
import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorrt as trt

log = logging.getLogger(__name__)
KEPT_LINES = 20


class Said:
    """Errors and warnings, the newest last."""

    def __init__(self) -> None:
        self.errors: deque[str] = deque(maxlen=KEPT_LINES)
        self.warnings: deque[str] = deque(maxlen=KEPT_LINES)

    @property
    def lines(self) -> tuple[str, ...]:
        """All of them, the warnings first."""
        return (*self.warnings, *self.errors)

    def reason(self) -> str:
        """The last errors in one line; warnings where there are none."""
        lines = list(self.errors)[-3:] or list(self.warnings)[-2:]
        return "; ".join(line.strip() for line in lines) or "TensorRT gave no reason"


_listeners: list[Said] = []
_listeners_lock = threading.Lock()


@functools.cache
def logger() -> trt.ILogger:
    """The one logger of this process: TensorRT keeps the first it is given and ignores others."""
    import tensorrt as trt

    # With TensorRT not installed, mypy knows no base class.
    class Logger(trt.ILogger):  # type: ignore[misc]
        """Passes on to those who listen, and to logging. Called from TensorRT's own threads."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: trt.ILogger.Severity, msg: str) -> None:
            kinds = trt.ILogger.Severity
            if severity in (kinds.INTERNAL_ERROR, kinds.ERROR):
                _tell(msg, error=True)
            elif severity == kinds.WARNING:
                _tell(msg, error=False)

    return Logger()


@contextmanager
def listening() -> Iterator[Said]:
    """Keep what TensorRT says while this is open."""
    said = Said()
    with _listeners_lock:
        _listeners.append(said)
    try:
        yield said
    finally:
        with _listeners_lock:
            _listeners.remove(said)


def _tell(message: str, *, error: bool) -> None:
    log.info("TensorRT: %s", message)
    with _listeners_lock:
        for said in _listeners:
            (said.errors if error else said.warnings).append(message)
