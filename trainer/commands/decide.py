"""`trainer decide`: another operating point for a finished run, by other budgets."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from trainer.backend import import_keras
from trainer.config import FitConfig
from trainer.exits import OK
from trainer.options.fit import add_budget_options, given


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `decide`."""
    decide = commands.add_parser(
        "decide",
        argument_default=argparse.SUPPRESS,
        help="choose another operating point for a finished run, by other budgets",
        description="Chooses PASS and REJECT anew from the run's validation pictures, and measures "
        "and reports again. The weights stay as they are. Budgets that are not given stay too.",
    )
    decide.set_defaults(command=run)
    decide.add_argument("run_folder", type=Path, metavar="RUN", help="folder that fit made")
    decide.add_argument(
        "--data", type=Path, metavar="DATA", help="where the run's pictures lie, if they moved"
    )
    add_budget_options(decide)


def run(arguments: argparse.Namespace) -> int:
    """Decide anew; returns the exit code."""
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    run.metrics()  # an unfinished run is refused before Keras is imported
    config = replace(run.config, **given(arguments, FitConfig))
    import_keras()
    from trainer.measure import decide_again
    from trainer.tables import evaluation_text

    data = getattr(arguments, "data", None)
    decided = decide_again(run, config, lambda text: print(text, file=sys.stderr), data)
    metrics = decided.metrics()
    print(evaluation_text({"data": f"{run.data} (test pictures)", **metrics, **metrics["test"]}))
    return OK
