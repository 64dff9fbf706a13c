"""What a gate cannot be is refused at the start, by name."""

from __future__ import annotations

import inspect
import math
import socket
import sys
from pathlib import Path
from typing import Any

import fake_gpiod
import pytest
from receivers import free_port

from station.errors import ConfigError
from station.gate.gate import Gate
from station.gate.settings import GateSettings


def _open(**changes: Any) -> None:
    with Gate(GateSettings(**changes), lambda *_: None):
        pass


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "a gate needs gate.port"),
        ({"port": 70000}, "gate.port is 70000"),
        ({"chip": "/dev/gpiochip0"}, "Give both, or neither"),
        ({"chip": "/dev/gpiochip0", "line": -1}, "gate.line is -1"),
        ({"port": 1, "hold_ms": 0.0}, "gate.hold_ms is 0.0"),
        ({"port": 1, "hold_ms": math.nan}, "gate.hold_ms is nan"),
        ({"port": 1, "heartbeat_s": -1.0}, "gate.heartbeat_s is -1.0"),
        ({"port": 1, "hold_ms": 10.0, "gap_ms": 10.0}, "less than gate.hold_ms"),
    ],
)
def test_impossible_settings_are_refused_by_name(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        GateSettings(**fields)
    assert says in str(caught.value)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} .*give another gate.port"):
            _open(port=port)
    with pytest.raises(ConfigError, match=r"Give an address of this machine as gate.host"):
        _open(port=free_port(), host="192.0.2.1")


@pytest.mark.parametrize(
    ("chip", "line", "says"),
    [
        ("/dev/gpiochip7", 1, "No such file"),
        ("/dev/gpiochip0", 99, "line 99 not found"),
        ("/dev/gpiochip0", 17, "busy"),
    ],
)
def test_a_line_that_cannot_be_had_is_told(
    monkeypatch: pytest.MonkeyPatch, chip: str, line: int, says: str
) -> None:
    fake = fake_gpiod.install(monkeypatch)
    fake.is_held = line == 17
    with pytest.raises(ConfigError) as caught:
        _open(port=None, chip=chip, line=line)
    assert says in str(caught.value)
    assert "gpioinfo" in str(caught.value)


def test_without_gpiod_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(ConfigError, match=r"scaffold-station\[gpio\]"):
        _open(port=None, chip="/dev/gpiochip0", line=1)


def test_the_fake_line_is_asked_as_the_real_one_wants() -> None:
    gpiod = pytest.importorskip("gpiod", reason="gpiod is not installed")
    wanted = {"direction": 0, "active_low": False, "output_value": 0}
    inspect.signature(gpiod.LineSettings).bind(**wanted)
    inspect.signature(gpiod.request_lines).bind("/dev/gpiochip0", consumer="x", config={1: None})
    inspect.signature(gpiod.LineRequest.set_value).bind(object(), "GATE", gpiod.line.Value.ACTIVE)
    assert callable(gpiod.LineRequest.release)
    assert gpiod.line.Direction.OUTPUT
    assert gpiod.line.Value.INACTIVE.value == 0


def test_the_real_gpiod_s_errors_are_told() -> None:
    """Not executed anywhere yet: a real chip. This machine has none, and that is an error too."""
    pytest.importorskip("gpiod", reason="gpiod is not installed")
    if not Path("/dev/gpiochip9").exists():
        with pytest.raises(ConfigError, match=r"output line 3 of /dev/gpiochip9 cannot be had"):
            _open(port=None, chip="/dev/gpiochip9", line=3)
