"""`station bench`: our engine beside what users know, same weights, same pictures, one run."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from station.exits import OK, SET_ASIDE

if TYPE_CHECKING:
    from rich.table import Table

    from engines.peers.result import Result, Row

ALL = "keras,torch,onnxruntime,openvino,matmul"
PIPE_COLUMNS = 160
BUSY = 0.05
"""Above this share of the processor taken by others, the figures are not to be trusted."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `bench`."""
    parser = commands.add_parser(
        "bench",
        help="measure this engine beside Keras, PyTorch, ONNX Runtime and bare OpenVINO",
        description="Times verdict and heatmap of every engine that is certified here, and the "
        "same network in other hands, in turns: A B C A B C. Each contender has a process of its "
        "own; while one runs, the others are held still. A contender that answers otherwise than "
        "ours is not timed. Packages that are not installed are named and left out.",
        epilog="peers:\n"
        "  keras        predict, then Grad-CAM by GradientTape on a second model\n"
        "  torch        eager forward pass, then Grad-CAM by autograd\n"
        "  onnxruntime  our graph with its heatmap, float32 and int8\n"
        "  openvino     classification without heatmap, in our precisions: the practical limit\n"
        "  matmul       the machine's fastest matrix product, in our precisions: the ceiling\n\n"
        "examples:\n"
        "  station bench engines/demo.bundle --rounds 20\n"
        "  station bench engines/demo.bundle --against keras,openvino --images crops --json\n"
        "  station bench engines/demo.bundle --window --minutes 60\n\n"
        "exit codes:\n"
        "  0  measured\n"
        "  2  usage, bundle or engine: the message says what to do\n"
        "  3  measured, but for a peer that failed or gave other answers; it is named",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_bench)
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="what `trainer export` wrote")
    parser.add_argument(
        "--against", default=ALL, metavar="PEERS", help=f"some of {ALL} (default: all)"
    )
    parser.add_argument(
        "--device", default="auto", help="auto, CPU, GPU (Intel) or NVIDIA; default auto"
    )
    parser.add_argument("--batch", type=int, default=1, help="pictures in one call (default 1)")
    how_long = parser.add_mutually_exclusive_group()
    how_long.add_argument(
        "--rounds", type=int, default=20, help="turns for each, at least 3 (default 20)"
    )
    how_long.add_argument(
        "--seconds", type=float, help="as many rounds as begin in so many seconds"
    )
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="pictures of parts (default: the golden set)"
    )
    window = parser.add_argument_group(
        "the window instead",
        "the real window on the simulated bench: the engine's time beside that from the trigger to "
        "the painted banner, and memory over time",
    )
    window.add_argument("--window", action="store_true", help="measure the window, not the peers")
    window.add_argument(
        "--parts", type=int, default=60, metavar="N", help="decide at least so many (default 60)"
    )
    window.add_argument(
        "--minutes", type=float, default=1.0, metavar="M", help="run at least so long (default 1)"
    )
    window.add_argument(
        "--camera",
        metavar="ADDRESS",
        help="this camera in place of a film of the simulated bench, played at its own pace",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.window:
        return _window(arguments)
    from engines.bench import Settings, allowed, plan, run_bench
    from engines.bundle import load_bundle
    from engines.peers.pictures import folder_crops, golden_crops
    from station.console import stages

    settings = Settings(arguments.batch, arguments.rounds, arguments.seconds)
    bundle = load_bundle(arguments.bundle)
    against = [name.strip() for name in arguments.against.split(",") if name.strip()]
    with stages() as on_progress:
        candidates, refused = allowed(bundle, arguments.device, on_progress)
        contenders, absent = plan(bundle, candidates, against)
        crops = (
            golden_crops(bundle)
            if arguments.images is None
            else folder_crops(bundle, arguments.images)
        )
        result = run_bench(bundle, contenders, crops, settings, refused + absent, on_progress)
    if arguments.json:
        print(json.dumps(result.as_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show(result)
    bad = any(each.how in ("refused", "failed") for each in result.left_out)
    return SET_ASIDE if bad else OK


def _window(arguments: argparse.Namespace) -> int:
    import tempfile

    from ui.bench import measure_window

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        found = measure_window(
            arguments.bundle,
            Path(folder),
            arguments.parts,
            arguments.minutes,
            say,
            arguments.camera,
        )
    if arguments.json:
        print(json.dumps(found.as_dict(), indent=2))
        return OK
    rows = (
        ("engine", found.engine_p50_ms, found.engine_p95_ms),
        ("trigger to banner", found.banner_p50_ms, found.banner_p95_ms),
    )
    print(f"{found.parts} parts in {found.minutes:.1f} min, {found.pictures_per_s:.0f} pictures/s")
    for name, middle, high in rows:
        print(f"{name:20} p50 {middle:6.1f} ms   p95 {high:6.1f} ms")
    print(f"beyond the engine's p95: {found.beyond_engine_p95_ms:.1f} ms")
    if not math.isnan(found.growth_mb_per_hour):
        growth = f"{found.growth_mb_per_hour:+.1f} MB/h over the second half"
        print(f"memory {found.memory_mb[-1]:.0f} MB, {growth}")
    return OK


def show(result: Result) -> None:
    """The table, and what follows from it."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS, highlight=False)
    console.print(table(result))
    for line in lines(result):
        console.print(escape(line), soft_wrap=True)


def table(result: Result) -> Table:
    """A line for each contender."""
    from rich.table import Table

    made = Table(title=f"{result.bundle}, batch {result.batch}, {result.rounds} rounds")
    columns = (
        "", "heatmap", "p50 ms", "p95", "p99", "cpu ms", "frames/s", "x ours", "of ceiling", "MB",
        "peak MB", "cold s", "warm s", "max dp", "map r",
    )  # fmt: skip
    for name in columns:
        made.add_column(name, justify="left" if name in ("", "heatmap") else "right", no_wrap=True)
    for row in result.rows:
        made.add_row(*_cells(result, row), style="bold" if row.contender.peer == "ours" else "")
    return made


def _cells(result: Result, row: Row) -> tuple[str, ...]:
    share = result.share_of_ceiling(row)
    works = row.facts.answers
    agreement = row.agreement
    return (
        row.name,
        ("yes" if row.facts.heatmap else "no") if works else "",
        *(f"{row.percentile_ms(p):.1f}" for p in (50, 95, 99)),
        f"{row.processor_ms:.1f}",
        f"{row.frames_per_s:.1f}" if works else "",
        f"{result.times_ours(row):.2f}" if works else "",
        "" if share is None else f"{share:.0%}",
        f"{row.memory.now_mb:.0f}",
        f"{row.memory.peak_mb:.0f}",
        f"{row.cold_s:.1f}",
        f"{row.warm_s:.1f}",
        "" if agreement is None else f"{agreement.max_dp:.0e}",
        ""
        if agreement is None or agreement.heatmap_median is None
        else f"{agreement.heatmap_median:.3f}",
    )


def lines(result: Result) -> list[str]:
    """What the table does not say, a line each."""
    found = []
    for row in result.ours:
        over = result.over_bare(row)
        if over is not None:
            inside = "" if over.heatmap is None else f"{over.heatmap:+.1%} inside the runtime, "
            found.append(
                f"{row.name} over bare classification: {inside}{over.predict:+.1%} for "
                f"predict() as a whole, {over.processor:+.1%} of the processor's time"
            )
        if row.outside_runtime is not None:
            found.append(f"{row.name} outside the runtime: {row.outside_runtime:.1%} of predict()")
        found.append(f"{row.name} memory since the first round: {row.memory.growth_mb:+.1f} MB")
    for row in result.rows:
        if row.facts.operations:
            rate = row.facts.operations / min(row.seconds) / 1e9
            found.append(
                f"{row.name}: {rate:.0f} billion operations a second ({row.facts.version})"
            )
    found += [f"{each.name} {each.how}: {each.why}" for each in result.left_out]
    found += [f"{row.name}: {row.facts.version}" for row in result.rows if row.facts.answers]
    machine = result.machine
    found.append(
        f"{machine['processor']}, {machine['cores']} cores, {' '.join(machine['instructions'])}, "
        f"{machine['system']}, Python {machine['python']}"
    )
    others = machine["load_of_others"]
    if others is not None and others > BUSY:
        found.append(
            f"other programs kept {others:.0%} of the processor busy: these figures are not to be "
            "trusted. Run the bench on a quiet machine."
        )
    return found
