"""`station run`: inspect in a window, or as a service without one."""

from __future__ import annotations

import argparse

from station.commands.watch import add_arguments, config_of, description, epilog, watch
from station.errors import ConfigError
from station.exits import EXIT_CODES


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `run`."""
    parser = commands.add_parser(
        "run",
        help="the same in a window; --headless: as a service",
        description=description(),
        epilog=epilog("run") + "\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_run)
    add_arguments(parser)
    parser.add_argument(
        "--headless", action="store_true", help="without a window, as a service does"
    )
    parser.add_argument("--json", action="store_true", help="with --headless: JSON lines")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.headless:
        return watch(arguments)
    try:
        from ui.app import run_window
    except ImportError as error:
        raise ConfigError(
            f"the window cannot be opened ({error}). Install PyQt6 and its system libraries, or "
            "use `station watch`, which needs no display."
        ) from error
    code: int = run_window(config_of(arguments))
    return code
