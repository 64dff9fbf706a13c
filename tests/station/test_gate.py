"""The gate opens for a part that passed, and for nothing else, whatever goes wrong."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import fake_gpiod
import pytest
from builders import a_record
from receivers import wait_until

from station.domain import Decision, Record
from station.gate.gate import Gate
from station.gate.settings import GateSettings

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = itertools.count()


def decided(decision: Decision, *, age_s: float = 0.0, uuid: str | None = None) -> Record:
    at = datetime.now(timezone.utc) - timedelta(seconds=age_s)
    return a_record(
        uuid=uuid or f"{next(NUMBERS):08d}", decision=decision, captured_at=at, decided_at=at
    )


class Controller:
    """A PLC: connects, and keeps what it hears with the time."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[float, str]] = []
        self.is_gone = threading.Event()
        self._sock = socket.create_connection(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._sock.makefile("r", encoding="ascii", newline="\n") as lines:
            try:
                for line in lines:
                    assert line.endswith("\n")
                    self.heard.append((time.monotonic(), line[:-1]))
            except OSError:
                pass
        self.is_gone.set()

    @property
    def lines(self) -> list[str]:
        """What was heard, without the heartbeat."""
        return [line for _, line in self.heard if line != "BEAT"]

    @property
    def is_open(self) -> bool:
        """What a controller makes of it that obeys the protocol."""
        return bool(self.lines) and self.lines[-1].startswith("PASS ") and not self.is_gone.is_set()

    def __enter__(self) -> Controller:
        wait_until(lambda: self.lines[:2] == ["HELLO 1", "STOP - START"])
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._sock.close()


@contextmanager
def gate(alarms: list[str] | None = None, **changes: Any) -> Iterator[Gate]:
    values = {"port": 0, "hold_ms": 60_000.0, "heartbeat_s": 0.05, **changes}
    told = [] if alarms is None else alarms
    with Gate(GateSettings(**values), lambda _, text: told.append(text)) as opened:
        yield opened


def test_each_part_is_named_with_its_decision() -> None:
    records = [decided(d) for d in (Decision.PASS, Decision.REVIEW, Decision.REJECT)]
    records += [decided(Decision.ERROR), decided(Decision.PASS)]
    with gate() as opened, Controller(opened.port or 0) as plc, Controller(opened.port or 0) as two:
        for record in records:
            opened.tell(record)
        wait_until(lambda: len(plc.lines) == 7 and len(two.lines) == 7)
        a, b, c, d, e = (record.uuid for record in records)
        assert plc.lines[2:] == [
            f"PASS {a}", f"STOP {b} REVIEW", f"STOP {c} REJECT", f"STOP {d} ERROR", f"PASS {e}",
        ]  # fmt: skip
        assert two.lines == plc.lines
        assert plc.is_open


@pytest.mark.parametrize("decision", [d for d in Decision if d is not Decision.PASS])
def test_nothing_but_a_pass_opens(decision: Decision, monkeypatch: pytest.MonkeyPatch) -> None:
    chip = fake_gpiod.install(monkeypatch)
    with gate(chip="/dev/gpiochip0", line=17) as opened, Controller(opened.port or 0) as plc:
        opened.tell(decided(decision))
        wait_until(lambda: len(plc.lines) == 3)
        assert not plc.is_open
    assert {level for _, level in chip.levels} == {False}


def test_it_beats_while_nothing_comes() -> None:
    with gate() as opened, Controller(opened.port or 0) as plc:
        wait_until(lambda: [line for _, line in plc.heard].count("BEAT") >= 5)
        assert plc.lines == ["HELLO 1", "STOP - START"]


def test_it_closes_after_the_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = fake_gpiod.install(monkeypatch)
    with (
        gate(hold_ms=100.0, chip="/dev/gpiochip0", line="GATE") as opened,
        Controller(opened.port or 0) as plc,
    ):
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: "STOP - HELD" in plc.lines)
        assert not plc.is_open
        (_, first), (up_at, up), (down_at, down) = chip.levels[:3]
    assert (first, up, down) == (False, True, False)
    assert down_at - up_at >= 0.1
    assert chip.asked["direction"] is fake_gpiod.Direction.OUTPUT
    assert (chip.asked["line"], chip.asked["active_low"]) == ("GATE", False)


def test_a_stop_takes_back_the_pass_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = fake_gpiod.install(monkeypatch)
    with gate(chip="/dev/gpiochip0", line=17) as opened, Controller(opened.port or 0) as plc:
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: chip.level)
        opened.tell(decided(Decision.REJECT))
        wait_until(lambda: not chip.level)
        wait_until(lambda: not plc.is_open)


def test_two_passes_are_two_pulses(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = fake_gpiod.install(monkeypatch)
    with gate(chip="/dev/gpiochip0", line=17, gap_ms=30.0) as opened:
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: chip.level)
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: [level for _, level in chip.levels].count(True) == 2)
        (down_at, _), (up_at, _) = chip.levels[-2:]
    assert [level for _, level in chip.levels[:4]] == [False, True, False, True]
    assert up_at - down_at >= 0.03


def test_a_part_that_has_long_gone_by_opens_nothing_and_is_told_once() -> None:
    alarms: list[str] = []
    late = [decided(Decision.PASS, age_s=60.0), decided(Decision.PASS, age_s=60.0)]
    early = decided(Decision.PASS, age_s=-60.0)  # the clock was set back in between
    fresh = decided(Decision.PASS)
    with gate(alarms) as opened, Controller(opened.port or 0) as plc:
        for record in (*late, early):
            opened.tell(record)
        wait_until(lambda: len(plc.lines) == 5)
        assert plc.lines[2:] == [f"STOP {r.uuid} LATE" for r in (*late, early)]
        assert not plc.is_open
        opened.tell(fresh)
        wait_until(lambda: plc.is_open and alarms)
    (text,) = alarms
    assert "gate.fresh_s, 5 s" in text


def test_a_listener_that_takes_long_or_fails_does_not_hold_the_beat() -> None:
    goes_on = threading.Event()

    def slow(kind: str, text: str) -> None:
        goes_on.wait(60)
        raise RuntimeError("and fails")

    settings = GateSettings(port=0, heartbeat_s=0.05, hold_ms=60_000.0)
    with Gate(settings, slow) as opened, Controller(opened.port or 0) as plc:
        opened.tell(decided(Decision.PASS, age_s=60.0))
        wait_until(lambda: len(plc.lines) == 3)
        beats = len(plc.heard)
        wait_until(lambda: len(plc.heard) >= beats + 5)
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: plc.is_open)
        goes_on.set()


def test_who_connects_later_hears_of_no_earlier_pass() -> None:
    with gate() as opened, Controller(opened.port or 0) as plc:
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: plc.is_open)
        with Controller(opened.port or 0) as late:
            assert late.lines == ["HELLO 1", "STOP - START"]
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: len([x for x in plc.lines if x.startswith("PASS")]) == 2)


def test_at_the_end_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = fake_gpiod.install(monkeypatch)
    with gate(chip="/dev/gpiochip0", line=17) as opened:
        with Controller(opened.port or 0) as plc:
            opened.tell(decided(Decision.PASS))
            wait_until(lambda: chip.level and plc.is_open)
            opened.__exit__(None, None, None)
            assert plc.is_gone.wait(30)
            assert plc.lines[-1] == "STOP - CLOSED"
        assert not chip.level
        assert not chip.is_held
        opened.tell(decided(Decision.PASS))  # too late, and harmless
        assert not chip.level


def test_a_line_that_fails_closes_the_gate_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chip = fake_gpiod.install(monkeypatch)
    alarms: list[str] = []
    monkeypatch.setattr("station.gate.gate.PAUSE_S", 0.02)
    with (
        gate(alarms, chip="/dev/gpiochip0", line=17) as opened,
        Controller(opened.port or 0) as plc,
    ):
        chip.is_broken = True
        for number in range(3):
            opened.tell(decided(Decision.PASS))
            wait_until(lambda n=number: plc.lines.count("STOP - FAULT") == n + 1)
            assert not plc.is_open
        chip.is_broken = False
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: plc.is_open and chip.level)
    assert len(alarms) == 1
    assert "Input/output error" in alarms[0]
    assert not chip.level


def test_a_killed_station_is_gone_for_the_controller() -> None:
    program = f"""
import sys, time
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}, {str(ROOT / "tests/station")!r}]
from test_gate import Decision, decided, gate
with gate() as opened:
    print(opened.port, flush=True)
    sys.stdin.readline()
    opened.tell(decided(Decision.PASS))
    time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as station:
        assert station.stdout is not None
        assert station.stdin is not None
        with Controller(int(station.stdout.readline())) as plc:
            station.stdin.write("\n")
            station.stdin.flush()
            wait_until(lambda: plc.is_open)
            station.kill()
            assert plc.is_gone.wait(30)
            assert not plc.is_open


def test_a_controller_that_does_not_read_is_hung_up_on_and_holds_nobody() -> None:
    with gate() as opened, Controller(opened.port or 0) as plc:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            deaf.connect(("127.0.0.1", opened.port or 0))
            assert opened._server is not None
            wait_until(lambda: len(opened._server._controllers) == 2)
            for _ in range(400):
                records = [decided(Decision.REJECT) for _ in range(32)]
                for record in records:
                    opened.tell(record)
                wait_until(lambda r=records[-1]: plc.lines[-1].startswith(f"STOP {r.uuid} "))
                if len(opened._server._controllers) == 1:
                    break
            else:
                pytest.fail("lines that nobody read did not end the connection")
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: plc.is_open)


def test_what_a_controller_says_is_passed_over_and_crowds_are_kept_out() -> None:
    with gate() as opened, Controller(opened.port or 0) as plc:
        plc._sock.sendall(b"PASS me\n" * 10_000)
        crowd = [socket.create_connection(("127.0.0.1", opened.port or 0)) for _ in range(12)]
        opened.tell(decided(Decision.PASS))
        wait_until(lambda: plc.is_open)
        for sock in crowd:
            sock.close()
        with Controller(opened.port or 0):
            pass


def test_telling_never_waits() -> None:
    """Also while the gate's thread does nothing at all."""
    opened = Gate(GateSettings(port=0), lambda *_: None)
    record = decided(Decision.PASS)
    for _ in range(100_000):
        opened.tell(record)
    with gate() as running, Controller(running.port or 0) as plc:
        for _ in range(20_000):
            running.tell(decided(Decision.REJECT))
        last = decided(Decision.PASS)
        running.tell(last)
        wait_until(lambda: plc.lines[-1] == f"PASS {last.uuid}")
