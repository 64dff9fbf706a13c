"""Draws docs/screens/: every page of the real window, in both languages. Run by `make screens`.

The bench is the simulated one with the demo bundle; the window runs on a display of its own, and
is driven by real keys.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import cv2
from real_window import RealWindow, missing, real_window

from engines.prediction import ImageArray
from station.domain import Decision
from station.drawing.signs import SIGNS
from station.first_run import DEMO_BUNDLE
from station.store.store import open_store

PAGES = {
    "live": "F1", "decide": "F2", "history": "F3", "yield": "F4", "model": "F5", "learn": "F6",
    "shift": "F7", "settings": "F8",
}  # fmt: skip
PARTS = 48
JPEG_QUALITY = 88
SETTLE_S = 4.0
"""A page asks the database, and draws."""
TOML = """\
[station]
name = "bench-1"
bundle = "{bundle}"
out = "results"
camera = "sim:?rate=30&fps=20&size=960x720&seed=4"
lot = "L-2026-47"
operator = "ada"

[window]
theme = "{theme}"
"""


def main() -> int:
    """Draw them all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, metavar="DIR", help="where the pictures go")
    parser.add_argument("--size", default="1280x720", metavar="WxH", help="of the window")
    parser.add_argument("--theme", default="dark", choices=("dark", "light"))
    parser.add_argument("--parts", type=int, default=PARTS, metavar="N", help="inspected before")
    given = parser.parse_args()
    if missing():
        lacks = ", ".join(missing())
        sys.stderr.write(f"not installed: {lacks}. Run CI=true deploy/system-packages.sh\n")
        return 2
    given.out.mkdir(parents=True, exist_ok=True)
    width, height = (int(side) for side in given.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        bench = Path(folder)
        toml = TOML.format(bundle=DEMO_BUNDLE, theme=given.theme)
        (bench / "station.toml").write_text(toml, encoding="utf-8")
        with real_window(("run",), bench / "first", (width, height)) as window:
            window.wait_for_window()
            time.sleep(SETTLE_S)
            _draw(window, given.out / "welcome-en.jpg")
            window.press("ctrl+shift+l")
            time.sleep(1.0)
            _draw(window, given.out / "welcome-ko.jpg")
        arguments = ("run", "--config", str(bench / "station.toml"))
        with real_window(arguments, bench / "second", (width, height)) as window:
            _draw_pages(window, bench / "results" / "inspections.db", given.out, given.parts)
    return 0


def _draw_pages(window: RealWindow, database: Path, out: Path, parts: int) -> None:
    window.wait_for_window()
    window.wait_for(lambda: _decided(database) >= parts, 1200, f"{parts} parts")
    for language in ("en", "ko"):
        for page, key in PAGES.items():
            window.press(key)
            time.sleep(SETTLE_S)
            picture = _reject_in_sight(window) if page == "live" else window.picture()
            _write(picture, out / f"{page}-{language}.jpg")
        window.press("F1", "question")
        time.sleep(1.0)
        _draw(window, out / f"keys-{language}.jpg")
        window.press("Escape", "ctrl+shift+l")
        time.sleep(1.0)
    window.press("ctrl+q")
    window.process.wait(60)


def _reject_in_sight(window: RealWindow) -> ImageArray:
    """In the banner, and around a part that still lies there: it is gone a moment later."""
    seen: list[ImageArray] = []

    def look() -> bool:
        seen[:] = [window.picture()]
        red = (seen[0] == SIGNS[Decision.REJECT].colour_rgb).all(axis=2)
        width = red.shape[1]
        return bool(red.mean() > 0.15 and red[:, width // 10 : width // 2].sum() > 2000)

    window.wait_for(look, 240, "a reject in sight")
    return seen[0]


def _decided(database: Path) -> int:
    if not database.is_file():
        return 0
    with open_store(str(database)) as store:
        return len(store.records())


def _draw(window: RealWindow, path: Path) -> None:
    _write(window.picture(), path)


def _write(picture: ImageArray, path: Path) -> None:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert ok
    path.write_bytes(data.tobytes())
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    sys.exit(main())
