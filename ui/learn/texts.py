"""The candidates in words."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QLocale

from station.learning.candidates import Candidate, Gathered, Obstacle
from station.learning.export import Exported
from station.reviewing.words import Kind, kind_of, said_in
from ui.decide.reasons import said_words
from ui.language import mark, tr
from ui.wording import class_word

OBSTACLES = {
    Obstacle.BY_HAND: mark("taken out by hand"),
    Obstacle.TO_CONFIRM: mark("class to be confirmed"),
    Obstacle.NO_CLASS: mark("no class known"),
    Obstacle.NOT_INSPECTED: mark("was not inspected"),
    Obstacle.NO_PICTURE: mark("its picture is missing"),
    Obstacle.SAME_PICTURE: mark("the same picture as another"),
    Obstacle.CONTRADICTION: mark("the same picture has two classes"),
    Obstacle.ALTERED: mark("its picture was altered"),
    Obstacle.GOLDEN: mark("is in the golden set"),
    Obstacle.NO_PART: mark("no part was found in it"),
    Obstacle.DAMAGED: mark("its picture is damaged"),
}
KINDS = {
    Kind.AGREED: mark("agreed"),
    Kind.OVERRULED: mark("overruled"),
    Kind.DECIDED: mark("decided"),
    Kind.BLIND: mark("blind look"),
    Kind.SECOND: mark("second opinion"),
    Kind.CLASSED: mark("class given"),
    Kind.UNDONE: mark("undone"),
}


def class_of(candidate: Candidate) -> str:
    """Its class; a guess with a question mark."""
    if candidate.class_name is None:
        return "–"
    name = class_word(candidate.class_name)
    return name if candidate.confirmed else f"{name} ?"


def word_on(candidate: Candidate) -> str:
    """How the word that counts came about, and why."""
    review = candidate.word
    kind = kind_of(review)
    if kind not in KINDS:
        return review.reason
    said = class_word(said_in(review)) if kind is Kind.CLASSED else said_words(review)
    return f"{tr(KINDS[kind])}: {said}" if said else tr(KINDS[kind])


def listed(counts: dict[str, int]) -> str:
    """`crack 12, normal 30`."""
    return ", ".join(f"{name} {QLocale().toString(count)}" for name, count in counts.items())


def told(exported: Exported) -> str:
    """What became of an export."""
    written = {class_word(name): count for name, count in exported.written.items()}
    text = tr("{count} new parts in {folder}", count=exported.count, folder=exported.folder)
    if written:
        text = f"{text}: {listed(written)}"
    if exported.there:
        text = f"{text}. " + tr("{count} were there before", count=exported.there)
    if exported.left_out:
        left = {tr(OBSTACLES[why]): len(names) for why, names in exported.left_out.items()}
        text = f"{text}. " + tr("Left out: {what}", what=listed(left))
    if exported.stale:
        text = f"{text}. " + tr(
            "{count} exported earlier are no longer taken, and still lie there",
            count=len(exported.stale),
        )
    return f"{text}."


def hint(gathered: Gathered | None, chosen: Sequence[Candidate]) -> str:
    """What can be done with the chosen rows; where there are none, how to come by some."""
    if gathered is not None and not gathered.candidates:
        return tr(
            "No part was decided by a person yet. Decide on parts (F2); they come here by "
            "themselves."
        )
    if not chosen:
        return ""
    choices = chosen[0].choices[:9]
    if len(choices) < 2:
        return tr("I: take in or out")
    named = "  ".join(f"{n} {class_word(name)}" for n, name in enumerate(choices, start=1))
    return tr("I: take in or out. C: the class is right. It is: {classes}", classes=named)
