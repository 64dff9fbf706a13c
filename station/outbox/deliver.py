"""Brings the messages of the database to one destination, in order, until it has them.

A message is marked after the destination has it, so a kill between the two sends it again, under
the same key: at least once, never lost. Nothing here is waited for by inspection.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from types import TracebackType

from typing_extensions import Self

from engines.sentence import sentence
from station.errors import StoreError
from station.outbox.destinations import Destination
from station.outbox.errors import DeliveryError, RefusedError
from station.outbox.message import Message, Queue, key_of
from station.outbox.settings import DeliverySettings

log = logging.getLogger(__name__)
TOGETHER = 32
"""So many messages are read at a time."""
MARK_S = 0.5
"""So long at most goes by between a delivery and its mark while more are sent."""
PROBES = 8
"""So many later messages are tried, at most, when one is refused."""
POLL_S = 5.0
"""So often is looked for what another process wrote; what this one writes comes by `nudge`."""
STOP_S = 2.0
"""So long at most is waited for a message on its way; then it is left, and sent again."""

OnAlarm = Callable[[str, str], None]
"""Kind and sentence: `outbox_failing`, `outbox_set_aside` and `outbox_back`."""


class Delivery:
    """One destination's thread. A context manager; it closes the destination at the end."""

    def __init__(
        self,
        queue: Queue,
        name: str,
        destination: Destination,
        on_alarm: OnAlarm,
        settings: DeliverySettings | None = None,
        *,
        poll_s: float = POLL_S,
    ) -> None:
        """on_alarm: called from this destination's thread."""
        self._queue = queue
        self._name = name
        self._destination = destination
        self._on_alarm = on_alarm
        self._settings = settings or DeliverySettings()
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._news = threading.Event()
        self._again = threading.Event()
        self._left = False
        self._failures = 0
        self._alarmed = False
        self._refused: tuple[int, int] = (-1, 0)
        """Message id, how often."""
        self._taken_later = -1
        """Id of a message that the receiver took after refusing those before it."""
        self._thread = threading.Thread(target=self._run, name=f"outbox-{name}", daemon=True)

    def nudge(self) -> None:
        """Something new waits: look at once, unless a failure is being waited out. Never blocks."""
        self._news.set()

    def retry_now(self) -> None:
        """Do not wait out the last failure. Never blocks."""
        self._again.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop within STOP_S; what is on its way then is sent again at the next start."""
        self._stop.set()
        self._again.set()
        self._news.set()
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            self._left = True
            log.warning("outbox %s: left while it sent a message, which is sent again", self._name)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._once()
        finally:
            self._destination.close()

    def _once(self) -> None:
        """One round, and the wait after it."""
        self._news.clear()
        self._again.clear()
        try:
            sent = self._send()
        except (DeliveryError, StoreError) as error:
            self._failed(error)
            return
        except Exception as error:  # a worker's edge: the line must not end silently
            log.exception("outbox %s: a fault of the station's own", self._name)
            self._failed(error)
            return
        if not sent:
            self._worked()
            self._news.wait(self._poll_s)

    def _send(self) -> bool:
        """Send what waits, up to TOGETHER; False for nothing."""
        messages = self._queue.outbox_after(self._name, TOGETHER)
        if not messages:
            self._destination.idle()
            return False
        delivered: int | None = None
        marked_at = time.monotonic()
        try:
            for message in messages:
                if self._stop.is_set():
                    break
                try:
                    self._destination.deliver(message)
                except RefusedError as error:
                    if message.id < self._taken_later:
                        self._set_aside(message, error)
                    elif delivered is not None:
                        break  # marked first: it comes again as the head of the line
                    else:
                        self._probe(messages, error)
                        break
                delivered = message.id
                if time.monotonic() - marked_at >= MARK_S:
                    self._mark(delivered)
                    delivered, marked_at = None, time.monotonic()
        finally:
            if delivered is not None:
                self._mark(delivered)
        return True

    def _mark(self, delivered: int) -> None:
        if self._left:  # the database may be closed by now: it comes again at the next start
            return
        self._queue.outbox_delivered(self._name, delivered)
        self._worked()

    def _probe(self, messages: Sequence[Message], error: RefusedError) -> None:
        """Find out whose fault it is that the first of the messages is refused.

        Refused `refusals` times over, later ones are tried: one that is taken shows that the
        receiver works, and what it still refuses of those before is set aside in the next round.
        Else raises the error: the line waits, and nothing is lost to a wrong address.
        """
        times = self._refused[1] + 1 if self._refused[0] == messages[0].id else 1
        self._refused = (messages[0].id, times)
        if times >= self._settings.refusals:
            for message in messages[1 : 1 + PROBES]:
                if self._stop.is_set():
                    return
                with suppress(RefusedError):
                    self._destination.deliver(message)
                    self._taken_later = message.id
                    return
        raise error

    def _set_aside(self, message: Message, error: RefusedError) -> None:
        self._tell(
            "outbox_set_aside",
            sentence(
                "{name} refused message {id} ({key}) for good: {error}. Those after it are "
                "sent; its record is in the database. Mend what the receiver names, then give "
                "it the record by hand.",
                name=self._name,
                id=message.id,
                key=key_of(message),
                error=error,
            ),
        )

    def _worked(self) -> None:
        if self._alarmed:
            self._tell("outbox_back", sentence("{name} takes results again.", name=self._name))
        self._failures, self._alarmed = 0, False

    def _failed(self, error: Exception) -> None:
        """Note a failure, tell of it when it lasts, and wait it out."""
        if self._stop.is_set():
            return
        self._failures += 1
        wait_s = self._wait_s(getattr(error, "retry_after_s", 0.0))
        log.info("outbox %s: %s; again in %.1f s", self._name, error, wait_s)
        noted = self._note(error, datetime.now(timezone.utc) + timedelta(seconds=wait_s))
        lasting = self._failures >= self._settings.alarm_after
        if not self._alarmed and (lasting or getattr(error, "needs_person", False)):
            self._alarmed = True
            attempts = (
                sentence("{count} attempts", count=self._failures)
                if self._failures > 1
                else sentence("1 attempt")
            )
            self._tell(
                "outbox_failing",
                sentence(
                    "{name} does not take results ({attempts}): {error}. They wait in the "
                    "database and are sent when it takes them.",
                    name=self._name,
                    attempts=attempts,
                    error=error,
                ),
            )
        self._wait_out(wait_s, noted)

    def _note(self, error: Exception, next_try_at: datetime) -> datetime | None:
        """Write a failure down; None where it cannot be written."""
        try:
            self._queue.outbox_failed(self._name, str(error), next_try_at)
        except StoreError as unwritten:
            log.warning("outbox %s: %s", self._name, unwritten)
            return None
        return next_try_at

    def _wait_out(self, wait_s: float, noted: datetime | None) -> None:
        """Wait; less when a person wants another try, by `retry_now` or in the database."""
        until, look_s = time.monotonic() + wait_s, self._poll_s
        while not self._stop.is_set() and (left_s := until - time.monotonic()) > 0.0:
            if self._again.wait(min(left_s, look_s)):
                return
            looked_at = time.monotonic()
            if noted is not None and look_s < left_s and self._is_changed(noted):
                return
            # Counting what waits takes long when it is much: a tenth of the time at most.
            look_s = max(self._poll_s, 10.0 * (time.monotonic() - looked_at))

    def _is_changed(self, noted: datetime) -> bool:
        """Whether the database has another time for the next attempt than this thread wrote."""
        try:
            states = self._queue.outbox_state()
        except StoreError:
            return False
        return any(s.name == self._name and s.next_try_at != noted for s in states)

    def _wait_s(self, asked_s: float) -> float:
        """Doubling from first_retry_s to longest_retry_s, give or take a fifth.

        Stations that lost one server together must not come back to it together.
        """
        settings = self._settings
        doubled_s = settings.first_retry_s * 2.0 ** min(self._failures - 1, 60)
        wait_s = min(max(doubled_s, asked_s), settings.longest_retry_s)
        return wait_s * random.uniform(0.8, 1.2)

    def _tell(self, kind: str, text: str) -> None:
        try:
            self._on_alarm(kind, text)
        except Exception:  # who listens must not stop the line
            log.exception("outbox %s: nobody could be told: %s", self._name, text)
