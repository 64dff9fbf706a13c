"""The options that make a ModelConfig, and the help that goes with them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, get_args

from engines.bundle import InputKind
from trainer.config import Activation, Head, ModelConfig, Network, Pooling


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


def _yes(value: bool) -> str:
    return "yes" if value else "no"
