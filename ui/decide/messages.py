"""What the page says of answers, and where there is nothing to answer."""

from __future__ import annotations

from station.domain import Decision
from station.reviewing.answers import Answer, Given
from station.reviewing.queue import Queue, Waiting
from station.reviewing.words import Kind
from station.sayings import Review, Severity
from ui.decide.round import Round
from ui.language import mark, tr
from ui.wording import class_word, clock, decision_word

NEVER_PASSED = mark(
    "This part could not be inspected, so it cannot be passed. Inspect it again, or reject it."
)


def told_of(given: Given) -> tuple[str, Severity] | None:
    """Of an answer that was written; None where the next part says enough."""
    source, said = given.part.record.source, decision_word(given.review.decision)
    if given.kind is Kind.UNDONE:
        return tr("Taken back: {source} waits again.", source=source), Severity.INFO
    if given.kind is Kind.SECOND:
        return tr("{source} waits for somebody else now.", source=source), Severity.INFO
    if given.kind is Kind.BLIND:
        verdict = given.part.record.decision
        text = tr(
            "{source}: you said {said}, the station said {verdict}.",
            source=source,
            said=said,
            verdict=decision_word(verdict),
        )
        same = given.review.decision is verdict
        return text, Severity.INFO if same else Severity.WARNING
    return None


def outrun(part: Waiting, review: Review) -> str:
    """Somebody else was quicker."""
    return tr(
        "{who} decided {said} on {source} at {time}. Your answer was not written.",
        who=review.operator,
        said=decision_word(review.decision),
        source=part.record.source,
        time=clock(review.at),
    )


def nothing(rounds: Round, queue: Queue, *, configured: bool) -> str:
    """Why no part is in hand, and what comes next."""
    if not configured:
        return tr("Nothing is configured yet. The first page says how to begin.")
    if rounds.loading:
        return tr("Looking for what waits")
    if rounds.elsewhere:
        return tr("Nothing waits for you. What you sent on waits for somebody else.")
    if queue is Queue.BLIND:
        return tr("Nothing is left to look at again. New parts join by chance.")
    return tr("Nothing waits: every part is decided. New ones come here by themselves.")


def why(answer: Answer) -> str:
    """The question where the model is overruled."""
    said = decision_word(answer.decision)
    if answer.true_class is not None:
        said = f"{said} ({class_word(answer.true_class)})"
    if answer.decision is Decision.PASS:
        return tr("{said}, though the model leans to REJECT. Why?", said=said)
    return tr("{said}, though the model leans to PASS. Why?", said=said)
