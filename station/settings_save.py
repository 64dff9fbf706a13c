"""Changed settings into station.toml: atomically, with the old file beside it, each key told."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from station.errors import ConfigError
from station.sayings import Event, Severity
from station.settings_change import Changed, SettingsFile

KIND = "settings"
"""Of the events."""


def save_settings(changed: Changed, who: str, tell: Callable[[Event], None]) -> SettingsFile:
    """Write it, with the file of before beside it as `station.toml.before`; an event for each key.

    tell: into the chain, such as Store.add_event; it is told before the file is replaced, so that
    no kill can leave a change that nobody signed. Raises ConfigError where the file has changed
    since it was read or cannot be written, nothing then being changed; and what `tell` raises.
    """
    file = changed.file
    path = file.path.resolve()
    _check_unchanged(file)
    data = changed.text.encode("utf-8")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _write(part, data)
        if file.on_disk is not None:
            shutil.copymode(path, part)
            shutil.copy2(path, path.with_name(f"{path.name}.before"))
        for each in changed.keys:
            tell(_event(changed.config.station, f"{who} changed {each.text} in {path.name}."))
        if file.on_disk is None:
            text = f"{who} wrote {path} (SHA-256 {hashlib.sha256(data).hexdigest()})."
            tell(_event(changed.config.station, text))
        _check_unchanged(file)
        part.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(Exception):
            text = f"{path} could not be written ({error}): what was said to change did not."
            tell(_event(changed.config.station, text, Severity.WARNING))
        raise ConfigError(
            "{path} cannot be written ({strerror}). Give this user the right to write into "
            "its folder; nothing was changed.",
            path=path,
            strerror=error.strerror or error,
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return SettingsFile(file.path, changed.text, data)


def _check_unchanged(file: SettingsFile) -> None:
    try:
        now = file.path.read_bytes()
    except FileNotFoundError:
        now = None
    if now != file.on_disk:
        raise ConfigError(
            "{path} was changed by somebody else since it was read here: nothing was "
            "written. Discard what you changed, and change it again on what stands there "
            "now.",
            path=file.path,
        )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _event(station: str, text: str, severity: Severity = Severity.INFO) -> Event:
    return Event(datetime.now(timezone.utc), station, KIND, severity, text)
