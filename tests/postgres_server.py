"""A PostgreSQL server of the tests' own: started from Debian's package, gone with the folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

USERS = ("postgres", "nobody")
"""Whoever of them is here runs the server: it refuses root."""


def binaries() -> Path:
    """Where the server's programs lie. Skips the test where they, or the driver, are missing."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL refuses root, and setpriv, which lends another user, is missing")
    return found[-1].parent


@contextmanager
def running_postgres() -> Generator[str, None, None]:
    """The URL of a server that listens on a socket of its own, less the database's name at `{}`."""
    programs = binaries()
    # Not in pytest's folder: others may not look into it, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.chmod(0o755)
    data, sockets = folder / "data", folder / "s"
    for place in (data, sockets):
        place.mkdir(mode=0o700)
    as_user: list[str] = []
    if os.geteuid() == 0:
        user = next(name for name in USERS if _exists(name))
        for place in (data, sockets):
            shutil.chown(place, user)
        as_user = ["setpriv", "--reuid", user, "--clear-groups", "--inh-caps=-all"]
    try:
        init = [programs / "initdb", "-D", data, "-U", "station", "-A", "trust", "-E", "UTF8"]
        _run([*as_user, *init, "--no-sync", "--locale=C.UTF-8"], folder)
        options = ["-k", sockets, "-c", "listen_addresses=", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*map(str, [*as_user, programs / "postgres", "-D", data, *options])],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
            )
        try:
            ready = [programs / "pg_isready", "-h", sockets, "-U", "station", "-t", "1"]
            while subprocess.run([*map(str, ready)], capture_output=True, check=False).returncode:
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
            yield f"postgresql+psycopg://station@/{{}}?host={sockets}"
        finally:
            server.send_signal(signal.SIGINT)  # does not wait for whoever is still connected
            server.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _exists(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _run(command: list[object], cwd: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
