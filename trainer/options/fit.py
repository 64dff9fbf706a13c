"""The options that make a FitConfig, the help that goes with them, and the way back."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from typing import Any, get_args

from trainer.config import (
    AugmentChanges,
    ClassWeights,
    FitConfig,
    ModelConfig,
    Precision,
    Schedule,
)
from trainer.losses import LOSSES
from trainer.optimizers import OPTIMIZERS


def add_training_options(group: argparse._ArgumentGroup) -> None:
    """What decides the training."""
    d = FitConfig()
    group.add_argument(
        "--loss",
        choices=LOSSES,
        help="the categorical ones, and binary with two classes, give the same number; focal ones "
        f"care less for what is already right (default: {d.loss})",
    )
    group.add_argument(
        "--label-smoothing",
        type=float,
        help="share of each label that is spread over all classes, such as 0.1 (default: "
        f"{d.label_smoothing:g})",
    )
    group.add_argument(
        "--focal-gamma", type=float, help=f"of the focal losses (default: {d.focal_gamma:g})"
    )
    group.add_argument("--optimizer", choices=OPTIMIZERS, help=f"default: {d.optimizer}")
    group.add_argument(
        "--lr",
        dest="learning_rate",
        type=float,
        help=f"highest learning rate; about 0.001 for adam and nadam, 0.01 for adagrad, 1 for "
        f"adadelta (default: {d.learning_rate:g})",
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
    group.add_argument(
        "--then-epochs",
        type=int,
        help="epochs of a second phase, which begins with the best weights of the first; with "
        f"--freeze: fine-tuning of a trained base (default: {d.then_epochs})",
    )
    group.add_argument(
        "--then-freeze",
        type=int,
        metavar="BLOCKS",
        help=f"blocks 1 to this stay frozen in the second phase (default: {d.then_freeze})",
    )
    group.add_argument(
        "--then-lr",
        type=float,
        help="highest learning rate of the second phase (default: a tenth of --lr)",
    )
    group.add_argument("--batch", dest="batch_size", type=int, help=f"default: {d.batch_size}")
    group.add_argument(
        "--precision",
        choices=get_args(Precision),
        help="auto takes mixed_bfloat16 where the processor computes in it (default: "
        f"{d.precision})",
    )
    group.add_argument("--seed", type=int, help=f"of split, weights, order (default: {d.seed})")


def add_decision_options(group: argparse._ArgumentGroup) -> None:
    """What decides classes, split and operating point."""
    add_class_options(group)
    add_budget_options(group)


def add_class_options(group: argparse._ArgumentGroup) -> None:
    """What decides classes and split."""
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


def add_budget_options(group: argparse._ActionsContainer) -> None:
    """What may escape, and what may be rejected for nothing."""
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


def config_of(arguments: argparse.Namespace, base: FitConfig | None = None) -> FitConfig:
    """The settings given, over the run's own with --resume, over `base` or the defaults without."""
    words = vars(arguments)
    base = base or FitConfig()
    if words.get("resume"):
        from trainer.runs import load_run

        base = load_run(arguments.out).config
    model = given(arguments, ModelConfig)
    rest = given(arguments, FitConfig)
    if words.get("weights") == "imagenet":
        model.setdefault("width", 1.0)  # these weights fit VGG16 itself alone
    if "good" in rest:
        rest["good"] = tuple(rest["good"])
    if "split" in rest:
        rest["split"] = tuple(rest["split"])
    vary = replace(base.vary, **given(arguments, AugmentChanges))
    return replace(base, model=replace(base.model, **model), vary=vary, **rest)


def given(
    arguments: argparse.Namespace, kind: type[ModelConfig | FitConfig | AugmentChanges]
) -> dict[str, Any]:
    """The options given on the command line that are fields of `kind`."""
    return {f.name: getattr(arguments, f.name) for f in fields(kind) if f.name in arguments}
