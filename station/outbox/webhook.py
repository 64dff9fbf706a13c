"""Results by HTTP POST, signed after the Standard Webhooks specification.

Source: Standard Webhooks 1.0.0, "Signature scheme": HMAC-SHA256 over `id.timestamp.body`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engines.sentence import sentence
from station.errors import ConfigError
from station.outbox.errors import DeliveryError, RefusedError
from station.outbox.message import Message, body_of, key_of
from station.outbox.secret import secret_of, without
from station.outbox.settings import WebhookSettings
from station.outbox.tls import tls_context

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

LATER = (408, 425, 429)
"""Answers of the 4xx kind that mean: not now."""
RIGHTS = (401, 403, 407)
"""Answers that are about who asks, not about the message."""
MOST_READ = 1 << 16
"""Bytes of an answer that are read, so that its connection can serve the next message."""


class Webhook:
    """An address that takes messages. Made by `open_webhook`; one thread's."""

    def __init__(
        self, settings: WebhookSettings, url: str, token: str | None, key: bytes | None
    ) -> None:
        import requests

        self._settings = settings
        self._url = url
        self._key = key
        parts = urlsplit(url)
        # What follows the host may be the secret itself, and so may a query always.
        path = "" if settings.url_env else parts.path
        self._where = f"{parts.scheme}://{parts.netloc}{path}"
        self._secrets = (token, url, parts.query, parts.path if settings.url_env else None)
        self._session: Session = requests.Session()
        self._session.auth = _Bearer(token)

    def deliver(self, message: Message) -> None:
        """Post one message. Raises DeliveryError, or RefusedError where the answer says so."""
        import requests

        body, key = body_of(message), key_of(message)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, "webhook-id": key}
        if self._key is not None:
            headers |= signature(self._key, key, int(time.time()), body)
        settings = self._settings
        deadline = time.monotonic() + settings.timeout_s
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=settings.timeout_s,
                allow_redirects=False,
                stream=True,
                verify=str(settings.ca_file) if settings.ca_file else True,
                cert=_certificate(settings),
            ) as response:
                said = _read(response, deadline)
        except (requests.RequestException, OSError) as error:
            cause = without(self._secrets, _cause(error))
            person = isinstance(error, requests.exceptions.SSLError)
            raise DeliveryError(
                "{where}: {cause}", where=self._where, cause=cause, needs_person=person
            ) from None
        self._judge(response, without(self._secrets, said))

    def idle(self) -> None:
        """Nothing to keep up between messages."""

    def close(self) -> None:
        """Leave the connection."""
        self._session.close()

    def _judge(self, response: Response, said: str) -> None:
        """Nothing for 2xx; for all else an error that says who is to do what."""
        status = response.status_code
        if 200 <= status < 300:
            return
        answer = sentence(
            "{where} answered {status}",
            where=self._where,
            status=f"{status} {response.reason or ''}".rstrip() + (f": {said}" if said else ""),
        )
        if status in LATER or status >= 500:
            asked_s = _seconds(response.headers.get("Retry-After", ""))
            raise DeliveryError(answer, retry_after_s=asked_s)
        if status in RIGHTS:
            raise DeliveryError(
                "{answer}. Check the token, the signing key and this machine's clock.",
                answer=answer,
                needs_person=True,
            )
        if 300 <= status < 400:
            raise DeliveryError(
                "{answer}. Results are not sent on to another address: give the final one as "
                "outbox.url.",
                answer=answer,
                needs_person=True,
            )
        raise RefusedError(answer)


def open_webhook(settings: WebhookSettings, station: str) -> Webhook:
    """A webhook, not connected yet. Raises ConfigError where the environment lacks a secret."""
    del station
    # It warns of failures with the whole address.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    url = settings.url or secret_of("outbox.url_env", settings.url_env) or ""
    settings.check_address("outbox.url" if settings.url else "outbox.url_env", url)
    tls_context(settings)  # read now, so that a wrong file is told at the start
    token = secret_of("outbox.token_env", settings.token_env)
    if token is not None and not token.isascii():
        raise ConfigError(
            "outbox.token_env: {token_env} holds letters that no HTTP header can carry. "
            "Set it to the token alone.",
            token_env=settings.token_env,
        )
    secret = secret_of("outbox.secret_env", settings.secret_env)
    return Webhook(settings, url, token, None if secret is None else signing_key(secret))


def signing_key(secret: str) -> bytes:
    """The key's bytes of `whsec_BASE64`. Raises ConfigError for anything else."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith("whsec_") or not 16 <= len(key) <= 64:
        raise ConfigError(
            "outbox.secret_env names a key in another form than whsec_BASE64 of 16 to 64 bytes. "
            'Make one with: echo "whsec_$(openssl rand -base64 32)"'
        )
    return key


def signature(key: bytes, message_key: str, at_s: int, body: bytes) -> dict[str, str]:
    """The headers by which the receiver knows that the message is from here, and new.

    at_s: seconds since 1970; the receiver should refuse what is minutes off.
    """
    signed = b".".join((message_key.encode(), str(at_s).encode(), body))
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-timestamp": str(at_s), "webhook-signature": f"v1,{digest}"}


class _Bearer:
    """Sets the token, or nothing; its presence alone keeps requests from asking a netrc file."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _certificate(settings: WebhookSettings) -> str | tuple[str, str] | None:
    if settings.cert_file is None:
        return None
    if settings.key_file is None:
        return str(settings.cert_file)
    return str(settings.cert_file), str(settings.key_file)


def _read(response: Response, deadline: float) -> str:
    """The start of the answer in one line, for people; what comes late or long is left."""
    body = b""
    for piece in response.iter_content(4096):
        body += piece
        if len(body) >= MOST_READ or time.monotonic() > deadline:
            response.close()
            break
    text = " ".join(body[:1000].decode("utf-8", "replace").split())
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]


def _seconds(retry_after: str) -> float:
    """What a Retry-After header asks, where it is in seconds."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0


def _cause(error: BaseException) -> str:
    """The innermost reason, in a few words: the outer ones repeat the whole address."""
    seen: list[BaseException] = []
    for cause in _causes(error):
        seen.append(cause)
    inner = seen[-1]
    words = str(inner).rpartition(": ")[2] if len(seen) > 1 else str(inner)
    return f"{type(error).__name__}: {words or type(inner).__name__}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: Any = error
    for _ in range(8):
        if not isinstance(found, BaseException):
            return
        yield found
        inner = getattr(found, "reason", None)
        found = inner if isinstance(inner, BaseException) else next(iter(found.args), None)
