"""An exported bundle carries the limits of what may pass, fitted on the run's own pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from run_folders import make_run

from engines.bounds import MEASURES
from engines.bundle import GOLDEN
from engines.golden import read_golden
from engines.novelty import load_novelty
from engines.quality import measure
from trainer.export import CARD, export_run
from trainer.limits.novelty import HEADROOM
from trainer.parity import run_graph
from trainer.split_pictures import read_split_pictures


def test_the_limits_hold_the_run_s_own_pictures(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    bundle = export_run(run, tmp_path / "bundle", precision="fp32")
    novelty = load_novelty(bundle)
    assert novelty.good is not None
    assert (novelty.good.fitted, novelty.known.fitted) == (4, 12)
    assert (novelty.good.checked, novelty.known.checked) == (4, 12)
    validation = read_split_pictures(run, "validation")
    features = run_graph(bundle.model_path, validation.images)[2]
    distances = novelty.distances(features)
    is_good = validation.labels == run.class_names.index("normal")
    assert distances[is_good, 0].max() == pytest.approx(1 / HEADROOM, abs=1e-3)
    assert distances[:, 1].max() == pytest.approx(1 / HEADROOM, abs=1e-3)
    # The golden set's are of the same pictures after their compression, by Keras.
    golden = read_golden(bundle.path / GOLDEN)
    seen = np.stack([golden.image(i) for i in range(len(golden))])
    features = run_graph(bundle.model_path, seen)[2]
    np.testing.assert_allclose(novelty.distances(features), golden.novelty, rtol=1e-3)
    assert set(bundle.quality) == set(MEASURES)
    training = read_split_pictures(run, "train")
    bright = [measure(image, bundle.input).brightness for image in training.images]
    low, high = bundle.quality["brightness"].low, bundle.quality["brightness"].high
    assert low is not None
    assert high is not None
    assert low < min(bright) < max(bright) < high
    assert bundle.quality["side_px"].low == 48.0  # three quarters of the files' 64
    figures = bundle.metrics["limits"]
    assert figures["novelty"]["good"]["upper"] == pytest.approx(1 - 0.05 ** (1 / 4))
    assert figures["quality"]["focus"]["checked"] == 12
    card = (bundle.path / CARD).read_text(encoding="utf-8")
    assert "Limits of what may pass" in card
    assert "0 of 4" in card
