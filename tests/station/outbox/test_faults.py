"""Delivery through the faults of its own house: the database, who listens, kills at any time."""

from __future__ import annotations

import logging
import random
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from builders import a_record
from outboxes import Outbox
from receivers import Answer, free_port, receiver, wait_until

from station.outbox.deliver import Delivery
from station.outbox.destinations import open_destination
from station.outbox.payload import payload_of
from station.outbox.settings import DeliverySettings, WebhookSettings
from station.store.store import open_store

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from station.outbox.deliver import Delivery
from station.outbox.destinations import open_destination
from station.outbox.settings import WebhookSettings
from station.store.store import open_store

store = open_store(sys.argv[1])
to = open_destination(WebhookSettings(sys.argv[2]), "bench-1")
with Delivery(store, "mes", to, lambda *_: None, poll_s=0.05):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_at_random_instants_nothing_is_lost_and_the_order_holds(
    outbox: Outbox, kills: int
) -> None:
    """New results come all the while, from another process."""
    chance = random.Random(kills)
    done = threading.Event()

    def inspect() -> None:
        while not done.is_set():
            outbox.add(1)
            time.sleep(0.02)

    inspecting = threading.Thread(target=inspect)
    with receiver() as server:
        inspecting.start()
        for _ in range(kills):
            words = [sys.executable, "-c", PROGRAM, str(outbox.path), server.url]
            with subprocess.Popen(
                words, stdout=subprocess.PIPE, stdin=subprocess.PIPE
            ) as delivering:
                assert delivering.stdout is not None
                assert delivering.stdout.readline() == b"ready\n"
                time.sleep(chance.uniform(0.0, 0.15))
                delivering.kill()
        done.set()
        inspecting.join()
        with outbox.delivered_to(WebhookSettings(server.url)):
            wait_until(lambda: outbox.waiting == 0, timeout_s=300)
    uuids = [post.uuid for post in server.posts]
    assert list(dict.fromkeys(uuids)) == outbox.uuids
    bodies = {post.key: post.body for post in server.posts}
    assert len(bodies) == len(outbox.uuids)
    assert all(post.body == bodies[post.key] for post in server.posts)


def test_a_destination_that_is_dead_does_not_hold_up_another(tmp_path: Path) -> None:
    dead = WebhookSettings(f"http://127.0.0.1:{free_port()}/", timeout_s=0.5)
    with open_store(str(tmp_path / "x.db")) as store, receiver() as server:
        store.outbox_destinations("erp", "mes")
        records = [a_record(uuid=f"{n:036d}") for n in range(30)]
        store.add(*records, outbox=payload_of)
        to_dead = open_destination(dead, "b")
        to_live = open_destination(WebhookSettings(server.url), "b")
        with (
            Delivery(store, "erp", to_dead, lambda *_: None),
            Delivery(store, "mes", to_live, lambda *_: None),
        ):
            wait_until(lambda: len(server.taken) == 30)
            wait_until(lambda: store.outbox_state()[1].waiting == 0)
        assert store.outbox_state()[0].waiting == 30
    assert [post.uuid for post in server.posts] == [record.uuid for record in records]


def test_a_nudge_wakes_at_once_what_would_look_in_an_hour(outbox: Outbox) -> None:
    with receiver() as server:
        to = open_destination(WebhookSettings(server.url), "b")
        with Delivery(outbox.store, "mes", to, lambda *_: None, poll_s=3600.0) as delivery:
            time.sleep(0.2)
            for number in range(3):
                outbox.add(1)
                delivery.nudge()
                wait_until(lambda n=number: len(server.taken) == n + 1)


def test_a_nudge_does_not_cut_a_failure_s_wait_short(outbox: Outbox) -> None:
    """Else every part would be an attempt, and there would be no back-off while work goes on."""
    patient = DeliverySettings(first_retry_s=300.0, longest_retry_s=300.0)
    with (
        receiver(lambda *_: Answer(500)) as server,
        outbox.delivered_to(WebhookSettings(server.url), patient) as delivery,
    ):
        for _ in range(20):
            outbox.add(1)
            delivery.nudge()
            time.sleep(0.01)
        wait_until(lambda: server.posts)
        time.sleep(0.2)
    assert len(server.posts) == 1


def test_the_wait_doubles_to_its_limit(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    outbox.add(1)
    settings = DeliverySettings(first_retry_s=0.01, longest_retry_s=0.16, alarm_after=100)
    with (
        caplog.at_level(logging.INFO, "station.outbox"),
        receiver(lambda *_: Answer(500)) as server,
        outbox.delivered_to(WebhookSettings(server.url), settings),
    ):
        wait_until(lambda: len(server.posts) >= 9)
    waits = [r.args[2] for r in caplog.records if r.msg.startswith("outbox %s: %s; again")]
    for number, wait_s in enumerate(waits):
        wanted_s = min(0.01 * 2**number, 0.16)
        assert 0.8 * wanted_s <= float(wait_s) <= 1.2 * wanted_s
    assert len(set(waits[5:])) > 1  # give or take a fifth, at random


def test_a_database_that_is_locked_delays_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    quick = DeliverySettings(first_retry_s=0.02, longest_retry_s=0.1, alarm_after=3)
    told: list[str] = []
    with open_store(str(path), busy_timeout_s=0.05) as store, receiver() as server:
        store.outbox_destinations("mes")
        store.add(a_record(uuid="a"), a_record(uuid="b"), outbox=payload_of)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        to = open_destination(WebhookSettings(server.url), "b")
        with Delivery(store, "mes", to, lambda kind, _: told.append(kind), quick, poll_s=0.05):
            # Sent, but it cannot be marked: so it comes again, under the same key.
            wait_until(lambda: len(server.taken) >= 6)
            wait_until(lambda: told == ["outbox_failing"])
            other.execute("COMMIT")
            other.close()
            wait_until(lambda: store.outbox_state()[0].waiting == 0)
            wait_until(lambda: told == ["outbox_failing", "outbox_back"])
    assert [p.uuid for p in server.taken][-2:] == ["a", "b"]
    assert {p.key for p in server.taken} == {"inspection:a", "inspection:b"}


def test_a_listener_that_fails_does_not_stop_the_line(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.add(2)

    def deaf(kind: str, text: str) -> None:
        raise RuntimeError("nobody there")

    quick = DeliverySettings(first_retry_s=0.01, longest_retry_s=0.02, alarm_after=1)
    with receiver(lambda _, number: Answer(500 if number < 4 else 200)) as server:
        to = open_destination(WebhookSettings(server.url), "b")
        with Delivery(outbox.store, "mes", to, deaf, quick):
            wait_until(lambda: outbox.waiting == 0)
    assert "nobody could be told" in caplog.text


def test_a_fault_of_the_destination_s_own_is_told_and_tried_again(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception that nobody thought of ends neither the thread nor the message."""

    class Odd:
        def __init__(self) -> None:
            self.calls = 0
            self.is_closed = False

        def deliver(self, message: object) -> None:
            self.calls += 1
            if self.calls < 4:
                raise ZeroDivisionError("never thought of")

        def idle(self) -> None: ...

        def close(self) -> None:
            self.is_closed = True

    odd = Odd()
    outbox.add(1)
    quick = DeliverySettings(first_retry_s=0.01, longest_retry_s=0.02)
    with Delivery(outbox.store, "mes", odd, lambda *_: None, quick):
        wait_until(lambda: outbox.waiting == 0)
    assert odd.calls == 4
    assert odd.is_closed
    assert "never thought of" in caplog.text


def test_results_that_were_written_before_the_destination_was_known_are_not_told(
    tmp_path: Path,
) -> None:
    with open_store(str(tmp_path / "x.db")) as store, receiver() as server:
        store.add(a_record(uuid="old"), outbox=payload_of)
        store.outbox_destinations("mes")
        store.add(a_record(uuid="new"), outbox=payload_of)
        to = open_destination(WebhookSettings(server.url), "b")
        with Delivery(store, "mes", to, lambda *_: None):
            wait_until(lambda: store.outbox_state()[0].waiting == 0)
    assert [post.uuid for post in server.posts] == ["new"]
