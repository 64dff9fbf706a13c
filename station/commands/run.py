"""`station run`: inspect in a window, or as a service without one."""

from __future__ import annotations

import argparse
import sys

from station.commands.watch import HERE, add_arguments, config_of, description, epilog, watch
from station.errors import ConfigError
from station.exits import EXIT_CODES


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `run`."""
    parser = commands.add_parser(
        "run",
        help="the same in a window; --headless: as a service",
        description=description()
        + " Without any argument it takes station.toml in this folder; where there is none the "
        "window offers a simulated bench with the demo bundle.",
        epilog=epilog("run") + "\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_run)
    add_arguments(parser)
    parser.add_argument(
        "--headless", action="store_true", help="without a window, as a service does"
    )
    parser.add_argument(
        "--kiosk", action="store_true", help="the window over the whole screen, as at a bench"
    )
    parser.add_argument("--json", action="store_true", help="with --headless: JSON lines")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.headless:
        return watch(arguments)
    try:
        from station.logs import configure_logging
        from ui.app import run_window
    except ImportError as error:
        raise ConfigError(
            f"the window cannot be opened ({error}). Install PyQt6 and its system libraries, or "
            "use `station watch`, which needs no display."
        ) from error
    given = (arguments.config, arguments.inbox, arguments.camera, arguments.bundle)
    is_bare = all(value is None for value in given)
    if is_bare and HERE.is_file():
        print(f"settings from {HERE}, as none were given", file=sys.stderr)
        arguments.config, is_bare = HERE, False
    config = None if is_bare else config_of(arguments)
    if config is not None:
        log = config.log
        configure_logging(log.file, log.level, log.max_mb, log.keep)
    code: int = run_window(config, arguments.config, kiosk=arguments.kiosk)
    return code
