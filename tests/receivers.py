"""Those who take the station's results: a real HTTP server, and a real MQTT broker."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


@dataclass(frozen=True)
class Post:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def uuid(self) -> str:
        return str(json.loads(self.body)["uuid"])

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


@dataclass
class Answer:
    """What the server says to a request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    after_s: float = 0.0
    hang_up: bool = False


class _Server(ThreadingHTTPServer):
    """Dies with its connections, as a killed process does."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._open: list[socket.socket] = []
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """Those who leave early are part of the tests."""


class Receiver:
    """A server that keeps every request, and answers each as `answer` says."""

    def __init__(
        self,
        port: int,
        answer: Callable[[Post, int], Answer],
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self.posts: list[Post] = []
        """All that came, refused ones too."""
        self.taken: list[Post] = []
        """Those answered with 2xx."""
        self._answer = answer
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self.port = self._server.server_address[1]
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}/results"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                body = self.rfile.read(size)
                if len(body) < size:  # the sender died in the middle: no request at all
                    self.close_connection = True
                    return
                post = Post(dict(self.headers.items()), body, self.path)
                with receiver._lock:
                    receiver.posts.append(post)
                    answer = receiver._answer(post, len(receiver.posts))
                    if answer.status < 300 and not answer.hang_up:
                        receiver.taken.append(post)
                time.sleep(answer.after_s)
                if answer.hang_up:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()


def receiver(
    answer: Callable[[Post, int], Answer] | None = None,
    port: int = 0,
    tls: tuple[Path, Path] | None = None,
) -> Receiver:
    """A server on this machine; by default it takes everything."""
    return Receiver(port, answer or (lambda *_: Answer()), tls)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A new certificate for 127.0.0.1, signed by itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on this machine to make a certificate with")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def in_turn(answers: Sequence[Answer]) -> Callable[[Post, int], Answer]:
    """These answers one after the other, then 200."""
    return lambda _, number: answers[number - 1] if number <= len(answers) else Answer()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: Callable[[], Any], timeout_s: float = 60.0) -> None:
    """Wait for something to become true; fails the test when it does not."""
    until = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


class Broker:
    """A mosquitto of the test's own, that can be killed and started again."""

    def __init__(self, folder: Path, *lines: str, port: int | None = None) -> None:
        if MOSQUITTO is None:
            pytest.skip("no mosquitto on this machine (Debian: apt-get install mosquitto)")
        self.port = port or free_port()
        self._conf = folder / "mosquitto.conf"
        text = [f"listener {self.port} 127.0.0.1", f"persistence_location {folder}/", *lines]
        if not any(line.startswith("allow_anonymous") for line in lines):
            text.append("allow_anonymous true")
        # Started by root, it would drop its rights and could not read the test's files.
        text += ["user root", "set_tcp_nodelay true"]
        self._conf.write_text("\n".join(text) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._listens)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def broker(folder: Path, *lines: str) -> Iterator[Broker]:
    """A running mosquitto; skips the test where there is none."""
    running = Broker(folder, *lines)
    running.start()
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


class Subscriber:
    """Someone who listens to a broker, and connects again by itself."""

    def __init__(self, port: int, topic: str = "#") -> None:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        self.heard: list[tuple[str, bytes, bool]] = []
        """Topic, payload, whether it was a retained one."""
        self.is_ready = threading.Event()
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.reconnect_delay_set(0.05, 0.1)
        client.on_connect = lambda c, *_: c.subscribe(topic, qos=1)
        client.on_subscribe = lambda *_: self.is_ready.set()
        client.on_disconnect = lambda *_: self.is_ready.clear()
        client.on_message = lambda _, __, m: self.heard.append((m.topic, m.payload, m.retain))
        client.connect("127.0.0.1", port)
        self._client = client

    def of(self, topic: str) -> list[bytes]:
        return [payload for name, payload, _ in self.heard if name == topic]

    def __enter__(self) -> Subscriber:
        self._client.loop_start()
        assert self.is_ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
