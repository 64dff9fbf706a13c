"""A real database with results in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from outboxes import Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "station.db")
    with made.store:
        yield made
