"""The certificate bites: a graph that was damaged after training may not decide anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damage import PICTURES, Edit, add_int8, edit_weight, fitted_model, make_bundle

from engines.backend import Candidate
from engines.bundle import Bundle
from engines.certificate import Certificate, find_certificate
from engines.engine import candidate_groups, certify, open_engine
from engines.errors import EngineError


@pytest.fixture(scope="module")
def model() -> Any:
    return fitted_model()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def candidates(bundle: Bundle) -> dict[str, Candidate]:
    (group,) = candidate_groups(bundle, "CPU", [])
    return {candidate.precision: candidate for candidate in group}


def certificate(bundle: Bundle, precision: str, cache: Path) -> Certificate:
    return certify(bundle, candidates(bundle)[precision], cache)[0]


def perturbed(kernel: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0.0, 0.5 * float(kernel.std()), kernel.shape)
    return kernel + noise


DAMAGES: dict[str, tuple[Edit, str]] = {
    "one convolution's weights perturbed": (
        edit_weight("block3_conv2/kernel", perturbed),
        r"on disc-\d\d.png: expected PASS \(defect probability 0\.\d+\), got REJECT \(0\.\d+\)",
    ),
    "red and blue swapped": (
        edit_weight("block1_conv1/kernel", lambda k: k[:, ::-1]),
        r"more of the parts would go to REVIEW, at most 2%.*among them disc-\d\d.png: expected",
    ),
    "pixels at half their scale": (
        edit_weight("block1_conv1/kernel", lambda k: k / 2),
        r"on disc-\d\d.png: expected REJECT \(.*\), got PASS",
    ),
    "the heat of another class": (
        edit_weight("grad_cam/classes", lambda k: k[::-1]),
        r"expected heatmaps that correlate with the reference's by 0.95 in the median, got -?\d",
    ),
    "a weight that is not a number": (
        edit_weight("predictions/bias", lambda k: k * np.nan),
        r"on disc-00.png: expected finite values, got NaN or infinity \(in 48 of 48 pictures\)",
    ),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_graph_is_refused_by_name(
    what: str, model: Any, tmp_path: Path, cache: Path
) -> None:
    edit, message = DAMAGES[what]
    bundle = make_bundle(tmp_path / "damaged.bundle", model, edit)
    with pytest.raises(EngineError, match=message) as refused:
        open_engine(bundle, "CPU", cache)
    assert "openvino CPU fp32" in str(refused.value)
    # The refusal itself is kept: the next start need not measure it again.
    kept = find_certificate(bundle, candidates(bundle)["fp32"])
    assert kept is not None
    assert kept.refusals


def test_the_graph_as_it_was_written_is_certified(model: Any, tmp_path: Path, cache: Path) -> None:
    found = certificate(make_bundle(tmp_path / "good.bundle", model), "fp32", cache)
    assert found.refusals == ()
    assert found.images == PICTURES
    assert found.max_dp < 1e-4
    assert (found.differing, found.extra_review) == (0, 0.0)
    assert found.heatmaps > PICTURES // 4
    assert found.heatmap_min > 0.999
    assert 0.0 < found.p50_ms <= found.p95_ms <= found.p99_ms


def test_int8_that_saturates_is_refused_and_float32_decides(
    model: Any, tmp_path: Path, cache: Path
) -> None:
    bundle = add_int8(make_bundle(tmp_path / "saturating.bundle", model), shrink=0.1)
    assert certificate(bundle, "int8", cache).refusals != ()
    with open_engine(bundle, "CPU", cache) as engine:
        assert engine.certificate.precision != "int8"
        assert engine.certificate.max_dp < 0.02


def test_honest_int8_is_off_by_more_than_float32_and_that_is_its_margin(
    model: Any, tmp_path: Path, cache: Path
) -> None:
    bundle = add_int8(make_bundle(tmp_path / "int8.bundle", model))
    exact, rounded = certificate(bundle, "fp32", cache), certificate(bundle, "int8", cache)
    saturating = certificate(add_int8(bundle, shrink=0.1), "int8", cache)
    assert exact.max_dp < rounded.max_dp < saturating.max_dp
    assert rounded.margin == rounded.max_dp
    assert rounded.heatmap_median > 0.9
