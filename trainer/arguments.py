"""The arguments of the `trainer` command, and the help that goes with them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from trainer.config import (
    Augment,
    ClassWeights,
    FitConfig,
    Head,
    ModelConfig,
    Precision,
    Schedule,
)
from trainer.export_arguments import add_export
from trainer.losses import LOSSES
from trainer.optimizers import OPTIMIZERS


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="trainer",
        description="Makes a bundle from a folder of pictures: fit, evaluate, export.",
        epilog="Exit codes: 0 done, 2 usage or a stated error, 130 stopped by Ctrl-C.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_synth(commands)
    _add_tile(commands)
    _add_fit(commands)
    _add_decide(commands)
    _add_evaluate(commands)
    add_export(commands)
    return parser


def _add_synth(commands: Any) -> None:
    synth = commands.add_parser(
        "synth",
        help="draw photographs of disc scaffolds, with and without defects",
        description="Draws photographs of printed disc scaffolds as a bench camera sees them, with "
        "the truth of every defect in labels.csv. The same seed draws the same pictures.",
    )
    synth.add_argument("out", type=Path, metavar="OUT", help="folder to fill")
    synth.add_argument("--count", type=int, default=100, help="pictures (default: %(default)s)")
    synth.add_argument("--seed", type=int, default=0, help="default: %(default)s")
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


def _add_tile(commands: Any) -> None:
    tile = commands.add_parser(
        "tile",
        help="cut photographs with defect masks into small tiles, to train on first",
        description="Cuts tiles out of SRC/CLASS/*: of defect classes on their masks "
        "(SRC/_masks/NAME.png, white on black), of good ones anywhere over the part. A network "
        "trained on tiles and then, from its weights, on whole pictures learns small defects many "
        "times faster than from whole pictures alone.",
    )
    tile.add_argument("source", type=Path, metavar="SRC", help="class-named folders and _masks")
    tile.add_argument("out", type=Path, metavar="OUT", help="folder to fill")
    tile.add_argument("--size", type=int, default=128, help="side in pixels (default: %(default)s)")
    tile.add_argument(
        "--per-picture", type=int, default=4, help="tiles of each picture (default: %(default)s)"
    )
    tile.add_argument("--seed", type=int, default=0, help="default: %(default)s")


def _add_fit(commands: Any) -> None:
    fit = commands.add_parser(
        "fit",
        help="train a model on a folder of class-named subfolders",
        description="Trains a VGG16 on DATA and leaves in RUN the settings, the split file by "
        "file, the history, the best weights, the metrics with the operating point, and "
        "report.html. Ctrl-C keeps the best weights so far and measures them; --resume goes on.",
        argument_default=argparse.SUPPRESS,
    )
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
    _add_model_options(fit.add_argument_group("network"))
    _add_training_options(fit.add_argument_group("training"))
    _add_decision_options(fit.add_argument_group("classes and decisions"))


def _add_model_options(group: Any) -> None:
    d = ModelConfig()
    group.add_argument(
        "--size", dest="size_px", type=int, help=f"input side in pixels (default: {d.size_px})"
    )
    group.add_argument(
        "--head",
        choices=get_args(Head),
        help="after the last convolution: gap, the mean over space; max, the maximum, for small "
        f"defects; fc, VGG16's own two dense layers (default: {d.head})",
    )
    group.add_argument(
        "--width",
        type=float,
        help=f"share of VGG16's filters in each layer (default: {d.width:g}; 1 for imagenet)",
    )
    group.add_argument(
        "--fc-units", type=int, help=f"units of the fc head's dense layers (default: {d.fc_units})"
    )
    group.add_argument(
        "--batch-norm",
        action=argparse.BooleanOptionalAction,
        help=f"batch normalisation after each convolution (default: {_yes(d.batch_norm)})",
    )
    group.add_argument("--dropout", type=float, help=f"before the end (default: {d.dropout:g})")
    group.add_argument(
        "--weights", help=f"none, imagenet, or a weights file (default: {d.weights})"
    )
    group.add_argument(
        "--freeze",
        type=int,
        help="blocks 1 to this are not trained; useful with --weights, 3 is a good start "
        f"(default: {d.freeze})",
    )


def _add_training_options(group: Any) -> None:
    d = FitConfig()
    group.add_argument(
        "--loss", choices=LOSSES, help=f"both give the same number (default: {d.loss})"
    )
    group.add_argument("--optimizer", choices=OPTIMIZERS, help=f"default: {d.optimizer}")
    group.add_argument(
        "--lr",
        dest="learning_rate",
        type=float,
        help=f"highest learning rate; about 0.001 for adam (default: {d.learning_rate:g})",
    )
    group.add_argument(
        "--schedule",
        choices=get_args(Schedule),
        help=f"of the learning rate after its warm-up (default: {d.schedule})",
    )
    group.add_argument(
        "--warmup",
        dest="warmup_epochs",
        type=float,
        help=f"epochs of rising learning rate (default: {d.warmup_epochs:g})",
    )
    group.add_argument(
        "--weight-decay", type=float, help=f"of kernels, decoupled (default: {d.weight_decay:g})"
    )
    group.add_argument(
        "--clip-norm", type=float, help=f"longest gradient; 0: any (default: {d.clip_norm:g})"
    )
    group.add_argument(
        "--ema",
        type=float,
        help="momentum of a moving average of the weights, which is then what is validated and "
        f"kept; 0: none (default: {d.ema:g})",
    )
    group.add_argument(
        "--class-weights",
        choices=get_args(ClassWeights),
        help=f"balanced: rare classes count for more (default: {d.class_weights})",
    )
    group.add_argument("--epochs", type=int, help=f"default: {d.epochs}")
    group.add_argument("--batch", dest="batch_size", type=int, help=f"default: {d.batch_size}")
    group.add_argument(
        "--augment",
        choices=get_args(Augment),
        help="disc: any rotation, flips, small shifts, zoom, light; flips: flips, quarter turns "
        f"and light; none (default: {d.augment})",
    )
    group.add_argument(
        "--precision",
        choices=get_args(Precision),
        help="auto takes mixed_bfloat16 where the processor computes in it (default: "
        f"{d.precision})",
    )
    group.add_argument("--seed", type=int, help=f"of split, weights, order (default: {d.seed})")


def _add_decision_options(group: Any) -> None:
    d = FitConfig()
    group.add_argument(
        "--split",
        nargs=3,
        type=float,
        metavar=("TRAIN", "VALIDATION", "TEST"),
        help=f"shares (default: {' '.join(map(str, d.split))})",
    )
    group.add_argument(
        "--good",
        nargs="+",
        metavar="NAME",
        help=f"classes that are good parts; all others are defects (default: {' '.join(d.good)})",
    )
    _add_budget_options(group)


def _add_decide(commands: Any) -> None:
    decide = commands.add_parser(
        "decide",
        argument_default=argparse.SUPPRESS,
        help="choose another operating point for a finished run, by other budgets",
        description="Chooses PASS and REJECT anew from the run's validation pictures, and measures "
        "and reports again. The weights stay as they are. Budgets that are not given stay too.",
    )
    decide.add_argument("run_folder", type=Path, metavar="RUN", help="folder that fit made")
    _add_budget_options(decide)


def _add_budget_options(group: Any) -> None:
    d = FitConfig()
    group.add_argument(
        "--escape-budget",
        type=float,
        help="share of defective parts that may pass; the threshold keeps within it as far as the "
        f"validation pictures can show (default: {d.escape_budget:g})",
    )
    group.add_argument(
        "--escape-from-mm",
        type=float,
        metavar="MM",
        help="the escape budget counts defects of this size and more, where labels.csv tells "
        f"sizes; of smaller ones nothing is promised (default: {d.escape_from_mm:g})",
    )
    group.add_argument(
        "--overkill-budget",
        type=float,
        help="share of good parts that may be rejected without review (default: "
        f"{d.overkill_budget:g})",
    )
    group.add_argument(
        "--confidence",
        dest="confidence_level",
        type=float,
        help=f"of the one-sided bounds on both (default: {d.confidence_level:g})",
    )


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser(
        "evaluate",
        help="measure a run on its test pictures, or on a fresh labelled folder",
        description="Prints loss, accuracy, figures per class, the confusion matrix, escapes "
        "(defects passed) and overkill (good parts rejected) at the run's operating point.",
    )
    evaluate.add_argument("run_folder", type=Path, metavar="RUN", help="folder that fit made")
    evaluate.add_argument("--data", type=Path, help="class-named folders that the run has not seen")
    evaluate.add_argument(
        "--record",
        action="store_true",
        help="with --data: keep the figures with the run, for the model card of its bundle",
    )
    evaluate.add_argument("--json", action="store_true", help="print everything as JSON")
    evaluate.add_argument("--skip-bad", action="store_true", help="leave unreadable pictures out")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
