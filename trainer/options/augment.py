"""The options that vary and fill up training pictures, and the help that goes with them."""

from __future__ import annotations

import argparse
from typing import get_args

from trainer.config import Augment, FitConfig


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
