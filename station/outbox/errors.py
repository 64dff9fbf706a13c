"""Why a message did not get through."""

from __future__ import annotations


class DeliveryError(RuntimeError):
    """The message did not get through, or it is not known whether it did; it is sent again."""

    def __init__(
        self, text: str, *, retry_after_s: float = 0.0, needs_person: bool = False
    ) -> None:
        """text: holds no secret: it is logged and recorded.

        retry_after_s: what the receiver asks to wait. needs_person: waiting alone will not mend
        it (a wrong token, a wrong address), so a person is told at once.
        """
        super().__init__(text)
        self.retry_after_s = retry_after_s
        self.needs_person = needs_person


class RefusedError(DeliveryError):
    """The receiver answered, and does not want this message."""
