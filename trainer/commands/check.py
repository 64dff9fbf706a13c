"""`trainer check`: what is wrong with a data folder."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trainer.config import TrainerError
from trainer.exits import DOUBTFUL, OK, WRONG


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`."""
    check = commands.add_parser(
        "check",
        help="look for copies, leaks, shortcuts, doubtful labels and bad files in a data folder",
        description="Counts per class; unreadable, odd and blank pictures; the same picture twice, "
        "also stored, lit, scaled, turned or mirrored otherwise, within and across classes and "
        "splits; one part on both sides of the split; classes that size, format, brightness or "
        "border alone give away; with --run, labels that the model doubts.",
        epilog="Exit codes: 0 nothing found, 3 something worth a look, 4 something that makes "
        "figures false (unreadable files, copies or parts across splits, copies across classes).",
    )
    check.set_defaults(command=run)
    check.add_argument("data", type=Path, metavar="DATA", help="folder of class-named subfolders")
    check.add_argument(
        "--run", dest="run_folder", type=Path, metavar="RUN", help="a finished run on DATA"
    )
    check.add_argument(
        "--wanted",
        type=int,
        metavar="N",
        help="pictures wanted of each class (default: what DATA/criteria.toml says)",
    )
    check.add_argument("--html", type=Path, metavar="FILE", help="write a page with pictures")
    check.add_argument("--json", action="store_true", help="print everything as JSON")
    check.add_argument(
        "--write-parts",
        action="store_true",
        help="give copies of one picture one part_id in DATA/labels.csv, so that the next fit "
        "keeps them on one side of the split",
    )


def run(arguments: argparse.Namespace) -> int:
    """Check; returns the exit code."""
    if arguments.wanted is not None and arguments.wanted < 1:
        raise TrainerError(f"--wanted is {arguments.wanted}; expected a count of 1 or more.")
    of_run = None
    if arguments.run_folder is not None:
        from trainer.runs import load_run

        of_run = load_run(arguments.run_folder)
        of_run.metrics()  # an unfinished run is refused before Keras is imported
        from trainer.backend import import_keras

        import_keras()
    from trainer.checks.check import as_json, check_data
    from trainer.step_display import StepDisplay

    with StepDisplay() as display:
        checked = check_data(
            arguments.data,
            run=of_run,
            wanted=arguments.wanted,
            on_progress=display.progress,
        )
        if arguments.html is not None:
            from trainer.checks.page import write_page

            write_page(arguments.html, checked)
        if arguments.write_parts:
            from trainer.checks.parts import write_parts

            added = write_parts(arguments.data, checked)
            display.step(f"{arguments.data}/labels.csv: {added} pictures got a part_id")
    if arguments.json:
        print(json.dumps(as_json(checked), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from trainer.checks.text import check_text

        print(check_text(checked))
        if arguments.html is not None:
            print(f"\n{arguments.html} shows the pictures")
    return {"wrong": WRONG, "doubtful": DOUBTFUL, None: OK}[checked.worst]
