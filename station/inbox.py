"""The inbox: held by one station at a time, and left by each file exactly once.

INBOX/processed/      decided parts
INBOX/quarantine/     what could not be inspected, each with FILE.reason.txt
INBOX/.station.lock   held while a station runs; names the move in hand, so that a kill between
                      the row and the move is made good at the next start, without a second row
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from station.errors import ConfigError, StationError
from station.sinks import write_atomically

log = logging.getLogger(__name__)
PROCESSED = "processed"
QUARANTINE = "quarantine"
LOCK = ".station.lock"


class Inbox:
    """An inbox held for this station. Raises ConfigError when it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            what = "is not a folder" if path.exists() else "does not exist"
            raise ConfigError(
                f"the inbox {path} {what}. Create it (mkdir -p {path}), or give another."
            )
        try:
            (path / PROCESSED).mkdir(exist_ok=True)
            (path / QUARANTINE).mkdir(exist_ok=True)
            self._lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ConfigError(
                f"the inbox {path} cannot be written ({error.strerror}). The station moves files "
                "out of it: give its user write permission there."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise ConfigError(
                    f"the inbox {path} cannot be locked ({error.strerror}). Use a folder on a "
                    "file system with locks."
                ) from error
            raise ConfigError(
                f"another station watches the inbox {path}. Stop that one, or give another inbox."
            ) from error
        self._name_folders()

    def plan(self, file: Path, uuid: str, reason: str | None) -> Path:
        """Choose where a file will go, and note it durably; nothing is moved yet.

        reason: None for processed/, else why it goes to quarantine/. Never an existing name.
        """
        target = self._free(self.path / (PROCESSED if reason is None else QUARANTINE) / file.name)
        intent = {"uuid": uuid, "from": os.fsencode(file.name).hex(), "to": None, "reason": reason}
        intent["to"] = os.fsencode(str(target.relative_to(self.path))).hex()
        self._note(json.dumps(intent).encode())
        return target

    def move(self, file: Path, target: Path, reason: str | None) -> Path:
        """Carry out what was planned; returns where the file lies now.

        A file that cannot be moved stays where it is, with a message in the log.
        """
        try:
            if reason is not None:
                note = target.with_name(target.name + ".reason.txt")
                write_atomically(note, (reason + "\n").encode("utf-8", "replace"))
            file.rename(target)
        except OSError as error:
            log.error(
                "%s was recorded but cannot be moved to %s (%s): it stays in the inbox. "
                "Mend the permissions and move it by hand.",
                file,
                target.parent,
                error.strerror,
            )
            return file
        finally:
            self._note(b"")
        return target

    def recover(self, is_recorded: Callable[[str], bool]) -> None:
        """Finish the move that a killed station left behind, if its row was written."""
        intent = self._read_note()
        if intent is None:
            return
        file = self.path / os.fsdecode(bytes.fromhex(intent["from"]))
        target = self.path / os.fsdecode(bytes.fromhex(intent["to"]))
        if is_recorded(intent["uuid"]) and file.exists() and not target.exists():
            log.warning("%s was decided before the last stop; moving it to %s", file.name, target)
            self.move(file, target, intent["reason"])
        self._note(b"")

    def _name_folders(self) -> None:
        known = (PROCESSED, QUARANTINE)
        others = [p.name for p in self.path.iterdir() if p.is_dir() and p.name not in known]
        others = sorted(name for name in others if not name.startswith("."))
        if others:
            log.warning("sub-folders of the inbox are not looked into: %s", ", ".join(others))

    def _free(self, wanted: Path) -> Path:
        """The name itself, or with -2, -3... before its suffix where the name is taken."""
        candidate, number = wanted, 2
        while candidate.exists() or candidate.is_symlink():
            candidate = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
            number += 1
        return candidate

    def _note(self, data: bytes) -> None:
        try:
            os.pwrite(self._lock, data, 0)
            os.ftruncate(self._lock, len(data))
            os.fsync(self._lock)
        except OSError as error:
            raise StationError(
                f"{self.path / LOCK} cannot be written ({error.strerror}). Free space on the "
                "inbox's disk, then start again; the part in hand stays in the inbox."
            ) from error

    def _read_note(self) -> dict[str, Any] | None:
        text = os.pread(self._lock, 1 << 16, 0)
        if not text:
            return None
        try:
            intent: dict[str, Any] = json.loads(text)
            if not {"uuid", "from", "to", "reason"} <= intent.keys():
                raise ValueError("fields are missing")
        except ValueError as error:
            # Cut off by a power failure while it was written: then no row was written either.
            log.warning("%s is not readable (%s); it is ignored", self.path / LOCK, error)
            return None
        return intent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._lock)
