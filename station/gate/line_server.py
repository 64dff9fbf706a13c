"""Lines of text to every controller that is connected. Nothing here ever waits.

A controller that does not read, or whose cable is gone, is hung up on: to it that means stop.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import struct

from engines.sentence import sentence
from station.errors import ConfigError

log = logging.getLogger(__name__)
MOST = 8
"""Controllers at a time."""
BUFFER = 16384
"""Bytes that may be under way; a controller further behind would hear of parts long gone."""


class LineServer:
    """An open port with its controllers. Made by `open_server`; one thread's."""

    def __init__(
        self,
        listening: socket.socket,
        selector: selectors.BaseSelector,
        lost_after_s: float,
    ) -> None:
        self._listening = listening
        self._selector = selector
        self._lost_after_s = lost_after_s
        self._controllers: list[socket.socket] = []
        self._unsent = b""
        selector.register(listening, selectors.EVENT_READ)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listening.getsockname()[1]
        return port

    def attend(self, ready: object, welcome: bytes) -> None:
        """Let a new controller in with the welcome, or one go that hung up.

        ready: what the selector says can be read.
        """
        if ready is self._listening:
            self._accept(welcome)
            return
        for controller in tuple(self._controllers):
            if controller is ready:
                self._listen_to(controller)

    def say(self, line: bytes) -> None:
        """Have a line for all; `flush` sends it."""
        self._unsent += line

    def flush(self) -> None:
        """Send what was said to all, as one; who cannot take it at once is hung up on."""
        lines, self._unsent = self._unsent, b""
        if lines:
            for controller in tuple(self._controllers):
                self._send(controller, lines)

    def close(self) -> None:
        """Send what was said, then hang up on all."""
        self.flush()
        for controller in tuple(self._controllers):
            self._drop(controller)
        self._selector.unregister(self._listening)
        self._listening.close()

    def _accept(self, welcome: bytes) -> None:
        try:
            controller, address = self._listening.accept()
        except OSError:  # it went away before it was let in
            return
        if len(self._controllers) >= MOST:
            log.warning("gate: %s is one controller too many (%d), not let in", address[0], MOST)
            controller.close()
            return
        controller.setblocking(False)
        controller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        controller.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Else a line waits for a cable to be plugged in again, and opens the way for another.
            lost_after_ms = int(1000 * self._lost_after_s)
            controller.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, lost_after_ms)
        self._controllers.append(controller)
        self._selector.register(controller, selectors.EVENT_READ)
        self._send(controller, welcome)

    def _send(self, controller: socket.socket, lines: bytes) -> None:
        try:
            whole = controller.send(lines) == len(lines)
        except OSError:
            whole = False
        if not whole:
            log.warning("gate: a controller does not read, or is gone: hung up on it")
            # What it has not read yet must not reach it later.
            controller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._drop(controller)

    def _listen_to(self, controller: socket.socket) -> None:
        """Whatever it says is passed over; its end is noticed."""
        try:
            if controller.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(controller)

    def _drop(self, controller: socket.socket) -> None:
        self._controllers.remove(controller)
        self._selector.unregister(controller)
        controller.close()


def open_server(
    host: str, port: int, selector: selectors.BaseSelector, lost_after_s: float
) -> LineServer:
    """Listen on an address of this machine. Raises ConfigError where that cannot be.

    selector: learns of every socket to read from; `attend` reads it.
    lost_after_s: a controller whose network does not acknowledge for so long is gone.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        remedy = sentence("Give an address of this machine as gate.host.")
        if error.errno == errno.EADDRINUSE:
            remedy = sentence("Another program listens there: end it, or give another gate.port.")
        elif error.errno == errno.EACCES:
            remedy = sentence("Give a gate.port from 1024 on.")
        raise ConfigError(
            "the gate cannot listen on {host} port {port} ({strerror}). {remedy}",
            host=host,
            port=port,
            strerror=error.strerror,
            remedy=remedy,
        ) from error
    listening.setblocking(False)
    return LineServer(listening, selector, lost_after_s)
