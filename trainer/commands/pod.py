"""`trainer pod`: how large a defect must be to be found, and how surely."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trainer.backend import import_keras
from trainer.config import TrainerError
from trainer.exits import OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `pod`."""
    pod = commands.add_parser(
        "pod",
        help="probability of detection: how large a defect must be to be found (a50, a90, a90/95)",
        description="Fits hit/miss curves after MIL-HDBK-1823A to the defects of DATA, whose "
        "labels.csv gives size_mm: all of them and each kind, with likelihood-ratio bounds, beside "
        "the rate of false calls on the good parts. A run answers by its network, a bundle by the "
        "engine that would decide on this machine. Says so where the data cannot show a90/95, and "
        "how many more defects it would take.",
    )
    pod.set_defaults(command=run)
    pod.add_argument("source", type=Path, metavar="RUN", help="run folder, or a bundle")
    pod.add_argument("--data", type=Path, required=True, help="labelled pictures it has not seen")
    _add_calling(pod.add_argument_group("what counts as found"))
    pod.add_argument(
        "--link",
        choices=("auto", "logit", "log-logit", "probit", "log-probit"),
        default="auto",
        help="form of the curve; auto: the likeliest of them (default: %(default)s)",
    )
    pod.add_argument(
        "--confidence", type=float, default=0.95, help="of a90/95's 95 (default: %(default)s)"
    )
    pod.add_argument(
        "--target", type=float, metavar="MM", help="a90/95 wanted, for the advice on more defects"
    )
    pod.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for pod.html and pod.png (default: RUN; nowhere for a bundle)",
    )
    pod.add_argument(
        "--record",
        action="store_true",
        help="keep the figures with the run, for its bundle, the model card and the window",
    )
    pod.add_argument("--json", action="store_true", help="print everything as JSON")
    pod.add_argument("--skip-bad", action="store_true", help="leave unreadable pictures out")
    pod.add_argument(
        "--device", default="auto", help="where a bundle's engine runs: auto, CPU, GPU, NVIDIA"
    )


def _add_calling(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--hit",
        choices=("review", "reject"),
        default="review",
        help="review: not passed, so that a person sees it; reject: rejected by the network alone "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--false-calls",
        type=float,
        metavar="SHARE",
        help="instead: whatever lies above a threshold that calls at most this share of the good "
        "parts defective, such as 0.02; chosen on validation, verified on DATA",
    )
    group.add_argument(
        "--validation",
        type=Path,
        metavar="DATA2",
        help="folder whose good parts choose that threshold (default: the run's validation "
        "pictures; a bundle needs one)",
    )
    group.add_argument(
        "--run-data", type=Path, help="where the run's own pictures lie now, if they have moved"
    )


def run(arguments: argparse.Namespace) -> int:
    """Study; returns the exit code."""
    from trainer.detection.analysis import Request
    from trainer.detection.scores import open_source

    request = Request(arguments.link, arguments.confidence, arguments.target)
    source = open_source(arguments.source)
    if arguments.record and source.run is None:
        raise TrainerError(
            f"{source.path} is a bundle, which is sealed. Record the figures with its run, and "
            "export again."
        )
    if source.run is not None:
        source.run.metrics()  # an unfinished run is refused before its pictures are read
        import_keras()
    from trainer.detection.page import write_page
    from trainer.detection.study import Choice, record, study
    from trainer.detection.text import study_text
    from trainer.step_display import StepDisplay

    choice = Choice(arguments.hit, arguments.false_calls, arguments.validation, arguments.run_data)
    with StepDisplay() as display:
        figures = study(
            source, arguments.data, request, choice, skip_bad=arguments.skip_bad,
            device=arguments.device, on_progress=display.progress,
        )  # fmt: skip
    out = arguments.out or (source.path if source.run is not None else None)
    page = write_page(figures, out) if out is not None else None
    if arguments.record and source.run is not None:
        record(source.run, figures)
    if arguments.json:
        print(json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False))
        return OK
    print(study_text(figures))
    if page is not None:
        print(f"\n{page} shows the curves.")
    return OK
