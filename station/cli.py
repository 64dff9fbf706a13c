"""The command line of the station. What is heavy is imported only when it is used."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from station.commands import (
    account,
    audit,
    backup,
    bench,
    build,
    calibrate,
    certify,
    crop,
    doctor,
    export,
    history,
    models,
    outbox,
    prune,
    report,
    review,
    run,
    shift,
    users,
    watch,
)
from station.errors import StationError
from station.exits import EXIT_CODES, INTERRUPTED, OK, USAGE
from station.logs import configure_logging

COMMANDS = (
    watch,
    run,
    shift,
    history,
    review,
    report,
    export,
    account,
    audit,
    backup,
    prune,
    outbox,
    users,
    crop,
    calibrate,
    certify,
    models,
    build,
    bench,
    doctor,
)
"""In the order of the help; each has a file of its own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    configure_logging()
    # Read when OpenCV is imported: its own words on damaged files say less than ours.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
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
        return INTERRUPTED
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
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"station {version('scaffold-station')}")
        parser.exit(OK)


if __name__ == "__main__":
    sys.exit(main())
