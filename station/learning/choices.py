"""Which candidates somebody took out by hand: a file beside the results, whoever asks next."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from engines.sentence import sentence
from station.errors import StationError
from station.lock import held
from station.sinks import write_atomically

FOLDER = "learning"
"""In the folder of results."""
CHOICES = "choices.json"
_TURN = threading.Lock()


def read_excluded(out: Path) -> dict[str, dict[str, Any]]:
    """Uuid of a part -> who took it out, and when. Raises StationError for a damaged file."""
    path = out / FOLDER / CHOICES
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        excluded = body["excluded"]
        if not all(isinstance(k, str) and isinstance(v, dict) for k, v in excluded.items()):
            raise ValueError("its entries are no objects")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise StationError(
            "{path} cannot be read ({error}): it says which parts were taken out of the "
            "training set. Put it back from a backup, or remove it and choose again.",
            path=path,
            error=error,
        ) from error
    return dict(excluded)


def set_included(out: Path, uuids: Collection[str], included: bool, who: str | None) -> None:
    """Take parts in again, or out. Raises StationError."""
    folder = out / FOLDER
    with _TURN, held(folder / ".choices.lock", sentence("the choice of training parts")):
        excluded = read_excluded(out)
        entry = {"by": who, "at": datetime.now(timezone.utc).isoformat(timespec="seconds")}
        for uuid in uuids:
            if included:
                excluded.pop(uuid, None)
            else:
                excluded.setdefault(uuid, entry)
        text = json.dumps({"excluded": excluded}, indent=1, ensure_ascii=False, sort_keys=True)
        write_atomically(folder / CHOICES, (text + "\n").encode())
