"""Each result is there, in order, whatever the receiver does."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from outboxes import Outbox
from receivers import Answer, Post, free_port, in_turn, receiver, wait_until

from station.outbox.settings import DeliverySettings, WebhookSettings

ROOT = Path(__file__).resolve().parents[3]


def firsts(posts: list[Post]) -> list[str]:
    """Uuids in the order in which each came for the first time."""
    return list(dict.fromkeys(post.uuid for post in posts))


def test_every_result_arrives_once_and_in_order(outbox: Outbox) -> None:
    outbox.add(3)
    with receiver() as server, outbox.delivered_to(WebhookSettings(server.url)) as delivery:
        wait_until(lambda: len(server.taken) == 3)
        outbox.add(50)
        delivery.nudge()
        wait_until(lambda: outbox.waiting == 0)
    assert [post.uuid for post in server.posts] == outbox.uuids
    assert [post.key for post in server.posts] == [f"inspection:{u}" for u in outbox.uuids]
    assert {post.path for post in server.posts} == {"/results"}
    assert server.posts[0].headers["Content-Type"] == "application/json"
    assert outbox.told == []


def test_a_server_that_fails_and_hangs_up_gets_all_in_order(outbox: Outbox) -> None:
    outbox.add(20)
    faults = [
        Answer(500), Answer(), Answer(503, hang_up=True), Answer(408), Answer(hang_up=True),
        Answer(), Answer(429), Answer(502), Answer(hang_up=True),
    ]  # fmt: skip
    with receiver(in_turn(faults)) as server, outbox.delivered_to(WebhookSettings(server.url)):
        wait_until(lambda: outbox.waiting == 0)
    assert [post.uuid for post in server.taken] == outbox.uuids
    assert firsts(server.posts) == outbox.uuids
    # What was sent more than once came under the same key and with the same bytes.
    bodies = {post.key: post.body for post in server.posts}
    assert all(post.body == bodies[post.key] for post in server.posts)
    assert len(server.posts) == 20 + 7


def test_a_slow_server_is_left_and_tried_again(outbox: Outbox) -> None:
    outbox.add(3)
    slow = in_turn([Answer(after_s=1.0)])
    with receiver(slow) as server, outbox.delivered_to(WebhookSettings(server.url, timeout_s=0.2)):
        wait_until(lambda: outbox.waiting == 0)
    assert [post.uuid for post in server.posts] == [outbox.uuids[0], *outbox.uuids]


def test_a_server_that_dies_and_comes_back_gets_the_rest(outbox: Outbox) -> None:
    outbox.add(5)
    port = free_port()
    with outbox.delivered_to(WebhookSettings(f"http://127.0.0.1:{port}/results")) as delivery:
        with receiver(port=port) as first:
            wait_until(lambda: len(first.taken) == 5)
        outbox.add(5)
        delivery.nudge()
        wait_until(lambda: any(kind == "outbox_failing" for kind, _ in outbox.told))
        assert "onnection refused" in (outbox.last_error or "")
        assert outbox.waiting == 5
        with receiver(port=port) as second:
            wait_until(lambda: outbox.waiting == 0)
    assert [post.uuid for post in first.taken + second.taken] == outbox.uuids
    assert [kind for kind, _ in outbox.told] == ["outbox_failing", "outbox_back"]
    assert outbox.told[0][1].startswith("mes does not take results (3 attempts): http://127.")
    assert outbox.last_error is None


@pytest.mark.parametrize("when", ["before the answer", "before the mark"])
def test_after_a_kill_between_send_and_mark_the_message_comes_again(
    outbox: Outbox, when: str
) -> None:
    """The server kills the station: as soon as the message is in, or just after answering."""
    outbox.add(3)
    program = f"""
import os, signal, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from pathlib import Path
from station.outbox.deliver import Delivery
from station.outbox.destinations import open_destination
from station.outbox.settings import WebhookSettings
from station.store.store import open_store

store = open_store({str(outbox.path)!r})
if {when == "before the mark"}:
    store.outbox_delivered = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
to = open_destination(WebhookSettings(sys.argv[1]), "bench-1")
with Delivery(store, "mes", to, lambda *_: None) as delivery:
    delivery._thread.join(60)
"""
    victims: list[subprocess.Popen[bytes]] = []

    def answer(_: Post, number: int) -> Answer:
        if number == 1 and when == "before the answer":
            victims[0].kill()
        return Answer()

    with receiver(answer) as server:
        victims.append(subprocess.Popen([sys.executable, "-c", program, server.url], cwd=ROOT))
        assert victims[0].wait(60) == -signal.SIGKILL
        sent_before = len(server.posts)
        assert sent_before >= 1
        assert outbox.waiting == 3
        with outbox.delivered_to(WebhookSettings(server.url)):
            wait_until(lambda: outbox.waiting == 0)
    before, after = server.posts[:sent_before], server.posts[sent_before:]
    assert [post.uuid for post in after] == outbox.uuids
    assert [(p.key, p.body) for p in before] == [(p.key, p.body) for p in after[:sent_before]]


def test_a_refused_message_is_set_aside_once_a_later_one_is_taken(outbox: Outbox) -> None:
    outbox.add(2)
    (poison,) = outbox.add(1)
    with (
        receiver(lambda post, _: Answer(422 if post.uuid == poison else 200)) as server,
        outbox.delivered_to(WebhookSettings(server.url)) as delivery,
    ):
        wait_until(lambda: [p.uuid for p in server.posts].count(poison) >= 5)
        # Nothing after it, so nobody knows whose fault it is: it waits.
        assert outbox.waiting == 1
        outbox.add(4)
        delivery.nudge()
        wait_until(lambda: outbox.waiting == 0)
    # One later message was taken twice, under one key: the first time to see who is at fault.
    assert firsts(server.taken) == [u for u in outbox.uuids if u != poison]
    assert len(server.taken) == len(outbox.uuids)
    (text,) = [text for kind, text in outbox.told if kind == "outbox_set_aside"]
    assert f"inspection:{poison}" in text
    assert "422" in text
    assert "its record is in the database" in text


def test_several_refused_in_a_row_are_set_aside_together(outbox: Outbox) -> None:
    outbox.add(6)
    bad = set(outbox.uuids[1:4])
    with (
        receiver(lambda post, _: Answer(400 if post.uuid in bad else 200)) as server,
        outbox.delivered_to(WebhookSettings(server.url)),
    ):
        wait_until(lambda: outbox.waiting == 0)
    assert firsts(server.taken) == [u for u in outbox.uuids if u not in bad]
    assert len([k for k, _ in outbox.told if k == "outbox_set_aside"]) == 3


def test_a_receiver_that_refuses_all_and_is_mended_loses_nothing(outbox: Outbox) -> None:
    """A wrong address answers 404 to everything: the line waits, and a person is told."""
    outbox.add(5)
    wrong = {"status": 404}
    with (
        receiver(lambda *_: Answer(wrong["status"])) as server,
        outbox.delivered_to(WebhookSettings(server.url)),
    ):
        wait_until(lambda: len(server.posts) > 20)
        assert outbox.waiting == 5
        wrong["status"] = 200
        wait_until(lambda: outbox.waiting == 0)
    # Mended in the middle of a round, it takes the one that it is being tried with before all.
    assert sorted({p.uuid for p in server.taken}) == outbox.uuids
    in_order = [p.uuid for p in server.taken][-5:]
    assert in_order == outbox.uuids
    assert [kind for kind, _ in outbox.told] == ["outbox_failing", "outbox_back"]


def test_retry_after_is_kept(outbox: Outbox) -> None:
    outbox.add(1)
    patient = DeliverySettings(first_retry_s=0.01, longest_retry_s=300.0)
    with (
        receiver(in_turn([Answer(429, {"Retry-After": "120"})])) as server,
        outbox.delivered_to(WebhookSettings(server.url), patient) as delivery,
    ):
        wait_until(lambda: outbox.last_error)
        (state,) = outbox.store.outbox_state()
        assert state.next_try_at is not None
        assert state.next_try_at.timestamp() - time.time() > 60.0
        delivery.retry_now()
        wait_until(lambda: outbox.waiting == 0)
    assert len(server.posts) == 2


def test_stopping_does_not_wait_for_a_server_that_hangs(outbox: Outbox) -> None:
    outbox.add(1)
    with receiver(lambda *_: Answer(after_s=8.0)) as server:
        with outbox.delivered_to(WebhookSettings(server.url, timeout_s=30.0)):
            wait_until(lambda: server.posts)
            leaving = time.monotonic()
        # Twice what is promised: the machine may be busy; the server takes four times as long.
        assert time.monotonic() - leaving < 4.0
    assert outbox.waiting == 1
