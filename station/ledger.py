"""Which parts are between arrival and filing, in this process: told by path and by content."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from station.domain import Intent


@dataclass(slots=True, eq=False)
class Ledger:
    """Safe from several threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _paths: Counter[Path] = field(default_factory=Counter)
    """Files that were handed on and are not filed yet, and how often."""
    _parts: dict[tuple[Path | None, str], str] = field(default_factory=dict)
    """Path and sha256, and the hash alone -> uuid of the part in hand."""
    _begun_at: dict[str, float] = field(default_factory=dict)
    """Uuid of a part in hand -> monotonic time since when."""
    _waiting: dict[tuple[str, str], list[Intent]] = field(default_factory=dict)
    """Source and sha256 -> what an earlier run had begun, and whose file will arrive again."""

    def expect(self, intents: list[Intent]) -> None:
        """Parts of an earlier run that will arrive again."""
        for intent in intents:
            key = intent.source, str(intent.image_sha256)
            self._waiting.setdefault(key, []).append(intent)

    def resumed(self, source: str, sha256: str | None) -> Intent | None:
        """The earlier run's intent for an arriving file, once."""
        with self._lock:
            waiting = self._waiting.get((source, str(sha256)))
            return waiting.pop(0) if waiting else None

    def take(self, path: Path | None) -> None:
        """A file was handed on."""
        with self._lock:
            self._paths[path or Path()] += 1

    def leave(self, path: Path | None) -> None:
        """A file was filed, or is not to be."""
        with self._lock:
            key = path or Path()
            self._paths[key] -= 1
            if self._paths[key] <= 0:
                del self._paths[key]

    def is_busy(self) -> bool:
        """Whether anything is in hand."""
        with self._lock:
            return bool(self._paths)

    def enter(self, path: Path | None, sha256: str | None, uuid: str) -> None:
        """A part was begun."""
        with self._lock:
            self._begun_at[uuid] = time.monotonic()
            if sha256 is not None:
                self._parts.setdefault((None, sha256), uuid)
                self._parts.setdefault((path, sha256), uuid)

    def oldest_s(self) -> float:
        """How long the part that was begun first is in hand; 0.0 for none."""
        with self._lock:
            return time.monotonic() - min(self._begun_at.values(), default=time.monotonic())

    def in_hand(self, path: Path | None, sha256: str) -> str | None:
        """The part in hand with this picture: at this path, or (None) at any."""
        with self._lock:
            return self._parts.get((path, sha256))

    def close(self, path: Path | None, sha256: str | None, uuid: str) -> None:
        """A part was filed."""
        with self._lock:
            self._begun_at.pop(uuid, None)
            for key in ((None, str(sha256)), (path, str(sha256))):
                if self._parts.get(key) == uuid:
                    del self._parts[key]
