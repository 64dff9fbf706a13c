"""What keys changed of the window, kept for each account of the machine: language and theme.

The configuration says how a window opens; what a key chose instead holds at the next start, too,
until the configuration says something else.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import platformdirs

from engines.atomic_file import write_atomically
from station.window_settings import LANGUAGES, THEMES, WindowSettings

log = logging.getLogger(__name__)
CHOICES = {"language": LANGUAGES, "theme": THEMES}
"""Setting -> what it may be."""


def state_file() -> Path:
    """Where this account's choices are kept."""
    return platformdirs.user_state_path("scaffold-station") / "window.json"


def with_choices(settings: WindowSettings) -> WindowSettings:
    """The settings as the keys left them: a choice counts while the configuration still says what
    it took the place of."""
    chosen = {
        name: choice["chosen"]
        for name, choice in _read().items()
        if choice.get("instead_of") == getattr(settings, name)
    }
    return replace(settings, **chosen)  # type: ignore[arg-type]


def remember(name: str, chosen: str, settings: WindowSettings) -> None:
    """A key chose it instead of what the settings say. Where it cannot be kept the log says why:
    the window goes on with it all the same."""
    instead_of = getattr(settings, name)
    choices = {k: v for k, v in _read().items() if k != name}
    if chosen != instead_of:
        choices[name] = {"chosen": chosen, "instead_of": instead_of}
    path = state_file()
    try:
        write_atomically(path, (json.dumps(choices, indent=2) + "\n").encode())
    except OSError as error:
        log.warning("the window's %s cannot be kept in %s: %s", name, path, error.strerror or error)


def _read() -> dict[str, Mapping[str, str]]:
    """Setting -> `chosen`, `instead_of`; what is no such choice is left out."""
    path = state_file()
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("what keys chose before cannot be read from %s: %s", path, error)
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for name, known in CHOICES.items():
        choice = body.get(name) if isinstance(body, dict) else None
        if isinstance(choice, dict) and choice.get("chosen") in known:
            found[name] = choice
    return found
