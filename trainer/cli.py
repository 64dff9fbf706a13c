"""The `trainer` command: synth, fit, evaluate, export.

Exit codes: 0 done; 2 usage, or the trainer says what is wrong; 130 stopped by Ctrl-C (a stopped
`fit` has still measured and reported its best weights).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from types import FrameType
from typing import Any, get_args

from engines.errors import BundleError, EngineError
from trainer.config import (
    Augment,
    ClassWeights,
    FitConfig,
    Head,
    ModelConfig,
    Precision,
    Schedule,
    StoppedError,
    TrainerError,
)
from trainer.losses import LOSSES
from trainer.optimizers import OPTIMIZERS

OK, USAGE, STOPPED = 0, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        code: int = arguments.run(arguments)
    except (TrainerError, BundleError, EngineError) as error:
        print(f"trainer: {error}", file=sys.stderr)
        return STOPPED if isinstance(error, StoppedError) else USAGE
    except ModuleNotFoundError as error:
        print(
            f"trainer: {error.name} is not installed; `trainer {arguments.command}` needs the "
            "trainer's packages: pip install 'scaffold-station[trainer]'",
            file=sys.stderr,
        )
        return USAGE
    except KeyboardInterrupt:
        print("trainer: stopped", file=sys.stderr)
        return STOPPED
    return code


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
    _add_evaluate(commands)
    _add_export(commands)
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
    synth.set_defaults(run=_synth)


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
    tile.set_defaults(run=_tile)


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
    _add_model_options(fit.add_argument_group("network"))
    _add_training_options(fit.add_argument_group("training"))
    _add_decision_options(fit.add_argument_group("classes and decisions"))
    fit.set_defaults(run=_fit)


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
        "--width", type=float, help=f"share of VGG16's filters in each layer (default: {d.width:g})"
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
    group.add_argument(
        "--escape-budget",
        type=float,
        help="share of defective parts that may pass; the threshold keeps within it as far as the "
        f"validation pictures can show (default: {d.escape_budget:g})",
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
    evaluate.add_argument("--json", action="store_true", help="print everything as JSON")
    evaluate.add_argument("--skip-bad", action="store_true", help="leave unreadable pictures out")
    evaluate.set_defaults(run=_evaluate)


def _add_export(commands: Any) -> None:
    export = commands.add_parser(
        "export",
        help="write the bundle that a station opens",
        description="Writes the run's graph, checks it against Keras, and makes the bundle.",
    )
    export.add_argument("run_folder", type=Path, metavar="RUN", help="folder that fit made")
    export.add_argument("--out", type=Path, required=True, metavar="BUNDLE", help="folder to make")
    export.add_argument("--overwrite", action="store_true", help="replace BUNDLE if it is there")
    export.set_defaults(run=_export)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _synth(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from trainer.synthetic import DatasetError, write_dataset, write_inbox

    if arguments.count < 1:
        raise TrainerError(f"--count is {arguments.count}; expected at least 1.")
    try:
        if arguments.inbox:
            truth = arguments.truth or arguments.out.resolve().parent / "truth.csv"
            rows = write_inbox(arguments.out, arguments.count, arguments.seed, truth)
        else:
            with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
                task = bar.add_task("drawing", total=arguments.count)
                rows = write_dataset(
                    arguments.out,
                    arguments.count,
                    arguments.seed,
                    on_progress=lambda done: bar.update(task, completed=done),
                )
    except DatasetError as error:
        raise TrainerError(str(error)) from error
    except OSError as error:
        raise TrainerError(
            f"{arguments.out} cannot be written ({error.strerror or error}). Choose another OUT."
        ) from error
    defective = sum(row.label == "defective" for row in rows)
    print(f"{len(rows)} pictures in {arguments.out}: {defective} defective")
    return OK


def _tile(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from trainer.tiles import TileConfig, cut_tiles

    config = TileConfig(arguments.size, arguments.per_picture, arguments.seed)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("cutting", total=None)
        count = cut_tiles(
            arguments.source,
            arguments.out,
            config,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    print(f"{count} tiles of {config.size_px} px in {arguments.out}")
    return OK


def _config(arguments: argparse.Namespace) -> FitConfig:
    """The settings given, over the run's own with --resume, over the defaults without."""
    given = vars(arguments)
    base = FitConfig()
    if given.get("resume"):
        from trainer.runs import load_run

        base = load_run(arguments.out).config
    model = {f.name: given[f.name] for f in fields(ModelConfig) if f.name in given}
    rest = {f.name: given[f.name] for f in fields(FitConfig) if f.name in given}
    if "good" in rest:
        rest["good"] = tuple(rest["good"])
    if "split" in rest:
        rest["split"] = tuple(rest["split"])
    return replace(base, model=replace(base.model, **model), **rest)


def _fit(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    _import_keras()
    from trainer.fit import fit
    from trainer.progress import FitDisplay

    stop = threading.Event()
    with _stop_on_signal(stop), FitDisplay() as display:
        run = fit(
            arguments.data,
            arguments.out,
            config,
            resume=getattr(arguments, "resume", False),
            skip_bad=getattr(arguments, "skip_bad", False),
            stop_event=stop,
            on_progress=display,
        )
    from trainer.tables import evaluation_text

    metrics = run.metrics()
    print(evaluation_text({"data": f"{run.data} (test pictures)", **metrics, **metrics["test"]}))
    print(f"\n{run.path}/report.html shows more; next: trainer export {run.path} --out BUNDLE")
    return OK if metrics["complete"] else STOPPED


def _import_keras() -> None:
    """Import Keras and its backend without their start-up chatter.

    TensorFlow 2.21 writes what it found of the processor and of missing GPUs straight to the file
    descriptor, whatever TF_CPP_MIN_LOG_LEVEL says; should the import fail, it is shown after all.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as chatter:
        os.dup2(chatter.fileno(), 2)
        try:
            import keras  # noqa: F401
        except BaseException:
            chatter.seek(0)
            os.write(kept, chatter.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def _stop_on_signal(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) asks for a stop after the batch in hand; the next one kills."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        print("\nstopping after this batch; again to stop at once", file=sys.stderr)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _evaluate(arguments: argparse.Namespace) -> int:
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    _import_keras()
    from trainer.evaluate import evaluate
    from trainer.tables import evaluation_text

    figures = evaluate(run, arguments.data, skip_bad=arguments.skip_bad)
    if arguments.json:
        print(json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(evaluation_text(figures))
    return OK


def _export(arguments: argparse.Namespace) -> int:
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    _import_keras()
    from trainer.export import export_run

    bundle = export_run(
        run,
        arguments.out,
        on_step=lambda text: print(text, file=sys.stderr),
        overwrite=arguments.overwrite,
    )
    print(f"{bundle.path}: {len(bundle.classes)} classes, digest {bundle.digest[:12]}")
    return OK


if __name__ == "__main__":
    sys.exit(main())
