"""`trainer fit`: train a model on a folder of class-named subfolders."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from trainer.backend import import_keras
from trainer.exits import OK, STOPPED
from trainer.options.augment import add_augment_options
from trainer.options.cache import add_cache_options, cache_of
from trainer.options.fit import (
    add_decision_options,
    add_training_options,
    config_of,
)
from trainer.options.model import add_model_options
from trainer.stopping import stop_on_signal


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `fit`."""
    fit = commands.add_parser(
        "fit",
        help="train a model on a folder of class-named subfolders",
        description="Trains a network on DATA and leaves in RUN the settings, the split file by "
        "file, the history, the best weights, the metrics with the operating point, and "
        "report.html. Ctrl-C keeps the best weights so far and measures them; --resume goes on.",
        argument_default=argparse.SUPPRESS,
    )
    fit.set_defaults(command=run)
    fit.add_argument(
        "data",
        type=Path,
        metavar="DATA",
        help="folder with one subfolder of pictures per class; folders starting with _ or . are "
        "left out; labels.csv (file, part_id, kind, size_mm) is used where it is there",
    )
    fit.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder to make")
    fit.add_argument(
        "--resume", action="store_true", help="go on with RUN after its last whole epoch"
    )
    fit.add_argument(
        "--skip-bad", action="store_true", help="leave unreadable pictures out, and record them"
    )
    fit.add_argument(
        "--json", action="store_true", help="progress and result as lines of JSON, for a program"
    )
    add_cache_options(fit)
    add_model_options(fit.add_argument_group("network"))
    add_training_options(fit.add_argument_group("training"))
    add_augment_options(fit.add_argument_group("variation of training pictures"))
    add_decision_options(fit.add_argument_group("classes and decisions"))


def run(arguments: argparse.Namespace) -> int:
    """Train; returns the exit code."""
    config, cache = config_of(arguments), cache_of(arguments)
    import_keras()
    from trainer.fit import fit
    from trainer.progress import FitDisplay, JsonLines

    stop, as_json = threading.Event(), getattr(arguments, "json", False)
    with stop_on_signal(stop), JsonLines() if as_json else FitDisplay() as display:
        run = fit(
            arguments.data,
            arguments.out,
            config,
            resume=getattr(arguments, "resume", False),
            skip_bad=getattr(arguments, "skip_bad", False),
            stop_event=stop,
            on_progress=display,
            cache=cache,
        )
    from trainer.tables import evaluation_text

    metrics = run.metrics()
    if isinstance(display, JsonLines):
        display.done(run.path, metrics)
        return OK if metrics["complete"] else STOPPED
    print(evaluation_text({"data": f"{run.data} (test pictures)", **metrics, **metrics["test"]}))
    print(f"\n{run.path}/report.html shows more; next: trainer export {run.path} --out BUNDLE")
    return OK if metrics["complete"] else STOPPED
