"""What Qt can do here, asked in a process of its own: a missing library ends that one alone.

Prints one JSON object a line. A program: `python -c` with this text; it imports none of ours.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

SYLLABLES = range(0xAC00, 0xD7A4)
"""All 11,172 of Hangul."""


def main() -> None:
    """Platform plugins first, each loaded with its libraries; then letters; then the screen."""
    from PyQt6.QtCore import QLibraryInfo

    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    for path in sorted(plugins.glob("libq*.so")):
        try:
            ctypes.CDLL(str(path), mode=os.RTLD_NOW)
            say(plugin=path.stem.removeprefix("libq"), error="")
        except OSError as error:
            say(plugin=path.stem.removeprefix("libq"), error=str(error))
    if "screen" in sys.argv:
        from PyQt6.QtGui import QGuiApplication

        application = QGuiApplication(["doctor"])
        screen = application.primaryScreen()
        size = None if screen is None else (screen.size().width(), screen.size().height())
        say(platform=application.platformName(), size=size)
    else:
        letters()


def letters() -> None:
    """The first family that has Korean, and how many of its syllables are really there."""
    from PyQt6.QtGui import QFont, QFontDatabase, QGuiApplication, QRawFont

    application = QGuiApplication(["doctor", "-platform", "offscreen"])
    korean = QFontDatabase.WritingSystem.Korean
    families = QFontDatabase.families(korean)
    best, most = "", 0
    for family in families:
        font = QRawFont.fromFont(QFont(family), korean)
        there = sum(font.supportsCharacter(code) for code in SYLLABLES)
        if there > most:
            best, most = family, there
        if most == len(SYLLABLES):
            break
    say(families=len(families), family=best, syllables=most, of=len(SYLLABLES))
    del application


def say(**facts: object) -> None:
    """One line."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
