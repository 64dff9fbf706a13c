"""`station outbox`: what waits for whom; a retry and a skip that a running station takes up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from outboxes import Outbox
from receivers import Answer, free_port, receiver, wait_until

from station.cli import main
from station.exits import OK, USAGE
from station.outbox.settings import DeliverySettings, WebhookSettings
from station.sayings import Severity

PATIENT = DeliverySettings(first_retry_s=200.0, longest_retry_s=200.0)
WHO = ["--supervisor", "A. Smith", "--reason", "entered by hand"]


def shown(outbox: Outbox, capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["outbox", "--db", str(outbox.path), "--json", *more]) == OK
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_waits_is_shown_with_its_error(
    outbox: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    outbox.store.outbox_destinations("mes", "broker")
    outbox.add(3)
    url = f"http://127.0.0.1:{free_port()}/"
    with outbox.delivered_to(WebhookSettings(url), PATIENT):
        wait_until(lambda: any(s.last_error for s in outbox.store.outbox_state()))
    broker, mes = shown(outbox, capsys)
    assert (broker["name"], broker["waiting"], broker["last_error"]) == ("broker", 3, None)
    assert (mes["name"], mes["waiting"], mes["next_id"], mes["attempts"]) == ("mes", 3, 1, 1)
    assert "onnection refused" in mes["last_error"]
    assert main(["outbox", "--db", str(outbox.path)]) == OK
    out = capsys.readouterr().out
    assert "mes" in out
    assert "refused" in out
    assert shown(outbox, capsys, "--to", "broker") == [broker]


def test_a_retry_is_taken_up_by_a_station_that_waits(
    outbox: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    outbox.add(2)
    port = free_port()
    with outbox.delivered_to(WebhookSettings(f"http://127.0.0.1:{port}/"), PATIENT):
        wait_until(lambda: outbox.last_error)
        with receiver(port=port) as server:
            (mes,) = shown(outbox, capsys, "--retry-now")
            assert (mes["attempts"], mes["next_try_at"]) == (0, None)
            wait_until(lambda: outbox.waiting == 0)
    assert [post.uuid for post in server.taken] == outbox.uuids


def test_a_skip_is_recorded_and_the_line_goes_on(
    outbox: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    outbox.add(3)
    bad = outbox.uuids[0]
    with (
        receiver(lambda post, _: Answer(500 if post.uuid == bad else 200)) as server,
        outbox.delivered_to(WebhookSettings(server.url), PATIENT),
    ):
        wait_until(lambda: outbox.last_error)
        (mes,) = shown(outbox, capsys)
        shown(outbox, capsys, "--skip", str(mes["next_id"]), *WHO)
        wait_until(lambda: outbox.waiting == 0)
    assert [post.uuid for post in server.taken] == outbox.uuids[1:]
    (event,) = outbox.store.events()
    assert (event.kind, event.severity, event.station) == (
        "outbox_skipped", Severity.WARNING, "bench-1",
    )  # fmt: skip
    assert event.text == (
        f"Message 1 (inspection:{bad}) is never told to mes: decided by A. Smith, because: "
        "entered by hand"
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--skip", "1"], "--supervisor NAME --reason TEXT"),
        (["--skip", "1", "--supervisor", " ", "--reason", "x"], "--supervisor NAME"),
        (["--skip", "2", *WHO, "--to", "mes"], "for mes 1 does"),
        (["--skip", "1", *WHO], "here are: broker, mes"),
        (["--to", "erp"], "--to 'erp' is no destination of this database; there: broker, mes"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    outbox: Outbox, capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    outbox.store.outbox_destinations("mes", "broker")
    outbox.add(2)
    assert main(["outbox", "--db", str(outbox.path), *more]) == USAGE
    assert says in capsys.readouterr().err
    assert [state.waiting for state in outbox.store.outbox_state()] == [2, 2]
    assert outbox.store.events() == []


def test_without_destinations_it_says_so(
    outbox: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    outbox.store.outbox_destinations()
    assert main(["outbox", "--db", str(outbox.path)]) == OK
    assert "Nobody is told" in capsys.readouterr().out
