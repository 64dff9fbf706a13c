"""`trainer evaluate`: measure a run on its test pictures, or on a fresh labelled folder."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from trainer.backend import import_keras
from trainer.config import TrainerError
from trainer.exits import OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evaluate`."""
    evaluate = commands.add_parser(
        "evaluate",
        help="measure a run on its test pictures, or on a fresh labelled folder",
        description="Prints loss, accuracy, figures per class, the confusion matrix, escapes "
        "(defects passed) and overkill (good parts rejected) at the run's operating point.",
    )
    evaluate.set_defaults(command=run)
    evaluate.add_argument("run_folder", type=Path, metavar="RUN", help="folder that fit made")
    evaluate.add_argument("--data", type=Path, help="class-named folders that the run has not seen")
    evaluate.add_argument(
        "--run-data", type=Path, metavar="DIR", help="where the run's own pictures lie, if they "
        "moved",
    )  # fmt: skip
    evaluate.add_argument(
        "--record",
        action="store_true",
        help="with --data: keep the figures with the run, for the model card of its bundle",
    )
    evaluate.add_argument("--json", action="store_true", help="print everything as JSON")
    evaluate.add_argument("--skip-bad", action="store_true", help="leave unreadable pictures out")


def run(arguments: argparse.Namespace) -> int:
    """Measure; returns the exit code."""
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    run.metrics()  # an unfinished run is refused before Keras is imported
    import_keras()
    from trainer.evaluate import evaluate, record_fresh
    from trainer.step_display import StepDisplay
    from trainer.tables import evaluation_text

    if arguments.record and arguments.data is None:
        raise TrainerError("--record keeps figures on a fresh set; give its folder with --data.")
    if arguments.run_data is not None and arguments.data is not None:
        raise TrainerError("--run-data is for the run's own test pictures, --data for others.")
    with StepDisplay() as display:
        figures = evaluate(
            run,
            arguments.data,
            run_data=arguments.run_data,
            skip_bad=arguments.skip_bad,
            on_read=partial(display.progress, "reading"),
            on_picture=partial(display.progress, "asking the model"),
        )
    if arguments.record:
        record_fresh(run, figures)
    if arguments.json:
        print(json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(evaluation_text(figures))
    return OK
