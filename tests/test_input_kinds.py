"""A model of colours, grey or local phase is shown the same at the station as in training."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import disc_folder, disc_picture, small_fit, small_vgg, write_picture

from engines.bundle import GOLDEN, Bundle, InputKind, load_bundle
from engines.decode import read_image
from engines.engine import open_engine
from engines.golden import read_golden
from engines.local_phase import enhance
from engines.prediction import ImageArray
from engines.preprocess import fit_picture
from station.domain import Frame
from station.locate.locator import locator_for
from station.pipeline import inspect
from station.verdict import policy_of
from trainer.export import export_run, load_model
from trainer.fit import fit
from trainer.parity import softmax
from trainer.runs import load_run

WAYS = {
    "rgb": lambda picture: picture,
    "cxr": lambda picture: cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None],
    "enh": enhance,
}
"""Kind of input -> what the network sees of an RGB picture of its size."""
SIDE = 48


def _frame(image: ImageArray) -> Frame:
    return Frame(image, "scan.png", "0" * 64, datetime.now(timezone.utc))


def _coloured(root: Path) -> Path:
    """`disc_folder`, tinted, so that grey and colours differ."""
    for path in disc_folder(root, 12).glob("*/*.png"):
        write_picture(path, (read_image(path) * np.array([1.0, 0.8, 0.5])).astype(np.uint8))
    return root


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", WAYS)
def test_the_station_shows_a_network_what_it_was_trained_on(
    tmp_path: Path, kind: InputKind
) -> None:
    config = small_fit(model=small_vgg(classes=2, input=kind, size_px=SIDE), epochs=1)
    fit(_coloured(tmp_path / "data"), tmp_path / "run", config)
    run = load_run(tmp_path / "run")
    assert (run.config.model.input, run.input.kind) == (kind, kind)
    bundle = export_run(run, tmp_path / "bundle", precision="fp32")
    assert load_bundle(bundle.path).input == run.input

    model = load_model(run)
    crops = [cv2.resize(disc_picture(900 + i, i % 2 == 1), (90, 80)) for i in range(4)]
    crops = [(crop * np.array([1.0, 0.8, 0.5])).astype(np.uint8) for crop in crops]
    shown = [cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for crop in crops]
    expected = {
        way: softmax(np.log(model.predict_on_batch(_batch(shown, way))), bundle.temperature)
        for way in WAYS
        if model.input_shape[-1] == _batch(shown, way).shape[-1]
    }
    with open_engine(bundle, "CPU", tmp_path / "cache") as engine:
        near = 1e-4 if engine.certificate.precision == "fp32" else 5e-3
        policy, locate = policy_of(bundle, engine.certificate), locator_for(bundle.input)
        found = [inspect(_frame(crop), locate, engine, policy).prediction for crop in crops]
    got = np.stack([prediction.probabilities for prediction in found])
    np.testing.assert_allclose(got, expected.pop(kind), atol=near)
    for other in expected.values():
        assert np.abs(got - other).max() > 3 * near
    if kind == "enh":
        _people_see_the_picture(bundle, tmp_path / "data")


def _batch(pictures: list[ImageArray], kind: str) -> ImageArray:
    return np.stack([WAYS[kind](picture) for picture in pictures]).astype(np.float32)


def _people_see_the_picture(bundle: Bundle, data: Path) -> None:
    """Golden pictures and bounds are those of the picture, not of its enhanced form."""
    golden = read_golden(bundle.path / GOLDEN)
    light = []
    for index, name in enumerate(golden.names):
        picture = fit_picture(read_image(data / name), bundle.input)
        light.append(float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean()) / 255.0)
        apart = golden.image(index).astype(float)
        assert np.abs(apart - picture).mean() < 10  # a JPEG of it
        assert np.abs(apart - enhance(picture)).mean() > 30
    low, high = bundle.quality["brightness"].low, bundle.quality["brightness"].high
    assert low is not None and high is not None
    assert low - 0.05 < min(light) and max(light) < high + 0.05
