from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from looked_back import Inspected, inspect_some

from station.browsing.facts import Places
from station.store.store import Store


@pytest.fixture(scope="session")
def inspected_once(tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    return inspect_some(tmp_path_factory.mktemp("inspected"))


@pytest.fixture
def inspected(inspected_once: Inspected, tmp_path: Path) -> Inspected:
    """A copy of what was inspected, moved elsewhere: tests may break it."""
    out = tmp_path / "out"
    shutil.copytree(inspected_once.config.out, out)
    return Inspected(replace(inspected_once.config, out=out))


@pytest.fixture
def store(inspected: Inspected) -> Iterator[Store]:
    with inspected.open() as store:
        yield store


@pytest.fixture
def places(inspected: Inspected) -> Places:
    config = inspected.config
    return Places(config.out, config.images, config.overlays)
