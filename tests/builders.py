"""Builders shared by the tests: the real things, small."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from engines.bundle import Bundle
    from engines.prediction import ImageArray
    from station.domain import Part, Record
    from trainer.config import FitConfig, ModelConfig


def small_vgg(**changes: Any) -> ModelConfig:
    """A VGG16 of an eighth of the width at 64 px, three classes."""
    from trainer.config import ModelConfig

    if "channels" in changes:
        changes["input"] = "cxr" if changes.pop("channels") == 1 else "rgb"

    return ModelConfig(
        **{"size_px": 64, "width": 0.125, "classes": 3, "fc_units": 256, **changes}  # type: ignore[arg-type]
    )


def random_model(config: ModelConfig, seed: int = 7) -> Any:
    """A network as if trained: every bias, shift and batch norm statistic away from its start."""
    import keras

    from trainer.models import build_model

    keras.utils.set_random_seed(seed)
    model = build_model(config)
    rng = np.random.default_rng(seed)
    ranges = {
        "gamma": (0.5, 1.5),
        "beta": (-0.3, 0.3),
        "moving_mean": (-0.3, 0.3),
        "moving_variance": (0.5, 2.0),
        "bias": (-0.1, 0.1),
    }
    for variable in model.weights:
        if variable.name in ranges:
            low, high = ranges[variable.name]
            variable.assign(rng.uniform(low, high, variable.shape))
    return model


def noise_pictures(count: int, size_px: int = 64, channels: int = 3, seed: int = 1) -> ImageArray:
    """uint8 (count, size, size, channels): noise of different brightness and contrast."""
    rng = np.random.default_rng(seed)
    shape = (size_px, size_px, channels)
    centres = rng.uniform(50, 200, (count, 1, 1, channels))
    pictures = centres + rng.uniform(10, 60) * rng.standard_normal((count, *shape))
    return np.asarray(pictures.clip(0, 255), dtype=np.uint8)


def red_mark_bundle(
    folder: Path,
    *,
    locate: Literal["disc", "frame"] = "disc",
    size_px: int = 128,
    pass_below: float = 0.2,
    reject_from: float = 0.8,
    margin: float = 0.05,
    part_diameter_mm: float | None = 12.0,
) -> Bundle:
    """A real bundle that finds red marks: classes `normal` and `marked` (the defect).

    Its graph works from the pixels alone: redness R - (G + B) / 2 in [0, 1], averaged over cells
    of 8 px; logits from the reddest cell s as 40 (s - 0.3); the heatmap is the cells over their
    maximum, whichever class they explain, and the features are the mean colour.
    """
    import onnx
    from familiar import familiar
    from goldens import red_mark_golden
    from onnx import TensorProto, helper

    from engines.bundle import GOLDEN, NOVELTY, ClassInfo, InputSpec, Thresholds, write_manifest
    from engines.golden import write_golden
    from engines.novelty import write_novelty

    def constant(name: str, values: Any) -> Any:
        return onnx.numpy_helper.from_array(np.asarray(values, np.float32), name)

    cells = size_px // 8
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Mul", ["planes", "unit"], ["rgb"]),
        helper.make_node("Conv", ["rgb", "red"], ["signed"]),
        helper.make_node("Relu", ["signed"], ["redness"]),
        helper.make_node(
            "AveragePool", ["redness"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]
        ),
        helper.make_node("ReduceMax", ["cells"], ["reddest"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Max", ["reddest", "tiny"], ["divisor"]),
        helper.make_node("Div", ["cells", "divisor"], ["heat4"]),
        helper.make_node("Reshape", ["heat4", "heat_shape"], ["heatmap"]),
        helper.make_node("Reshape", ["heat4", "heat_shape"], ["defect_heatmap"]),
        helper.make_node("Sub", ["reddest", "limit"], ["over"]),
        helper.make_node("Mul", ["over", "gain"], ["score4"]),
        helper.make_node("Reshape", ["score4", "pair_shape"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        helper.make_node("ReduceMean", ["rgb"], ["features"], axes=[2, 3], keepdims=0),
    ]
    initializers = [
        constant("unit", 1 / 255),
        constant("red", np.array([1.0, -0.5, -0.5]).reshape(1, 3, 1, 1)),
        constant("tiny", 1e-6),
        constant("limit", 0.3),
        constant("gain", np.array([-20.0, 20.0]).reshape(1, 2, 1, 1)),
        onnx.numpy_helper.from_array(np.array([-1, cells, cells], np.int64), "heat_shape"),
        onnx.numpy_helper.from_array(np.array([-1, 2], np.int64), "pair_shape"),
    ]
    shapes = {
        "probabilities": ["N", 2],
        "heatmap": ["N", cells, cells],
        "features": ["N", 3],
        "defect_heatmap": ["N", cells, cells],
    }
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", size_px, size_px, 3])
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]
    graph = helper.make_graph(nodes, "red_mark", [image], outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    folder.mkdir(parents=True)
    onnx.save(model, folder / "model.onnx")
    write_golden(folder / GOLDEN, red_mark_golden(size_px))
    write_novelty(folder / NOVELTY, familiar(3))
    return write_manifest(
        folder,
        classes=(ClassInfo("normal", False), ClassInfo("marked", True)),
        input_spec=InputSpec(
            size_px, size_px, 3, locate, margin, part_diameter_mm if locate == "disc" else None
        ),
        temperature=1.0,
        thresholds=Thresholds(pass_below, reject_from),
        quality={},
        operating_point={},
        metrics={},
        provenance={"made_by": "tests.builders.red_mark_bundle"},
    )


def lattice_disc(
    mark_mm: tuple[float, float] | None = None,
    *,
    mark_size_mm: float = 1.5,
    redness: float = 1.0,
    centre_px: tuple[float, float] = (250.0, 262.0),
    px_per_mm: float = 36.0,
    size_px: tuple[int, int] = (512, 512),
    background: int = 70,
) -> ImageArray:
    """A drawn lattice disc of 12 mm, uint8 (H, W, 3) RGB, with a red round mark or without.

    mark_mm: the mark's centre from the disc's, x right, y down. redness: 0 to 1.
    """
    width, height = size_px
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x_mm, y_mm = (x - centre_px[0]) / px_per_mm, (y - centre_px[1]) / px_per_mm
    radius = np.hypot(x_mm, y_mm)
    strand = (np.abs((x_mm % 1.0) - 0.5) < 0.25) | (np.abs((y_mm % 1.0) - 0.5) < 0.25)
    inside = np.where(strand | (radius > 5.55), 190.0, 45.0)
    # One pixel of ramp at the edge, so that the outline lies where it was drawn to a part of one.
    cover = np.clip((6.0 - radius) * px_per_mm + 0.5, 0.0, 1.0)
    grey = background + cover * (inside - background)
    image = np.repeat(grey[..., None], 3, axis=2)
    if mark_mm is not None:
        mark = np.hypot(x_mm - mark_mm[0], y_mm - mark_mm[1]) < 0.5 * mark_size_mm
        image[mark] = (1 - redness) * image[mark] + redness * np.array([255.0, 0.0, 0.0])
    noise = np.random.default_rng(5).normal(0.0, 2.0, image.shape)
    return np.asarray((image + noise).clip(0, 255), dtype=np.uint8)


def write_picture(path: Path, image_rgb: ImageArray) -> Path:
    """Write RGB by the name's suffix; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture_bytes(image_rgb, path.suffix))
    return path


def picture_bytes(image_rgb: ImageArray, suffix: str = ".png") -> bytes:
    """RGB, encoded."""
    import cv2

    ok, data = cv2.imencode(suffix, np.ascontiguousarray(image_rgb[..., ::-1]))
    assert ok
    return bytes(data.tobytes())


def disc_picture(seed: int, defective: bool, size_px: int = 64) -> ImageArray:
    """uint8 (size, size, 3): a disc on a dark table; a defective one has a broad dark crack."""
    import cv2

    rng = np.random.default_rng(seed)
    picture = rng.normal(40, 6, (size_px, size_px, 3))
    y, x = np.mgrid[:size_px, :size_px] - (size_px - 1) / 2.0
    disc = np.hypot(x, y) < 0.45 * size_px
    picture[disc] = rng.normal(180, 6, (int(disc.sum()), 3))
    pixels = np.ascontiguousarray(picture.clip(0, 255).astype(np.uint8))
    if defective:
        angle = rng.uniform(0, np.pi)
        reach = 0.3 * size_px * np.array([np.cos(angle), np.sin(angle)])
        middle = size_px / 2 + rng.uniform(-0.1, 0.1, 2) * size_px
        ends = [tuple(int(v) for v in middle + side * reach) for side in (-1, 1)]
        cv2.line(pixels, ends[0], ends[1], (20, 20, 20), max(2, size_px // 10))
    return pixels


def disc_folder(root: Path, count: int, seed: int = 0, size_px: int = 64) -> Path:
    """A data folder with `count` pictures in normal/ and as many in defective/."""
    for index in range(2 * count):
        defective = index % 2 == 1
        folder = "defective" if defective else "normal"
        pixels = disc_picture(seed * 100_003 + index, defective, size_px)
        write_picture(root / folder / f"part-{index:03d}.png", pixels)
    return root


def small_fit(**changes: Any) -> FitConfig:
    """A training run of seconds: a narrow network that learns `disc_folder` in a few epochs."""
    from trainer.config import FitConfig, ModelConfig

    model = ModelConfig(size_px=64, width=0.125, dropout=0.0)
    settings = {"model": model, "epochs": 8, "batch_size": 8, "precision": "float32"}
    return FitConfig(**{**settings, **changes})


def a_record(**changes: Any) -> Record:
    """A rejected part's record; name what shall be otherwise."""
    from station.domain import Decision, Record

    when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
    values: dict[str, Any] = {
        "uuid": "0b7e0f1c-0000-4000-8000-000000000001",
        "station": "bench-1",
        "lot": "LOT-42",
        "part_serial": None,
        "operator": "A. Smith",
        "source": "disc.png",
        "image_sha256": "0" * 64,
        "image_path": "/inbox/processed/disc.png",
        "overlay_path": None,
        "bundle_sha256": "ab" * 32,
        "engine": "openvino 2026.4.1 CPU bf16",
        "decision": Decision.REJECT,
        "predicted_class": "crack",
        "confidence": 0.97,
        "defect_probability": 0.97,
        "probabilities": {"normal": 0.03, "crack": 0.97},
        "defect_x_mm": 2.1,
        "defect_y_mm": -0.8,
        "defect_size_mm": 1.8,
        "captured_at": when,
        "decided_at": when + timedelta(milliseconds=40),
        "latency_ms": 38.5,
        "reason": "Defect probability 0.970 reaches the reject limit 0.6.",
    }
    return Record(**{**values, **changes})


def a_part(image_rgb: ImageArray, *, box_px: tuple[int, int, int, int] | None = None) -> Part:
    """A part in a frame, 10 pixels per mm, its outline not drawn."""
    from station.domain import Frame, Part

    height, width = image_rgb.shape[:2]
    when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
    frame = Frame(image_rgb, "disc.png", "0" * 64, when)
    return Part(frame, image_rgb, box_px or (0, 0, width, height), None, 10.0)


def with_broken_int8(bundle: Bundle, folder: Path) -> Bundle:
    """A copy of a bundle with an int8 graph that no runtime compiles: each engine opened on it
    has an alarm to tell, and goes on in float32."""
    import shutil

    from engines.bundle import GRAPHS

    shutil.copytree(bundle.path, folder)
    (folder / GRAPHS["int8"]).write_bytes(b"no graph at all")
    return signed_again(bundle, folder)


def signed_again(bundle: Bundle, folder: Path | None = None) -> Bundle:
    """The bundle with a new manifest over its files as they are now; `folder` holds a copy."""
    from engines.bundle import write_manifest

    return write_manifest(
        folder or bundle.path,
        classes=bundle.classes,
        input_spec=bundle.input,
        temperature=bundle.temperature,
        thresholds=bundle.thresholds,
        quality=bundle.quality,
        operating_point=bundle.operating_point,
        metrics=bundle.metrics,
        provenance=bundle.provenance,
    )
