"""`trainer advise`: where to freeze a trained base for new pictures."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
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
        description="Scores each block of a trained VGG16 by how well its features separate the "
        "classes of DATA (LogME, You et al. 2021, and a linear probe), without training anything, "
        "and names the block to freeze to. Only training pictures are looked at, chosen by the "
        "seed as `trainer fit` splits them, so that a test set can stay unseen.",
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
    from trainer.advice import advice_rows, advise, open_base
    from trainer.runs import RUN_FILE, load_run
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
    found = advise(network, pictures.pixels.images, pictures.labels, train)
    if words.get("json"):
        print(json.dumps({"pictures": len(train), **found.as_dict()}))
        return OK
    head = ("blocks", "channels", "LogME", "linear probe, %")
    print(table(head, advice_rows(found.scores)))
    print(
        f"\n{len(train)} training pictures of {len(pictures.classes)} classes. Features after "
        f"block {found.freeze} speak most for them: --freeze {found.freeze}"
    )
    return OK
