"""A person's answers: written once, never over somebody else's; taken back by a further word."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass
from datetime import datetime, timezone

from station.domain import Decision
from station.errors import ConfigError
from station.reviewing.leaning import leaning
from station.reviewing.queue import Waiting
from station.reviewing.words import Kind, text_of, undone_text
from station.sayings import Review
from station.store.answered import LastKnown
from station.store.store import Store


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of a part."""

    decision: Decision
    """PASS or REJECT; REVIEW asks for a second opinion."""
    true_class: str | None = None
    """What the part really is, of the bundle's classes; None: not said."""
    reason: str = ""
    """Why the model is overruled."""
    note: str = ""
    """In the person's own words."""
    blind: bool = False
    """The verdict was not shown."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that is on the disk."""

    part: Waiting
    """As it was before."""
    review: Review
    kind: Kind


def kind_of_answer(part: Waiting, answer: Answer) -> Kind:
    """What an answer is, held against the side that the model leans to."""
    if answer.decision is Decision.REVIEW:
        return Kind.SECOND
    if answer.blind:
        return Kind.BLIND
    side = leaning(part.record)
    if side is None:
        return Kind.DECIDED
    return Kind.AGREED if answer.decision is side else Kind.OVERRULED


def give(store: Store, part: Waiting, answer: Answer, operator: str | None) -> Given:
    """Write a person's answer to a part as they saw it.

    Raises ConfigError for what cannot be said, AnsweredError where somebody else said a word on
    the part meanwhile, StoreError.
    """
    kind = kind_of_answer(part, answer)
    _check(part, answer, kind, operator)
    text = text_of(kind, answer.reason, answer.note)
    review = _review(part, operator, answer.decision, text, answer.true_class)
    store.add_review(review, _known(part.latest))
    return Given(part, review, kind)


def take_back(store: Store, given: Given, operator: str | None) -> Given:
    """Undo an answer: a further review after which counts what counted before it.

    Nothing is removed: the chain keeps both. A part that could not be inspected is then open.
    Raises AnsweredError where another word was said since, StoreError.
    """
    before, record = given.part.latest, given.part.record
    decision = record.decision if before is None else before.decision
    if decision is Decision.ERROR:
        decision = Decision.REVIEW
    true_class = None if before is None else before.true_class
    review = _review(given.part, operator, decision, undone_text(before), true_class)
    store.add_review(review, _known(given.review))
    return Given(given.part, review, Kind.UNDONE)


def name_class(store: Store, part: Waiting, true_class: str, operator: str | None) -> Given:
    """Tell what a part really is that was decided already: the decision stays.

    Raises ConfigError for a class on the other side of the decision, AnsweredError, StoreError.
    """
    if part.latest is None:
        raise ConfigError("nobody decided on this part yet; decide first, then name its class.")
    answer = Answer(part.latest.decision, true_class)
    _check(part, answer, Kind.CLASSED, operator)
    text = text_of(Kind.CLASSED, true_class)
    review = _review(part, operator, answer.decision, text, true_class)
    store.add_review(review, _known(part.latest))
    return Given(part, review, Kind.CLASSED)


def _check(part: Waiting, answer: Answer, kind: Kind, operator: str | None) -> None:
    if not (operator or "").strip():
        raise ConfigError("nobody is named: a decision carries a name. Sign in, or type yours.")
    if answer.decision is Decision.ERROR:
        raise ConfigError("a person decides PASS, REJECT, or asks for a second opinion.")
    if part.record.decision is Decision.ERROR and answer.decision is Decision.PASS:
        raise ConfigError(
            "This part could not be inspected (ERROR), and nothing that was not inspected is "
            "passed. Inspect it again, or reject it."
        )
    asked_by = part.asked_by
    if asked_by is not None and operator is not None and asked_by.lower() == operator.lower():
        raise ConfigError(
            "{asked_by} asked for a second opinion on this part: somebody else has to give it.",
            asked_by=asked_by,
        )
    if kind is Kind.OVERRULED and not answer.reason.strip():
        raise ConfigError("the model is overruled without a reason. Choose one from the list.")
    if answer.true_class is not None:
        _check_class(part, answer)


def _check_class(part: Waiting, answer: Answer) -> None:
    wanted = answer.decision is Decision.REJECT
    names = [each.name for each in part.classes if each.defect is wanted]
    if answer.true_class not in names:
        raise ConfigError(
            "the class {true_class!r} was named with {value}; expected one of {names}.",
            true_class=answer.true_class,
            value=answer.decision.value,
            names=", ".join(names) or "none: the bundle is not known here",
        )


def _review(
    part: Waiting, operator: str | None, decision: Decision, text: str, true_class: str | None
) -> Review:
    return Review(
        uuid=str(uuids.uuid4()),
        part_uuid=part.record.uuid,
        operator=(operator or "").strip(),
        decision=decision,
        reason=text,
        at=datetime.now(timezone.utc),
        true_class=true_class,
    )


def _known(review: Review | None) -> LastKnown:
    return LastKnown(None if review is None else review.uuid)
