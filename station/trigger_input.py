"""Presses from outside: lines on a socket or on standard input, an electrical edge, a key."""

from __future__ import annotations

import logging
import socket
import socketserver
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import IO

from station.errors import ConfigError
from station.trigger.external import SERIAL_MOST, read_line
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Press

log = logging.getLogger(__name__)
MOST_WAITING = 1000
"""Presses that wait to be taken; with more the machine is told so, and none is dropped unsaid."""
LOOK_S = 0.2
LINE_MOST = 4 * SERIAL_MOST + 2
"""Bytes of a line."""


@contextmanager
def presses_from(
    settings: TriggerSettings, pressed: PressQueue | None = None
) -> Iterator[PressQueue]:
    """All that the settings name, into one queue.

    pressed: the queue, where somebody else presses it, too: a window's key. Raises ConfigError for
    an address or a line that cannot be had.
    """
    given = (settings.listen_port, settings.gpio_chip, settings.stdin or None)
    if settings.is_asked and given == (None, None, None) and pressed is None:
        raise ConfigError(
            "trigger.mode is {mode!r}, and nobody can say that a part is there. Give "
            "trigger.listen_port, trigger.stdin or trigger.gpio_chip.",
            mode=settings.mode,
        )
    queue = PressQueue() if pressed is None else pressed
    with ExitStack() as stack:
        if settings.listen_port is not None:
            port = stack.enter_context(
                lines_from_tcp(settings.listen_host, settings.listen_port, queue)
            )
            log.info("a line to %s port %d triggers", settings.listen_host, port)
        if settings.gpio_chip is not None and settings.gpio_line is not None:
            stack.enter_context(edges_from_gpio(settings.gpio_chip, settings.gpio_line, queue))
        if settings.stdin:
            lines_from_stream(sys.stdin.buffer, queue)
        yield queue


class PressQueue:
    """Presses in the order in which they came, from any thread."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._presses: deque[Press] = deque()

    def press(self, serial: str | None = None) -> bool:
        """Somebody says that a part is there; False where too many wait already."""
        if len(self._presses) >= MOST_WAITING:
            log.error("%d presses wait already; one more is refused", MOST_WAITING)
            return False
        self._presses.append(Press(serial, self._clock_s()))
        return True

    def __call__(self) -> Press | None:
        """The next press, or None."""
        try:
            return self._presses.popleft()
        except IndexError:
            return None

    def take(self, line: bytes) -> str:
        """A machine's line: the answer to it, `OK` or `ERROR` with the reason."""
        try:
            serial = read_line(line)
        except ValueError as error:
            log.warning("a trigger line was refused: %s", error)
            return f"ERROR {error}"
        if not self.press(serial):
            return f"ERROR {MOST_WAITING} parts wait already; is the camera lost?"
        return "OK" if serial is None else f"OK {serial}"


class _Lines(socketserver.StreamRequestHandler):
    """One machine's connection: each line is answered by one."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        while line := self.rfile.readline(LINE_MOST + 1):
            if len(line) > LINE_MOST:
                answer = f"ERROR the line is longer than {LINE_MOST} bytes; expected a serial"
                self.wfile.write(f"{answer}\n".encode())
                return
            self.wfile.write(f"{server.queue.take(line)}\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, queue: PressQueue) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Lines)
        self.queue = queue

    def handle_error(self, request: object, client_address: object) -> None:
        del request
        log.warning("the trigger connection from %s broke", client_address, exc_info=True)


@contextmanager
def lines_from_tcp(host: str, port: int, queue: PressQueue) -> Iterator[int]:
    """Listen for machines; gives the port, which for port 0 the system chooses.

    Each line is a part: its serial, or empty. It is answered with `OK`, `OK SERIAL` or
    `ERROR reason`. Raises ConfigError where the address cannot be listened on.
    """
    try:
        server = _Server(host, port, queue)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            "trigger cannot listen on {host} port {port} ({error}). Choose a free port of "
            "this machine.",
            host=host,
            port=port,
            error=error,
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_S,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def lines_from_stream(stream: IO[bytes], queue: PressQueue) -> threading.Thread:
    """Read lines, such as those of standard input, in a thread until they end."""

    def read() -> None:
        for line in iter(lambda: stream.readline(LINE_MOST), b""):
            answer = queue.take(line)
            if answer.startswith("ERROR"):
                log.error("standard input: %s", answer)

    thread = threading.Thread(target=read, name="trigger-lines", daemon=True)
    thread.start()
    return thread


@contextmanager
def edges_from_gpio(
    chip: str, line: int, queue: PressQueue, debounce_s: float = 0.005
) -> Iterator[None]:
    """Each rising edge on a GPIO line, such as a light barrier's on a Jetson, is a part.

    chip: such as /dev/gpiochip0. Raises ConfigError without the library or the line.
    """
    try:
        import gpiod  # libgpiod's own bindings; only where there is such a line
    except ImportError as error:
        raise ConfigError(
            "trigger by GPIO needs the package gpiod, which is not installed. Install it, or "
            "trigger by TCP."
        ) from error
    settings = gpiod.LineSettings(
        direction=gpiod.line.Direction.INPUT,
        edge_detection=gpiod.line.Edge.RISING,
        debounce_period=timedelta(seconds=debounce_s),
    )
    try:
        request = gpiod.request_lines(chip, consumer="station", config={line: settings})
    except (OSError, ValueError) as error:
        raise ConfigError(
            "trigger cannot use line {line} of {chip} ({error}). Check its number, and "
            "that this user may open it.",
            line=line,
            chip=chip,
            error=error,
        ) from error
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            if request.wait_edge_events(timedelta(seconds=LOOK_S)):
                for _ in request.read_edge_events():
                    queue.press()

    thread = threading.Thread(target=read, name="trigger-gpio", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        request.release()
