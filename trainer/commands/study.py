"""`trainer study`: what the seed papers compared, run on your pictures."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path

from trainer.backend import import_keras
from trainer.config import TrainerError
from trainer.exits import OK
from trainer.optimizers import OPTIMIZERS
from trainer.options.augment import add_augment_options
from trainer.options.cache import add_cache_options, cache_of
from trainer.options.fit import (
    add_class_options,
    add_training_options,
    config_of,
)
from trainer.options.model import add_model_options
from trainer.stopping import stop_on_signal

NAMES = {
    "losses": "CCE against SCCE, per class (seeds 000 and 002)",
    "inputs": "CXR against ENH, by both losses (seed 002)",
    "architectures": "KECNN, KEVGG, Sequential (seed 001); ways to start (seed 003)",
    "freezing": "blocks frozen against optimizers, and the advisor (seed 003)",
    "leakage": "augment, then split, against split, then augment",
}


BELONGS = {
    "base": ("freezing", "architectures"),
    "base_epochs": ("freezing", "architectures"),
    "networks": ("architectures",),
    "optimizers": ("freezing",),
    "blocks": ("freezing",),
}
"""Option -> the studies that it is of; all others are of every study."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `study`."""
    study = commands.add_parser(
        "study",
        help="compare losses, inputs, networks, freezing points or ways to split",
        description="Runs a study cell by cell and leaves in DIR study.html, study.json, a CSV of "
        "each table and cells.csv, with means and 95 % intervals over the repeats. Ctrl-C stops; "
        "the same command goes on: finished cells are not computed again.",
        epilog="Studies: " + "; ".join(f"{name}: {text}" for name, text in NAMES.items()) + ".",
        argument_default=argparse.SUPPRESS,
    )
    study.set_defaults(command=run)
    study.add_argument("study", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    study.add_argument("data", type=Path, metavar="DATA", help="class-named subfolders")
    study.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the study")
    study.add_argument("--repeats", type=int, metavar="R", help="of each setting (default: 3)")
    study.add_argument(
        "--most", type=int, metavar="N", help="pictures of each class at most (default: all)"
    )
    study.add_argument(
        "--base",
        type=Path,
        metavar="DATA2",
        help="train the weights to transfer on all of these pictures first (freezing, "
        "architectures)",
    )
    study.add_argument(
        "--base-epochs", type=int, help="of that training (default: as of the others)"
    )
    study.add_argument(
        "--networks",
        nargs="+",
        metavar="NAME",
        help="of architectures: kecnn kevgg sequential (default), fine-tuning transfer "
        "fixed-features random-weights lenet5",
    )
    study.add_argument(
        "--optimizers",
        nargs="+",
        choices=OPTIMIZERS,
        metavar="NAME",
        help="of freezing: sgd momentum nag (default), or any that `--optimizer` knows",
    )
    study.add_argument(
        "--blocks",
        nargs="+",
        type=int,
        choices=range(1, 6),
        metavar="K",
        help="of freezing: try blocks 1 to K frozen (default: 1 2 3 4 5)",
    )
    study.add_argument("--json", action="store_true", help="lines of JSON, the last the findings")
    add_cache_options(study)
    add_model_options(study.add_argument_group("network"))
    add_training_options(study.add_argument_group("training"))
    add_augment_options(study.add_argument_group("variation"))
    add_class_options(study.add_argument_group("classes and split"))


def _refuse_others_options(arguments: argparse.Namespace) -> None:
    for option, studies in BELONGS.items():
        if option in arguments and arguments.study not in studies:
            raise TrainerError(
                f"--{option.replace('_', '-')} is of `study {'` and `study '.join(studies)}`; "
                f"`study {arguments.study}` has no use for it. Leave it out."
            )


def run(arguments: argparse.Namespace) -> int:
    """Run a study; returns the exit code."""
    words = vars(arguments)
    _refuse_others_options(arguments)
    import_keras()
    from trainer.cells import run_cells
    from trainer.studies import STUDIES
    from trainer.studies.display import StudyDisplay
    from trainer.studies.report import HTML_FILE, study_text, write_study
    from trainer.studies.settings import StudySettings
    from trainer.studies.trained import Bench

    study = STUDIES[arguments.study]
    settings = StudySettings(
        data=arguments.data,
        out=arguments.out,
        fit=config_of(arguments, study.base),
        repeats=words.get("repeats", 3),
        most=words.get("most", 0),
        base=words.get("base"),
        base_epochs=words.get("base_epochs", 0),
        networks=tuple(words.get("networks", ())),
        optimizers=tuple(words.get("optimizers", ())),
        blocks=tuple(sorted(set(words.get("blocks", ())))),
        cache=cache_of(arguments),
    )
    try:
        settings.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainerError(
            f"{settings.out} cannot be made ({error.strerror}). Choose another --out."
        ) from error
    stop, as_json = threading.Event(), words.get("json", False)
    with stop_on_signal(stop), StudyDisplay(as_json) as display:
        plan = study.plan(Bench(settings, stop, display.training))
        results = run_cells(settings.out, plan.cells, stop, display.cell)
    findings = plan.find(results)
    body = write_study(arguments.study, study.title, settings, plan, results, findings)
    if as_json:
        print(json.dumps({"event": "done", **body}, ensure_ascii=False))
        return OK
    print(study_text(findings))
    print(f"\n{settings.out / HTML_FILE} shows more")
    return OK
