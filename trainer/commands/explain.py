"""`trainer explain`: what a run's model looks at, in pictures and in figures."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.backend import import_keras
from trainer.config import TrainerError
from trainer.exits import OK

if TYPE_CHECKING:
    from trainer.explain.gallery import Ways
    from trainer.runs import Run
    from trainer.step_display import StepDisplay

METHODS = ("grad-cam", "cam", "lime")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `explain`."""
    explain = commands.add_parser(
        "explain",
        help="what a run's model looks at: panels of Grad-CAM, CAM and LIME",
        description="Draws a panel for every picture: the picture, Grad-CAM at each layer, CAM, "
        "and LIME's superpixels for (green) and against (red) a class; with an index page. With "
        "--quality it measures instead how far these maps can be believed, and keeps the figures "
        "in RUN/metrics.json and RUN/report.html.",
        epilog="example:\n  trainer explain runs/first photographs/defective --method grad-cam lime"
        " --layer block3 block4 block5 --out panels\n"
        "  trainer explain runs/first --quality --masks photographs/_masks",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    explain.set_defaults(command=run)
    explain.add_argument("run_folder", type=Path, metavar="RUN", help="folder that fit made")
    explain.add_argument(
        "images",
        type=Path,
        nargs="*",
        metavar="IMAGE",
        help="pictures or folders, cropped as the training pictures were; right after RUN "
        "(default: the run's test pictures that it takes worst and best)",
    )
    explain.add_argument(
        "--method", nargs="+", choices=METHODS, help="default: all that the model allows"
    )
    explain.add_argument(
        "--layer",
        nargs="+",
        metavar="LAYER",
        help="of grad-cam: block1, block2 ... counted between poolings, or a layer's own name "
        "(default: the last three blocks)",
    )
    explain.add_argument(
        "--class",
        dest="class_name",
        default="predicted",
        metavar="NAME",
        help="what to explain: a class, or `predicted` (default)",
    )
    explain.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the panels (default: RUN/explained)"
    )
    explain.add_argument(
        "--count",
        type=int,
        metavar="N",
        help="test pictures to take (default: 8; with --quality 48, as many of each class)",
    )
    explain.add_argument("--data", type=Path, help="where the run's pictures lie, if they moved")
    explain.add_argument(
        "--samples",
        type=int,
        help="variations LIME asks about for each picture (default: 400; with --quality 200)",
    )
    explain.add_argument(
        "--superpixels",
        choices=("slic", "quickshift"),
        default="slic",
        help="LIME's regions (default: %(default)s)",
    )
    quality = explain.add_argument_group("quality")
    quality.add_argument(
        "--quality",
        action="store_true",
        help="deletion and insertion, energy and pointing in the defects, the randomisation check, "
        "LIME over seeds; beside maps that know nothing",
    )
    places = quality.add_mutually_exclusive_group()
    places.add_argument(
        "--boxes", type=Path, metavar="DIR", help="DIR/NAME.xml (Pascal VOC) of each picture"
    )
    places.add_argument(
        "--masks",
        type=Path,
        metavar="DIR",
        help="DIR/NAME.png, white on black, framed as the picture (default: DATA/_masks)",
    )
    explain.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Explain; returns the exit code."""
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    run.metrics()  # an unfinished run is refused before Keras is imported
    _check(arguments)
    import_keras()
    from trainer.explain.gallery import ways
    from trainer.predictions import load_float32
    from trainer.step_display import StepDisplay

    samples = arguments.samples or (200 if arguments.quality else 400)
    with StepDisplay() as display:
        model = load_float32(run)
        how = ways(model, arguments.method, arguments.layer, samples, arguments.superpixels)
        act = _measure if arguments.quality else _draw
        text, body = act(run, model, how, arguments, display)
    print(json.dumps(body, indent=2, ensure_ascii=False) if arguments.json else text)
    return OK


def _check(arguments: argparse.Namespace) -> None:
    for name, least in (("samples", 10), ("count", 1)):
        value = getattr(arguments, name)
        if value is not None and value < least:
            raise TrainerError(f"--{name} is {value}; expected at least {least}.")
    if arguments.quality and arguments.images:
        raise TrainerError(
            f"--quality measures on the run's test pictures; {arguments.images[0]} was given too. "
            "Leave the pictures out, or --quality."
        )
    if arguments.layer and arguments.method and "grad-cam" not in arguments.method:
        raise TrainerError(
            f"--layer {' '.join(arguments.layer)} is of grad-cam, and --method "
            f"{' '.join(arguments.method)} leaves that out. Add grad-cam, or leave --layer out."
        )
    if not arguments.quality and (arguments.boxes or arguments.masks):
        raise TrainerError("--boxes and --masks are for --quality; give that too.")


def _draw(
    run: Run, model: Any, how: Ways, arguments: argparse.Namespace, display: StepDisplay
) -> tuple[str, dict[str, Any]]:
    from trainer.explain.gallery import draw_gallery
    from trainer.explain.subjects import (
        asked_class,
        named_subjects,
        tested_subjects,
        worst_and_best,
    )

    out = arguments.out or run.path / "explained"
    told = partial(display.progress, "asking the model")
    if arguments.images:
        subjects = named_subjects(run, model, arguments.images, told)
    else:
        display.step("looking for the worst and the best test pictures")
        subjects = tested_subjects(run, model, arguments.data, on_picture=told)
        subjects = subjects.chosen(worst_and_best(subjects, arguments.count or 8))
    classes = asked_class(run, arguments.class_name, subjects)
    drawing = partial(display.progress, "drawing")
    rows = draw_gallery(model, subjects, classes, run.class_names, how, out, drawing)
    return (
        f"{len(rows)} panels in {out}; open {out / 'index.html'}",
        {"out": str(out), "pictures": rows},
    )


def _measure(
    run: Run, model: Any, how: Ways, arguments: argparse.Namespace, display: StepDisplay
) -> tuple[str, dict[str, Any]]:
    from trainer.explain.quality.record import measure_explanations, record_explanations
    from trainer.explain.quality.words import explanations_text
    from trainer.measure import report_again

    display.step("measuring explanations on test pictures")
    figures = measure_explanations(
        run,
        model,
        how,
        arguments.count or 48,
        display.progress,
        data=arguments.data,
        boxes=arguments.boxes,
        masks=arguments.masks,
        class_name=arguments.class_name,
    )
    record_explanations(run, figures)
    report_again(run, model, arguments.data, lambda event: display.step(str(event)))
    text = f"{explanations_text(figures)}\n\nkept in {run.path}/metrics.json and report.html"
    return text, figures
