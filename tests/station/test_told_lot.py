"""A lot told by hand is kept for the next start; a configuration that changed wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from station.config import StationConfig
from station.errors import ConfigError, StationError
from station.told_lot import ToldLot, forget_told, goes_on, keep_told, place_of, read_told
from station.window_settings import WindowSettings

AT = datetime(2026, 11, 21, 18, 7, tzinfo=timezone.utc)


@pytest.fixture
def config(tmp_path: Path) -> StationConfig:
    return StationConfig(
        inbox=tmp_path / "inbox", bundle=tmp_path / "b", out=tmp_path / "out", station="bench 1",
        lot="L1",
    )  # fmt: skip


@pytest.mark.parametrize("lot", ["L2", None])
def test_it_is_read_as_it_was_told(config: StationConfig, lot: str | None) -> None:
    assert read_told(config) is None
    told = ToldLot(lot, "L1", "김 철수", AT)
    keep_told(config, told)
    assert read_told(config) == told and goes_on(told, config)
    assert read_told(replace(config, station="bench-1")) is None, "another station's lot is its own"


def test_a_configured_lot_that_changed_and_a_pattern_that_forbids_it_end_it(
    config: StationConfig,
) -> None:
    told = ToldLot("L2", "L1", None, AT)
    assert not goes_on(told, replace(config, lot="L3"))
    assert not goes_on(told, replace(config, lot=None))
    strict = WindowSettings(lot_pattern="L1|A[0-9]")
    assert not goes_on(told, replace(config, window=strict))


def test_the_configured_lot_told_again_needs_no_file(config: StationConfig) -> None:
    keep_told(config, ToldLot("L2", "L1", None, AT))
    keep_told(config, ToldLot("L1", "L1", None, AT))
    assert not place_of(config).exists() and read_told(config) is None
    keep_told(config, ToldLot("L2", "L1", None, AT))
    forget_told(config)
    forget_told(config)
    assert read_told(config) is None


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '{"lot": "L2"}',
        '{"lot": "L2", "configured": "L1", "by": null, "at": "2026-11-21T18:07:00"}',
        '{"lot": " ", "configured": "L1", "by": null, "at": "2026-11-21T18:07:00+00:00"}',
        '{"lot": 3, "configured": "L1", "by": null, "at": "2026-11-21T18:07:00+00:00"}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_and_names_no_lot(config: StationConfig, text: str) -> None:
    place_of(config).parent.mkdir()
    place_of(config).write_text(text)
    with pytest.raises(ConfigError, match="The lot of the configuration holds"):
        read_told(config)


def test_where_it_cannot_be_kept_that_is_said(config: StationConfig) -> None:
    config.out.write_text("a file in the folder's place")
    with pytest.raises(StationError, match="cannot be kept for the next start"):
        keep_told(config, ToldLot("L2", "L1", None, AT))
