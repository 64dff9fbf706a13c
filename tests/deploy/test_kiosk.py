"""The session of the window over the whole screen, on an X server without a screen (Xvfb)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from installing import DEPLOY, ROOT, call
from receivers import wait_until

DISPLAY = ":83"
SIZE = "1280x720"
TOOLS = ("Xvfb", "xauth", "mcookie", "xdotool")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The session beside `station`, as in a release's bin/."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}; CI's machine gets them from system-packages.sh")
    folder = tmp_path / "bin"
    folder.mkdir()
    shutil.copy(DEPLOY / "kiosk-session.sh", folder / "station-kiosk")
    station = folder / "station"
    station.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from station.cli import main\nraise SystemExit(main())\n"
    )
    station.chmod(station.stat().st_mode | stat.S_IXUSR)
    return folder


def session(programs: Path, folder: Path, config: Path, server: str) -> subprocess.Popen[bytes]:
    env = os.environ | {
        "KIOSK_SERVER": server,
        "KIOSK_DISPLAY": DISPLAY,
        "RUNTIME_DIRECTORY": str(folder),
        "HOME": str(folder),
    }
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(
            [programs / "station-kiosk", config], env=env, stdout=said, stderr=said
        )


def test_a_server_that_does_not_start_is_told(programs: Path, tmp_path: Path) -> None:
    running = session(programs, tmp_path, tmp_path / "station.toml", "/bin/false")
    assert running.wait(90) == 1
    assert "the X server did not start" in (tmp_path / "said.txt").read_text()


@pytest.mark.timeout(240)
def test_the_window_fills_the_screen_and_ends_before_its_server(
    programs: Path, tmp_path: Path
) -> None:
    config = tmp_path / "station.toml"
    bundle = ROOT / "engines" / "demo.bundle"
    config.write_text(f'[station]\nbundle = "{bundle}"\nout = "out"\ncamera = "sim:"\n')
    running = session(programs, tmp_path, config, f"Xvfb -screen 0 {SIZE}x24")
    try:
        mine = {"XAUTHORITY": str(tmp_path / "xauthority"), "DISPLAY": DISPLAY}

        def seen() -> str:
            found = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", ".", "getwindowgeometry"],
                env=os.environ | mine, capture_output=True, text=True, check=False,
            )  # fmt: skip
            return found.stdout

        wait_until(lambda: f"Geometry: {SIZE}" in seen(), timeout_s=120.0)
        assert re.search(r"Position: 0,0", seen())
        # Another user of the machine, without the cookie, does not get in.
        (tmp_path / "nothing").write_bytes(b"")
        refused = call(
            "env", f"DISPLAY={DISPLAY}", f"XAUTHORITY={tmp_path}/nothing", "xdotool", "search", "."
        )
        assert refused.returncode != 0
        assert (tmp_path / "xauthority").stat().st_mode & 0o777 == 0o600
    finally:
        running.send_signal(signal.SIGTERM)
        code = running.wait(120)
    assert code == 0, (tmp_path / "said.txt").read_text()
    assert "connection broke" not in (tmp_path / "said.txt").read_text()
    assert not Path(f"/tmp/.X11-unix/X{DISPLAY[1:]}").exists()
