"""What is asked before another model decides."""

from __future__ import annotations

from collections.abc import Sequence

from engines.bundle import Bundle
from station.config import StationConfig
from station.models.proof import Proof
from station.models.shelf import Shelf, Shelved
from ui.language import tr
from ui.model.confirm import ACTIVATE_REASONS, BACK_REASONS, Question
from ui.wording import class_word, percent


def activate_question(
    config: StationConfig, shelf: Shelf, model: Shelved, proof: Proof | None
) -> Question:
    """Before a model is activated. proof: what is known of it on this machine."""
    decides = shelf.decides
    facts = [_in_place_of(model.name, decides)]
    if proof is None or proof.decides is None:
        facts.append(
            tr("It is measured on this machine first, which takes moments to minutes; the line "
               "goes on with the model before meanwhile.")
        )  # fmt: skip
    facts.append(tr("The part in hand is decided first. B brings the model before back."))
    now = None if decides is None else decides.bundle
    return Question(
        title=tr("Activate {name}?", name=model.name),
        facts=facts,
        warnings=[*_differences(now, model.bundle), *_lock(config)],
        button=tr("Activate"),
        reasons=ACTIVATE_REASONS,
    )


def back_question(config: StationConfig, shelf: Shelf, before: str) -> Question:
    """Before the model before decides again."""
    return Question(
        title=tr("Roll back to {name}?", name=before),
        facts=[
            _in_place_of(before, shelf.decides),
            tr("The part in hand is decided first."),
        ],
        warnings=_lock(config),
        button=tr("Roll back"),
        reasons=BACK_REASONS,
    )


def _in_place_of(name: str, decides: Shelved | None) -> str:
    if decides is None:
        return tr("{name} decides about every part from then on.", name=name)
    return tr(
        "{name} decides about every part from then on, in place of {before}.",
        name=name,
        before=decides.name,
    )


def _lock(config: StationConfig) -> list[str]:
    if not config.shift.required:
        return []
    return [tr("Production is locked then until the golden parts have passed with this model.")]


def _differences(now: Bundle | None, new: Bundle | None) -> Sequence[str]:
    """What a person might not expect of the other model."""
    if now is None or new is None:
        return ()
    said = []
    if now.classes != new.classes:
        names = ", ".join(class_word(name) for name in new.class_names)
        said.append(tr("It knows other classes: {names}.", names=names))
    before, after = now.thresholds, new.thresholds
    if after.pass_below > before.pass_below:
        said.append(
            tr(
                "It passes parts up to a defect probability of {new}, until now {old}.",
                new=percent(after.pass_below), old=percent(before.pass_below),
            )
        )  # fmt: skip
    if (now.input.locate, now.input.part_diameter_mm) != (
        new.input.locate,
        new.input.part_diameter_mm,
    ):
        said.append(tr("It was made for another part or another kind of picture."))
    return said
