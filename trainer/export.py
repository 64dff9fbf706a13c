"""From a run to a bundle: graphs, comparison, golden set, model card, manifest; all, or nothing."""

from __future__ import annotations

import glob
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from engines.backend import OnProgress
from engines.bundle import (
    EXAMPLES,
    GOLDEN,
    MANIFEST,
    MODEL,
    NOVELTY,
    Bundle,
    Thresholds,
    write_manifest,
)
from engines.certify import MAX_EXTRA_REVIEW
from engines.errors import BundleError
from engines.examples import write_examples
from engines.golden import Golden, write_golden
from engines.novelty import write_novelty
from engines.prediction import ImageArray
from trainer import example_pictures, predictions
from trainer.config import TrainerError
from trainer.example_pictures import example_set
from trainer.golden_set import PER_CLASS, check_per_class, golden_set
from trainer.graph.calibration_pictures import calibration_pictures, check_folder
from trainer.graph.layers import read_network
from trainer.graph.precisions import (
    Asked,
    Reduced,
    reference_answers,
    truth_of,
    write_precisions,
)
from trainer.graph.rules import check_graph
from trainer.graph.writer import IR_VERSION, OPSET, write_graph
from trainer.limits.live_parts import Limits, Training, fit_limits, read_training
from trainer.metrics import defect_probability
from trainer.model_card import model_card
from trainer.parity import compare
from trainer.precision import as_float32
from trainer.runs import MODEL_FILE, POD, Run
from trainer.split_pictures import SplitPictures, read_split_pictures

log = logging.getLogger(__name__)

CARD = "MODEL_CARD.md"
PARITY_IMAGES = 8
OnStep = Callable[[str], None]


def export_run(
    run: Run,
    out: Path,
    on_step: OnStep | None = None,
    overwrite: bool = False,
    notes: tuple[str, ...] = (),
    *,
    precision: Asked = "auto",
    data: Path | None = None,
    calibration: Path | None = None,
    golden_per_class: int = PER_CLASS,
    examples_per_class: int = example_pictures.PER_CLASS,
    on_progress: OnProgress | None = None,
) -> Bundle:
    """Write a run as a bundle at `out`; nothing is left there when anything fails.

    on_step: told what is being done, a short sentence at a time. overwrite: replace a bundle that
    is already there, and nothing else. notes: sentences for the model card. precision: graphs
    beside the float32 one; `auto` keeps those that are good enough. data: where the run's pictures
    lie, if they have moved since. calibration: pictures to measure ranges on, in place of the
    run's training pictures. golden_per_class: golden pictures of each class. examples_per_class:
    training pictures of each class that go with it. Raises TrainerError.
    """
    say = on_step or log.info
    out = out.resolve()
    _check_out(out, overwrite)
    check_folder(calibration)
    check_per_class(golden_per_class)
    example_pictures.check_per_class(examples_per_class)
    temperature, thresholds = _operating_point(run)
    say("Reading the validation pictures")
    validation = read_split_pictures(run, "validation", data)
    say("Loading the trained model")
    model = load_model(run)
    with _replacing(out) as folder:
        graph = folder / MODEL
        say("Writing the graph")
        write_graph(model, graph, temperature, defects=[c.defect for c in run.classes])
        check_graph(graph)
        say(f"Comparing it with Keras on {PARITY_IMAGES} pictures")
        last = read_network(model).convolutions[-1].name
        parity = compare(
            model, last, graph, parity_images(run, validation), temperature, run.classes
        )
        say(f"Running it over {len(validation)} validation pictures")
        truth = truth_of(
            run, validation, thresholds, reference_answers(folder, validation.images, on_progress)
        )
        training = read_training(run, graph, data, say, on_progress)
        limits = fit_limits(run, training, validation, truth.reference.features)
        write_novelty(folder / NOVELTY, limits.novelty)
        examples = _write_examples(folder, run, training, limits, examples_per_class)
        del training  # pictures, by the thousand
        say("Answering for the golden set with Keras")
        marks = [c.defect for c in run.classes]
        p = defect_probability(truth.reference.probabilities, marks)
        seed = run.config.seed
        golden = golden_set(
            model, last, validation, run.input, p, run.classes, limits.novelty, temperature,
            thresholds, golden_per_class, seed,
        )  # fmt: skip
        write_golden(folder / GOLDEN, golden)
        _tell_if_few(golden, say)
        del model  # 500 MB and more, which the other precisions need for themselves
        reduced = write_precisions(
            folder,
            precision,
            lambda: calibration_pictures(run, calibration, data),
            truth,
            validation.images,
            say,
            on_progress,
        )
        say("Writing the model card and the manifest")
        card = model_card(run, notes, reduced.figures, limits.figures, examples)
        (folder / CARD).write_text(card, encoding="utf-8")
        found = {
            "parity": parity.as_dict(),
            "precisions": dict(reduced.facts),
            "examples": examples,
        }
        bundle = _write_manifest(run, folder, thresholds, limits, last, reduced, found)
    return replace(bundle, path=out)


def _write_examples(
    folder: Path, run: Run, training: Training, limits: Limits, per_class: int
) -> dict[str, int]:
    """How many there are of each class."""
    known = limits.novelty.known
    chosen = example_set(training.pictures, training.features, known, run.classes, per_class)
    if chosen is None:
        return {}
    write_examples(folder / EXAMPLES, chosen)
    return {c.name: int((chosen.labels == k).sum()) for k, c in enumerate(run.classes)}


def load_model(run: Run) -> Any:
    """RUN/model.keras in float32, also where it was trained in bfloat16. Raises TrainerError."""
    path = run.path / MODEL_FILE
    model = predictions.load_model(path)
    if model.output_shape[-1] != len(run.classes):
        raise TrainerError(
            f"{path} has {model.output_shape[-1]} outputs, run.json names {len(run.classes)} "
            "classes. The folder holds files of two runs; train again."
        )
    shape, spec = tuple(model.input_shape[1:]), run.input
    if shape != (spec.height, spec.width, spec.channels):
        raise TrainerError(
            f"{path} takes {shape}, run.json says {spec.height}x{spec.width}x{spec.channels}. "
            "The folder holds files of two runs; train again."
        )
    if all(layer.compute_dtype == "float32" for layer in model.layers):
        return model
    return as_float32(model)


def parity_images(run: Run, pictures: SplitPictures) -> ImageArray:
    """PARITY_IMAGES pictures, uint8 (N, H, W, C): spread over those given, which may be sorted by
    class, and filled up with seeded noise."""
    step = max(1, len(pictures) // PARITY_IMAGES)
    chosen = list(pictures.images[::step][:PARITY_IMAGES])
    rng = np.random.default_rng(run.config.seed)
    shape = (run.input.height, run.input.width, run.input.channels)
    while len(chosen) < PARITY_IMAGES:
        low, high = sorted(rng.integers(0, 257, 2))
        chosen.append(rng.integers(low, max(high, low + 1), shape, dtype=np.uint8))
    return np.stack(chosen)


def _operating_point(run: Run) -> tuple[float, Thresholds]:
    metrics = run.metrics()
    try:
        thresholds = Thresholds(**metrics["thresholds"])
        return float(metrics["temperature"]), thresholds
    except (KeyError, TypeError, ValueError, BundleError) as error:
        raise TrainerError(
            f"the metrics of {run.path} lack a temperature or thresholds, or misstate them "
            f"({error}). Run `trainer evaluate {run.path}`, then export."
        ) from error


def _write_manifest(
    run: Run,
    folder: Path,
    thresholds: Thresholds,
    limits: Limits,
    layer: str,
    reduced: Reduced,
    found: dict[str, Any],
) -> Bundle:
    metrics = run.metrics()
    provenance = {
        "training": run.provenance,
        "data": Path(run.data).name,
        "config": asdict(run.config),
        "graph": {"opset": OPSET, "ir_version": IR_VERSION, "heatmap_layer": layer},
        **found,
        "exported_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": {name: version(name) for name in ("keras", "onnx", "openvino", "numpy")},
    }
    figures: dict[str, Any] = {k: metrics[k] for k in ("validation", "test", POD) if k in metrics}
    figures["precisions"] = [row.as_dict() for row in reduced.figures]
    figures["limits"] = dict(limits.figures)
    try:
        return write_manifest(
            folder,
            classes=run.classes,
            input_spec=run.input,
            temperature=float(metrics["temperature"]),
            thresholds=thresholds,
            quality=limits.quality,
            operating_point=metrics.get("operating_point", {}),
            metrics=json.loads(json.dumps(figures)),
            provenance=json.loads(json.dumps(provenance)),
        )
    except ValueError as error:
        raise TrainerError(
            f"the figures of {run.path} hold a value that JSON cannot ({error}). "
            f"Run `trainer evaluate {run.path}`, then export."
        ) from error


def _tell_if_few(golden: Golden, say: OnStep) -> None:
    share = float(golden.weights.max() / golden.weights.sum())
    if share > MAX_EXTRA_REVIEW:
        say(
            f"Few pictures: one of the golden set stands for {share:.1%} of all, and a station "
            f"refuses an engine that sends {MAX_EXTRA_REVIEW:.0%} more to REVIEW. Give more "
            "validation pictures, or a larger --golden, if int8 or bfloat16 shall have a chance."
        )


def _check_out(out: Path, overwrite: bool) -> None:
    if not out.exists():
        return
    if not overwrite:
        raise TrainerError(f"{out} is already there. Give another --out, or --overwrite.")
    if not (out / MANIFEST).is_file():
        raise TrainerError(
            f"{out} is not a bundle (it has no {MANIFEST}), so it is not overwritten. "
            "Give another --out, or remove it yourself."
        )


def _clear_killed(out: Path) -> None:
    """Remove what killed exports to `out` left, and put back the bundle that one had set aside."""
    for left in out.parent.glob(f".{glob.escape(out.name)}.*.part"):
        process = left.name.split(".")[-2]
        if not process.isdecimal() or Path(f"/proc/{process}").exists():
            continue
        if (left / "old").is_dir() and not out.exists():
            (left / "old").rename(out)
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well, and is gone if not."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _clear_killed(out)
        work = Path(tempfile.mkdtemp(f".{os.getpid()}.part", f".{out.name}.", out.parent))
    except OSError as error:
        raise TrainerError(
            f"{out.parent} cannot be written ({error.strerror}). Give another --out."
        ) from error
    try:
        fresh = work / "new"
        fresh.mkdir()
        yield fresh
        if out.exists():
            out.rename(work / "old")
        try:
            fresh.rename(out)
        except OSError:
            if (work / "old").exists():
                (work / "old").rename(out)
            raise
    except OSError as error:
        raise TrainerError(
            f"{out} could not be written ({error}). Free some space or give another --out; "
            "nothing was changed."
        ) from error
    finally:
        # The old bundle stays where it lies if it could not even be put back.
        if out.exists() or not (work / "old").exists():
            shutil.rmtree(work, ignore_errors=True)
