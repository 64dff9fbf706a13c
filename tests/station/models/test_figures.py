"""What a bundle says of itself, and what an engine makes of it here."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shops import Shop

from engines.bundle import load_bundle
from station.models.figures import figures_of
from station.models.proof import known_proof, measured_proof
from station.models.stopped import StoppedError

DEMO = Path(__file__).parents[3] / "engines" / "demo.bundle"


def test_found_defects_are_those_that_did_not_pass_with_their_exact_bounds(shop: Shop) -> None:
    said = json.loads((DEMO / "bundle.json").read_text(encoding="utf-8"))
    names = ("metrics", "operating_point", "provenance")
    figures = figures_of(replace(load_bundle(shop.old), **{name: said[name] for name in names}))
    assert figures.of == "test" and figures.pictures == 500
    first, *_, last = figures.by_size
    assert (first.from_mm, first.to_mm, last.to_mm) == (0.5, 1.0, 10.0)
    assert (first.found.count, first.found.of, first.rejected) == (60, 63, 47)
    # Clopper-Pearson of 60 of 63, from scipy: beta.ppf(0.025, 60, 4), beta.ppf(0.975, 61, 3).
    assert first.found.low == pytest.approx(0.8670816, abs=1e-6)
    assert first.found.high == pytest.approx(0.9900700, abs=1e-6)
    assert first.middle_mm == pytest.approx(0.7071, abs=1e-4)
    assert figures.escapes is not None and figures.escapes.count == 5
    assert figures.escape is not None and figures.escape.supported
    assert figures.escape_from_mm == 1.0 and figures.confidence == 0.95


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"test": 5},
        {"test": {"by_size": [{"size": "1-2 mm"}, 7], "escapes": {"count": 3}}},
        {"test": {"by_size": "1-2 mm", "accuracy": float("nan"), "pictures": True}},
        {"test": {"escapes": {"count": 9, "of": 3, "interval": [0.1, 0.2]}}},
    ],
)
def test_what_a_bundle_does_not_say_is_not_made_up(shop: Shop, metrics: dict[str, Any]) -> None:
    figures = figures_of(replace(load_bundle(shop.old), metrics=metrics))
    assert figures.by_size == () and figures.escapes is None and figures.accuracy is None
    assert figures.escape is None and figures.pictures == 0


def test_certificates_are_unknown_until_measured_and_known_after(shop: Shop) -> None:
    bundle = load_bundle(shop.old)
    before = known_proof(bundle, "CPU")
    assert before.certificates == () and before.unknown and before.decides is None
    assert before.limits(bundle) is None
    measured = measured_proof(bundle, "CPU", shop.config.cache_dir)
    known = known_proof(bundle, "CPU")
    assert known.certificates == measured.certificates and known.unknown == ()
    decides = known.decides
    assert decides is not None
    limits = known.limits(bundle)
    assert limits is not None
    assert limits.pass_below == pytest.approx(bundle.thresholds.pass_below - decides.margin)
    pairs = measured.pairs[decides.fingerprint]
    assert len(pairs) == 6
    off = [abs(pair.got_p - pair.expected_p) for pair in pairs]
    assert off == sorted(off, reverse=True)
    assert max(off) == pytest.approx(decides.max_dp)
    assert pairs[0].picture.shape == (280, 280, 3) and pairs[0].picture.dtype == np.uint8


def test_measuring_stops_when_asked_and_a_device_that_is_not_here_is_said(shop: Shop) -> None:
    bundle, stop = load_bundle(shop.old), threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        measured_proof(bundle, "CPU", shop.config.cache_dir, stop=stop)
    assert known_proof(bundle, "CPU").certificates == ()
    proof = known_proof(bundle, "GPU")
    assert proof.certificates == () and "finds no GPU" in proof.failures[0]


def test_a_copy_elsewhere_is_certified_by_its_content(shop: Shop) -> None:
    bundle = load_bundle(shop.old)
    measured_proof(bundle, "CPU", shop.config.cache_dir)
    copy = load_bundle(Path(shutil.copytree(shop.old, shop.old.with_name("copy.bundle"))))
    assert known_proof(copy, "CPU").decides is not None
