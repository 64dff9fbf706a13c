"""The limits that a bench shows are those that it decides by."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import red_mark_bundle

from station.config import StationConfig
from station.errors import ConfigError
from station.policy_limits import bundle_of, policy_limits
from station.verdict import Overrides


@pytest.fixture
def config(tmp_path: Path) -> StationConfig:
    red_mark_bundle(tmp_path / "b", pass_below=0.2, reject_from=0.8)
    return StationConfig(bundle=tmp_path / "b", out=tmp_path / "out", camera="sim:")


def test_without_overrides_the_models_own_hold(config: StationConfig) -> None:
    limits = policy_limits(bundle_of(config), config.policy)
    assert limits.bench == limits.model
    assert (limits.model.pass_below, limits.model.reject_from) == (0.2, 0.8)
    assert limits.loosened == ()


def test_stricter_ones_are_not_called_loosened_and_looser_ones_are(config: StationConfig) -> None:
    strict = policy_limits(bundle_of(config), Overrides(pass_below=0.1, reject_from=0.5))
    assert (strict.bench.pass_below, strict.bench.reject_from) == (0.1, 0.5)
    assert strict.loosened == ()
    assert policy_limits(bundle_of(config), Overrides(pass_below=0.3)).loosened == ("pass_below",)
    assert policy_limits(bundle_of(config), Overrides(reject_from=0.9)).loosened == ("reject_from",)


def test_a_pass_limit_above_the_reject_limit_is_refused(config: StationConfig) -> None:
    with pytest.raises(ConfigError, match="above the bundle's reject_from"):
        policy_limits(bundle_of(config), Overrides(pass_below=0.9))
