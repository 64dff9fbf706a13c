"""Results to an MQTT broker, QoS 1, with the station's availability as retained state.

The client never connects again by itself: it would send what it still holds once more, after
messages that came later. Each connection is a new client, and only what is unacknowledged is sent.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engines.sentence import sentence
from station.outbox.errors import DeliveryError, RefusedError
from station.outbox.message import Message, body_of
from station.outbox.secret import secret_of, without
from station.outbox.settings import MqttSettings
from station.outbox.tls import tls_context

if TYPE_CHECKING:
    from paho.mqtt.client import Client

ONLINE, OFFLINE = b"online", b"offline"
REFUSALS = (0x80, 0x83, 0x99)
"""The broker's reasons that may lie in this message: unspecified, its own, payload format."""
LATER = (0x80, 0x88, 0x89, 0x97, 0x9F)
"""Its reasons to let nobody in just now: unspecified, unavailable, busy, quota, rate."""
SILENT = "no answer"
GOODBYE_S = 0.5
"""How long leaving may take."""


class Mqtt:
    """A broker that takes messages. Made by `open_mqtt`; one thread's."""

    def __init__(
        self, settings: MqttSettings, station: str, username: str | None, password: str | None
    ) -> None:
        self._settings = settings
        self._station = station
        self._username, self._password = username, password
        self._availability = settings.availability_topic.format(station=_level(station))
        self._where = f"mqtt{'s' if settings.tls else ''}://{settings.host}:{settings.port_used}"
        self._line: _Line | None = None

    def deliver(self, message: Message) -> None:
        """Publish one message and wait until the broker has it.

        Raises DeliveryError, or RefusedError where the broker does not want it.
        """
        body = body_of(message)
        station = _level(str(message.payload.get("station") or self._station))
        self._publish(self._settings.topic.format(station=station, kind=message.kind), body)

    def idle(self) -> None:
        """Be connected, so that others see the station online. Raises DeliveryError."""
        self._connected()

    def close(self) -> None:
        """Say that the station goes, then go."""
        line, self._line = self._line, None
        if line is None:
            return
        if line.is_up:
            info = line.client.publish(self._availability, OFFLINE, qos=1, retain=True)
            line.acknowledged(info.mid, GOODBYE_S)
        line.close()

    def _publish(self, topic: str, body: bytes) -> None:
        line = self._connected()
        if line.most_bytes is not None and len(topic.encode()) + len(body) + 64 > line.most_bytes:
            raise RefusedError(
                "{where} takes at most {most_bytes} bytes, this message has {count}. Raise "
                "the broker's limit.",
                where=self._where,
                most_bytes=line.most_bytes,
                count=len(body),
            )
        try:
            info = line.client.publish(topic, body, qos=1, retain=self._settings.retain)
        except ValueError as error:
            raise RefusedError(
                "{where}: {error} (topic {topic!r})", where=self._where, error=error, topic=topic
            ) from error
        reason = line.acknowledged(info.mid, self._settings.timeout_s)
        if reason is None:
            words = (
                sentence(
                    "{where} gave no word of a message within {timeout_s:g} s",
                    where=self._where,
                    timeout_s=self._settings.timeout_s,
                )
                if line.is_up
                else sentence(
                    "{where} is gone: {last_words}", where=self._where, last_words=line.last_words
                )
            )
            self._drop()
            raise DeliveryError(words)
        if reason.value >= 0x80:
            words = sentence(
                "{where} does not take the message on {topic}: {reason}",
                where=self._where,
                topic=topic,
                reason=reason,
            )
            if reason.value in REFUSALS:
                raise RefusedError(words)
            raise DeliveryError(
                "{words}. Check this station's rights there.", words=words, needs_person=True
            )

    def _connected(self) -> _Line:
        if self._line is not None and not self._line.is_up:
            self._drop()
        if self._line is None:
            self._line = self._connect()
        return self._line

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.cut()

    def _connect(self) -> _Line:
        settings = self._settings
        line = _Line(self._client())
        try:
            # Its answer tells nothing here: on_connect does.
            line.client.connect(settings.host, settings.port_used, settings.keepalive_s)
            line.client.loop_start()
            word = line.welcome(settings.timeout_s)
        except (OSError, ValueError) as error:
            line.close()
            words = without((self._password,), str(error))
            person = type(error).__name__ == "SSLCertVerificationError"
            raise DeliveryError(
                "{where}: {words}", where=self._where, words=words, needs_person=person
            ) from error
        if word is not None:
            line.close()
            raise DeliveryError(
                "{where} does not let the station in: {word}",
                where=self._where,
                word=word,
                needs_person=line.is_for_good,
            )
        line.client.publish(self._availability, ONLINE, qos=1, retain=True)
        return line

    def _client(self) -> Client:
        from paho.mqtt.client import Client, MQTTv5, MQTTv311
        from paho.mqtt.enums import CallbackAPIVersion

        settings = self._settings
        newer = settings.protocol == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id.format(station=self._station),
            protocol=MQTTv5 if newer else MQTTv311,
            clean_session=None if newer else True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = settings.timeout_s
        if self._username is not None:
            client.username_pw_set(self._username, self._password)
        if settings.tls:
            context = tls_context(settings)
            context.sslsocket_class = _Handshake
            client.tls_set_context(context)
        client.will_set(self._availability, OFFLINE, qos=1, retain=True)
        return client


class _Line:
    """One connection, and what the network's thread tells of it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.last_words = ""
        self.is_for_good = False
        """Whether waiting will not change the broker's no."""
        self.most_bytes: int | None = None
        self.is_up = False
        self._word: str | None = None
        self._was_up = False
        self._acks: dict[int, Any] = {}
        self._news = threading.Condition()
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish

    def welcome(self, timeout_s: float) -> str | None:
        """None once the broker has let us in, else why not."""
        with self._news:
            self._news.wait_for(lambda: self.is_up or self._word or self.last_words, timeout_s)
            return None if self.is_up else self._word or self.last_words or SILENT

    def acknowledged(self, mid: int, timeout_s: float) -> Any | None:
        """The broker's reason code for a message; None where it gave none, or is gone."""
        with self._news:
            self._news.wait_for(lambda: mid in self._acks or not self.is_up, timeout_s)
            reason = self._acks.pop(mid, None)
            self._acks.clear()  # of what nobody waits for: the availability
            return reason

    def close(self) -> None:
        """Leave in good order: the broker says nothing."""
        self.client.disconnect()
        self.client.loop_stop()

    def cut(self) -> None:
        """Leave as if the cable were pulled: the broker says `offline`."""
        sock = self.client.socket()
        if isinstance(sock, socket.socket):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()

    def _on_connect(self, client: Client, _: Any, flags: Any, reason: Any, given: Any) -> None:
        del client, flags
        with self._news:
            if reason.is_failure:
                self._word = str(reason)
                self.is_for_good = reason.value not in LATER
            else:
                self.is_up = True
                self.most_bytes = getattr(given, "MaximumPacketSize", None)
            self._news.notify_all()

    def _on_disconnect(self, client: Client, _: Any, flags: Any, reason: Any, given: Any) -> None:
        del client, flags, given
        with self._news:
            self.is_up = False
            self.last_words = str(reason)
            self._news.notify_all()

    def _on_publish(self, client: Client, _: Any, mid: int, reason: Any, given: Any) -> None:
        del client, given
        with self._news:
            self._acks[mid] = reason
            self._news.notify_all()


def open_mqtt(settings: MqttSettings, station: str) -> Mqtt:
    """A broker, not connected yet. Raises ConfigError where the environment lacks a secret."""
    tls_context(settings)  # read now, so that a wrong file is told at the start
    username = secret_of("outbox.username_env", settings.username_env)
    password = secret_of("outbox.password_env", settings.password_env)
    return Mqtt(settings, station, username, password)


def _level(name: str) -> str:
    """A name as part of a topic: the letters that have a meaning there become `_`."""
    return "".join("_" if letter in "/+#\0" else letter for letter in name)


class _Handshake(ssl.SSLSocket):
    """Closes where the other is not trusted: the client would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        """As it is. Raises OSError."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise
