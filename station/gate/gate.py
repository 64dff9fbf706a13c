"""Tells a sorter which part may pass. Fail-safe: whatever goes wrong, the way is closed.

Lines of ASCII, each ended by a line feed, to every controller that is connected:

    HELLO 1                          first, on connecting: the protocol's number
    BEAT                             every heartbeat_s
    PASS <uuid>                      this part may pass, for hold_ms
    STOP <uuid> REVIEW|REJECT|ERROR  this part may not
    STOP <uuid> LATE                 it would have, but its picture is older than fresh_s
    STOP - START|HELD                no part may: on connecting; after hold_ms
    STOP - FAULT|CLOSED              no part may: on a fault; at the end

A controller opens the way at PASS only, and closes it at any other line but BEAT, after hold_ms,
when the connection ends, and when it has heard nothing for 2.5 heartbeat_s. An output line is
active exactly while the way is open.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from types import TracebackType

from typing_extensions import Self

from engines.sentence import sentence
from station.domain import Decision, Record
from station.gate.line_server import LineServer, open_server
from station.gate.output_line import OutputLine, open_line
from station.gate.settings import GateSettings

log = logging.getLogger(__name__)
WELCOME = b"HELLO 1\nSTOP - START\n"
LOST_BEATS = 2.5
AHEAD_S = 1.0
"""A picture from so far in the future means that the clock was set, so its age is not known."""
PAUSE_S = 1.0
"""Between a fault and the next try."""
TELLING_S = 2.0
"""So long at the end an alarm may still take."""
MOST_WAITING = 64


class Gate:
    """The way to the sorter. A context manager: closed before and after."""

    def __init__(self, settings: GateSettings, on_alarm: Callable[[str, str], None]) -> None:
        """on_alarm: kind (`gate`) and sentence; called from a thread of its own, may take long."""
        self._settings = settings
        self._on_alarm = on_alarm
        self._records: deque[Record] = deque(maxlen=MOST_WAITING)
        self._stop = threading.Event()
        self._server: LineServer | None = None
        self._line: OutputLine | None = None
        self._is_open = False
        self._rise_at: float | None = None
        self._release_at: float | None = None
        self._beat_at = 0.0
        self._is_faulty = False
        """Whether the last change of the line failed: told once."""
        self._is_late = False
        """Whether the last that passed was too late: told once."""
        self._rouser: socket.socket | None = None
        self._telling: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)

    @property
    def port(self) -> int | None:
        """Where controllers connect; None without TCP."""
        return None if self._server is None else self._server.port

    def tell(self, record: Record) -> None:
        """A part was decided, and its row is on the disk. Never blocks, never fails."""
        self._records.append(record)
        self._rouse()

    def __enter__(self) -> Self:
        """Raises ConfigError where the port or the line cannot be had."""
        settings = self._settings
        self._selector = selectors.DefaultSelector()
        self._rouser, self._roused = socket.socketpair()
        for end in (self._rouser, self._roused):
            end.setblocking(False)
        self._selector.register(self._roused, selectors.EVENT_READ)
        try:
            if settings.chip is not None:
                self._line = open_line(settings)
            if settings.port is not None:
                lost_after_s = LOST_BEATS * settings.heartbeat_s
                self._server = open_server(
                    settings.host, settings.port, self._selector, lost_after_s
                )
        except BaseException:
            self._shut()
            raise
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._rouse()
        self._thread.join()
        for thread in self._telling:
            thread.join(TELLING_S)

    def _rouse(self) -> None:
        if self._rouser is not None:
            with suppress(OSError):  # full: it is roused already; closed: nobody is there
                self._rouser.send(b".")

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._serve()
                except Exception as error:  # whatever it is: first the way is closed
                    log.exception("gate: a fault")
                    self._fault(error)
                    self._stop.wait(PAUSE_S)
        finally:
            self._shut()

    def _serve(self) -> None:
        """Until the end: what is told, who comes and goes, and what is due."""
        while not self._stop.is_set():
            dues = (self._beat_at, self._rise_at, self._release_at)
            due = min(at for at in dues if at is not None)
            for key, _ in self._selector.select(max(0.0, due - time.monotonic())):
                if key.fileobj is self._roused:
                    self._roused.recv(4096)
                elif self._server is not None:
                    self._server.attend(key.fileobj, WELCOME)
            while self._records and not self._stop.is_set():
                self._decide(self._records.popleft())
            self._do_what_is_due(time.monotonic())
            if self._server is not None:
                self._server.flush()

    def _decide(self, record: Record) -> None:
        age_s = (datetime.now(timezone.utc) - record.captured_at).total_seconds()
        if record.decision is not Decision.PASS:
            self._close_way(f"STOP {record.uuid} {record.decision.value}")
        elif -AHEAD_S <= age_s <= self._settings.fresh_s:
            self._open_way(record.uuid)
        else:
            self._close_way(f"STOP {record.uuid} LATE")
            self._tell_late(record, age_s)

    def _open_way(self, uuid: str) -> None:
        """Now; where it is open for the part before, after a gap that the sorter can see."""
        now = time.monotonic()
        wait_s = self._settings.gap_ms / 1000.0 if self._line and self._is_open else 0.0
        if wait_s:
            self._drive(False)
        self._is_late = False
        self._is_open = True
        self._rise_at = now + wait_s
        self._release_at = now + wait_s + self._settings.hold_ms / 1000.0
        self._say(f"PASS {uuid}")
        self._do_what_is_due(now)

    def _close_way(self, why: str) -> None:
        self._is_open = False
        self._rise_at = self._release_at = None
        try:
            self._drive(False)
        finally:
            self._say(why)

    def _do_what_is_due(self, now: float) -> None:
        if self._release_at is not None and now >= self._release_at:
            self._close_way("STOP - HELD")
        if self._rise_at is not None and now >= self._rise_at:
            self._rise_at = None
            self._drive(True)
        if now >= self._beat_at:
            self._beat_at = now + self._settings.heartbeat_s
            self._say("BEAT")

    def _say(self, line: str) -> None:
        if self._server is not None:
            self._server.say(f"{line}\n".encode("ascii", "replace"))

    def _drive(self, active: bool) -> None:
        if self._line is not None:
            self._line.set(active)
        self._is_faulty = False

    def _fault(self, error: Exception) -> None:
        """Close the way by all means that are left, and forget what was told until now."""
        self._records.clear()
        with suppress(OSError):
            self._close_way("STOP - FAULT")
        if self._server is not None:
            self._server.flush()
        if self._is_faulty:
            return
        self._is_faulty = True
        self._tell(
            sentence(
                "the gate failed and is closed ({name}: {error}). Check the output "
                "line and its cable; the gate tries again with the next part.",
                name=type(error).__name__,
                error=error,
            )
        )

    def _tell_late(self, record: Record, age_s: float) -> None:
        if self._is_late:
            return
        self._is_late = True
        self._tell(
            sentence(
                "{source} passed, but its picture was taken {age_s:.1f} s before: the "
                "gate stays closed for a part older than gate.fresh_s, {fresh_s:g} s. "
                "Check the clocks of station and camera, and whether the station keeps "
                "up.",
                source=record.source,
                age_s=age_s,
                fresh_s=self._settings.fresh_s,
            )
        )

    def _tell(self, text: str) -> None:
        """Beside this thread: who listens may wait for a database, and the beat must go on."""
        telling = threading.Thread(target=self._tell_now, args=(text,), daemon=True)
        telling.start()
        self._telling = [thread for thread in (*self._telling, telling) if thread.is_alive()]

    def _tell_now(self, text: str) -> None:
        try:
            self._on_alarm("gate", text)
        except Exception:  # who listens must not hold the gate
            log.exception("gate: nobody could be told: %s", text)

    def _shut(self) -> None:
        """Closed, and everything given back."""
        with suppress(OSError):
            self._close_way("STOP - CLOSED")
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.close()
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._selector.close()
        if self._rouser is not None:
            self._rouser.close()
            self._roused.close()
