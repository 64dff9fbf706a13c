"""`trainer synth`: draw photographs of disc scaffolds, with and without defects."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from trainer.config import TrainerError
from trainer.exits import OK


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `synth`."""
    synth = commands.add_parser(
        "synth",
        help="draw photographs of disc scaffolds, with and without defects",
        description="Draws photographs of printed disc scaffolds as a bench camera sees them, with "
        "the truth of every defect in labels.csv. The same seed draws the same pictures.",
    )
    synth.set_defaults(command=run)
    synth.add_argument("out", type=Path, metavar="OUT", help="folder to fill")
    synth.add_argument("--count", type=int, default=100, help="pictures (default: %(default)s)")
    synth.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    synth.add_argument(
        "--sizes",
        type=float,
        nargs=2,
        default=(0.5, 10.0),
        metavar=("FROM", "TO"),
        help="sizes of the defects in mm, as many below their geometric mean as above (default: "
        "0.5 10); from 0.2 on. For a POD curve, take sizes of which some are missed",
    )
    synth.add_argument(
        "--inbox",
        action="store_true",
        help="write the pictures into OUT itself, without class folders, as a bench's inbox holds "
        "them, and their truth beside OUT",
    )
    synth.add_argument(
        "--truth",
        type=Path,
        metavar="FILE",
        help="with --inbox: where the truth goes (default: truth.csv in the folder that holds OUT)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw them; returns the exit code."""
    from trainer.step_display import StepDisplay
    from trainer.synthetic import DatasetError, write_dataset, write_inbox

    if arguments.count < 1 or arguments.seed < 0:
        raise TrainerError(
            f"--count is {arguments.count} and --seed {arguments.seed}; expected at least 1 "
            "picture, and a seed of 0 or more."
        )
    if arguments.truth and not arguments.inbox:
        raise TrainerError(
            "--truth is for --inbox; without it the truth lies in OUT/labels.csv. Leave it out."
        )
    out, count, seed = arguments.out, arguments.count, arguments.seed
    try:
        with StepDisplay() as display:
            how: dict[str, Any] = {
                "sizes_mm": (arguments.sizes[0], arguments.sizes[1]),
                "on_progress": lambda done: display.progress("drawing", done, count),
            }
            if arguments.inbox:
                truth = arguments.truth or out.resolve().parent / "truth.csv"
                rows = write_inbox(out, count, seed, truth, **how)
            else:
                rows = write_dataset(out, count, seed, **how)
    except DatasetError as error:
        raise TrainerError(str(error)) from error
    except OSError as error:
        raise TrainerError(
            f"{arguments.out} cannot be written ({error.strerror or error}). Choose another OUT."
        ) from error
    defective = sum(row.label == "defective" for row in rows)
    print(f"{len(rows)} pictures in {arguments.out}: {defective} defective")
    return OK
