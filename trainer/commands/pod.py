"""`trainer pod`: how large a defect must be to be found, and how surely."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.backend import import_keras
from trainer.config import GOOD_NAMES, TrainerError
from trainer.exits import OK

if TYPE_CHECKING:
    from trainer.detection.analysis import Request
    from trainer.runs import Run


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `pod`."""
    pod = commands.add_parser(
        "pod",
        help="probability of detection: how large a defect must be to be found (a50, a90, a90/95)",
        description="Fits hit/miss curves after MIL-HDBK-1823A to the defects of DATA, whose "
        "labels.csv gives size_mm: all of them and each kind, with likelihood-ratio bounds, beside "
        "the rate of false calls on the good parts. A run answers by its network, a bundle by the "
        "engine that would decide on this machine, a table of `station export` by the verdicts of "
        "the whole station. Says so where the data cannot show a90/95, and "
        "how many more defects it would take.",
    )
    pod.set_defaults(command=run)
    pod.add_argument(
        "source",
        type=Path,
        metavar="RUN",
        help="run folder, a bundle, or the FILE.csv that `station export` wrote",
    )
    pod.add_argument("--data", type=Path, required=True, help="labelled pictures it has not seen")
    pod.add_argument(
        "--good", nargs="+", default=list(GOOD_NAMES), metavar="NAME",
        help="good classes of DATA, for a table of verdicts (default: %(default)s)",
    )  # fmt: skip
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
    from trainer.detection.verdicts import is_table

    by_station = is_table(arguments.source)
    figures, finished = _of_station(arguments) if by_station else _of_network(arguments)
    from trainer.detection.page import write_page
    from trainer.detection.study import record
    from trainer.detection.text import study_text

    out = arguments.out or (finished.path if finished is not None else None)
    page = write_page(figures, out) if out is not None else None
    if arguments.record and finished is not None:
        record(finished, figures)
    if arguments.json:
        print(json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False))
        return OK
    print(study_text(figures))
    if page is not None:
        print(f"\n{page} shows the curves.")
    return OK


def _request(arguments: argparse.Namespace) -> Request:
    from trainer.detection.analysis import Request

    return Request(arguments.link, arguments.confidence, arguments.target)


def _of_network(arguments: argparse.Namespace) -> tuple[dict[str, Any], Run | None]:
    """Figures of a run or a bundle, and the run."""
    from trainer.detection.scores import open_source

    request = _request(arguments)
    source = open_source(arguments.source)
    if arguments.record and source.run is None:
        raise TrainerError(
            f"{source.path} is a bundle, which is sealed. Record the figures with its run, and "
            "export again."
        )
    if source.run is not None:
        source.run.metrics()  # an unfinished run is refused before its pictures are read
        import_keras()
    from trainer.detection.study import Choice, study
    from trainer.step_display import StepDisplay

    choice = Choice(arguments.hit, arguments.false_calls, arguments.validation, arguments.run_data)
    with StepDisplay() as display:
        figures = study(
            source, arguments.data, request, choice, skip_bad=arguments.skip_bad,
            device=arguments.device, on_progress=display.progress,
        )  # fmt: skip
    return figures, source.run


def _of_station(arguments: argparse.Namespace) -> tuple[dict[str, Any], None]:
    """Figures of a station's verdicts."""
    from trainer.detection.study import study_verdicts
    from trainer.step_display import StepDisplay

    for option in ("false_calls", "validation", "run_data", "record", "skip_bad"):
        if getattr(arguments, option):
            raise TrainerError(
                f"--{option.replace('_', '-')} does not go with {arguments.source}: a station's "
                "verdicts are taken as they stand. Leave it out, or give a run or a bundle."
            )
    with StepDisplay() as display:
        figures = study_verdicts(
            arguments.source, arguments.data, _request(arguments), arguments.hit,
            tuple(arguments.good), display.progress,
        )  # fmt: skip
    return figures, None
