"""The bench's end of a peer's process: asked one thing at a time, held still between."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from engines.errors import EngineError
from engines.peers.peer import KINDS, Contender, Facts, Said
from engines.prediction import ImageArray

CAN_HOLD = hasattr(signal, "SIGSTOP")
LAST_WORDS = 400
CLOSING_S = 5.0


class AbsentError(EngineError):
    """What a peer needs is not installed here."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One call: when it began and ended on this machine's monotonic clock, in seconds."""

    said: Said
    start_s: float
    end_s: float
    processor_s: float
    """Taken by all threads together."""


class PeerProcess:
    """A process with one peer. A context manager; between calls it is stopped, where the system
    can, so that no idle thread of it takes the processor from the others."""

    def __init__(
        self, contender: Contender, cache_dir: Path, batches: list[list[ImageArray]]
    ) -> None:
        self.contender = contender
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        start = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engines.peers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )
        try:
            self.facts: Facts = self._ask("open", contender, cache_dir, batches)
            self.first = self.answer(0)
        except BaseException:
            self.close()
            raise
        self.start_s = time.perf_counter() - start
        """From nothing to the first answer."""

    def answer(self, index: int) -> Timed:
        """Answer a batch. Raises EngineError."""
        return Timed(*self._ask("answer", index))

    def memory(self) -> dict[str, float]:
        """See Worker.memory."""
        found: dict[str, float] = self._ask("memory")
        return found

    def hold(self) -> None:
        """Stop it, threads and all."""
        self._signal("SIGSTOP")

    def resume(self) -> None:
        """Let it run again."""
        self._signal("SIGCONT")

    def _signal(self, name: str) -> None:
        if CAN_HOLD and self._process.poll() is None:
            os.kill(self._process.pid, getattr(signal, name))

    def _ask(self, command: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((command, arguments), self._process.stdin)
            self._process.stdin.flush()
            how, value = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError) as error:
            raise EngineError(
                f"{self.contender} ended in the middle of `{command}`: {self._last_words()} "
                "Leave it out with --against, or mend its installation."
            ) from error
        if how == "absent":
            raise AbsentError(f"{value}. {KINDS[self.contender.peer].install}")
        if how != "ok":
            raise EngineError(str(value))
        return value

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSING_S)
        self._stderr.seek(0)
        words = self._stderr.read().decode(errors="replace").strip()[-LAST_WORDS:]
        return f"exit code {self._process.returncode}. {words}"

    def close(self) -> None:
        """End it; a second call does nothing."""
        self.resume()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(CLOSING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
