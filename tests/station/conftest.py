"""One compiled bundle for the room: it is never changed, only copied."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import red_mark_bundle

from engines.bundle import Bundle
from station.config import StationConfig
from station.outcome import Outcome
from station.run import run_station


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return red_mark_bundle(tmp_path_factory.mktemp("bundles") / "red.bundle")


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(autouse=True)
def keep_out_of_the_home(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that a test starts compile into the test's folder, not the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_dir))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def configure(
    inbox: Path, bundle: Bundle, cache_dir: Path, tmp_path: Path
) -> Callable[..., StationConfig]:
    """A configuration over the inbox that ends when it is empty and waits little."""

    def make(**changes: Any) -> StationConfig:
        values: dict[str, Any] = {
            "inbox": inbox,
            "bundle": bundle.path,
            "out": tmp_path / "out",
            "once": True,
            "settle_s": 0.05,
            "patience_s": 0.2,
            "cache_dir": cache_dir,
            "station": "bench-1",
            # The tests draw one picture and send it under many names.
            "duplicates": "inspect",
        }
        return StationConfig(**{**values, **changes})

    return make


@pytest.fixture
def watch(configure: Callable[..., StationConfig]) -> Callable[..., list[Outcome]]:
    """Watch the inbox until it is empty; returns the outcomes."""

    def run(**changes: Any) -> list[Outcome]:
        return list(run_station(configure(**changes), threading.Event()))

    return run
