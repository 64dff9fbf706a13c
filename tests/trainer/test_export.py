"""A run becomes a bundle whose graph agrees with Keras, or nothing at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg, write_picture
from run_folders import CLASSES, METRICS, make_run, write_data

from engines.bundle import (
    EXAMPLES,
    GOLDEN,
    MANIFEST,
    NOVELTY,
    Bundle,
    InputSpec,
    load_bundle,
)
from engines.engine import open_engine
from engines.errors import BundleError
from engines.golden import read_golden
from trainer import export
from trainer.calibration import apply_temperature
from trainer.config import ModelConfig, TrainerError
from trainer.explain import grad_cam
from trainer.export import CARD, export_run, parity_images
from trainer.graph.writer import write_graph
from trainer.runs import METRICS_FILE, MODEL_FILE, Run
from trainer.split_pictures import SplitPictures, read_split_pictures


def _export(run: Run, out: Path, *arguments: Any, **options: Any) -> Bundle:
    """Without the other precisions, which take their time."""
    return export_run(run, out, *arguments, **{"precision": "fp32", **options})


def test_a_bundle_predicts_what_keras_predicts(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    steps: list[str] = []
    bundle = _export(run, tmp_path / "out" / "a.bundle", steps.append)
    assert len(steps) == 9
    assert bundle.path == tmp_path / "out" / "a.bundle"
    assert load_bundle(bundle.path).digest == bundle.digest
    images = noise_pictures(3)
    model = keras.models.load_model(run.path / MODEL_FILE, compile=False)
    plain = keras.ops.convert_to_numpy(model(images.astype("float32"), training=False))
    powers = plain.astype(np.float64) ** (1 / METRICS["temperature"])
    expected = powers / powers.sum(axis=1, keepdims=True)
    with open_engine(bundle, "CPU", tmp_path / "cache") as engine:
        found = engine.predict(list(images))
        # bfloat16 decides where the processor has it, within what it was certified for.
        near = (1e-4, 1e-3) if engine.certificate.precision == "fp32" else (5e-3, 5e-2)
    maps = grad_cam(model, images)
    for prediction, probabilities, heatmap in zip(found, expected, maps, strict=True):
        np.testing.assert_allclose(prediction.probabilities, probabilities, atol=near[0])
        np.testing.assert_allclose(prediction.heatmap, heatmap, atol=near[1])


def test_the_manifest_holds_the_run(tmp_path: Path) -> None:
    bundle = _export(make_run(tmp_path / "run"), tmp_path / "bundle")
    assert bundle.classes == CLASSES
    assert bundle.input == InputSpec(64, 64, 3, locate="disc")
    assert bundle.temperature == 1.7
    assert (bundle.thresholds.pass_below, bundle.thresholds.reject_from) == (0.12, 0.8)
    assert bundle.operating_point == METRICS["operating_point"]
    assert bundle.metrics["test"]["escapes"]["count"] == 1
    assert set(bundle.files) == {"model.onnx", GOLDEN, NOVELTY, EXAMPLES, CARD}
    provenance = bundle.provenance
    assert provenance["training"] == {"seed": 3, "manifest_sha256": "00ff"}
    assert provenance["config"]["model"]["width"] == 0.125
    assert provenance["parity"]["images"] == 8
    assert 0 < provenance["parity"]["probabilities"] < 1e-4
    assert 0 < provenance["parity"]["heatmap"] < 1e-3
    assert str(tmp_path) not in (bundle.path / MANIFEST).read_text(encoding="utf-8")


def test_a_run_trained_in_bfloat16_is_exported_in_float32(tmp_path: Path) -> None:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = random_model(small_vgg())
    finally:
        keras.config.set_dtype_policy(policy)
    bundle = _export(make_run(tmp_path / "run", model), tmp_path / "bundle")
    assert bundle.provenance["parity"]["probabilities"] < 1e-5


def test_parity_is_asked_on_validation_pictures_and_filled_up_with_noise(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    many = read_split_pictures(run, "validation")
    np.testing.assert_array_equal(parity_images(run, many), many.images[:8])
    few = SplitPictures(
        many.files[:3], many.labels[:3], many.images[:3], many.sides_px[:3], many.shown[:3]
    )
    images = parity_images(run, few)
    assert images.shape == (8, 64, 64, 3)
    np.testing.assert_array_equal(images[:3], few.images)
    np.testing.assert_array_equal(images, parity_images(run, few))


def test_the_golden_set_holds_what_keras_says_of_the_pictures_in_it(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    bundle = _export(run, tmp_path / "bundle")
    golden = read_golden(bundle.path / GOLDEN)
    assert len(golden) == 12  # fewer than 32 of a class: all of them
    assert golden.weights.sum() == 12
    model = keras.models.load_model(run.path / MODEL_FILE, compile=False)
    images = np.stack([golden.image(i) for i in range(len(golden))])
    probabilities = apply_temperature(model.predict_on_batch(images), METRICS["temperature"])
    np.testing.assert_allclose(golden.probabilities, probabilities, atol=1e-5)
    np.testing.assert_allclose(golden.heatmaps, grad_cam(model, images), atol=1e-3)


def test_pictures_that_have_moved_are_found_where_data_says(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    moved = Path(run.data).rename(tmp_path / "archive")
    with pytest.raises(TrainerError, match=r"12 of 12 validation pictures.*--data"):
        _export(run, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
    assert GOLDEN in _export(run, tmp_path / "bundle", data=moved).files


def test_a_changed_validation_picture_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    picture = Path(run.data) / "edge" / "validation-1.png"
    write_picture(picture, noise_pictures(1, seed=77)[0])
    with pytest.raises(TrainerError, match=r"1 validation pictures.*edge/validation-1\.png"):
        _export(run, tmp_path / "bundle")
    picture.write_bytes(b"no picture")
    with pytest.raises(TrainerError, match=r"1 validation pictures.*edge/validation-1\.png"):
        _export(run, tmp_path / "bundle")


def test_damaged_weights_are_refused_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run")

    def write_damaged(
        model: Any, path: Path, temperature: float, *, defects: list[bool]
    ) -> list[Path]:
        kernel = model.get_layer("block4_conv2").kernel
        kept = keras.ops.convert_to_numpy(kernel).copy()
        kernel.assign(kept * 1.05)
        files = write_graph(model, path, temperature, defects=defects)
        kernel.assign(kept)
        return files

    monkeypatch.setattr(export, "write_graph", write_damaged)
    with pytest.raises(TrainerError, match=r"differs from the Keras model: \w+ by .* picture \d"):
        _export(run, tmp_path / "bundle")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    model = random_model(small_vgg())
    kernel, bias = model.get_layer("predictions").get_weights()
    kernel[0, 0] = np.nan
    model.get_layer("predictions").set_weights([kernel, bias])
    with pytest.raises(TrainerError, match="probabilities by"):
        _export(make_run(tmp_path / "run", model), tmp_path / "bundle")


def test_misuse_is_told_before_the_long_work(tmp_path: Path) -> None:
    run, steps = make_run(tmp_path / "run"), list[str]()
    with pytest.raises(TrainerError, match="--golden is 1"):
        _export(run, tmp_path / "bundle", steps.append, golden_per_class=1)
    with pytest.raises(TrainerError, match="not a folder"):
        _export(run, tmp_path / "bundle", steps.append, calibration=tmp_path / "none")
    assert steps == []


def test_a_golden_set_too_small_for_its_own_rule_is_told(tmp_path: Path) -> None:
    steps: list[str] = []
    _export(make_run(tmp_path / "run"), tmp_path / "bundle", steps.append)
    assert any("one of the golden set stands for 8.3% of all" in step for step in steps)


def test_an_existing_bundle_is_replaced_only_when_asked(tmp_path: Path) -> None:
    run, out = make_run(tmp_path / "run"), tmp_path / "bundle"
    first = _export(run, out)
    with pytest.raises(TrainerError, match="already there"):
        _export(run, out)
    (run.path / METRICS_FILE).write_text(
        json.dumps({**METRICS, "temperature": 3.0}), encoding="utf-8"
    )
    second = _export(run, out, overwrite=True)
    assert load_bundle(out).digest == second.digest != first.digest
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bundle", "run"]


def test_a_failed_overwrite_keeps_the_old_bundle(tmp_path: Path) -> None:
    run, out = make_run(tmp_path / "run"), tmp_path / "bundle"
    first = _export(run, out)
    (run.path / METRICS_FILE).write_text(
        json.dumps({**METRICS, "validation": {"loss": float("nan")}}), encoding="utf-8"
    )
    with pytest.raises(TrainerError, match="trainer evaluate"):
        _export(run, out, overwrite=True)
    assert load_bundle(out).digest == first.digest
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bundle", "run"]


def test_a_bundle_that_cannot_be_moved_into_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, out = make_run(tmp_path / "run"), tmp_path / "bundle"
    first = _export(run, out)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(TrainerError, match=r"No space left.*Free some space"):
        _export(run, out, overwrite=True)
    assert load_bundle(out).digest == first.digest
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bundle", "run"]


def test_a_folder_that_is_no_bundle_is_never_overwritten(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(TrainerError, match="not a bundle"):
        _export(run, tmp_path / "home", overwrite=True)
    assert (tmp_path / "home" / "thesis.txt").exists()


def test_a_file_altered_after_export_is_refused_by_name(tmp_path: Path) -> None:
    bundle = _export(make_run(tmp_path / "run"), tmp_path / "bundle")
    with bundle.model_path.open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\x01\x02\x03\x04")
    with pytest.raises(BundleError, match=r"model\.onnx was altered"):
        load_bundle(tmp_path / "bundle")


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"temperature": 1.0}, "thresholds"),
        ({**METRICS, "thresholds": {"pass_below": 0.9, "reject_from": 0.1}}, "not in order"),
        ({**METRICS, "temperature": 0.0}, "temperature is 0"),
    ],
)
def test_a_run_without_an_operating_point_is_refused(
    tmp_path: Path, metrics: dict[str, Any], words: str
) -> None:
    run = make_run(tmp_path / "run")
    (run.path / METRICS_FILE).write_text(json.dumps(metrics), encoding="utf-8")
    with pytest.raises(TrainerError, match=words):
        _export(run, tmp_path / "bundle")


def test_a_run_of_mixed_files_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "classes", random_model(small_vgg(classes=2)))
    with pytest.raises(TrainerError, match=r"2 outputs, run\.json names 3"):
        _export(run, tmp_path / "bundle")
    run = make_run(tmp_path / "size", random_model(small_vgg(size_px=96)))
    with pytest.raises(TrainerError, match=r"run\.json says 64x64x3"):
        _export(run, tmp_path / "bundle")


def test_a_damaged_or_missing_model_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run.path / MODEL_FILE).write_bytes(b"PK cut off")
    with pytest.raises(TrainerError, match=r"model\.keras cannot be loaded"):
        _export(run, tmp_path / "bundle")
    (run.path / MODEL_FILE).unlink()
    with pytest.raises(TrainerError, match=r"model\.keras cannot be loaded"):
        _export(run, tmp_path / "bundle")


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_full_head_at_224_exports_in_less_than_4_gb(tmp_path: Path, policy: str) -> None:
    config = ModelConfig(size_px=224, classes=3, head="fc", width=1.0, batch_norm=False)
    build = (
        "import sys, keras; from builders import random_model; from trainer.config import *\n"
        f"keras.config.set_dtype_policy({policy!r})\n"
        f"random_model({config!r}).save(sys.argv[1])\n"
    )
    run = make_run(tmp_path / "run", random_model(small_vgg()), size_px=224, head="fc")
    write_data(run, of_each=1)
    environment = {"PYTHONPATH": "tests:.", "TF_CPP_MIN_LOG_LEVEL": "3"}
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", build, run.path / MODEL_FILE], cwd=root, env=environment, check=True
    )
    measure = (
        "import resource, sys; from pathlib import Path; from trainer.export import export_run\n"
        "from trainer.runs import load_run\n"
        "bundle = export_run(load_run(Path(sys.argv[1])), Path(sys.argv[2]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, bundle.provenance['parity'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, run.path, tmp_path / "bundle"],
        cwd=root,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    peak_kb = int(done.stdout.split()[0])
    assert peak_kb * 1024 < 4e9, done.stdout
    assert (tmp_path / "bundle" / "model.onnx.data").stat().st_size > 530e6
