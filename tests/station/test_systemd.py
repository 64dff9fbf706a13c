"""What systemd is told, over a real socket; the watchdog is fed by the loop alone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from receivers import wait_until

from station import systemd
from station.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


class Manager:
    """The end of the socket that systemd has."""

    def __init__(self, address: str) -> None:
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._sock.setblocking(False)

    def heard(self) -> list[str]:
        """What has come since the last look."""
        found = []
        while True:
            try:
                found.append(self._sock.recv(65536).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._sock.close()


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Manager]:
    address = f"@station-{os.getpid()}-{time.monotonic_ns()}"
    if request.param == "path":
        address = str(tmp_path / "notify")
    made = Manager(address)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    yield made
    made.close()


def test_each_notice_is_one_datagram(manager: Manager) -> None:
    assert systemd.starting_takes(90.5)
    assert systemd.ready("inspecting, größte Sorgfalt")
    assert systemd.status("12 parts")
    assert systemd.stopping()
    assert manager.heard() == [
        "EXTEND_TIMEOUT_USEC=90500000",
        "READY=1\nSTATUS=inspecting, größte Sorgfalt",
        "STATUS=12 parts",
        "STOPPING=1\nSTATUS=finishing the part in hand",
    ]


def test_a_line_break_begins_no_fact_of_its_own(manager: Manager) -> None:
    systemd.status("file\nSTOPPING=1\r\nREADY=0")
    assert manager.heard() == ["STATUS=file STOPPING=1 READY=0"]


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    assert not systemd.ready("x")
    watchdog = systemd.Watchdog()
    assert watchdog.interval_s is None
    watchdog.alive()


def test_a_socket_that_is_gone_or_full_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/notify")
    assert not systemd.ready("x")
    assert "/nowhere/notify cannot be told" in caplog.text
    monkeypatch.setenv("NOTIFY_SOCKET", "/" + "x" * 200)
    assert not systemd.ready("x")
    monkeypatch.chdir(tmp_path)
    full = Manager("notify")
    monkeypatch.setenv("NOTIFY_SOCKET", "notify")
    sent = 0
    while systemd.status("nobody reads"):  # a socket that waited would hang here
        sent += 1
    assert sent > 0
    full.close()


def test_the_watchdog_is_fed_three_times_an_interval_and_not_more(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    watchdog = systemd.Watchdog()
    assert watchdog.interval_s == 0.3
    started = time.monotonic()
    heard: list[str] = []
    while len(heard) < 6:
        watchdog.alive()
        heard += manager.heard()
        assert time.monotonic() - started < 60
    assert heard == ["WATCHDOG=1"] * 6
    # Six notices, the first at once: five thirds of an interval have gone by.
    assert time.monotonic() - started >= 0.5


def test_a_loop_that_hangs_feeds_nothing(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even while other threads of the station live."""
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    before = threading.active_count()
    watchdog = systemd.Watchdog()
    watchdog.alive()
    assert manager.heard() == ["WATCHDOG=1"]
    time.sleep(0.3)
    assert manager.heard() == []
    assert threading.active_count() == before
    watchdog.alive()
    assert manager.heard() == ["WATCHDOG=1"]


def test_a_watchdog_of_another_process_is_not_ours(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    watchdog = systemd.Watchdog()
    watchdog.alive()
    assert manager.heard() == []


@pytest.mark.parametrize("text", ["0", "-5", "soon", "1.5", "٣"])
def test_an_interval_that_is_none_is_told(
    manager: Manager, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", text)
    with pytest.raises(ConfigError, match="WATCHDOG_USEC is"):
        systemd.Watchdog()


def test_systemd_s_own_client_says_the_same(manager: Manager) -> None:
    """A second opinion on the bytes."""
    client = shutil.which("systemd-notify")
    if client is None:
        pytest.skip("no systemd-notify on this machine (Debian: apt-get install systemd)")
    done = subprocess.run([client, "--no-block", "--ready", "--status=inspecting"], check=False)
    if done.returncode != 0:
        pytest.skip("systemd-notify does not work on this machine")
    (theirs,) = manager.heard()
    systemd.ready("inspecting")
    (ours,) = manager.heard()
    assert set(ours.splitlines()) <= set(theirs.splitlines())


def test_a_unit_of_a_running_systemd_becomes_ready_and_dies_of_silence() -> None:
    runner = shutil.which("systemd-run")
    if runner is None or not Path("/run/systemd/system").exists():
        pytest.skip("systemd does not run this machine")
    program = (
        "import time; from station import systemd\n"
        "w = systemd.Watchdog(); systemd.ready('inspecting')\n"
        "until = time.monotonic() + 4\n"
        "while time.monotonic() < until: w.alive(); time.sleep(0.05)\n"
        "time.sleep(60)\n"
    )
    unit = f"station-test-{os.getpid()}"
    subprocess.run(
        [runner, f"--unit={unit}", "-p", "Type=notify", "-p", "WatchdogSec=1",
         f"--working-directory={ROOT}", sys.executable, "-c", program],
        check=True,
    )  # fmt: skip

    def shown(what: str) -> str:
        words = ["systemctl", "show", unit, f"--property={what}", "--value"]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    try:
        wait_until(lambda: shown("ActiveState") == "active")
        assert shown("StatusText") == "inspecting"
        wait_until(lambda: shown("Result") == "watchdog")
    finally:
        subprocess.run(["systemctl", "reset-failed", unit], check=False)
