"""`station build`: make a bundle's TensorRT plans on the machine that will run them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from station.exits import OK, USAGE

if TYPE_CHECKING:
    from engines.backend import OnProgress, Precision
    from engines.tensorrt_plans import PlanReport

EXIT_CODES = """\
exit codes:
  0  every plan is there, loads, and answered
  2  TensorRT cannot run here, or a plan could not be built: the message says what to do; without
     plans the station goes on with OpenVINO
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `build`."""
    parser = commands.add_parser(
        "build",
        help="build the TensorRT plans of a bundle, on the machine with the NVIDIA GPU",
        description="Builds a TensorRT plan for each graph (float32, float16, int8) in BUNDLE, "
        "loads it, and tries it with one picture. Takes minutes, once: plans are kept in the "
        "user's cache under TensorRT's version, GPU, driver and graph, and one that no longer fits "
        "is built anew. Needs no TensorFlow. `watch` would do the same at its first start.",
        epilog="examples:\n"
        "  station build engines/demo.bundle --trt\n"
        "  station build my.bundle --trt --precision int8 --batch 1 --workspace-mib 512\n"
        "  station build my.bundle --trt --json | jq .plans\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_build)
    parser.add_argument(
        "bundle", metavar="BUNDLE", type=Path, help="the folder `trainer export` wrote"
    )
    parser.add_argument(
        "--trt", action="store_true", required=True, help="TensorRT plans (all there is to build)"
    )
    parser.add_argument(
        "--device", choices=["NVIDIA"], default="NVIDIA", help="the first NVIDIA GPU (default)"
    )
    parser.add_argument(
        "--precision", action="append", choices=["fp32", "fp16", "int8"], default=[],
        help="only this one; may be given again (default: all that the bundle has)",
    )  # fmt: skip
    parser.add_argument("--batch", type=int, metavar="N", help="most pictures at once (default 8)")
    parser.add_argument(
        "--workspace-mib", type=int, metavar="M", help="most memory for one layer (default 2048)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _build(arguments: argparse.Namespace) -> int:
    from engines.bundle import load_bundle
    from engines.tensorrt_build import BuildOptions
    from engines.tensorrt_plans import build_plans

    named = {"max_batch": arguments.batch, "workspace_mib": arguments.workspace_mib}
    options = BuildOptions(**{name: value for name, value in named.items() if value is not None})
    bundle = load_bundle(arguments.bundle)
    reports = []
    with _bars() as bar:
        for report in build_plans(
            bundle, precisions=arguments.precision, options=options, on_progress=bar
        ):
            reports.append(report)
            if not arguments.json:
                _show(report)
    if arguments.json:
        plans = [_as_json(report) for report in reports]
        print(json.dumps({"bundle": str(bundle.path), "digest": bundle.digest, "plans": plans}))
    return USAGE if any(report.error for report in reports) else OK


@contextmanager
def _bars() -> Iterator[Callable[[Precision], OnProgress]]:
    """A progress bar for each precision, on the terminal's error channel."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.fields[precision]}"), BarColumn(), TaskProgressColumn(),
        TimeElapsedColumn(), TextColumn("[dim]{task.description}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def bar(precision: Precision) -> OnProgress:
            task = progress.add_task("", total=None, precision=precision)
            return lambda what, done, total: progress.update(
                task, description=what, completed=done, total=total
            )

        yield bar


def _show(report: PlanReport) -> None:
    if report.error:
        print(f"{report.precision}: {report.error}", file=sys.stderr)
        return
    how = f"built in {report.seconds:.1f} s" if report.built else "was there already"
    weak = ", weakly typed" if report.typing == "weak" else ""
    print(
        f"{report.precision}: {how}{weak}, {report.size_bytes / 2**20:.1f} MiB, one picture in "
        f"{report.device_ms:.2f} ms on the GPU"
    )
    print(f"  {report.path or 'not kept: the cache folder cannot be written'}")


def _as_json(report: PlanReport) -> dict[str, object]:
    return {
        "precision": report.precision,
        "built": report.built,
        "seconds": round(report.seconds, 3),
        "path": None if report.path is None else str(report.path),
        "bytes": report.size_bytes,
        "typing": report.typing,
        "device_ms": round(report.device_ms, 4),
        "error": report.error or None,
    }
