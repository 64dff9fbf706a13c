"""The passphrase of a key: from the environment, or typed unseen; never on a command line."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from trainer.config import TrainerError

ENV = "SCAFFOLD_KEY_PASSPHRASE"
"""Environment's variable that has it, where nobody is there to type."""


def ask_passphrase(key: Path) -> str:
    """That of a key that has one. Raises TrainerError where nobody can be asked."""
    if ENV in os.environ:
        return os.environ[ENV]
    _require_terminal(f"the key {key} has a passphrase")
    return getpass.getpass(f"passphrase of {key}: ")


def choose_passphrase() -> str:
    """A new one, typed twice. Raises TrainerError."""
    if ENV in os.environ:
        return os.environ[ENV]
    _require_terminal("a new key is kept under a passphrase")
    first = getpass.getpass("passphrase for the new key (8 letters or more): ")
    if getpass.getpass("the same again: ") != first:
        raise TrainerError("the two are not the same; no key was made. Start again.")
    return first


def _require_terminal(why: str) -> None:
    if not sys.stdin.isatty():
        raise TrainerError(
            f"{why}, and there is no terminal to ask for it. Give it in the environment's {ENV}."
        )
