"""The options that make a FitConfig, the help that goes with them, and the way back."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, get_args

from engines.bundle import InputKind
from trainer.config import (
    Activation,
    Augment,
    AugmentChanges,
    ClassWeights,
    FitConfig,
    Head,
    ModelConfig,
    Network,
    Pooling,
    Precision,
    Schedule,
)
from trainer.losses import LOSSES
from trainer.optimizers import OPTIMIZERS


class SizeAction(argparse.Action):
    """`224` or `224x403` (height x width) into `size_px` and `width_px`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Raises argparse's error for what is no size."""
        found = re.fullmatch(r"(\d+)(?:x(\d+))?", str(values))
        if found is None:
            parser.error(f"{option_string} is {values!r}; expected a side such as 224, or 224x403.")
        height, width = int(found[1]), int(found[2] or 0)
        namespace.size_px, namespace.width_px = height, 0 if width == height else width


def add_model_options(group: argparse._ArgumentGroup) -> None:
    """What decides the network."""
    d = ModelConfig()
    group.add_argument(
        "--model",
        dest="name",
        choices=get_args(Network),
        help="vgg16, to which head, width, batch norm and dropout belong; lenet5, to which "
        "activation and pooling belong; kecnn, kevgg and sequential, small networks for 32 px "
        f"(default: {d.name})",
    )
    group.add_argument(
        "--input",
        choices=get_args(InputKind),
        help="what the network is shown of a picture: rgb, its colours; cxr, grey in one channel; "
        f"enh, the local phase of a scan in three; the bundle says so to the station (default: "
        f"{d.input})",
    )
    group.add_argument(
        "--size",
        dest="size_px",
        action=SizeAction,
        metavar="H[xW]",
        help="input in pixels: the side of a square, or height and width such as 224x403 "
        f"(default: {d.size_px})",
    )
    group.add_argument(
        "--head",
        choices=get_args(Head),
        help="after the last convolution: gap, the mean over space; max, the maximum, for small "
        "defects; dense, laid flat with one dense layer; fc, with VGG16's own two "
        f"(default: {d.head})",
    )
    group.add_argument(
        "--width",
        type=float,
        help=f"share of VGG16's filters in each layer (default: {d.width:g}; 1 for imagenet)",
    )
    group.add_argument(
        "--fc-units",
        type=int,
        help=f"of the dense and fc heads, times width (default: {d.fc_units})",
    )
    group.add_argument(
        "--batch-norm",
        action=argparse.BooleanOptionalAction,
        help=f"batch normalisation after each convolution (default: {_yes(d.batch_norm)})",
    )
    group.add_argument("--dropout", type=float, help=f"before the end (default: {d.dropout:g})")
    group.add_argument(
        "--activation",
        choices=get_args(Activation),
        help="of lenet5; its own is tanh, best with --optimizer sgd; relu goes with adam "
        f"(default: {d.activation})",
    )
    group.add_argument(
        "--pooling",
        choices=get_args(Pooling),
        help=f"of lenet5; its own is the average (default: {d.pooling})",
    )
    group.add_argument(
        "--weights",
        help="none, imagenet, a weights file, or the folder of a run or a bundle of the same "
        f"network (default: {d.weights})",
    )
    group.add_argument(
        "--freeze",
        type=int,
        help="blocks 1 to this are not trained; useful with --weights, 3 is a good start "
        f"(default: {d.freeze})",
    )


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


def add_augment_options(group: argparse._ArgumentGroup) -> None:
    """What decides how training pictures are varied, and how many there are of them."""
    d = FitConfig()
    group.add_argument(
        "--augment",
        choices=get_args(Augment),
        help="disc: any rotation, flips, small shifts, zoom, light; flips: flips, quarter turns "
        "and light; generator: as the documentation of Keras's ImageDataGenerator (rotation 20, "
        f"shift 0.2, horizontal flips); none (default: {d.augment})",
    )
    group.add_argument(
        "--copies",
        type=int,
        metavar="N",
        help="varied copies of each picture, taken in turn by the epochs; 0: a new one every epoch "
        f"(default: {d.copies})",
    )
    for option, name, metavar, text in (
        ("--rotation", "rotation_deg", "DEGREES", "largest turn either way; 180: any"),
        ("--shift", "shift", "SHARE", "largest shift, of the side"),
        ("--zoom", "zoom", "SHARE", "largest change of scale: 0.05 is 95 to 105 %%"),
        ("--shear", "shear_deg", "DEGREES", "largest shear"),
        ("--brightness", "brightness", "LEVELS", "largest change of level, of 255"),
        ("--contrast", "contrast", "SHARE", "largest change of contrast, about middle grey"),
        ("--noise", "noise", "LEVELS", "largest standard deviation of Gaussian noise, of 255"),
    ):
        group.add_argument(option, dest=name, type=float, metavar=metavar, help=text)
    for option, name in (("--flip", "flip_horizontal"), ("--flip-vertical", "flip_vertical")):
        group.add_argument(
            option,
            dest=name,
            action=argparse.BooleanOptionalAction,
            help=f"mirror half of the pictures {'left' if option == '--flip' else 'up'} to "
            f"{'right' if option == '--flip' else 'down'}",
        )
    group.add_argument(
        "--per-class",
        type=int,
        metavar="N",
        help="training pictures of each class per epoch at the least: a smaller class is filled "
        "up with varied copies, after the split, so that no copy is validated or tested on "
        f"(default: {d.per_class}, as many as there are)",
    )


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


def _yes(value: bool) -> str:
    return "yes" if value else "no"


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
