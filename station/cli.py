"""The command line: `station watch | run | report | crop`. Imports what is heavy only when used."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from station.errors import ConfigError, StationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from station.config import WatchConfig

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    _Command = Callable[[argparse.Namespace], int]

OK, USAGE, SET_ASIDE = 0, 2, 3
EXIT_CODES = """\
exit codes:
  0  every file was decided (after a stop, too)
  2  usage, configuration, bundle or database: the message says what to do; nothing is lost
  3  something could not be inspected: it lies in quarantine/ beside its reason
     (crop: pictures without a disc, or damaged, are named)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="station: %(message)s", stream=sys.stderr)
    # Read when OpenCV is imported: its own words on damaged files say less than ours.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    # Watchdog warns of events that come while it is being closed.
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)
    # Known only after the light start: importing engines takes numpy and OpenCV along.
    from engines.errors import EngineError

    try:
        code: int = arguments.command(arguments)
        sys.stdout.flush()
    except (StationError, EngineError) as error:
        print(f"station: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        # The reader of our output went away: what was decided is on the disk.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("station: stopped", file=sys.stderr)
        return 130
    return code


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="station",
        description="Inspects pictures of disc scaffolds: every part gets a verdict and a record.",
        epilog="examples:\n"
        "  station watch inbox --bundle engines/demo.bundle --once\n"
        "  station report --db inspections/inspections.db --out report.html\n"
        "  station crop photographs --out crops\n\n"
        "`station COMMAND --help` explains each.\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_watch(commands, "watch", "inspect every picture that comes into a folder", _watch)
    _add_watch(commands, "run", "the same, in a window", _run)
    _add_report(commands)
    _add_crop(commands)
    return parser


def _add_watch(commands: _Commands, name: str, help_: str, command: _Command) -> None:
    parser = commands.add_parser(
        name,
        help=help_,
        description="Inspects every picture (jpg, png, bmp, tif) that comes into INBOX: locates "
        "the part, asks the engine, decides PASS, REVIEW or REJECT, writes an overlay and a row, "
        "then moves the file to INBOX/processed/. What cannot be inspected goes to "
        "INBOX/quarantine/ with FILE.reason.txt and a row of its own: an error is never a PASS. "
        "Hidden files and names ending in .part or .tmp are left alone until they are renamed. "
        "Ctrl-C or SIGTERM finishes the part in hand.",
        epilog="examples:\n"
        f"  station {name} inbox --bundle engines/demo.bundle\n"
        "      results in `inspections` beside the inbox: inspections.db and overlays/\n"
        f"  station {name} inbox --bundle my.bundle --lot L42 --operator ada --out results\n"
        f"  station {name} inbox --bundle my.bundle --once --json | jq .verdict\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=command)
    parser.add_argument("inbox", metavar="INBOX", type=Path, help="the folder to watch")
    parser.add_argument(
        "--bundle", type=Path, required=True, metavar="B", help="the folder `trainer export` wrote"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="results (default: `inspections` beside INBOX)"
    )
    parser.add_argument(
        "--db", default="", metavar="URL",
        help="database URL, or path of an SQLite file (default: DIR/inspections.db)",
    )  # fmt: skip
    parser.add_argument("--once", action="store_true", help="end when the inbox is empty")
    if name == "watch":
        parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--station", metavar="NAME", help="written into records (default: host)")
    parser.add_argument("--lot", metavar="L", help="written into records")
    parser.add_argument("--operator", metavar="O", help="written into records")
    parser.add_argument("--device", default="auto", help="auto, CPU or GPU (Intel); default auto")
    parser.add_argument(
        "--max-pixels", type=int, metavar="N", help="refuse larger pictures (default 64000000)"
    )


def _add_report(commands: _Commands) -> None:
    parser = commands.add_parser(
        "report",
        help="an HTML report on what was inspected",
        description="Counts, yield, defects by class, and the rejected parts with their overlays, "
        "in one HTML file.",
        epilog="example:\n  station report --db inspections/inspections.db --out report.html "
        "--csv rows.csv\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_report)
    parser.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="all rows as CSV too")
    parser.add_argument("--lot", metavar="L", help="this lot only")


def _add_crop(commands: _Commands) -> None:
    parser = commands.add_parser(
        "crop",
        help="cut the discs out of photographs, for training",
        description="Cuts the disc out of every picture in SRC/CLASS/ and writes OUT/CLASS/*.png, "
        "cropped exactly as `watch` will crop for a bundle trained on OUT. Goes on where an "
        "earlier call stopped. SRC/labels.csv is carried over; folders starting with _ or . are "
        "skipped. Pictures without a disc are named and get no crop.",
        epilog="example:\n  station crop photographs --out crops --diameter-mm 12\n"
        "  trainer fit crops --out runs/first\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_crop)
    parser.add_argument("source", metavar="SRC", type=Path, help="folder of class-named subfolders")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="folder for crops")
    parser.add_argument("--diameter-mm", type=float, default=12.0, help="of the part (default 12)")
    parser.add_argument(
        "--margin", type=float, default=0.05, help="border, as a share of the diameter (0.05)"
    )
    parser.add_argument("--workers", type=int, default=0, help="threads (default: one per core)")


def _config(arguments: argparse.Namespace) -> WatchConfig:
    from engines.decode import MAX_PIXELS
    from station.config import WatchConfig, default_out

    named = {} if arguments.station is None else {"station": arguments.station}
    return WatchConfig(
        inbox=arguments.inbox,
        bundle=arguments.bundle,
        out=arguments.out or default_out(arguments.inbox),
        db=arguments.db,
        once=arguments.once,
        lot=arguments.lot,
        operator=arguments.operator,
        device=arguments.device,
        max_pixels=MAX_PIXELS if arguments.max_pixels is None else arguments.max_pixels,
        **named,
    )


def _watch(arguments: argparse.Namespace) -> int:
    from station.console import JsonLines, Table
    from station.run import watch_folder

    config = _config(arguments)
    view = JsonLines() if arguments.json else Table(config)
    stop_event = threading.Event()
    with _stopping_on_signals(stop_event):
        try:
            for outcome in watch_folder(config, stop_event):
                view.show(outcome)
        finally:
            view.close()
    return SET_ASIDE if view.set_aside else OK


def _run(arguments: argparse.Namespace) -> int:
    try:
        from ui.app import run_window
    except ImportError as error:
        raise ConfigError(
            f"the window cannot be opened ({error}). Install PyQt6 and its system libraries, or "
            "use `station watch`, which needs no display."
        ) from error
    code: int = run_window(_config(arguments))
    return code


def _report(arguments: argparse.Namespace) -> int:
    from station.report import write_csv, write_report
    from station.store import open_store

    _check_targets(arguments.db, [p for p in (arguments.out, arguments.csv) if p is not None])
    with open_store(arguments.db, create=False) as store:
        records = store.records(lot=arguments.lot)
    title = "Inspections" if arguments.lot is None else f"Inspections of lot {arguments.lot}"
    write_report(records, arguments.out, title=title)
    print(f"{arguments.out}: {len(records)} records")
    if arguments.csv is not None:
        write_csv(records, arguments.csv)
        print(f"{arguments.csv}: {len(records)} rows")
    return OK


def _check_targets(db: str, targets: list[Path]) -> None:
    """A report never replaces the records it is made from, nor anything but a plain file."""
    from station.config import database_file
    from station.errors import ConfigError

    file = database_file(db)
    taken = set() if file is None else {file.resolve()}
    for target in targets:
        if target.resolve() in taken or (target.exists() and not target.is_file()):
            raise ConfigError(
                f"{target} cannot be written: it is the database, the other output, or no plain "
                "file. Give a file name of its own."
            )
        taken.add(target.resolve())


def _crop(arguments: argparse.Namespace) -> int:
    from station.console import crop_lines, progress
    from station.crop import CropConfig, crop_folder

    config = CropConfig(
        source=arguments.source,
        out=arguments.out,
        part_diameter_mm=arguments.diameter_mm,
        margin=arguments.margin,
        workers=arguments.workers,
    )
    with progress("cropping") as on_progress:
        report = crop_folder(config, on_progress)
    print("\n".join(crop_lines(report, config.out)))
    return SET_ASIDE if report.missed or report.damaged else OK


@contextmanager
def _stopping_on_signals(stop_event: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set the event; a second Ctrl-C interrupts at once."""

    def stop(number: int, frame: object) -> None:
        del frame
        stop_event.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        name = signal.Signals(number).name
        os.write(2, f"station: {name}, finishing the part in hand\n".encode())

    before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
