"""A database that has grown since its back-up."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept import numbered

from station.backups.make import make_backup
from station.store.store import open_store


def silent(what: str, done: int, total: int) -> None:
    """No one watches."""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Forty rows, of which a back-up has thirty."""
    path = tmp_path / "inspections.db"
    with open_store(str(path)) as store:
        store.add(*(numbered(n) for n in range(1, 31)))
        make_backup(path, tmp_path / "safe", None, silent)
        store.add(*(numbered(n) for n in range(31, 41)))
    return path
