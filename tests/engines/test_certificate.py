"""A certificate holds for what was measured and for nothing else; its margin is the error found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import red_mark_bundle, signed_again
from familiar import familiar

from engines.backend import Candidate
from engines.bundle import CERTIFICATES, GOLDEN, NOVELTY, Bundle, Thresholds
from engines.certificate import Certificate, find_certificate, fingerprint, save_certificate
from engines.certify import zones
from engines.engine import candidate_groups, certify, open_engine
from engines.errors import BundleError, EngineError
from engines.golden import Golden, read_golden, write_golden
from engines.novelty import write_novelty


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle")


def fp32(bundle: Bundle) -> Candidate:
    return candidate_groups(bundle, "CPU", [])[0][0]


@pytest.mark.parametrize(
    "fact", ["openvino", "processor", "capabilities", "float_arithmetic", "driver"]
)
def test_a_change_of_any_fact_asks_for_a_new_certificate(
    bundle: Bundle, tmp_path: Path, fact: str
) -> None:
    candidate = fp32(bundle)
    certify(bundle, candidate, tmp_path / "cache")
    changed = replace(candidate, facts={**candidate.facts, fact: "another"})
    assert find_certificate(bundle, candidate) is not None
    assert find_certificate(bundle, changed) is None
    assert len({fingerprint(bundle, c) for c in (candidate, changed)}) == 2
    other = replace(bundle, digest="0" * 64)
    assert fingerprint(other, candidate) != fingerprint(bundle, candidate)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"refusals": []', '"refusals": [ ]').replace("fp32", "int8", 1),
        lambda text: text[: len(text) // 2],
        lambda text: json.dumps({**json.loads(text), "max_dp": 0.0}),
        lambda text: "[]",
        lambda text: "",
    ],
)
def test_a_certificate_that_was_altered_counts_for_nothing(
    bundle: Bundle, tmp_path: Path, damage: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    candidate = fp32(bundle)
    measured, _ = certify(bundle, candidate, tmp_path / "cache")
    file = bundle.path / CERTIFICATES / f"{measured.fingerprint}.json"
    file.write_text(damage(file.read_text()))
    assert find_certificate(bundle, candidate) is None
    assert f"{file} is not used" in caplog.text
    with open_engine(bundle, "CPU", tmp_path / "cache"):
        assert find_certificate(bundle, candidate) is not None


def test_a_certificate_of_another_engine_under_this_name_counts_for_nothing(
    bundle: Bundle, tmp_path: Path
) -> None:
    candidate = fp32(bundle)
    other = replace(candidate, facts={**candidate.facts, "processor": "another"})
    measured, _ = certify(bundle, other, tmp_path / "cache")
    folder = bundle.path / CERTIFICATES
    file = folder / f"{measured.fingerprint}.json"
    file.rename(folder / f"{fingerprint(bundle, candidate)}.json")
    assert find_certificate(bundle, candidate) is None


def test_the_margin_is_the_largest_error_and_its_price_is_counted(
    bundle: Bundle, tmp_path: Path
) -> None:
    """A reference moved by 0.04 is an engine that is off by 0.04."""
    golden = read_golden(bundle.path / GOLDEN)
    # Logits 40 (s - 0.3): p of these pictures lies on both sides of either threshold.
    p = np.clip(golden.probabilities[:, 1] + 0.04, 0.0, 1.0)
    moved = replace(golden, probabilities=np.stack([1 - p, p], axis=1).astype(np.float32))
    weights = np.where(np.abs(p - 0.8) < 0.1, 1.0, 100.0)
    found = _replayed(bundle, replace(moved, weights=weights), tmp_path)
    assert found.margin == pytest.approx(0.04, abs=1e-5)
    thresholds = Thresholds(0.2, 0.8)
    tight = thresholds.tightened(found.margin)
    got = golden.probabilities[:, 1].astype(float)
    share = weights / weights.sum()
    extra = sum(
        w * ((tight.zone(g) == "REVIEW") - (thresholds.zone(e) == "REVIEW"))
        for w, g, e in zip(share, got, p, strict=True)
    )
    assert found.extra_review == pytest.approx(extra, abs=1e-9)
    for e, g in zip(p, got, strict=True):
        # What the reference would not pass is not passed here, nor rejected where it would not.
        assert not (tight.zone(g) == "PASS" and thresholds.zone(e) != "PASS")
        assert not (tight.zone(g) == "REJECT" and thresholds.zone(e) != "REJECT")


def test_the_error_of_the_novelty_lowers_its_limit_and_is_priced(
    bundle: Bundle, tmp_path: Path
) -> None:
    """A reference further out by 0.03 is an engine that finds everything too familiar by 0.03."""
    golden = read_golden(bundle.path / GOLDEN)
    at_limit = 0.99 / float(golden.novelty[2, 0])
    write_novelty(bundle.path / NOVELTY, familiar(3, limit=100.0 / at_limit))
    bundle = signed_again(bundle)
    exact = _replayed(bundle, replace(golden, novelty=golden.novelty * at_limit), tmp_path)
    assert exact.novelty_margin < 1e-3
    assert exact.extra_review == 0.0
    moved = replace(golden, novelty=golden.novelty * at_limit + 0.03, weights=np.full(12, 1.0))
    bundle = signed_again(bundle)
    found = _replayed(bundle, moved, tmp_path)
    assert found.novelty_margin == pytest.approx(0.03, abs=1e-3)
    assert found.margin == exact.margin
    # 0.97 to 1 on the engine: passed by the bundle's own limit, no longer by the lowered one.
    got = golden.novelty[:, 0] * at_limit
    for mine, reference in zip(got, moved.novelty[:, 0], strict=True):
        assert not (mine <= 1.0 - found.novelty_margin - 1e-4 and reference > 1.0)


def test_a_novel_picture_is_no_pass_and_a_rejected_one_stays_rejected() -> None:
    p = np.array([0.1, 0.1, 0.1, 0.5, 0.9])
    novelty = np.array([[0.5, 0.1], [1.01, 0.1], [np.nan, 0.1], [2.0, 2.0], [2.0, 2.0]])
    expected = ["PASS", "REVIEW", "REVIEW", "REVIEW", "REJECT"]
    assert zones(p, novelty, Thresholds(0.2, 0.8)) == expected
    assert zones(p[:1], novelty[:1], Thresholds(0.2, 0.8), 0.4) == ["REVIEW"]


def test_an_engine_whose_features_are_off_is_refused_for_its_price(
    bundle: Bundle, tmp_path: Path
) -> None:
    golden = read_golden(bundle.path / GOLDEN)
    write_novelty(bundle.path / NOVELTY, familiar(3, limit=0.05))
    bundle = signed_again(bundle)
    found = _replayed(bundle, replace(golden, novelty=np.zeros((12, 2))), tmp_path)
    assert found.novelty_margin > 0.5
    assert any("more of the parts would go to REVIEW" in each for each in found.refusals)


def _replayed(bundle: Bundle, golden: Golden, tmp_path: Path) -> Certificate:
    write_golden(bundle.path / GOLDEN, golden)
    return certify(bundle, fp32(bundle), tmp_path / "cache")[0]


def test_a_certificate_survives_its_file(bundle: Bundle, tmp_path: Path) -> None:
    measured, _ = certify(bundle, fp32(bundle), tmp_path / "cache")
    save_certificate(bundle, measured)
    assert find_certificate(bundle, fp32(bundle)) == measured


def test_the_newest_counts_and_of_the_same_second_the_refusal(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle that became read-only still holds what was found before."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    allowed, _ = certify(bundle, fp32(bundle), tmp_path / "cache")
    beside = bundle.path / CERTIFICATES
    aside = tmp_path / "aside"
    for certified_at in (allowed.certified_at, "2999-01-01T00:00:00+00:00"):
        beside.rename(aside)
        beside.write_text("in the way")
        refused = replace(allowed, refusals=("it differs",), certified_at=certified_at)
        assert tmp_path / "state" in save_certificate(bundle, refused).parents
        beside.unlink()
        aside.rename(beside)
        assert find_certificate(bundle, fp32(bundle)) == refused
    newer = replace(allowed, certified_at="3000-01-01T00:00:00+00:00")
    save_certificate(bundle, newer)
    assert find_certificate(bundle, fp32(bundle)) == newer


def test_heat_that_was_not_compared_is_not_called_equal(bundle: Bundle, tmp_path: Path) -> None:
    golden = read_golden(bundle.path / GOLDEN)
    zeros = np.zeros_like(golden.heatmaps)
    cold = replace(golden, heatmaps=zeros, defect_heatmaps=zeros)
    found = _replayed(bundle, cold, tmp_path)
    assert (found.heatmaps, found.heatmap_median, found.heatmap_min) == (0, None, None)


def test_the_defect_s_map_counts_where_one_is_suspected_and_nowhere_else(
    bundle: Bundle, tmp_path: Path
) -> None:
    golden = read_golden(bundle.path / GOLDEN)
    suspected = np.array([bundle.suspected(p) for p in golden.probabilities])
    assert 2 <= suspected.sum() <= len(golden) - 2
    noise = np.random.default_rng(1).random(golden.heatmaps.shape).astype(np.float32)

    def with_noise(where: np.ndarray) -> Certificate:
        maps = np.where(where[:, None, None], noise, golden.defect_heatmaps)
        return _replayed(bundle, replace(golden, defect_heatmaps=maps), tmp_path)

    assert with_noise(~suspected).refusals == ()
    assert with_noise(~suspected).heatmap_min == _replayed(bundle, golden, tmp_path).heatmap_min
    found = with_noise(suspected).heatmap_min
    assert found is not None
    assert found < 0.5
    # Nothing may pass: every picture is suspected.
    strict = replace(bundle, thresholds=Thresholds(0.0, 0.8))
    write_golden(bundle.path / GOLDEN, replace(golden, defect_heatmaps=noise))
    strict = signed_again(strict)
    (refusal,) = certify(strict, fp32(strict), tmp_path / "cache")[0].refusals
    assert "heatmaps that correlate with the reference's by 0.95" in refusal


@pytest.mark.parametrize(
    "changes",
    [
        {"defect_heatmaps": np.full((12, 16, 16), np.inf, np.float32)},
        {"defect_heatmaps": np.zeros((12, 16, 15), np.float32)},
        {"defect_heatmaps": np.zeros((11, 16, 16), np.float32)},
        {"weights": np.zeros(12)},
        {"weights": np.full(12, np.nan)},
        {"labels": np.full(12, 2)},
        {"labels": np.full(12, -1)},
        {"probabilities": np.full((12, 2), np.nan, np.float32)},
        {"probabilities": np.full((12, 2), 1.5, np.float32)},
        {"heatmaps": np.full((12, 16, 16), np.nan, np.float32)},
        {"names": ("one",)},
        {"novelty": np.full((12, 2), np.nan)},
        {"novelty": np.full((12, 2), -0.1)},
        {"novelty": np.zeros((12, 3))},
        {"novelty": np.zeros(12)},
        {"novelty": np.zeros((11, 2))},
    ],
)
def test_a_golden_set_that_makes_no_sense_is_refused(
    bundle: Bundle, changes: dict[str, object]
) -> None:
    golden = read_golden(bundle.path / GOLDEN)
    with pytest.raises(BundleError, match="Export the bundle again"):
        replace(golden, **changes)  # type: ignore[arg-type]


def test_a_few_pictures_show_nothing(bundle: Bundle, tmp_path: Path) -> None:
    golden = read_golden(bundle.path / GOLDEN)
    few = Golden(
        names=golden.names[:3],
        pictures=golden.pictures[:3],
        labels=golden.labels[:3],
        weights=golden.weights[:3],
        probabilities=golden.probabilities[:3],
        heatmaps=golden.heatmaps[:3],
        defect_heatmaps=golden.defect_heatmaps[:3],
        novelty=golden.novelty[:3],
    )
    with pytest.raises(EngineError, match="holds 3 pictures; 4 are the least"):
        _replayed(bundle, few, tmp_path)


def test_a_refusal_for_review_names_a_part_that_would_go_there(
    bundle: Bundle, tmp_path: Path
) -> None:
    golden = read_golden(bundle.path / GOLDEN)
    p = golden.probabilities[:, 1].copy()
    far = int(np.argmin(np.abs(p - 0.5)))
    p[far] = 0.5 + 0.21 if p[far] < 0.5 else 0.5 - 0.21
    moved = replace(golden, probabilities=np.stack([1 - p, p], axis=1).astype(np.float32))
    (refusal,) = _replayed(bundle, moved, tmp_path).refusals
    named = refusal.split("among them ")[1].split(":")[0]
    index = golden.names.index(named)
    assert "got REVIEW" in refusal
    assert Thresholds(0.2, 0.8).zone(p[index]) != "REVIEW"
    assert f"The margin comes from {golden.names[far]}" in refusal
