"""A peer's own process: takes commands from the bench on its input, one at a time.

    python -m engines.peers.worker

Nothing heavy is imported before the peer is named, so that its memory and its start are its own.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from engines.errors import EngineError
from engines.peers.peer import KINDS, Contender, Peer
from engines.prediction import ImageArray

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}


class Worker:
    """Holds the peer and its pictures between commands."""

    def __init__(self) -> None:
        self._before_mb = _memory_mb("VmRSS")
        self._peer: Peer | None = None
        self._batches: list[Any] = []

    def open(self, contender: Contender, cache_dir: Path, batches: list[list[ImageArray]]) -> Any:
        """Open the peer and give it its pictures; returns its Facts."""
        module = importlib.import_module(KINDS[contender.peer].module)
        self._peer = module.open_peer(contender, cache_dir)
        self._batches = [self._peer.prepare(batch) for batch in batches]
        return self._peer.facts

    def answer(self, index: int) -> Any:
        """Answer a batch; returns its Said, when that began and ended (monotonic, s), and the
        processor's time that all threads together took for it."""
        assert self._peer is not None
        busy, start = time.process_time(), time.perf_counter()
        said = self._peer.answer(self._batches[index])
        end = time.perf_counter()
        return said, start, end, time.process_time() - busy

    def memory(self) -> dict[str, float]:
        """MB over what this process held before the peer was imported: now, and at its most."""
        now, most = _memory_mb("VmRSS"), _memory_mb("VmHWM")
        return {"now_mb": now - self._before_mb, "peak_mb": most - self._before_mb}


def main() -> None:
    """Serve until the input ends."""
    os.environ.update(QUIET)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    replies = os.fdopen(os.dup(1), "wb")
    # Whatever the runtimes print must not get between the replies.
    os.dup2(2, 1)
    serve(Worker(), sys.stdin.buffer, replies)


def serve(worker: Worker, commands: BinaryIO, replies: BinaryIO) -> None:
    """Each command is (name, arguments); each reply ("ok", value) or (what went wrong, words)."""
    while True:
        try:
            name, arguments = pickle.load(commands)
        except EOFError:
            return
        try:
            reply = "ok", getattr(worker, name)(*arguments)
        except ImportError as error:
            reply = "absent", str(error)
        except EngineError as error:
            reply = "refused", str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the bench tells it and goes on
            reply = "failed", f"{type(error).__name__}: {error}"
        pickle.dump(reply, replies)
        replies.flush()


def _memory_mb(field: str) -> float:
    """A line of /proc/self/status; nan where there is none."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    values = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if "kB" in line}
    return int(values[field]) / 1024


def _die_with_parent() -> None:
    """On Linux a bench that is killed leaves no stopped process behind."""
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


if __name__ == "__main__":
    main()
