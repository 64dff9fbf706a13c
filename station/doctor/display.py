"""The window's needs: a screen, Qt's platform libraries, and letters for Korean."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from station.doctor import qt_probe
from station.doctor.finding import Finding, State

GROUP = "window"
PROBE_S = 60.0
PACKAGES = {
    "libEGL": "libegl1",
    "libGL": "libgl1",
    "libxkbcommon-x11": "libxkbcommon-x11-0",
    "libxkbcommon": "libxkbcommon0",
    "libdbus-1": "libdbus-1-3",
    "libfontconfig": "libfontconfig1",
    "libglib-2.0": "libglib2.0-0",
    "libxcb-cursor": "libxcb-cursor0",
    "libxcb-icccm": "libxcb-icccm4",
    "libxcb-image": "libxcb-image0",
    "libxcb-keysyms": "libxcb-keysyms1",
    "libxcb-render-util": "libxcb-render-util0",
    "libxcb-shape": "libxcb-shape0",
    "libxcb-xkb": "libxcb-xkb1",
    "libwayland-client": "libwayland-client0",
    "libwayland-cursor": "libwayland-cursor0",
    "libwayland-egl": "libwayland-egl1",
}
"""Library -> package of Debian and Ubuntu; deploy/system-packages.sh installs them."""
WANTED = ("xcb", "wayland")
"""Qt's platforms of a screen; either will do."""
FONTS = "sudo apt-get install -y fonts-noto-cjk"
Facts = Sequence[Mapping[str, Any]]
"""What qt_probe printed."""


def look_at_display() -> Iterator[Finding]:
    """Screen, platform libraries, the window's start on this screen, letters."""
    screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or ""
    yield _screen(screen)
    facts, trouble = ask_qt()
    if not facts:
        yield Finding(
            GROUP, "Qt", State.NOT_EXECUTED, trouble, "See the line PyQt6 under software."
        )
        return
    yield judge_platforms(facts, bool(screen))
    if screen:
        yield judge_start(*ask_qt("screen"))
    yield judge_letters(facts, trouble)


def ask_qt(*words: str) -> tuple[Facts, str]:
    """What qt_probe says, as far as it came, and how it ended where it did not end well."""
    source = Path(qt_probe.__file__).read_text(encoding="utf-8")
    command = [sys.executable, "-c", source, *words]
    environment = {**os.environ}
    if environment.get("QT_QPA_PLATFORM") == "offscreen":
        del environment["QT_QPA_PLATFORM"]  # a test's, which would hide the real one
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PROBE_S, env=environment
        )
    except subprocess.TimeoutExpired:
        return [], f"Qt did not answer within {PROBE_S:.0f} s"
    except OSError as error:
        return [], f"{sys.executable} cannot be started ({error.strerror})"
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    facts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == 0:
        return facts, ""
    first = next((line for line in said if "qt.qpa" in line or "Error" in line), "")
    return facts, first or f"Qt ended with {done.returncode}"


def judge_platforms(facts: Facts, has_screen: bool) -> Finding:
    """Whether any platform of a screen loads with all its libraries."""
    errors = {str(f["plugin"]): str(f["error"]) for f in facts if "plugin" in f}
    loads = [name for name in WANTED if errors.get(name) == ""]
    if "xcb" in loads or (loads and os.environ.get("WAYLAND_DISPLAY")):
        return Finding(GROUP, "Qt platforms", State.OK, f"{', '.join(loads)} with their libraries")
    missing = [errors[name] for name in WANTED if errors.get(name)] or ["no plugin of a screen"]
    packages = [package for each in missing if (package := package_of(each))]
    remedy = "deploy/system-packages.sh"
    if packages:
        remedy = f"sudo apt-get install -y {' '.join(packages)}   # then again: it names the next"
    state = State.FAILED if has_screen else State.ABSENT
    return Finding(GROUP, "Qt platforms", state, "; ".join(missing), remedy)


def package_of(error: str) -> str:
    """The package that holds the library that a loader's error names; empty: not known."""
    found = re.match(r"(lib[^\s:]+?)\.so", error)
    return PACKAGES.get(found[1], "") if found else ""


def judge_start(facts: Facts, trouble: str) -> Finding:
    """Whether Qt really starts on the screen that there is."""
    started = next((f for f in facts if "platform" in f), None)
    if started is None:
        return Finding(
            GROUP, "Qt on this screen", State.FAILED, trouble or "it did not start",
            "echo $DISPLAY $WAYLAND_DISPLAY $XAUTHORITY: of the user who is signed in there? "
            "As root: sudo -u USER -E station doctor",
        )  # fmt: skip
    size = started["size"]
    seen = "no screen" if size is None else f"{size[0]} x {size[1]}"
    return Finding(GROUP, "Qt on this screen", State.OK, f"{started['platform']}, {seen}")


def judge_letters(facts: Facts, trouble: str) -> Finding:
    """Whether any family has every syllable of Hangul."""
    found = next((f for f in facts if "syllables" in f), None)
    if found is None:
        return Finding(GROUP, "Korean letters", State.NOT_EXECUTED, trouble or "Qt did not tell")
    there, of = int(found["syllables"]), int(found["of"])
    if there == of:
        return Finding(GROUP, "Korean letters", State.OK, f"{found['family']}: all {of} syllables")
    seen = "no font has Korean"
    if found["families"]:
        seen = f"the best font, {found['family']}, has {there} of {of} syllables"
    return Finding(GROUP, "Korean letters", State.FAILED, seen, FONTS)


def _screen(screen: str) -> Finding:
    if screen:
        return Finding(GROUP, "screen", State.OK, screen)
    return Finding(
        GROUP, "screen", State.ABSENT, "no DISPLAY and no WAYLAND_DISPLAY",
        "`station watch` needs none; for the window log in at the screen itself.",
    )  # fmt: skip
