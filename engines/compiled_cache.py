"""OpenVINO's compiled models on the disk, used only where they are, byte for byte, what it wrote.

OpenVINO itself does not look: a compiled model with a damaged block runs, and answers wrongly,
under a certificate that was measured before the damage.
"""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path

from engines.atomic_file import write_atomically
from engines.bundle import file_sha256

log = logging.getLogger(__name__)
SIDECAR = "sha256.json"


def intact(folder: Path) -> Path | None:
    """The folder, made if need be, whatever was altered in it removed; None where it cannot be
    written, and nothing is to be cached."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
        known = _known(folder)
        for path in _models(folder):
            if known.get(path.name) != file_sha256(path):
                log.info("the compiled model %s is not as it was written: compiled anew", path)
                path.unlink()
                if known.pop(path.name, None) is not None:
                    _note(folder, known)
    except OSError as error:
        log.warning("compiled models are not cached: %s (%s)", folder, error.strerror)
        return None
    return folder


def remember(folder: Path) -> None:
    """Note what the runtime has written into the folder since `intact`."""
    try:
        known = _known(folder)
        models = {path.name: path for path in _models(folder)}
        if models.keys() == known.keys():
            return
        # What was known was checked by `intact`, and only what is new was written since.
        sums = {name: known.get(name) or file_sha256(path) for name, path in models.items()}
        _note(folder, sums)
    except OSError as error:
        log.warning("the compiled model is not kept: %s (%s)", folder, error.strerror)


def _models(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != SIDECAR and path.suffix == ".blob"]


def _note(folder: Path, sums: dict[str, str]) -> None:
    write_atomically(folder / SIDECAR, json.dumps(sums, indent=2).encode())


def _known(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / SIDECAR).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
