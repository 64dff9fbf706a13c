"""The CPU engine gives each crop its own answer, survives misuse loudly, and starts warm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import red_mark_bundle, signed_again

from engines.bundle import MODEL, Bundle, file_sha256, load_bundle
from engines.engine import open_engine
from engines.errors import EngineError
from engines.openvino_engine import candidates, open_backend


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle")


def gray(side: int = 96) -> np.ndarray:
    return np.full((side, side, 3), 120, np.uint8)


def marked(side: int = 96) -> np.ndarray:
    image = gray(side)
    image[: side // 2, : side // 2] = (255, 0, 0)
    return image


def test_each_crop_gets_its_own_answer_in_order(bundle: Bundle, tmp_path: Path) -> None:
    defect = [c.defect for c in bundle.classes].index(True)
    with open_engine(bundle, cache_dir=tmp_path) as engine:
        answers = engine.predict([gray(), marked(), gray(40), marked(200)])
    assert [a.top == defect for a in answers] == [False, True, False, True]
    for answer in answers:
        assert answer.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
        assert 0.0 <= answer.heatmap.min() <= answer.heatmap.max() <= 1.0


def test_the_heat_lies_on_the_mark(bundle: Bundle, tmp_path: Path) -> None:
    with open_engine(bundle, cache_dir=tmp_path) as engine:
        (answer,) = engine.predict([marked()])
    height, width = answer.heatmap.shape
    corner = answer.heatmap[: height // 2, : width // 2].mean()
    assert corner > 10 * answer.heatmap[height // 2 :, width // 2 :].mean()
    assert corner > 0.5


def test_a_batch_says_what_single_crops_say(bundle: Bundle, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    crops = [rng.integers(0, 255, (64, 64, 3), dtype=np.uint8) for _ in range(5)]
    with open_engine(bundle, cache_dir=tmp_path) as engine:
        together = engine.predict(crops)
        alone = [engine.predict([crop])[0] for crop in crops]
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(a.probabilities, b.probabilities, atol=1e-5)
        np.testing.assert_allclose(a.heatmap, b.heatmap, atol=1e-4)


def test_answers_outlive_the_next_call(bundle: Bundle, tmp_path: Path) -> None:
    """The runtime's own memory is reused: an answer must be a copy."""
    with open_engine(bundle, cache_dir=tmp_path) as engine:
        (first,) = engine.predict([marked()])
        before = first.probabilities.copy()
        engine.predict([gray()])
        np.testing.assert_array_equal(first.probabilities, before)


def test_it_says_what_it_is(bundle: Bundle, tmp_path: Path) -> None:
    with open_engine(bundle, cache_dir=tmp_path) as engine:
        name, version, device, precision, _, certificate = engine.description.split()
    assert (name, device) == ("openvino", "CPU")
    assert precision in ("fp32", "bf16")
    assert version[0].isdigit()
    assert engine.certificate.fingerprint.startswith(certificate)


def test_a_compiled_model_is_kept(bundle: Bundle, tmp_path: Path) -> None:
    with open_engine(bundle, cache_dir=tmp_path / "cache"):
        pass
    (kept,) = (tmp_path / "cache" / "openvino").iterdir()
    assert bundle.digest.startswith(kept.name)
    assert [p for p in kept.rglob("*.blob") if p.stat().st_size > 0]


def test_a_compiled_model_that_was_damaged_is_compiled_anew(bundle: Bundle, tmp_path: Path) -> None:
    """OpenVINO would run it: a power loss must not turn a REJECT into a PASS."""
    with open_engine(bundle, cache_dir=tmp_path / "cache") as engine:
        (before,) = engine.predict([marked()])
        own = f"{engine.certificate.precision}/*.blob"
    (model,) = (tmp_path / "cache" / "openvino").rglob(own)
    whole = model.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 16)):
        model.write_bytes(whole[:at] + bytes(min(64, len(whole) - at)) + whole[at + 64 :])
        with open_engine(bundle, cache_dir=tmp_path / "cache") as engine:
            (after,) = engine.predict([marked()])
        np.testing.assert_array_equal(after.probabilities, before.probabilities)
    (model,) = (tmp_path / "cache" / "openvino").rglob(own)
    unchanged = model.stat()
    with open_engine(bundle, cache_dir=tmp_path / "cache"):
        assert model.stat().st_mtime_ns == unchanged.st_mtime_ns
    (model.parent / "sha256.json").write_text("{}")
    with open_engine(bundle, cache_dir=tmp_path / "cache"):
        assert json.loads((model.parent / "sha256.json").read_text()) == {
            model.name: file_sha256(model)
        }


def test_nobody_outside_is_told_that_a_station_started() -> None:
    """OpenVINO reports its import over the network where openvino_telemetry is found."""
    program = """
import sys
told = []
watched = ("urllib.Request", "socket.getaddrinfo", "socket.connect", "os.fork", "subprocess.Popen")
sys.addaudithook(lambda event, _: told.append(event) if event in watched else None)
import engines.openvino_engine as engine
engine.ov.Core()
assert told == [], told
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_another_bundle_laid_over_the_first_is_not_taken_for_it(tmp_path: Path) -> None:
    """Same path, same size, same time of change, as tools that keep times leave it."""
    import onnx

    def limit(bundle: Bundle, value: float) -> Bundle:
        model = onnx.load(bundle.model_path)
        (tensor,) = [t for t in model.graph.initializer if t.name == "limit"]
        tensor.CopyFrom(onnx.numpy_helper.from_array(np.asarray(value, np.float32), "limit"))
        onnx.save(model, bundle.model_path)
        os.utime(bundle.model_path, (1.7e9, 1.7e9))
        return signed_again(bundle)

    def reddish(bundle: Bundle) -> float:
        backend = open_backend(bundle, candidates(bundle, "CPU")[0], tmp_path / "cache")
        try:
            image = np.full((1, 128, 128, 3), 120, np.uint8)
            image[:, :64, :64] = (150, 60, 60)
            return float(backend.infer(image).probabilities[0, 1])
        finally:
            backend.close()

    bundle = red_mark_bundle(tmp_path / "red.bundle")
    high = limit(bundle, 0.6)
    size = high.model_path.stat().st_size
    assert reddish(high) < 0.01
    low = limit(bundle, 0.1)
    assert low.model_path.stat().st_size == size
    assert reddish(low) > 0.99


def test_a_cache_that_cannot_be_written_is_done_without(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with open_engine(bundle, cache_dir=tmp_path / "file" / "cache") as engine:
        assert len(engine.predict([gray()])) == 1


def test_an_unknown_device_is_named(bundle: Bundle) -> None:
    with pytest.raises(EngineError, match="'TPU' is unknown; expected one of auto, CPU, GPU"):
        open_engine(bundle, "TPU")


def test_a_device_that_is_not_there_says_what_is(bundle: Bundle, tmp_path: Path) -> None:
    import openvino

    if "GPU" in openvino.Core().available_devices:
        pytest.skip("this machine has an Intel GPU, so opening it does not fail")
    with pytest.raises(EngineError, match=r"devices: CPU.*--device CPU runs everywhere"):
        open_engine(bundle, "GPU", tmp_path)


def test_a_file_that_is_no_graph_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    (bundle.path / MODEL).write_bytes(b"no graph at all")
    broken = signed_again(bundle)
    with pytest.raises(EngineError, match="could not compile"):
        open_engine(load_bundle(broken.path), cache_dir=tmp_path)


def test_an_empty_list_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    with (
        open_engine(bundle, cache_dir=tmp_path) as engine,
        pytest.raises(EngineError, match="no crops"),
    ):
        engine.predict([])
