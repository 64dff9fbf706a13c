"""The station's log: a line for people on stderr, and JSON lines in a file that is rotated.

A disk that is full, or a log that may not be written, never stops inspection.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from station.errors import ConfigError

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TOLD = ("station.opened",)
"""Loggers whose INFO is for people too: who decides, and within which limits."""
QUIET: Mapping[str, int] = {
    "watchdog": logging.CRITICAL,  # warns of events that come while it is being closed
    "urllib3": logging.CRITICAL,  # warns with the whole address, which may be a secret
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "matplotlib": logging.WARNING,
}
"""Loggers of others, and from where on they are heard, whatever the level."""
FACTS = ("part", "lot")
"""What a line may carry beside its message: `log.info(..., extra={"part": uuid})`."""


def configure_logging(
    path: Path | None = None, level: str = "INFO", max_mb: float = 10.0, keep: int = 5
) -> None:
    """Log warnings to stderr, and from `level` on to a file; a second call replaces the first.

    path: None for stderr alone. A file that would grow over max_mb is put aside as `path.1`, and
    so on up to `path.KEEP`; keep 0 begins it anew. Raises ConfigError for an impossible value; not
    for a file that cannot be written, which is told on stderr.
    """
    if level not in LEVELS:
        raise ConfigError(
            "log.level is {level!r}; expected one of {levels}.",
            level=level,
            levels=", ".join(LEVELS),
        )
    if not 0.001 <= max_mb <= 100_000:
        raise ConfigError("log.max_mb is {max_mb}; expected 0.001 to 100000.", max_mb=max_mb)
    if not (isinstance(keep, int) and 0 <= keep <= 1000):
        raise ConfigError(
            "log.keep is {keep!r}; expected a whole number from 0 to 1000.", keep=keep
        )
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler, (_People, LogFile)):
            root.removeHandler(handler)
            handler.close()
    root.addHandler(_People())
    if path is not None:
        handler = LogFile(path, int(max_mb * 1e6), keep)
        handler.setLevel(level)
        root.addHandler(handler)
    root.setLevel(logging.WARNING if path is None else min(logging.WARNING, _number(level)))
    for name in TOLD:
        logging.getLogger(name).setLevel(min(logging.INFO, root.level))
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)


class _People(logging.StreamHandler[Any]):
    """Warnings, and what people are told besides, as one line on stderr."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(logging.Formatter("station: %(message)s"))
        self.addFilter(_is_for_people)


def _is_for_people(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or (
        record.levelno >= logging.INFO and record.name in TOLD
    )


def _number(level: str) -> int:
    number: int = getattr(logging, level)
    return number


class JsonLines(logging.Formatter):
    """One JSON object: `at`, `level`, `logger`, `message`, and where known `part`, `lot`, `error`.

    `at` is RFC 3339 in UTC with microseconds; `error` the traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        at = datetime.fromtimestamp(record.created, timezone.utc)
        body: dict[str, Any] = {
            "at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in FACTS:
            value = getattr(record, name, None)
            if value is not None:
                body[name] = str(value)
        if record.exc_info:
            body["error"] = self.formatException(record.exc_info)
        # ASCII: a file name may hold bytes that are no UTF-8, and a log must take them all.
        return json.dumps(body)


class LogFile(RotatingFileHandler):
    """A log file that is put aside when it is full, and that never fails its caller.

    While it cannot be written, that is said once on stderr; afterwards how many lines are missing.
    """

    def __init__(self, path: Path, max_bytes: int, keep: int) -> None:
        self._missing = 0
        super().__init__(path, maxBytes=max_bytes, backupCount=keep, encoding="ascii", delay=True)
        self.setFormatter(JsonLines())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.stream = self._open()
        except OSError as error:
            self._say(error)

    def _open(self) -> TextIOWrapper:
        """Open it to append; a line that a kill or a full disk cut off is ended first."""
        stream = super()._open()
        try:
            size = os.fstat(stream.fileno()).st_size
            if size and _last_byte(Path(self.baseFilename), size) != b"\n":
                os.write(stream.fileno(), b"\n")
        except BaseException:
            stream.close()
            raise
        return stream

    def doRollover(self) -> None:  # noqa: N802 (logging's name)
        """Put the full file aside; with keep 0, begin it anew. Raises OSError."""
        if self.backupCount == 0:
            self._let_go()
            os.truncate(self.baseFilename, 0)
        else:
            super().doRollover()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; never raises."""
        try:
            line = (self.format(record) + self.terminator).encode("ascii")
        except Exception:  # noqa: BLE001 (a message that does not fit its arguments: logging's own way)
            self.handleError(record)
            return
        try:
            self._write(record, line)
        except OSError as error:
            self._let_go()
            self._say(error)
            return
        if self._missing:
            missing, self._missing = self._missing, 0
            _warn(f"the log {self.baseFilename} is written again; {missing} lines are missing")

    def _write(self, record: logging.LogRecord, line: bytes) -> None:
        """All of the line, past every buffer: what fails now must not be tried again later."""
        if self.stream is None:
            self.stream = self._open()
        if self.shouldRollover(record):
            self.doRollover()
            self.stream = self._open()
        if os.write(self.stream.fileno(), line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()

    def _say(self, error: OSError) -> None:
        self._missing += 1
        if self._missing == 1:
            _warn(
                f"the log {self.baseFilename} cannot be written ({error}). Inspection goes on; "
                "free space on its disk, or make the file writable for this user."
            )


def _last_byte(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1)


def _warn(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # nobody may be there to be told
        sys.stderr.write(f"station: {text}\n")
