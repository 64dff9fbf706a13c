"""`station watch`: inspect every picture that comes into a folder."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from station.exits import EXIT_CODES, OK, SET_ASIDE

if TYPE_CHECKING:
    from station.config import StationConfig

HERE = Path("station.toml")
"""A station's configuration, where none is named."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `watch`."""
    parser = commands.add_parser(
        "watch",
        help="inspect what comes into a folder, or lies before a camera",
        description=description(),
        epilog=epilog("watch")
        + "  station watch inbox --bundle my.bundle --json | jq 'select(.verdict).verdict'\n\n"
        + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=watch)
    add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def description() -> str:
    """What both `watch` and `run` do."""
    return (
        "Inspects every picture (jpg, png, bmp, tif) that comes into INBOX: locates "
        "the part, asks the engine, decides PASS, REVIEW or REJECT, writes an overlay and a row, "
        "then moves the file to INBOX/processed/. With --camera, every part that lies still before "
        "it. What cannot be inspected goes to "
        "INBOX/quarantine/ with FILE.reason.txt and a row of its own: an error is never a PASS. "
        "Hidden files and names ending in .part or .tmp are left alone until they are renamed. "
        "Ctrl-C or SIGTERM finishes the part in hand."
    )


def epilog(name: str) -> str:
    """Examples that both commands understand."""
    return (
        "examples:\n"
        f"  station {name} inbox --bundle engines/demo.bundle\n"
        "      results in `inspections` beside the inbox: inspections.db and overlays/\n"
        f"  station {name} inbox --bundle my.bundle --lot L42 --operator ada --out results\n"
        f"  station {name} --camera 'sim:?rate=20' --bundle engines/demo.bundle --out results\n"
        "      a bench without a camera: parts are laid down, moved and removed\n"
        f"  station {name} --config station.toml\n"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What both commands take."""
    parser.add_argument("inbox", metavar="INBOX", type=Path, nargs="?", help="the folder to watch")
    parser.add_argument(
        "--camera", metavar="URI",
        help="instead of INBOX: v4l2:0, rtsp://..., gst:PIPELINE, video:FILE, folder:DIR, sim:",
    )  # fmt: skip
    parser.add_argument(
        "--config", type=Path, metavar="FILE",
        help="station.toml; what is given here goes before it (example: deploy/station.toml)",
    )  # fmt: skip
    parser.add_argument(
        "--bundle", type=Path, metavar="B", help="the folder `trainer export` wrote"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR",
        help="results (default: `inspections` beside INBOX, or here)",
    )  # fmt: skip
    parser.add_argument(
        "--db", metavar="URL",
        help="database URL, or path of an SQLite file (default: DIR/inspections.db)",
    )  # fmt: skip
    parser.add_argument("--once", action="store_true", help="end when the inbox is empty")
    parser.add_argument("--station", metavar="NAME", help="written into records (default: host)")
    parser.add_argument("--lot", metavar="L", help="written into records")
    parser.add_argument("--operator", metavar="O", help="written into records")
    parser.add_argument(
        "--duplicates", choices=("skip", "inspect"),
        help="the same picture under a second name in one lot: skip it (default), or inspect it "
        "as another part",
    )  # fmt: skip
    parser.add_argument(
        "--device",
        help="CPU, GPU (Intel), NVIDIA, or auto: NVIDIA where it works, else CPU (default)",
    )  # fmt: skip
    parser.add_argument(
        "--max-pixels", type=int, metavar="N", help="refuse larger pictures (default 64000000)"
    )


def config_of(arguments: argparse.Namespace) -> StationConfig:
    """What was asked for, checked. Raises ConfigError."""
    from station.config import default_out
    from station.settings_file import load_config

    names = (
        *("inbox", "camera", "bundle", "out", "db", "station", "lot", "operator", "device"),
        *("duplicates", "max_pixels"),
    )
    given = {n: v for n in names if (v := getattr(arguments, n)) is not None}
    if arguments.once:
        given["once"] = True
    if arguments.config is None:
        if HERE.is_file():
            print(unread(HERE), file=sys.stderr)
        given.setdefault("out", default_out(arguments.inbox or Path("inbox")))
    return load_config(arguments.config, given)


def unread(file: Path) -> str:
    """A line on a configuration that lies here and does not hold: whose bundles it trusts, too."""
    from station.errors import ConfigError
    from station.settings_file import read_toml

    trust: object = None
    with suppress(ConfigError):
        trust = read_toml(file).get("trust")
    keys = ", nor are the keys of its [trust] asked for" if trust else ""
    return (
        f"station: {file} in this folder is not read, as it was not named{keys}; "
        f"`--config {file}` goes by it"
    )


def watch(arguments: argparse.Namespace) -> int:
    """Inspect until the source ends, or a signal comes; returns the exit code."""
    from station.console import JsonLines, Table, stages
    from station.logs import configure_logging
    from station.run import run_station
    from station.stopping import stopping_on_signals

    config = config_of(arguments)
    settings = config.log
    configure_logging(settings.file, settings.level, settings.max_mb, settings.keep)
    view = JsonLines() if arguments.json else Table(config)
    with stopping_on_signals() as stop_event, stages() as on_progress:
        to_count = False  # where it broke before the first part, the error says all
        try:
            with closing(run_station(config, stop_event, on_progress=on_progress)) as outcomes:
                for outcome in outcomes:
                    to_count = True
                    try:
                        outcome.wait_for_overlay()
                    finally:
                        view.show(outcome)  # it is decided, drawn or not
            to_count = True
        finally:
            if to_count:
                view.close()
    return SET_ASIDE if view.set_aside else OK
