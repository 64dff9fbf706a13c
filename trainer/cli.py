"""The `trainer` command: synth, tile, fit, evaluate, export.

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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from types import FrameType
from typing import TYPE_CHECKING, Any

from engines.errors import BundleError, EngineError
from trainer.arguments import build_parser
from trainer.config import FitConfig, ModelConfig, StoppedError, TrainerError

if TYPE_CHECKING:
    from engines.backend import OnProgress
    from engines.bundle import Bundle

OK, USAGE, STOPPED = 0, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        code = COMMANDS[arguments.command](arguments)
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


def _synth(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from trainer.synthetic import DatasetError, write_dataset, write_inbox

    if arguments.count < 1 or arguments.seed < 0:
        raise TrainerError(
            f"--count is {arguments.count} and --seed {arguments.seed}; expected at least 1 "
            "picture, and a seed of 0 or more."
        )
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
    model = _given(arguments, ModelConfig)
    rest = _given(arguments, FitConfig)
    if given.get("weights") == "imagenet":
        model.setdefault("width", 1.0)  # these weights fit VGG16 itself alone
    if "good" in rest:
        rest["good"] = tuple(rest["good"])
    if "split" in rest:
        rest["split"] = tuple(rest["split"])
    return replace(base, model=replace(base.model, **model), **rest)


def _given(arguments: argparse.Namespace, kind: type[ModelConfig | FitConfig]) -> dict[str, Any]:
    """The options given on the command line that are fields of `kind`."""
    return {f.name: getattr(arguments, f.name) for f in fields(kind) if f.name in arguments}


def _fit(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    _import_keras()
    from trainer.fit import fit
    from trainer.progress import FitDisplay, JsonLines

    stop, as_json = threading.Event(), getattr(arguments, "json", False)
    with _stop_on_signal(stop), JsonLines() if as_json else FitDisplay() as display:
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
    if isinstance(display, JsonLines):
        display.done(run.path, metrics)
        return OK if metrics["complete"] else STOPPED
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


def _decide(arguments: argparse.Namespace) -> int:
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    run.metrics()  # an unfinished run is refused before Keras is imported
    config = replace(run.config, **_given(arguments, FitConfig))
    _import_keras()
    from trainer.measure import decide_again
    from trainer.tables import evaluation_text

    decided = decide_again(run, config, lambda text: print(text, file=sys.stderr))
    metrics = decided.metrics()
    print(evaluation_text({"data": f"{run.data} (test pictures)", **metrics, **metrics["test"]}))
    return OK


def _evaluate(arguments: argparse.Namespace) -> int:
    from trainer.runs import load_run

    run = load_run(arguments.run_folder)
    _import_keras()
    from trainer.evaluate import evaluate, record_fresh
    from trainer.tables import evaluation_text

    if arguments.record and arguments.data is None:
        raise TrainerError("--record keeps figures on a fresh set; give its folder with --data.")
    figures = evaluate(run, arguments.data, skip_bad=arguments.skip_bad)
    if arguments.record:
        record_fresh(run, figures)
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
    from trainer.precision_table import precisions_text
    from trainer.progress import StepDisplay

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


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "synth": _synth,
    "tile": _tile,
    "fit": _fit,
    "decide": _decide,
    "evaluate": _evaluate,
    "export": _export,
}


if __name__ == "__main__":
    sys.exit(main())
