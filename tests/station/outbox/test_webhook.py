"""Results by HTTP: the words, the secrets, the settings."""

from __future__ import annotations

import base64
import json
import logging
import time
from pathlib import Path

import pytest
from outboxes import Outbox
from receivers import Answer, free_port, in_turn, receiver, wait_until

from station.errors import ConfigError
from station.outbox.destinations import open_destination
from station.outbox.settings import DeliverySettings, WebhookSettings
from station.outbox.webhook import signature, signing_key


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(401), "Check the token"),
        (Answer(403), "Check the token"),
        (Answer(301, {"Location": "http://elsewhere/"}), "give the final one as outbox.url"),
    ],
)
def test_what_only_a_person_can_mend_is_told_at_once(
    outbox: Outbox, answer: Answer, says: str
) -> None:
    outbox.add(1)
    patient = DeliverySettings(first_retry_s=30.0, alarm_after=100)
    with (
        receiver(lambda *_: answer) as server,
        outbox.delivered_to(WebhookSettings(server.url), patient),
    ):
        wait_until(lambda: outbox.told)
    assert says in outbox.told[0][1]
    assert len(server.posts) == 1
    assert outbox.waiting == 1


def test_the_answer_s_words_are_told_in_one_line(outbox: Outbox) -> None:
    outbox.add(1)
    words = b"field 'lot'\n\x1b[31m is   missing" + b"x" * 100_000
    with (
        receiver(lambda *_: Answer(400, body=words)) as server,
        outbox.delivered_to(WebhookSettings(server.url)),
    ):
        wait_until(lambda: outbox.last_error)
    error = outbox.last_error or ""
    assert "answered 400 Bad Request: field 'lot' ?[31m is missingxxx" in error
    assert len(error) < 400


def test_token_and_secret_travel_in_headers_and_never_in_words(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MES_TOKEN", "t0ken-of-the-mes")
    monkeypatch.setenv("MES_SECRET", "whsec_" + base64.b64encode(b"k" * 32).decode())
    outbox.add(1)
    echo = Answer(403, body=b"bad token t0ken-of-the-mes")
    with receiver(in_turn([echo, Answer(500, hang_up=True)])) as server:
        settings = WebhookSettings(server.url, token_env="MES_TOKEN", secret_env="MES_SECRET")
        with caplog.at_level(logging.DEBUG), outbox.delivered_to(settings):
            wait_until(lambda: outbox.waiting == 0)
    (post, *_) = server.posts
    assert post.headers["Authorization"] == "Bearer t0ken-of-the-mes"
    key, at = post.headers["webhook-id"], int(post.headers["webhook-timestamp"])
    assert key == post.key
    assert abs(at - time.time()) < 60
    assert (
        signature(b"k" * 32, key, at, post.body)["webhook-signature"]
        == (post.headers["webhook-signature"])
    )
    words = caplog.text + "".join(text for _, text in outbox.told)
    assert "answered 403" in words
    assert "***" in words
    assert "t0ken" not in words
    assert "kkkk" not in words


def test_an_address_from_the_environment_is_never_told(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    monkeypatch.setenv("MES_URL", f"http://127.0.0.1:{port}/hooks/S3CRET?sig=S1GN")
    outbox.add(1)
    with caplog.at_level(logging.DEBUG), outbox.delivered_to(WebhookSettings(url_env="MES_URL")):
        wait_until(lambda: outbox.told)
        with receiver(lambda *_: Answer(500), port=port) as server:
            wait_until(lambda: "500" in (outbox.last_error or ""))
    assert server.posts[0].path == "/hooks/S3CRET?sig=S1GN"
    words = caplog.text + (outbox.last_error or "") + "".join(text for _, text in outbox.told)
    assert f"http://127.0.0.1:{port}" in words
    assert "S3CRET" not in words
    assert "S1GN" not in words


def test_a_netrc_file_does_not_replace_the_token(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("MES_TOKEN", "mine")
    outbox.add(1)
    with (
        receiver() as server,
        outbox.delivered_to(WebhookSettings(server.url, token_env="MES_TOKEN")),
    ):
        wait_until(lambda: outbox.waiting == 0)
    assert server.posts[0].headers["Authorization"] == "Bearer mine"


def test_the_signature_is_that_of_the_specification() -> None:
    """A published example: whoever has a Standard Webhooks library can check ours with it."""
    key = signing_key("whsec_plJ3nmyCDGBKInavdOK15jsl")
    headers = signature(
        key,
        "msg_loFOjxBNrRLzqYUf",
        1731705121,
        b'{"event_type":"ping","data":{"success":true}}',
    )
    assert headers == {
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


def test_tls_trusts_the_named_certificate_and_no_other(outbox: Outbox, tmp_path: Path) -> None:
    from receivers import certificate

    cert, key = certificate(tmp_path)
    outbox.add(1)
    with receiver(tls=(cert, key)) as server:
        assert server.url.startswith("https://")
        with outbox.delivered_to(WebhookSettings(server.url)):
            wait_until(lambda: outbox.told)
        assert outbox.waiting == 1
        assert "certificate" in outbox.told[0][1]
        with outbox.delivered_to(WebhookSettings(server.url, ca_file=cert)):
            wait_until(lambda: outbox.waiting == 0)
    assert [post.uuid for post in server.taken] == outbox.uuids


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "neither"),
        ({"url": "https://a/b", "url_env": "X"}, "both"),
        ({"url": "mes.example.com/results"}, "expected https://HOST/PATH"),
        ({"url": "https://a:port/"}, "outbox.url is no address"),
        ({"url": "https://me:secret@a/"}, "would be logged"),
        ({"url": "http://mes.example.com/", "token_env": "T"}, "plain_secrets"),
        ({"url": "https://a/", "timeout_s": 0.0}, "outbox.timeout_s is 0.0"),
        ({"url": "https://a/", "timeout_s": float("nan")}, "outbox.timeout_s is nan"),
        ({"url": "https://a/", "ca_file": Path("/nowhere.pem")}, "no such file"),
        ({"url": "https://a/", "key_file": Path(__file__)}, "outbox.cert_file is not"),
    ],
)
def test_impossible_settings_are_refused_by_name(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        WebhookSettings(**fields)  # type: ignore[arg-type]
    assert says in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_a_token_over_http_is_allowed_where_the_configuration_says_so() -> None:
    settings = WebhookSettings("http://mes.lan/", token_env="T", plain_secrets=True)
    assert settings.url == "http://mes.lan/"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("token_env", None, "names the environment variable MES_X, which is not set"),
        ("token_env", "  ", "not set"),
        ("token_env", "a\nb", "line break"),
        ("token_env", "größe", "no HTTP header"),
        ("secret_env", "abc", "whsec_BASE64"),
        ("secret_env", "whsec_!!!", "whsec_BASE64"),
        ("secret_env", "whsec_YWJj", "16 to 64 bytes"),
    ],
)
def test_a_wrong_secret_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, field: str, value: str | None, says: str
) -> None:
    monkeypatch.delenv("MES_X", raising=False)
    if value is not None:
        monkeypatch.setenv("MES_X", value)
    settings = WebhookSettings("https://mes.example.com/", **{field: "MES_X"})  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        open_destination(settings, "bench-1")
    assert says in str(caught.value)
    assert value is None or not value.strip() or value not in str(caught.value)


def test_what_json_cannot_hold_is_set_aside(outbox: Outbox) -> None:
    class Odd:
        id, kind, payload = 1, "record", {"uuid": "u", "x": float("nan")}
        created_at = None

    from station.outbox.errors import RefusedError

    destination = open_destination(WebhookSettings("https://mes.example.com/"), "bench-1")
    with pytest.raises(RefusedError, match="cannot be written as JSON"):
        destination.deliver(Odd())  # type: ignore[arg-type]
    destination.close()


def test_payload_bytes_are_compact_utf8(outbox: Outbox) -> None:
    outbox.add(1, lot="Größe 5")
    with receiver() as server, outbox.delivered_to(WebhookSettings(server.url)):
        wait_until(lambda: server.taken)
    body = server.taken[0].body
    assert "Größe 5".encode() in body
    assert json.loads(body)["id"] == server.taken[0].key
