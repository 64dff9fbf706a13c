"""The `trainer` command: one file for each of its words, in trainer/commands/.

Exit codes: 0 done; 2 usage, or the trainer says what is wrong; 3 `check` found something worth a
look, or `collect` refused pictures; 4 `check` found what makes figures false; 130 stopped by Ctrl-C
(a stopped `fit` has still measured and reported its best weights).
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from engines.errors import EngineError, ImageError
from trainer.commands import (
    advise,
    cache,
    check,
    collect,
    decide,
    evaluate,
    explain,
    export,
    fit,
    keys,
    pod,
    sign,
    study,
    synth,
    tile,
)
from trainer.config import StoppedError, TrainerError
from trainer.exits import OK, STOPPED, USAGE

TRAINING = (synth, collect, check, tile, fit, decide, evaluate, explain, pod, export)
COMMANDS = (*TRAINING, keys, sign, study, advise, cache)
"""In the order of the help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        code: int = arguments.command(arguments)
        sys.stdout.flush()
    except (TrainerError, EngineError, ImageError) as error:
        print(f"trainer: {error}", file=sys.stderr)
        return STOPPED if isinstance(error, StoppedError) else USAGE
    except BrokenPipeError:
        # Whoever read the output has seen enough, as `head` has; nothing is left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        told = f"{error}. Check its permissions, and whether disks are full."
        print(f"trainer: {told}", file=sys.stderr)
        return USAGE
    except ModuleNotFoundError as error:
        print(
            f"trainer: {error.name} is not installed; `trainer {arguments.word}` needs the "
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
        epilog="Exit codes: 0 done, 2 usage or a stated error, 3 and 4 what check and collect "
        "found, 130 stopped by Ctrl-C.",
    )
    commands = parser.add_subparsers(dest="word", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
