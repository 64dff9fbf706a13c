"""Why a message did not get through."""

from __future__ import annotations

from typing import ClassVar

from engines.sentence import told_by


class DeliveryError(RuntimeError):
    """The message did not get through, or it is not known whether it did; it is sent again."""

    headline: ClassVar[str] = "The receiver does not take the results. They wait in the database."
    """Heads a message that another language does not have."""

    def __init__(
        self,
        text: str,
        /,
        *,
        retry_after_s: float = 0.0,
        needs_person: bool = False,
        **values: object,
    ) -> None:
        """text: a template, as `engines.sentence` has it, where values are given. It holds no
        secret: it is logged and recorded.

        retry_after_s: what the receiver asks to wait. needs_person: waiting alone will not mend
        it (a wrong token, a wrong address), so a person is told at once.
        """
        super().__init__(told_by(self, text, values))
        self.retry_after_s = retry_after_s
        self.needs_person = needs_person


class RefusedError(DeliveryError):
    """The receiver answered, and does not want this message."""
