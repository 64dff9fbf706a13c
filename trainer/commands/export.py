"""`trainer export`: write the bundle that a station opens."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.backend import import_keras
from trainer.exits import OK, USAGE
from trainer.passphrase import ENV, ask_passphrase

if TYPE_CHECKING:
    from engines.backend import OnProgress
    from engines.bundle import Bundle


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export`."""
    export = commands.add_parser(
        "export",
        help="write the bundle that a station opens",
        description="Writes the run's graph, checks it against Keras, and makes the bundle. "
        "Beside the float32 graph lie one in float16, for NVIDIA, and one in int8; what every "
        "precision makes of the validation pictures is printed, and kept in the bundle.",
    )
    export.set_defaults(command=run)
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
    export.add_argument(
        "--sign",
        type=Path,
        metavar="NAME.key",
        help=f"sign the bundle with this private key; its passphrase is asked for, or taken from "
        f"{ENV}",
    )
    export.add_argument("--overwrite", action="store_true", help="replace BUNDLE if it is there")


def run(arguments: argparse.Namespace) -> int:
    """Write the bundle; returns the exit code."""
    from trainer.keys import read_key, sign_bundle
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    key = None
    if arguments.sign is not None:  # before what takes long: a wrong passphrase is told at once
        key = read_key(arguments.sign, lambda: ask_passphrase(arguments.sign))
    import_keras()
    from trainer.export import export_run
    from trainer.graph.precision_table import precisions_text
    from trainer.step_display import StepDisplay

    with StepDisplay() as display:
        bundle = export_run(
            run,
            arguments.out,
            on_step=display.step,
            overwrite=arguments.overwrite,
            notes=tuple(arguments.note),
            precision=arguments.precision,
            data=arguments.data,
            calibration=arguments.calibration,
            golden_per_class=arguments.golden,
            examples_per_class=arguments.examples,
            on_progress=display.progress,
        )
        print(precisions_text(bundle.metrics["precisions"]))
        print(f"\n{bundle.path}: {len(bundle.classes)} classes, digest {bundle.digest[:12]}")
        if key is not None:
            print(f"signed by the key {sign_bundle(bundle.path, key).fingerprint}")
        return _plans(bundle, display.progress) if arguments.trt else OK


def _plans(bundle: Bundle, on_progress: OnProgress) -> int:
    """Build TensorRT's plans where that can be done; else say what to run, and where."""
    from engines.tensorrt_engine import why_not
    from engines.tensorrt_plans import build_plans, on_the_target

    reason = why_not()
    if reason is not None:
        print(f"\nno TensorRT plan was built here: {reason}\n{on_the_target(bundle)}")
        return OK
    code = OK
    for report in build_plans(bundle, on_progress=lambda _precision: on_progress):
        if report.error:
            code = USAGE
            print(f"trainer: {report.precision}: {report.error}", file=sys.stderr)
        else:
            print(f"{report.precision}: plan in {report.seconds:.0f} s, {report.path}")
    return code
