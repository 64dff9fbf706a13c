"""Locks the window when nobody has touched it for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt6.QtCore import QCoreApplication, QEvent, QObject, QPointF, QTimer
from PyQt6.QtGui import QMouseEvent
from typing_extensions import override

from ui.people.session import Session

CHECK_MS = 5_000
TOUCHES = frozenset(
    (
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
    )
)
"""What a person does; a mouse that moved counts as well, one that only the picture moved under
does not."""


class IdleLock(QObject):
    """Watches every window of the application. Parts that come in are no touch."""

    def __init__(
        self,
        session: Session,
        minutes: Callable[[], float | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """minutes: without a touch; None: never. Default: what the configuration says."""
        super().__init__(session)
        self._session, self._clock = session, clock
        self._minutes = minutes or self._configured
        self._touched_at = clock()
        self._mouse_at: QPointF | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)
        self._timer.start(CHECK_MS)
        session.shut_changed.connect(self.touch)
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def touch(self, *_: object) -> None:
        """Somebody is there."""
        self._touched_at = self._clock()

    def check(self) -> None:
        """Lock where the time is up."""
        minutes = self._minutes()
        if minutes is not None and self._clock() - self._touched_at >= 60.0 * minutes:
            self._session.lock(idle_min=minutes)

    @override
    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        """Qt's own name: looks, and holds nothing up."""
        if a1 is None:
            return False
        kind = a1.type()
        if kind in TOUCHES:
            self._touched_at = self._clock()
        elif kind == QEvent.Type.MouseMove and isinstance(a1, QMouseEvent):
            at = a1.globalPosition()
            if at != self._mouse_at:
                self._mouse_at = at
                self._touched_at = self._clock()
        return False

    def _configured(self) -> float | None:
        config = self._session.desk.config
        return None if config is None else config.window.lock_after_min
