"""The graphs of a bundle in float16 and int8: written, measured on the validation pictures, and
kept where they are good enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from engines.backend import OnProgress
from engines.bundle import GRAPHS, Thresholds
from engines.prediction import ImageArray
from trainer.config import TrainerError
from trainer.counting import counting
from trainer.graph.half import choose_scaling, half_tensors, write_half
from trainer.graph.precision_study import (
    GraphAnswers,
    PrecisionFigures,
    Truth,
    answers,
    capabilities,
    measure,
)
from trainer.graph.quantize import quantised_tensors, write_int8
from trainer.graph.ranges import Range, measure_ranges
from trainer.graph.rules import check_graph
from trainer.runs import Run
from trainer.split_pictures import SplitPictures

Asked = Literal["fp32", "fp16", "int8", "auto"]
REDUCED = ("fp16", "int8")
HINTS = {"f32": "float32", "bf16": "bfloat16", "f16": "float16"}
"""OpenVINO's name of an arithmetic -> ours."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """What was written beside the float32 graph, and every precision's figures."""

    figures: tuple[PrecisionFigures, ...]
    facts: Mapping[str, Any]
    """For the bundle's provenance: scaling, calibration pictures."""


def write_precisions(
    folder: Path,
    asked: Asked,
    calibration: Callable[[], ImageArray],
    truth: Truth,
    images: ImageArray,
    say: Callable[[str], None],
    on_progress: OnProgress | None = None,
) -> Reduced:
    """Write what is asked for beside folder's float32 graph; `auto` keeps what is good enough.

    calibration: reads the pictures to measure ranges on; called only where they are needed.
    images: the validation pictures that `truth` speaks of. A precision asked for by name is kept
    with its shortcomings told. Raises TrainerError.
    """
    rows = list(_float_rows(folder, truth, images, on_progress))
    wanted = REDUCED if asked == "auto" else tuple(p for p in REDUCED if p == asked)
    if not wanted:
        return Reduced(tuple(rows), {})
    pictures = calibration()
    facts: dict[str, Any] = {"calibration_pictures": len(pictures)}
    ranges = _ranges(folder, wanted, pictures, on_progress)
    for precision in wanted:
        path = folder / GRAPHS[precision]
        say(f"Writing the {precision} graph")
        try:
            files, facts[precision] = _write(precision, folder, path, ranges)
        except TrainerError as error:
            if asked != "auto":
                raise
            rows.append(PrecisionFigures(precision, "none", False, shortcomings=(str(error),)))
            continue
        check_graph(path)
        row = _reduced_row(precision, path, truth, images, on_progress)
        if row.shortcomings:
            say(f"{precision}: {'; '.join(row.shortcomings)}")
        if row.shortcomings and asked == "auto":
            for file in files:
                file.unlink()
            row = replace(row, in_bundle=False)
        rows.append(row)
    return Reduced(tuple(rows), facts)


def reference_answers(
    folder: Path, images: ImageArray, on_progress: OnProgress | None = None
) -> GraphAnswers:
    """Of the float32 graph in float32, which all others are held against."""
    return answers(folder / GRAPHS["fp32"], images, "f32", counting(on_progress, "measuring fp32"))


def truth_of(
    run: Run, pictures: SplitPictures, thresholds: Thresholds, reference: GraphAnswers
) -> Truth:
    """What the figures are counted against: the validation pictures of a run."""
    return Truth(pictures.labels, run.classes, thresholds, reference)


def _float_rows(
    folder: Path, truth: Truth, images: ImageArray, on_progress: OnProgress | None
) -> Iterator[PrecisionFigures]:
    """float32, and bfloat16, which is the same graph in another arithmetic."""
    yield measure("fp32", "float32", truth.reference, truth, in_bundle=True)
    if "BF16" not in capabilities():
        yield PrecisionFigures("bf16", "not executed: this processor has no bfloat16", False)
        return
    graph = folder / GRAPHS["fp32"]
    got = answers(graph, images, "bf16", counting(on_progress, "measuring bf16"))
    yield measure("bf16", "bfloat16, of the float32 graph", got, truth)


def _reduced_row(
    precision: str, path: Path, truth: Truth, images: ImageArray, on_progress: OnProgress | None
) -> PrecisionFigures:
    able = capabilities()
    if precision == "fp16":
        hint = "f16" if "FP16" in able else "f32"
        words = "float16"
        if hint == "f32":
            words = "weights rounded to float16, computed in float32; float16 was not executed"
    else:
        hint = "bf16" if "BF16" in able else "f32"
        words = f"int8, the rest in {HINTS[hint]}"
        if "INT8" not in able:
            words = "rounded to int8, computed in float32; int8 was not executed"
    got = answers(path, images, hint, counting(on_progress, f"measuring {precision}"))
    return measure(precision, words, got, truth, in_bundle=True)


def _ranges(
    folder: Path, wanted: tuple[str, ...], pictures: ImageArray, on_progress: OnProgress | None
) -> dict[str, Range]:
    graph = folder / GRAPHS["fp32"]
    tensors = set(half_tensors(graph)) if "fp16" in wanted else set()
    tensors |= set(quantised_tensors(graph)) if "int8" in wanted else set()
    told = counting(on_progress, "measuring ranges")
    return measure_ranges(graph, sorted(tensors), pictures, told)


def _write(
    precision: str, folder: Path, path: Path, ranges: Mapping[str, Range]
) -> tuple[list[Path], dict[str, Any]]:
    """The files written, and what to keep in the provenance."""
    graph = folder / GRAPHS["fp32"]
    if precision == "int8":
        tensors = quantised_tensors(graph)
        return write_int8(graph, path, ranges), {"rounded_tensors": len(tensors)}
    measured = {name: ranges[name] for name in half_tensors(graph)}
    scaling = choose_scaling(measured)
    largest = max(each.largest for each in measured.values())
    facts = {**asdict(scaling), "largest_value": largest}
    return write_half(graph, path, scaling), facts
