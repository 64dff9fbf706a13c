"""The inbox: held by one station at a time, and left by each file exactly once.

INBOX/processed/      decided parts
INBOX/quarantine/     what could not be inspected, each with FILE.reason.txt
INBOX/.station.lock   held while a station runs; names the moves in hand, so that a kill between
                      the rows and the moves is made good at the next start, without a second row
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from engines.sentence import sentence
from station.errors import ConfigError, StationError
from station.sinks import write_atomically

log = logging.getLogger(__name__)
PROCESSED = "processed"
QUARANTINE = "quarantine"
LOCK = ".station.lock"
NAME_BYTES = 255
"""Where file systems end."""
QUARANTINED_BYTES = 200
"""So that there is room for `.reason.txt`, and for what it is called before it is whole."""
LONGEST_SUFFIX = 16
"""In bytes; what comes behind the last dot of a longer one is part of the name."""


@dataclass(frozen=True, slots=True)
class Move:
    """One file's planned way out of the inbox."""

    file: Path
    target: Path
    uuid: str
    """Of its row."""
    reason: str | None
    """None for processed/, else why it goes to quarantine/."""


TRAINING_DATA = ("labels.csv", "dataset.json", "crops.json")
"""What says that a folder holds pictures to train with: an inbox is emptied, they would be gone."""
DRAWN = TRAINING_DATA[1:]
"""Of them, what marks the folder round a class folder as well."""


def _refuse_training_data(path: Path) -> None:
    around = path.resolve().parent
    marks = [path / name for name in TRAINING_DATA] + [around / name for name in DRAWN]
    for mark in marks:
        if mark.is_file():
            raise ConfigError(
                "{path} holds pictures to train with ({mark} says so), and an inbox is emptied. "
                "Copy the pictures that are to be inspected into a folder of their own.",
                path=path,
                mark=mark,
            )


Leaving = tuple[Path, str, str | None]
"""A file, the uuid of its row, and the reason as in Move."""


class Inbox:
    """An inbox held for this station. Raises ConfigError when it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            what = sentence("is not a folder") if path.exists() else sentence("does not exist")
            raise ConfigError(
                "the inbox {path} {what}. Create it (mkdir -p {path}), or give another.",
                path=path,
                what=what,
            )
        _refuse_training_data(path)
        try:
            (path / PROCESSED).mkdir(exist_ok=True)
            (path / QUARANTINE).mkdir(exist_ok=True)
            self._lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ConfigError(
                "the inbox {path} cannot be written ({strerror}). The station moves files "
                "out of it: give its user write permission there.",
                path=path,
                strerror=error.strerror,
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise ConfigError(
                    "the inbox {path} cannot be locked ({strerror}). Use a folder on a "
                    "file system with locks.",
                    path=path,
                    strerror=error.strerror,
                ) from error
            raise ConfigError(
                "another station watches the inbox {path}. Stop that one, or give another inbox.",
                path=path,
            ) from error

    def plan(self, leaving: Sequence[Leaving]) -> list[Move]:
        """Choose where files will go, and note it durably; nothing is moved yet.

        Never an existing name, nor one twice.
        """
        moves: list[Move] = []
        for file, uuid, reason in leaving:
            folder = self.path / (PROCESSED if reason is None else QUARANTINE)
            target = self._free(folder / file.name, {move.target for move in moves})
            moves.append(Move(file, target, uuid, reason))
        self._note(json.dumps([self._intent(move) for move in moves]).encode())
        return moves

    def move(self, moves: Sequence[Move]) -> list[Path]:
        """Carry out what was planned; returns where the files lie now.

        A file that cannot be moved stays where it is, with a message in the log.
        """
        places = [self._carry_out(move) for move in moves]
        # Not flushed: a file system with a journal never keeps this and loses the moves before it;
        # and a note that outlives its moves finds nothing to do. The next plan flushes both.
        self._note(b"", flush=False)
        return places

    def recover(self, is_recorded: Callable[[str], bool]) -> None:
        """Finish the moves that a killed station left behind, where their rows were written."""
        for move, inode in self._read_note():
            if (
                is_recorded(move.uuid)
                and not move.target.exists()
                and move.file.exists()
                and move.file.stat().st_ino == inode
            ):
                name = move.file.name
                log.warning(
                    "%s was decided before the last stop; moving it to %s", name, move.target
                )
                self._carry_out(move)
        self._note(b"")

    def _carry_out(self, move: Move) -> Path:
        try:
            if move.reason is not None:
                note = move.target.with_name(move.target.name + ".reason.txt")
                write_atomically(note, (move.reason + "\n").encode("utf-8", "replace"))
            move.file.rename(move.target)
        except OSError as error:
            log.error(
                "%s was recorded but cannot be moved to %s (%s): it stays in the inbox. "
                "Mend the permissions and move it by hand.",
                move.file,
                move.target.parent,
                error.strerror,
            )
            return move.file
        return move.target

    def _intent(self, move: Move) -> dict[str, Any]:
        return {
            "uuid": move.uuid,
            "from": os.fsencode(move.file.name).hex(),
            "inode": _inode(move.file),
            "to": os.fsencode(str(move.target.relative_to(self.path))).hex(),
            "reason": move.reason,
        }

    def _free(self, wanted: Path, taken: Collection[Path]) -> Path:
        """The name itself, or with -2, -3... before its suffix where the name is taken."""
        most = QUARANTINED_BYTES if wanted.parent.name == QUARANTINE else NAME_BYTES
        candidate, number = wanted.with_name(_fitted(wanted, "", most)), 2
        while candidate in taken or candidate.exists() or candidate.is_symlink():
            candidate = wanted.with_name(_fitted(wanted, f"-{number}", most))
            number += 1
        return candidate

    def _note(self, data: bytes, *, flush: bool = True) -> None:
        try:
            os.pwrite(self._lock, data, 0)
            os.ftruncate(self._lock, len(data))
            if flush:
                os.fsync(self._lock)
        except OSError as error:
            raise StationError(
                "{path} cannot be written ({strerror}). Free space on the inbox's disk, "
                "then start again; the part in hand stays in the inbox.",
                path=self.path / LOCK,
                strerror=error.strerror,
            ) from error

    def _read_note(self) -> list[tuple[Move, int]]:
        """The moves that were planned last, each with the inode of its file."""
        text = os.pread(self._lock, 1 << 20, 0)
        if not text:
            return []
        try:
            return [(self._planned(intent), int(intent["inode"])) for intent in json.loads(text)]
        except (ValueError, KeyError, TypeError) as error:
            # Cut off by a power failure while it was written: then no row was written either.
            log.warning("%s is not readable (%s); it is ignored", self.path / LOCK, error)
            return []

    def _planned(self, intent: dict[str, Any]) -> Move:
        file, target = (os.fsdecode(bytes.fromhex(intent[end])) for end in ("from", "to"))
        return Move(self.path / file, self.path / target, intent["uuid"], intent["reason"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._lock)


def _fitted(file: Path, number: str, most_bytes: int) -> str:
    """A file's name with a number before its suffix; its end cut off where it is too long."""
    suffix = file.suffix if len(os.fsencode(file.suffix)) <= LONGEST_SUFFIX else ""
    stem = file.name.removesuffix(suffix)
    room = most_bytes - len(os.fsencode(number + suffix))
    if len(os.fsencode(stem)) > room:
        stem = os.fsencode(stem)[:room].decode("utf-8", "ignore")
    return stem + number + suffix


def _inode(file: Path) -> int:
    """0 for a file that is gone."""
    try:
        return file.stat().st_ino
    except OSError:
        return 0
