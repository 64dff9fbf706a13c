"""Machines speak over real sockets and pipes; each line is a press, and is answered."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from station.errors import ConfigError
from station.trigger_input import (
    MOST_WAITING,
    PressQueue,
    edges_from_gpio,
    lines_from_stream,
    lines_from_tcp,
)


def serials(queue: PressQueue) -> list[str | None]:
    taken = []
    while (press := queue()) is not None:
        taken.append(press.serial)
    return taken


def test_lines_over_tcp_become_presses_in_order() -> None:
    queue = PressQueue()
    with (
        lines_from_tcp("127.0.0.1", 0, queue) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as machine,
        machine.makefile("rb") as answers,
    ):
        machine.sendall(b"S1\n\nS2\r\n\xff\nS3\n")
        got = [answers.readline().decode().strip() for _ in range(5)]
        assert got[:3] == ["OK S1", "OK", "OK S2"]
        assert got[3].startswith("ERROR the line is not UTF-8")
        assert got[4] == "OK S3"
    assert serials(queue) == ["S1", None, "S2", "S3"]


def test_several_machines_at_once_lose_nothing() -> None:
    queue = PressQueue()

    def send(port: int, name: str) -> None:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as machine,
            machine.makefile("rb") as answers,
        ):
            for i in range(50):
                machine.sendall(f"{name}{i}\n".encode())
                assert answers.readline() == f"OK {name}{i}\n".encode()

    with lines_from_tcp("127.0.0.1", 0, queue) as port:
        machines = [threading.Thread(target=send, args=(port, name)) for name in "abc"]
        for machine in machines:
            machine.start()
        for machine in machines:
            machine.join()
    assert sorted(str(s) for s in serials(queue)) == sorted(
        f"{n}{i}" for n in "abc" for i in range(50)
    )


def test_a_line_without_end_is_refused() -> None:
    queue = PressQueue()
    with (
        lines_from_tcp("127.0.0.1", 0, queue) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as machine,
        machine.makefile("rb") as answers,
    ):
        machine.sendall(b"x" * 2000)
        assert answers.readline().startswith(b"ERROR the line is longer than")
    assert serials(queue) == []


def test_a_port_that_is_taken_is_told() -> None:
    with lines_from_tcp("127.0.0.1", 0, PressQueue()) as port:
        second = PressQueue()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=f"port {taken}"),
            lines_from_tcp("127.0.0.1", taken, second),
        ):
            pass
        listener.close()
        assert port != taken


def test_lines_of_a_pipe_become_presses() -> None:
    queue = PressQueue()
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        thread = lines_from_stream(stream, queue)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(b"S1\n\nS2\n")
        thread.join(5)
        assert not thread.is_alive()
    assert serials(queue) == ["S1", None, "S2"]


def test_too_many_waiting_presses_are_refused_aloud() -> None:
    queue = PressQueue()
    assert all(queue.press() for _ in range(MOST_WAITING))
    assert queue.take(b"one more\n").startswith(f"ERROR {MOST_WAITING} parts wait already")
    assert len(serials(queue)) == MOST_WAITING


def test_a_gpio_line_that_is_not_there_is_told() -> None:
    pytest.importorskip("gpiod", reason="gpiod is not installed: no GPIO on this machine")
    with (
        pytest.raises(ConfigError, match="line 7 of /dev/no-such-chip"),
        edges_from_gpio("/dev/no-such-chip", 7, PressQueue()),
    ):
        pass
