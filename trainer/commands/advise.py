"""`trainer advise`: where to freeze a trained base for new pictures."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

from trainer.backend import import_keras
from trainer.config import FitConfig, ModelConfig
from trainer.exits import OK
from trainer.options.fit import given
from trainer.options.model import add_model_options


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `advise`."""
    advise = commands.add_parser(
        "advise",
        help="how many blocks of a trained base to freeze for new pictures",
        description="Scores each freezing point of a trained VGG16 for the classes of DATA, "
        "without training anything: by the evidence of training what follows it (a Bayesian "
        "linear model on gradients), with LogME (You et al. 2021) and a linear probe of its "
        "features beside it, and names the blocks to freeze. Only training pictures are looked at, "
        "chosen by the seed as `trainer fit` splits them, so that a test set can stay unseen.",
        argument_default=argparse.SUPPRESS,
    )
    advise.set_defaults(command=run)
    advise.add_argument(
        "base", metavar="RUN|WEIGHTS", help="run folder, .keras, .h5 or .weights.h5 file, imagenet"
    )
    advise.add_argument("data", type=Path, metavar="DATA", help="class-named subfolders")
    advise.add_argument("--seed", type=int, help="of the split (default: 0)")
    advise.add_argument(
        "--most", type=int, metavar="N", help="pictures of each class at most (default: all)"
    )
    advise.add_argument("--json", action="store_true", help="one JSON object")
    add_model_options(advise.add_argument_group("network, as the base was made"))


def run(arguments: argparse.Namespace) -> int:
    """Score and print; returns the exit code."""
    words = vars(arguments)
    import_keras()
    from trainer.advice.freezing_point import ADVICE_HEAD, advice_rows, advise, open_base
    from trainer.runs import RUN_FILE, load_run
    from trainer.step_display import StepDisplay
    from trainer.studies.pictures import read_study_pictures
    from trainer.tables import table

    folder = Path(arguments.base)
    model = load_run(folder).config.model if (folder / RUN_FILE).exists() else ModelConfig()
    model = replace(model, **given(arguments, ModelConfig))
    config = FitConfig(model=model, seed=words.get("seed", 0))
    pictures = read_study_pictures(arguments.data, config, words.get("most", 0))
    model = replace(model, weights=arguments.base, classes=len(pictures.classes))
    network = open_base(arguments.base, model)
    train = pictures.split(config)["train"]
    with StepDisplay() as display:
        told = partial(display.progress, "taking gradients")
        found = advise(network, pictures.pixels.images, pictures.labels, train, told)
    if words.get("json"):
        print(json.dumps({"pictures": len(train), **found.as_dict()}))
        return OK
    print(table(ADVICE_HEAD, advice_rows(found.scores)))
    print(
        f"\n{len(train)} training pictures of {len(pictures.classes)} classes. Training what "
        f"follows block {found.freeze} explains them likeliest: --freeze {found.freeze}. A hint; "
        "`trainer study freezing` measures it."
    )
    return OK
