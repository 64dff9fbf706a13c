"""A bare Debian in a folder, booted: systemd is its process 1, and it has no network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from installing import call
from receivers import wait_until

SUITE = "bookworm"
"""Its Python is 3.11."""
PACKAGES = "systemd,systemd-sysv,dbus,udev,python3,python3-venv"
TOOLS = ("debootstrap", "systemd-nspawn", "nsenter")


def bare_debian(folder: Path) -> Path:
    """Make one, in about a minute; skips where the tools, the rights or the mirror are missing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: apt-get install debootstrap systemd-container")
    if os.geteuid() != 0:
        pytest.skip("only root may make a Debian in a folder, and boot it")
    done = call(
        "debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, folder, timeout_s=600
    )
    if done.returncode != 0:
        pytest.skip(f"no Debian could be fetched: {done.stdout[-200:]}")
    return folder


class Booted:
    """A system that runs, and a way to run commands in it."""

    def __init__(self, root: Path, leader: int) -> None:
        self.root = root
        self._leader = leader

    def run(
        self, *command: str | Path, timeout_s: float = 600.0
    ) -> subprocess.CompletedProcess[str]:
        """Run as its root, with the environment that a login there has."""
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        enter = ("nsenter", "--target", str(self._leader), "--all")
        return call(*enter, "env", "-i", path, "HOME=/root", *command, timeout_s=timeout_s)

    def said(self, *command: str | Path) -> str:
        """What a command prints, which must succeed."""
        done = self.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def unit(self, name: str, what: str) -> str:
        """A property of a unit."""
        return self.said("systemctl", "show", "--property", what, "--value", name)

    def journal(self, name: str) -> str:
        """What a unit said."""
        return self.said("journalctl", "--no-pager", "--output=cat", "--unit", name)

    def at(self, path: str) -> Path:
        """A place in it, seen from here."""
        return self.root / path.lstrip("/")


@contextmanager
def booted(root: Path, *binds: Path) -> Iterator[Booted]:
    """Boot it, with folders of this machine to be read in it; skips where no container can be."""
    options = [f"--bind-ro={bind}" for bind in binds]
    command = ("systemd-nspawn", "--directory", str(root), "--register=no", "--keep-unit")
    with (root.parent / "console.txt").open("wb") as console:
        running = subprocess.Popen(
            [*command, "--private-network", *options, "--boot"],
            stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        leader = _leader(running)
        if leader is None:
            pytest.skip(
                f"no container boots here: {(root.parent / 'console.txt').read_text()[-300:]}"
            )
        system = Booted(root, leader)
        wait_until(
            lambda: (
                system.run("systemctl", "is-system-running").stdout.strip()
                in ("running", "degraded")
            ),
            timeout_s=120.0,
        )
        yield system
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)  # as a power button
            try:
                running.wait(90)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _leader(running: subprocess.Popen[bytes]) -> int | None:
    """The process that is 1 in there."""
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    until_s = time.monotonic() + 30.0
    while time.monotonic() < until_s and running.poll() is None:
        found = children.read_text().split()
        if found:
            time.sleep(1.0)  # until it has its namespaces
            return int(found[0]) if running.poll() is None else None
        time.sleep(0.1)
    return None
