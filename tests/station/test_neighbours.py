"""Whoever is configured is told of every verdict, and nothing that waits is thrown away."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from builders import lattice_disc, write_picture

from station.config import OutboxConfig, StationConfig
from station.domain import Decision
from station.gate.settings import GateSettings
from station.outbox.settings import WebhookSettings
from station.outcome import Outcome
from station.run import run_station
from station.sayings import Event
from station.store.store import open_store

Configure = Callable[..., StationConfig]


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A real HTTP server; its address, and what was posted to it."""
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}/hook", posted
    http.shutdown()
    http.server_close()
    thread.join()


def wait_for(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    until = time.monotonic() + limit_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    assert condition()


def test_a_webhook_has_every_verdict_in_order(
    inbox: Path, configure: Configure, server: tuple[str, list[dict[str, Any]]]
) -> None:
    url, posted = server
    for number in range(5):
        write_picture(inbox / f"{number}.png", lattice_disc((1.0, 1.0) if number == 3 else None))
    outbox = (OutboxConfig("mes", WebhookSettings(url=url)),)
    outcomes = []
    stop = threading.Event()
    for outcome in run_station(configure(outbox=outbox, once=False), stop):
        outcomes.append(outcome.record)
        if len(outcomes) == 5:
            wait_for(lambda: len(posted) == 5)
            stop.set()
    assert [p["uuid"] for p in posted] == [r.uuid for r in outcomes]
    assert [p["decision"] for p in posted] == [r.decision.value for r in outcomes]
    with open_store(configure().database) as store:
        assert [(d.name, d.waiting) for d in store.outbox_state()] == [("mes", 0)]


def test_what_waits_survives_a_start_without_its_receiver(
    inbox: Path, configure: Configure, server: tuple[str, list[dict[str, Any]]]
) -> None:
    url, posted = server
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/hook"
    write_picture(inbox / "a.png", lattice_disc())
    (first,) = run(configure, outbox=(OutboxConfig("mes", WebhookSettings(url=dead)),))
    events: list[Event] = []
    write_picture(inbox / "b.png", lattice_disc())
    run(configure, on_event=events.append)
    assert any("1 results wait for mes" in event.text for event in events)
    write_picture(inbox / "c.png", lattice_disc())
    stop, outbox = threading.Event(), (OutboxConfig("mes", WebhookSettings(url=url)),)
    for _ in run_station(configure(outbox=outbox, once=False), stop):
        wait_for(lambda: len(posted) == 2)
        stop.set()
    # The second part was decided while nobody was to be told.
    assert [p["source"] for p in posted] == ["a.png", "c.png"]
    assert posted[0]["uuid"] == first.record.uuid


def run(configure: Configure, on_event: Any = None, **changes: Any) -> list[Outcome]:
    return list(run_station(configure(**changes), threading.Event(), on_event=on_event))


def test_a_gate_opens_for_a_pass_alone(inbox: Path, configure: Configure) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write_picture(inbox / "a.png", lattice_disc())
    gate = GateSettings(port=port, fresh_s=600.0)
    stop, lines, records = threading.Event(), [], []
    controller: socket.socket | None = None
    for outcome in run_station(configure(gate=gate, once=False), stop):
        records.append(outcome.record)
        if controller is None:
            controller = socket.create_connection(("127.0.0.1", port), timeout=10)
            reader = controller.makefile("r")
            lines += [reader.readline(), reader.readline()]
            write_picture(inbox / "b.png", lattice_disc((1.0, 1.0)))
        elif len(records) == 2:
            write_picture(inbox / "c.png", lattice_disc())
        else:
            stop.set()
    assert controller is not None
    lines += reader.readlines()
    reader.close()
    controller.close()
    said = [line.split()[:2] for line in lines if line.split()[1:2] not in ([], ["-"])]
    told = [words for words in said if words[0] in ("PASS", "STOP")]
    assert ["STOP", records[1].uuid] in told
    assert ["PASS", records[2].uuid] in told
    assert [r.decision for r in records] == [Decision.PASS, Decision.REJECT, Decision.PASS]
    assert not any(w[0] == "PASS" and w[1] == records[1].uuid for w in told)
