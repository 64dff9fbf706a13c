"""The one file of a bundle that says what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engines.errors import BundleError

MANIFEST = "bundle.json"


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a bundle says of itself, not verified yet. Raises BundleError."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(
            "no bundle at {folder}: cannot read {manifest} ({strerror}). Give the folder "
            "that `trainer export` wrote.",
            folder=folder,
            manifest=MANIFEST,
            strerror=error.strerror,
        ) from error
    except ValueError as error:
        raise BundleError(
            "{path} is not valid JSON ({error}). Restore the bundle from its original.",
            path=path,
            error=error,
        ) from error
    if not isinstance(manifest, dict):
        raise BundleError(
            "{path} is not a JSON object. Restore the bundle from its original.", path=path
        )
    return manifest
