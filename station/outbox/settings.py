"""Whom results are told, and how patiently: frozen, checked at birth.

The fields are keys of an `[[outbox]]` table; each error names the key, the value and the remedy.
"""

from __future__ import annotations

import math
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from engines.sentence import sentence
from station.errors import ConfigError

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How often, and for how long, a destination is tried. Raises ConfigError."""

    first_retry_s: float = 1.0
    """The first wait after a failure; each further one is twice as long, give or take a fifth."""
    longest_retry_s: float = 300.0
    alarm_after: int = 5
    """So many failures in a row are told; with 1 s doubling, 5 are about 30 s."""
    refusals: int = 3
    """A message refused so often is set aside, if a later one is taken."""

    def __post_init__(self) -> None:
        _check_times(self, "first_retry_s", "longest_retry_s")
        if self.longest_retry_s < self.first_retry_s:
            raise ConfigError(
                "outbox.longest_retry_s is {longest_retry_s:g}, below outbox.first_retry_s "
                "{first_retry_s:g}. Raise the first.",
                longest_retry_s=self.longest_retry_s,
                first_retry_s=self.first_retry_s,
            )
        for key in ("alarm_after", "refusals"):
            value = getattr(self, key)
            if not (isinstance(value, int) and value >= 1):
                raise ConfigError(
                    "outbox.{key} is {value!r}; expected a whole number from 1 on.",
                    key=key,
                    value=value,
                )


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """An address that takes results by HTTP POST. Raises ConfigError for an impossible value."""

    url: str | None = None
    """`https://host/path`. An address that is itself a secret goes into `url_env`."""
    url_env: str | None = None
    """The environment variable that holds the address."""
    token_env: str | None = None
    """The environment variable that holds a bearer token."""
    secret_env: str | None = None
    """The environment variable that holds the key that signs each message: `whsec_...`."""
    timeout_s: float = 10.0
    ca_file: Path | None = None
    """Certificates to trust instead of the system's, PEM."""
    cert_file: Path | None = None
    """This station's own certificate, PEM."""
    key_file: Path | None = None
    plain_secrets: bool = False
    """Whether a token may go over http, which anyone on the way can read."""

    def __post_init__(self) -> None:
        _check_times(self, "timeout_s")
        if (self.url is None) == (self.url_env is None):
            raise ConfigError(
                "a webhook needs outbox.url or outbox.url_env; got {value}. Give one of them.",
                value="both" if self.url else "neither",
            )
        if self.url is not None:
            self.check_address("outbox.url", self.url)
        _check_files(self)

    def check_address(self, key: str, url: str) -> SplitResult:
        """The address, taken apart; key is where it came from. Raises ConfigError."""
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018 (reads, and so checks, the port)
        except ValueError as error:
            raise ConfigError(
                "{key} is no address ({error}). Give https://HOST/PATH.", key=key, error=error
            ) from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                "{key} has the scheme {scheme!r} and the host {hostname!r}; expected "
                "https://HOST/PATH.",
                key=key,
                scheme=parts.scheme,
                hostname=parts.hostname,
            )
        if parts.username is not None or parts.password is not None:
            raise ConfigError(
                "{key} holds a user or a password, which would be logged. Take them out; "
                "give a token with outbox.token_env, or the whole address with "
                "outbox.url_env.",
                key=key,
            )
        if self.token_env and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            _check_plain(self.plain_secrets, f"{key} is plain http", "outbox.token_env", "https")
        return parts


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """A broker that takes results by MQTT. Raises ConfigError for an impossible value."""

    host: str
    port: int | None = None
    """None: 8883 with TLS, 1883 without."""
    tls: bool = False
    ca_file: Path | None = None
    """Certificates to trust instead of the system's, PEM."""
    cert_file: Path | None = None
    """This station's own certificate, PEM."""
    key_file: Path | None = None
    username_env: str | None = None
    password_env: str | None = None
    topic: str = "scaffold/{station}/{kind}"
    availability_topic: str = "scaffold/{station}/availability"
    """`online` or `offline`, retained; the broker says `offline` for a station that is gone."""
    client_id: str = "scaffold-{station}"
    """Its own for every station: a broker sends the older of two with one name away."""
    retain: bool = True
    """Whether the broker keeps the last message of each topic for those who come later."""
    protocol: str = "5"
    """`5`, or `3.1.1` for an old broker, which cannot tell that it threw a message away."""
    timeout_s: float = 10.0
    """For connecting, and for the broker's word that it has a message."""
    keepalive_s: int = 30
    plain_secrets: bool = False
    """Whether a password may go without TLS, which anyone on the way can read."""

    def __post_init__(self) -> None:
        if not self.host or any(letter in self.host for letter in "/@ "):
            raise ConfigError(
                "outbox.host is {host!r}; expected a name or an address alone, as in "
                '"broker.example.com". The port goes into outbox.port.',
                host=self.host,
            )
        if self.port is not None and not 1 <= self.port <= 65535:
            raise ConfigError("outbox.port is {port}; expected 1 to 65535.", port=self.port)
        _check_times(self, "timeout_s")
        if not 5 <= self.keepalive_s <= 65535:
            raise ConfigError(
                "outbox.keepalive_s is {keepalive_s}; expected 5 to 65535.",
                keepalive_s=self.keepalive_s,
            )
        if self.protocol not in ("5", "3.1.1"):
            raise ConfigError(
                'outbox.protocol is {protocol!r}; expected "5" or "3.1.1".', protocol=self.protocol
            )
        if self.password_env and not self.username_env:
            raise ConfigError(
                "outbox.password_env is given and outbox.username_env is not. Give both."
            )
        if self.password_env and not self.tls and self.host not in LOOPBACK:
            _check_plain(self.plain_secrets, "outbox.tls is off", "outbox.password_env", "TLS")
        if not self.tls and (self.ca_file or self.cert_file):
            raise ConfigError("outbox.ca_file or cert_file is given and outbox.tls is off. Set it.")
        _check_pattern("topic", self.topic, ("station", "kind"))
        _check_pattern("availability_topic", self.availability_topic, ("station",))
        _check_pattern("client_id", self.client_id, ("station",))
        _check_files(self)

    @property
    def port_used(self) -> int:
        """The port, by default the protocol's own."""
        return self.port or (8883 if self.tls else 1883)


def _check_times(settings: Any, *keys: str) -> None:
    for key in keys:
        value = getattr(settings, key)
        if not (math.isfinite(value) and value > 0.0):
            raise ConfigError(
                "outbox.{key} is {value}; expected a number of seconds above 0.",
                key=key,
                value=value,
            )


def _check_files(settings: WebhookSettings | MqttSettings) -> None:
    for key in ("ca_file", "cert_file", "key_file"):
        path: Path | None = getattr(settings, key)
        if path is not None and not Path(path).is_file():
            raise ConfigError(
                "outbox.{key} is {path}: there is no such file. Give a PEM file.",
                key=key,
                path=path,
            )
    if settings.key_file is not None and settings.cert_file is None:
        raise ConfigError("outbox.key_file is given and outbox.cert_file is not. Give both.")


def _check_plain(allowed: bool, what: str, secret: str, remedy: str) -> None:
    if not allowed:
        raise ConfigError(
            "{what}, and {secret} would cross the network readable. Use {remedy}, or set "
            "outbox.plain_secrets = true where you trust everyone on the way.",
            what=what,
            secret=secret,
            remedy=remedy,
        )


def _check_pattern(key: str, pattern: str, known: tuple[str, ...]) -> None:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]
    except ValueError as error:
        raise ConfigError(
            "outbox.{key} is {pattern!r}: {error}. {places}",
            key=key,
            pattern=pattern,
            error=error,
            places=_places(known),
        ) from error
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(
            "outbox.{key} is {pattern!r}; {{{unknown}}} is not known. {places}",
            key=key,
            pattern=pattern,
            unknown=unknown[0],
            places=_places(known),
        )
    if not pattern or any(letter in pattern for letter in "+#\0"):
        raise ConfigError(
            "outbox.{key} is {pattern!r}; expected a name without +, # and NUL.",
            key=key,
            pattern=pattern,
        )


def _places(known: tuple[str, ...]) -> str:
    names = " and ".join(f"{{{name}}}" for name in known)
    return sentence("Use only {names}.", names=names)
