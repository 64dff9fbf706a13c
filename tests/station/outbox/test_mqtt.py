"""Results to a real broker: each one there, in order, through its death and return."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from outboxes import Outbox
from receivers import Broker, Subscriber, broker, certificate, wait_until

from station.errors import ConfigError
from station.outbox.destinations import open_destination
from station.outbox.settings import DeliverySettings, MqttSettings, WebhookSettings

RESULTS = "scaffold/bench-1/inspection"
AVAILABILITY = "scaffold/bench-1/availability"


def uuids(payloads: list[bytes]) -> list[str]:
    return [json.loads(payload)["uuid"] for payload in payloads]


def to(running: Broker, **changes: object) -> MqttSettings:
    values = {"host": "127.0.0.1", "port": running.port, **changes}
    return MqttSettings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_every_result_arrives_once_and_in_order(
    outbox: Outbox, tmp_path: Path, protocol: str
) -> None:
    outbox.add(3)
    with broker(tmp_path) as running, Subscriber(running.port) as listener:
        with outbox.delivered_to(to(running, protocol=protocol)) as delivery:
            wait_until(lambda: outbox.waiting == 0)
            outbox.add(30)
            delivery.nudge()
            wait_until(lambda: outbox.waiting == 0)
            wait_until(lambda: len(listener.of(RESULTS)) >= 33)
        wait_until(lambda: listener.of(AVAILABILITY)[-1:] == [b"offline"])
        assert uuids(listener.of(RESULTS)) == outbox.uuids
        assert listener.of(AVAILABILITY) == [b"online", b"offline"]
        # Who comes later gets the last state of each.
        with Subscriber(running.port) as late:
            wait_until(lambda: len(late.heard) >= 2)
        assert sorted(late.heard) == [
            (AVAILABILITY, b"offline", True),
            (RESULTS, listener.of(RESULTS)[-1], True),
        ]
    assert outbox.told == []


def test_a_broker_that_is_killed_and_started_again_gets_all_in_order(
    outbox: Outbox, tmp_path: Path
) -> None:
    """Killed five times under load, once more while nothing is sent."""
    outbox.add(200)
    with broker(tmp_path, "persistence true", "autosave_interval 1") as running:
        heard: list[bytes] = []
        with outbox.delivered_to(to(running)) as delivery:
            for _ in range(5):
                with Subscriber(running.port, RESULTS) as listener:
                    wait_until(lambda: listener.heard)
                    running.kill()
                    wait_until(lambda: not listener.is_ready.is_set())
                    heard += listener.of(RESULTS)
                outbox.add(20)
                running.start()
            delivery.nudge()
            with Subscriber(running.port, RESULTS) as listener:
                wait_until(lambda: outbox.waiting == 0)
                running.kill()
                wait_until(lambda: outbox.told and outbox.told[-1][0] == "outbox_failing")
                running.start()
                wait_until(lambda: outbox.told[-1][0] == "outbox_back")
                outbox.add(1)
                delivery.nudge()
                wait_until(lambda: outbox.waiting == 0)
                wait_until(lambda: outbox.uuids[-1] in uuids(listener.of(RESULTS)))
            heard += listener.of(RESULTS)
    # The listener was away between a broker's start and its own: those it missed were taken by
    # the broker. What it heard is in order, apart from repetitions at each start.
    places = [outbox.uuids.index(uuid) for uuid in uuids(heard)]
    news = [p for i, p in enumerate(places) if p > max(places[:i], default=-1)]
    assert news == sorted(set(places))
    assert places[-1] == len(outbox.uuids) - 1
    assert outbox.last_error is None


def test_a_subscriber_with_a_session_misses_nothing_through_a_restart(
    outbox: Outbox, tmp_path: Path
) -> None:
    """With a session that the broker keeps, at least once holds from end to end."""
    if shutil.which("mosquitto_sub") is None:
        pytest.skip("no mosquitto_sub on this machine (Debian: apt-get install mosquitto-clients)")
    with broker(tmp_path, "persistence true", "autosave_interval 0") as running:
        listen = ["mosquitto_sub", "-p", str(running.port), "-t", RESULTS, "-q", "1", "-c"]
        listen += ["-i", "mes", "-V", "5", "-x", "3600"]
        subprocess.run([*listen, "-E"], check=True, capture_output=True)
        outbox.add(40)
        with outbox.delivered_to(to(running)):
            wait_until(lambda: outbox.waiting == 0)
            # In good order, so that the broker writes what it holds for the absent one.
            running.process.terminate()
            running.process.wait()
            outbox.add(40)
            running.start()
            wait_until(lambda: outbox.waiting == 0)
        done = subprocess.run([*listen, "-W", "5"], check=False, capture_output=True)
    heard = uuids(done.stdout.splitlines())
    assert list(dict.fromkeys(heard)) == outbox.uuids


def test_a_broker_that_freezes_is_left_and_told_again(outbox: Outbox, tmp_path: Path) -> None:
    outbox.add(3)
    with (
        broker(tmp_path) as running,
        Subscriber(running.port, RESULTS) as listener,
        outbox.delivered_to(to(running, timeout_s=0.5)) as delivery,
    ):
        wait_until(lambda: outbox.waiting == 0)
        os.kill(running.process.pid, signal.SIGSTOP)
        try:
            outbox.add(3)
            delivery.nudge()
            wait_until(lambda: outbox.last_error)
            assert "gave no word of a message within 0.5 s" in (outbox.last_error or "")
        finally:
            os.kill(running.process.pid, signal.SIGCONT)
        wait_until(lambda: outbox.waiting == 0)
        wait_until(lambda: outbox.uuids[-1] in uuids(listener.of(RESULTS)))
    assert list(dict.fromkeys(uuids(listener.of(RESULTS)))) == outbox.uuids


def test_a_killed_station_is_told_offline_by_the_broker(outbox: Outbox, tmp_path: Path) -> None:
    import sys

    root = Path(__file__).resolve().parents[3]
    program = f"""
import sys, time
sys.path.insert(0, {str(root)!r})
from station.outbox.destinations import open_destination
from station.outbox.settings import MqttSettings
there = open_destination(MqttSettings("127.0.0.1", int(sys.argv[1])), "bench-1")
there.idle()
time.sleep(60)
"""
    with broker(tmp_path) as running, Subscriber(running.port, AVAILABILITY) as listener:
        victim = subprocess.Popen([sys.executable, "-c", program, str(running.port)], cwd=root)
        wait_until(lambda: listener.of(AVAILABILITY) == [b"online"])
        victim.kill()
        victim.wait()
        wait_until(lambda: listener.of(AVAILABILITY) == [b"online", b"offline"])


def test_a_user_and_a_password_over_tls(
    outbox: Outbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("no mosquitto_passwd on this machine (Debian: apt-get install mosquitto)")
    cert, key = certificate(tmp_path)
    users = tmp_path / "users"
    subprocess.run(
        ["mosquitto_passwd", "-c", "-b", users, "bench", "r1ght"], check=True, capture_output=True
    )
    monkeypatch.setenv("MQTT_USER", "bench")
    secret = {"tls": True, "username_env": "MQTT_USER", "password_env": "MQTT_PASSWORD"}
    outbox.add(2)
    lines = (
        f"certfile {cert}",
        f"keyfile {key}",
        f"password_file {users}",
        "allow_anonymous false",
    )
    patient = DeliverySettings(first_retry_s=30.0, alarm_after=100)
    with caplog.at_level(logging.DEBUG), broker(tmp_path, *lines) as running:
        for password, ca_file, says in (
            ("r1ght", None, "certificate verify failed"),
            ("wr0ng", cert, "does not let the station in: Not authorized"),
        ):
            monkeypatch.setenv("MQTT_PASSWORD", password)
            outbox.told.clear()
            settings = to(running, ca_file=ca_file, **secret)
            with outbox.delivered_to(settings, patient):
                # Told after one attempt: only a person can mend it.
                wait_until(lambda: outbox.told)
            assert says in outbox.told[0][1]
            assert outbox.waiting == 2
        monkeypatch.setenv("MQTT_PASSWORD", "r1ght")
        with outbox.delivered_to(to(running, ca_file=cert, **secret)):
            wait_until(lambda: outbox.waiting == 0)
    assert "r1ght" not in caplog.text
    assert "wr0ng" not in caplog.text


def test_a_topic_that_the_broker_forbids_is_told_and_nothing_is_lost(
    outbox: Outbox, tmp_path: Path
) -> None:
    """MQTT 3.1.1 would have said nothing, and the message would be gone."""
    rights = tmp_path / "rights"
    rights.write_text(f"topic readwrite {AVAILABILITY}\n")
    outbox.add(2)
    with broker(tmp_path, f"acl_file {rights}") as running:
        with outbox.delivered_to(to(running)):
            wait_until(lambda: outbox.told)
        assert outbox.waiting == 2
    assert "Not authorized" in outbox.told[0][1]
    assert RESULTS in outbox.told[0][1]


def test_a_message_over_the_broker_s_limit_is_refused(outbox: Outbox, tmp_path: Path) -> None:
    outbox.add(1)
    outbox.add(1, reason="x" * 3000)
    outbox.add(1)
    with (
        broker(tmp_path, "max_packet_size 2000") as running,
        Subscriber(running.port, RESULTS) as listener,
        outbox.delivered_to(to(running)),
    ):
        wait_until(lambda: outbox.waiting == 0)
        wait_until(lambda: outbox.uuids[2] in uuids(listener.of(RESULTS)))
    assert list(dict.fromkeys(uuids(listener.of(RESULTS)))) == [outbox.uuids[0], outbox.uuids[2]]
    assert "takes at most 2000 bytes" in dict(outbox.told)["outbox_set_aside"]


def test_without_a_broker_the_reason_is_told(outbox: Outbox) -> None:
    from receivers import free_port

    port = free_port()
    with outbox.delivered_to(MqttSettings("127.0.0.1", port)):
        wait_until(lambda: outbox.told)
    kind, text = outbox.told[0]
    assert kind == "outbox_failing"
    assert f"mqtt://127.0.0.1:{port}: [Errno 111] Connection refused" in text


def test_a_station_s_name_becomes_one_level_of_the_topic(outbox: Outbox, tmp_path: Path) -> None:
    outbox.add(1, station="hall 1/bench+2#")
    with (
        broker(tmp_path) as running,
        Subscriber(running.port) as listener,
        outbox.delivered_to(to(running)),
    ):
        wait_until(lambda: outbox.waiting == 0)
        wait_until(lambda: listener.of("scaffold/hall 1_bench_2_/inspection"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"host": ""}, "outbox.host is ''"),
        ({"host": "mqtt://a"}, "outbox.host is 'mqtt://a'"),
        ({"port": 0}, "expected 1 to 65535"),
        ({"port": 70000}, "expected 1 to 65535"),
        ({"protocol": "4"}, 'expected "5" or "3.1.1"'),
        ({"keepalive_s": 1}, "outbox.keepalive_s is 1"),
        ({"timeout_s": -1.0}, "outbox.timeout_s is -1.0"),
        ({"password_env": "P"}, "outbox.username_env is not"),
        ({"username_env": "U", "password_env": "P"}, "plain_secrets"),
        ({"ca_file": Path(__file__)}, "outbox.tls is off"),
        ({"tls": True, "ca_file": Path("/nowhere.pem")}, "no such file"),
        ({"topic": "a/{lot}"}, "{lot} is not known"),
        ({"topic": "a/{"}, "outbox.topic is 'a/{'"),
        ({"topic": "a/#"}, "without +, # and NUL"),
        ({"client_id": ""}, "outbox.client_id is ''"),
    ],
)
def test_impossible_settings_are_refused_by_name(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        MqttSettings(**{"host": "broker.example.com", **fields})  # type: ignore[arg-type]
    assert says in str(caught.value)


def test_a_missing_password_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQTT_USER", "bench")
    monkeypatch.delenv("MQTT_PASSWORD", raising=False)
    settings = MqttSettings(
        "localhost", username_env="MQTT_USER", password_env="MQTT_PASSWORD", tls=True
    )
    with pytest.raises(ConfigError, match=r"outbox.password_env names .* MQTT_PASSWORD"):
        open_destination(settings, "bench-1")


@pytest.mark.parametrize("to_whom", [MqttSettings, WebhookSettings])
def test_files_that_are_no_certificates_are_told_at_the_start(
    tmp_path: Path, to_whom: type[MqttSettings] | type[WebhookSettings]
) -> None:
    cert, key = certificate(tmp_path)
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    values = {"host": "a", "tls": True} if to_whom is MqttSettings else {"url": "https://a/"}
    with pytest.raises(ConfigError, match=r"outbox.ca_file is .*junk.pem"):
        open_destination(to_whom(**values, ca_file=junk), "b")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"outbox.key_file .*junk.pem are no certificate"):
        open_destination(to_whom(**values, cert_file=cert, key_file=junk), "b")  # type: ignore[arg-type]
    open_destination(to_whom(**values, cert_file=cert, key_file=key), "b").close()  # type: ignore[arg-type]
