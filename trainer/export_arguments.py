"""The arguments of `trainer export`, and the help that goes with them."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export`."""
    export = commands.add_parser(
        "export",
        help="write the bundle that a station opens",
        description="Writes the run's graph, checks it against Keras, and makes the bundle. "
        "Beside the float32 graph lie one in float16, for NVIDIA, and one in int8; what every "
        "precision makes of the validation pictures is printed, and kept in the bundle.",
    )
    export.add_argument("run_folder", type=Path, metavar="RUN", help="folder that fit made")
    export.add_argument("--out", type=Path, required=True, metavar="BUNDLE", help="folder to make")
    export.add_argument(
        "--note",
        action="append",
        default=[],
        metavar="SENTENCE",
        help="add to the limits in the model card; may be given again",
    )
    export.add_argument(
        "--precision",
        choices=("fp32", "fp16", "int8", "auto"),
        default="auto",
        help="graphs beside the float32 one: fp32, none; fp16 or int8, that one; auto, those whose "
        "figures are good enough (default: %(default)s)",
    )
    export.add_argument(
        "--calibration",
        type=Path,
        metavar="DATA",
        help="folder of pictures, cropped like the run's, on which ranges of values are measured "
        "(default: a sample of the run's training pictures)",
    )
    export.add_argument(
        "--trt",
        action="store_true",
        help="build TensorRT's plans too, if this machine can; else say what to run on the one "
        "that shall",
    )
    export.add_argument(
        "--data",
        type=Path,
        help="where the run's pictures lie now, if they have moved since it was trained",
    )
    export.add_argument(
        "--golden",
        type=int,
        default=32,
        metavar="N",
        help="validation pictures of each class that go into the bundle with the trained network's "
        "own answers; a station replays them before it decides (default: %(default)s)",
    )
    export.add_argument(
        "--examples",
        type=int,
        default=24,
        metavar="N",
        help="training pictures of each class, 160 px small, that go into the bundle for a person "
        "to hold a part against; 0: none (default: %(default)s)",
    )
    export.add_argument("--overwrite", action="store_true", help="replace BUNDLE if it is there")
