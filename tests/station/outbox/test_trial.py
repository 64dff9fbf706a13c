"""A receiver is tried with a message that nobody can take for a verdict."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from station.errors import ConfigError, StationError
from station.outbox.settings import MqttSettings, WebhookSettings
from station.outbox.trial import send_trial


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append(body)  # type: ignore[attr-defined]
        self.send_response(self.server.answer)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    running = HTTPServer(("127.0.0.1", 0), _Receiver)
    running.got, running.answer = [], 204  # type: ignore[attr-defined]
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def test_the_message_says_that_it_is_a_test(server: HTTPServer) -> None:
    to = WebhookSettings(url=f"http://127.0.0.1:{server.server_port}/x")
    uuid = send_trial(to, "bench-1")
    (body,) = server.got  # type: ignore[attr-defined]
    assert (body["kind"], body["uuid"], body["station"]) == ("test", uuid, "bench-1")
    assert "verdict" not in body and "decision" not in body


def test_what_the_receiver_says_against_it_is_told(server: HTTPServer) -> None:
    server.answer = 401  # type: ignore[attr-defined]
    to = WebhookSettings(url=f"http://127.0.0.1:{server.server_port}/x")
    with pytest.raises(StationError, match=r"did not get through: .*401"):
        send_trial(to, "bench-1")


def test_a_broker_that_is_not_there_and_a_secret_that_is_not_set_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(StationError, match="did not get through"):
        send_trial(MqttSettings("127.0.0.1", port=9, timeout_s=1.0), "bench-1")
    monkeypatch.delenv("NO_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="NO_TOKEN"):
        send_trial(WebhookSettings(url="https://127.0.0.1/x", token_env="NO_TOKEN"), "bench-1")
