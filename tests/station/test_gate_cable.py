"""A cable that is pulled: what was said meanwhile must not open the way when it is back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = f"""
import subprocess, sys, time
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}, {str(ROOT / "tests/station")!r}]
from receivers import wait_until
from test_gate import Controller, Decision, decided, gate

def cable(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)

cable("up")
with gate(heartbeat_s=0.2) as opened, Controller(opened.port) as plc:
    opened.tell(decided(Decision.REJECT))
    wait_until(lambda: len(plc.lines) == 3)
    cable("down")
    opened.tell(decided(Decision.PASS))
    # Half a second of silence later nobody is there for the gate any more.
    wait_until(lambda: not opened._server._controllers)
    time.sleep(0.5)
    cable("up")
    with Controller(opened.port) as again:
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: again.is_open)
        # Time for the kernel to send what it may still hold for the first connection.
        time.sleep(2.0)
        assert not any(line.startswith("PASS") for line in plc.lines), plc.lines
        assert again.is_open
print("held")
"""


def test_a_pass_that_was_said_while_the_cable_was_out_never_arrives() -> None:
    """In a network of its own, whose only link is taken down and up again."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("no unshare or ip on this machine (Debian: util-linux, iproute2)")
    may = subprocess.run(
        ["unshare", "-n", "ip", "link", "set", "lo", "up"], check=False, capture_output=True
    )
    if may.returncode != 0:
        pytest.skip("this user may not make a network of its own")
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", PROGRAM],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "held\n"), done.stderr
