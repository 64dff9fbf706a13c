"""Stricter is anybody's to ask; looser needs a name and a reason, and leaves a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import red_mark_bundle

from engines.bundle import Bundle
from engines.certificate import Certificate
from engines.engine import candidate_groups, certify
from station.errors import ConfigError
from station.verdict import Overrides, policy_of

SIGNED = {"supervisor": " B. Jones ", "reason": "Trial lot 7, all parts are measured after."}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """PASS below 0.2, REJECT from 0.8."""
    return red_mark_bundle(tmp_path / "red.bundle")


def limits(bundle: Bundle, **asked: object) -> tuple[float, float]:
    policy = policy_of(bundle, None, Overrides(**asked))  # type: ignore[arg-type]
    return policy.thresholds.pass_below, policy.thresholds.reject_from


def test_without_overrides_the_bundle_decides(bundle: Bundle) -> None:
    policy = policy_of(bundle, None)
    assert policy.thresholds == bundle.thresholds
    assert (policy.novelty_limit, policy.loosened) == (1.0, None)
    assert (policy.quality, policy.input) == (bundle.quality, bundle.input)


def test_the_engine_s_errors_make_it_stricter_after_any_override(
    bundle: Bundle, tmp_path: Path
) -> None:
    candidate = candidate_groups(bundle, "CPU", [])[0][0]
    measured, _ = certify(bundle, candidate, tmp_path / "cache")
    certificate: Certificate = replace(measured, max_dp=0.02, novelty_margin=0.1)
    policy = policy_of(bundle, certificate, Overrides(pass_below=0.15))
    assert policy.thresholds.pass_below == pytest.approx(0.13)
    assert policy.thresholds.reject_from == pytest.approx(0.82)
    assert policy.novelty_limit == pytest.approx(0.9)


def test_stricter_needs_nobody(bundle: Bundle) -> None:
    assert limits(bundle, pass_below=0.05) == (0.05, 0.8)
    assert limits(bundle, reject_from=0.5) == (0.2, 0.5)
    assert limits(bundle, pass_below=0.0, reject_from=0.0) == (0.0, 0.0)
    assert limits(bundle, pass_below=0.2, reject_from=0.8) == (0.2, 0.8)
    # Rejecting below the pass limit takes the passes there away.
    assert limits(bundle, reject_from=0.1) == (0.1, 0.1)
    assert policy_of(bundle, None, Overrides(pass_below=0.05, **SIGNED)).loosened is None


@pytest.mark.parametrize("asked", [{"pass_below": 0.3}, {"reject_from": 0.9}])
@pytest.mark.parametrize(
    "who",
    [{}, {"supervisor": "B. Jones"}, {"reason": "Trial."}, {"supervisor": " ", "reason": "Trial."}],
)
def test_looser_without_a_name_and_a_reason_is_refused(
    bundle: Bundle, asked: dict[str, float], who: dict[str, str]
) -> None:
    (name,) = asked
    with pytest.raises(ConfigError, match=rf"looser.*{name} from.*policy\.supervisor.*reason"):
        limits(bundle, **asked, **who)


def test_looser_with_both_leaves_a_sentence(bundle: Bundle) -> None:
    policy = policy_of(bundle, None, Overrides(pass_below=0.3, reject_from=0.9, **SIGNED))
    assert (policy.thresholds.pass_below, policy.thresholds.reject_from) == (0.3, 0.9)
    assert policy.loosened == (
        "B. Jones loosened pass_below from 0.2 to 0.3 and reject_from from 0.8 to 0.9. "
        "Reason: Trial lot 7, all parts are measured after."
    )
    mixed = policy_of(bundle, None, Overrides(pass_below=0.1, reject_from=0.9, **SIGNED))
    assert mixed.loosened is not None
    assert "pass_below" not in mixed.loosened


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"pass_below": 1.2}, r"policy\.pass_below is 1\.2"),
        ({"pass_below": -0.1}, r"policy\.pass_below is -0\.1"),
        ({"reject_from": float("nan")}, r"policy\.reject_from is nan"),
        ({"pass_below": 0.6, "reject_from": 0.5}, "could both pass and be rejected"),
        ({"pass_below": 0.9, **SIGNED}, "above the bundle's reject_from 0.8"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(
    bundle: Bundle, asked: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        limits(bundle, **asked)
