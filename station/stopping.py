"""Ctrl-C and SIGTERM, as an event that a stream ends by."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping_on_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C interrupts at once."""
    stop_event = threading.Event()

    def stop(number: int, frame: object) -> None:
        del frame
        stop_event.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        name = signal.Signals(number).name
        os.write(2, f"station: {name}, finishing the part in hand\n".encode())

    before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop_event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
