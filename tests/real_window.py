"""The real program in a real window: a display of its own, real keys, and a look at its pixels.

Xvfb is the display, xdotool the hand; what is on the screen is read from Xvfb's own memory.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from engines.prediction import ImageArray

NEEDED = ("Xvfb", "xdotool")
TITLE = "scaffold-station"
FRAMEBUFFER = "Xvfb_screen0"
STATION = (sys.executable, "-c", "import sys; from station.cli import main; sys.exit(main())")


def missing() -> list[str]:
    """Programs that this machine lacks for a real window."""
    return [name for name in NEEDED if shutil.which(name) is None]


class RealWindow:
    """A running program on a display of its own."""

    def __init__(self, display: str, framebuffer: Path, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._environment = {**os.environ, "DISPLAY": display}
        self._framebuffer = framebuffer

    def wait_for(self, what: Callable[[], object], timeout_s: float, why: str) -> None:
        """Raises AssertionError where it does not come true, or the program ended."""
        end = time.monotonic() + timeout_s
        while not what():
            assert self.process.poll() is None, f"the program ended while waiting for {why}"
            assert time.monotonic() < end, f"waited {timeout_s} s in vain for {why}"
            time.sleep(0.1)

    def wait_for_window(self, timeout_s: float = 60.0) -> None:
        """Until the window is there; it then has the keyboard."""
        seen = ("search", "--onlyvisible", "--name", TITLE)
        self.wait_for(lambda: self._do(*seen), timeout_s, "the window")
        window = self._do(*seen).split()[0]
        self._do("windowmove", window, "0", "0")
        self._do("windowfocus", window)
        time.sleep(0.3)

    def press(self, *keys: str) -> None:
        """Real key presses, one after the other, as xdotool names them: `F3`, `ctrl+q`."""
        for key in keys:
            self._do("key", key)
            time.sleep(0.15)

    def scan(self, text: str, delay_ms: int = 4) -> None:
        """Type a text as a scanner does, with so long between two keys, and Enter at its end."""
        self._do("type", "--delay", str(delay_ms), "--args", "1", text, "key", "Return")

    def picture(self) -> ImageArray:
        """uint8 (H, W, 3) RGB: the whole screen. Source of the format: X11's XWDFile.h."""
        raw = self._framebuffer.read_bytes()
        header = struct.unpack(">25I", raw[:100])
        size, width, height, line, colours = header[0], *header[4:6], header[12], header[19]
        pixels = np.frombuffer(raw, np.uint8, line * height, size + 12 * colours)
        return pixels.reshape(height, line // 4, 4)[:, :width, 2::-1].copy()

    def _do(self, *arguments: str) -> str:
        done = subprocess.run(
            ("xdotool", *arguments), env=self._environment, capture_output=True, text=True,
            check=False, timeout=30,
        )  # fmt: skip
        return done.stdout.strip()


@contextmanager
def real_window(
    arguments: Sequence[str], folder: Path, size_px: tuple[int, int] = (1280, 720)
) -> Iterator[RealWindow]:
    """`station ARGUMENTS` in `folder`, on a screen of that size; both end with the context."""
    with ExitStack() as stack:
        screen, memory = "x".join(map(str, size_px)), folder / "framebuffer"
        memory.mkdir(parents=True)
        reader, writer = os.pipe()
        server = subprocess.Popen(
            ("Xvfb", "-displayfd", str(writer), "-screen", "0", f"{screen}x24", "-fbdir",
             str(memory), "-nolisten", "tcp"),
            pass_fds=(writer,), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        stack.callback(_end, server)
        os.close(writer)
        with os.fdopen(reader) as told:
            display = f":{told.readline().strip()}"
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        environment["XDG_STATE_HOME"] = str(folder / "account")
        environment["PYTHONPATH"] = str(Path(__file__).parent.parent)
        said = stack.enter_context((folder / "stderr.txt").open("w"))
        program = subprocess.Popen(
            (*STATION, *arguments), cwd=folder, env=environment, text=True,
            stderr=said,
        )  # fmt: skip
        stack.callback(_end, program)
        yield RealWindow(display, memory / FRAMEBUFFER, program)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
