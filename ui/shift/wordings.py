"""Findings of golden parts in the language of the window."""

from __future__ import annotations

from PyQt6.QtCore import QLocale

from station.domain import Decision
from station.shift.causes import Cause
from station.shift.check import RECORD, VERDICT, Finding
from station.shift.measures import SCORE
from station.shift.state import Locked, Open, State, Why
from ui.language import mark, tr
from ui.wording import decision_word, moment, number, percent

MEASURES = {
    "focus": mark("Focus"),
    "brightness": mark("Brightness"),
    "contrast": mark("Contrast"),
    "px_per_mm": mark("Pixels per mm"),
    "centre_x_mm": mark("Place, left to right"),
    "centre_y_mm": mark("Place, top to bottom"),
    "diameter_mm": mark("Diameter"),
    "ovality_mm": mark("Ovality"),
    SCORE: mark("Defect probability"),
    "novelty": mark("Novelty"),
    VERDICT: mark("Verdict"),
    RECORD: mark("Record"),
}
DIGITS = {"focus": 3, "brightness": 3, "contrast": 3, "px_per_mm": 2, "novelty": 2}
"""Digits after the point; measures in mm have two."""
CAUSES = {
    Cause.BLUR: mark("Blurred: clean the lens, then focus it."),
    Cause.SHARPENED: mark("Too sharp: turn the camera's sharpening off; was the lens changed?"),
    Cause.DARKER: mark("Darker: look at the lamp and its dimmer, clean it; check the exposure."),
    Cause.BRIGHTER: mark("Brighter: keep other light away; check the dimmer and the exposure."),
    Cause.HAZE: mark("Less contrast: clean lens and lamp; keep other light away."),
    Cause.HARSH: mark("More contrast: look at the lamp's diffuser and the exposure."),
    Cause.CLOSER: mark("The camera is closer, or its zoom was turned: put it back, calibrate."),
    Cause.FARTHER: mark("The camera is farther, or its zoom was turned: put it back, calibrate."),
    Cause.MOVED: mark("Lay the part where it belongs. If it lies there, the camera was moved."),
    Cause.SIZE: mark("Is it this golden part? If so, calibrate the scale."),
    Cause.SHAPE: mark("Lay the part flat. Is it damaged?"),
    Cause.SCORE_LOWER: mark("The model sees less of a defect: check light and focus."),
    Cause.SCORE_HIGHER: mark("The model sees more of a defect: clean the part and the lens."),
    Cause.UNFAMILIAR: mark("Unlike before: is it this golden part? Clean it, check the light."),
    Cause.ESCAPE: mark("A known bad part passed. Is it this part? Call the supervisor."),
    Cause.WEAKER: mark("It was always rejected before: check light and focus."),
    Cause.OVERKILL: mark("A known good part was rejected: clean it, check light and focus."),
    Cause.DOUBTED: mark("It passed before: read why, clean the part and the lens."),
    Cause.UNDECIDED: mark("There is no verdict: lay the part down again."),
    Cause.NOT_MEASURED: mark("Not measured: lay the part down again, whole in the picture."),
    Cause.OTHER_MODEL: mark("Taken up with another model: a supervisor takes it up again."),
    Cause.EXPIRED: mark("Its record is too old: a supervisor takes it up again."),
    Cause.NOT_SHOWN: mark("It was not laid down."),
}
STATES = {
    Why.NEVER: mark("No check of golden parts was passed on this station yet."),
    Why.FAILED: mark("The last check of golden parts failed."),
    Why.OVER: mark("The last check, or override, has run out."),
    Why.MODEL: mark("Another model decides now than when the golden parts were checked."),
    Why.CLOCK: mark("The last check lies in the future: set the clock right."),
}


def measure_word(name: str) -> str:
    """What a measure is called."""
    return tr(MEASURES[name]) if name in MEASURES else name


def value_word(name: str, value: float | None) -> str:
    """A measure's value as it is written here."""
    if name == SCORE:
        return percent(value, 1)
    if value is None:
        return tr("not measured")
    text = number(value, DIGITS.get(name, 2))
    return f"{text} mm" if name.endswith("_mm") and name != "px_per_mm" else text


def finding_words(finding: Finding) -> str:
    """One line: what is so, and what was expected."""
    name = measure_word(finding.measure)
    if finding.measure == VERDICT:
        wanted = str(finding.expected).split(" or ")
        return tr(
            "{measure}: {got}, expected {expected}",
            measure=name,
            got=decision_word(Decision(str(finding.got))),
            expected=" / ".join(decision_word(Decision(word)) for word in wanted),
        )
    if isinstance(finding.expected, str) or finding.tolerance is None:
        return name
    got = finding.got if isinstance(finding.got, float) else None
    return tr(
        "{measure}: {got}, expected {expected} ± {tolerance}",
        measure=name,
        got=value_word(finding.measure, got),
        expected=value_word(finding.measure, finding.expected),
        tolerance=value_word(finding.measure, finding.tolerance),
    )


def remedy_words(finding: Finding) -> str:
    """What to do about it; empty where it is as it was."""
    return "" if finding.cause is None else tr(CAUSES[finding.cause])


def state_words(state: State) -> tuple[str, str]:
    """Whether production is open, in a word or two; and why, in a sentence."""
    if isinstance(state, Locked):
        return tr("Production is locked"), tr(STATES[state.why])
    if state.why is Why.NOT_REQUIRED:
        return tr("Production is open"), tr("No check is asked for on this bench.")
    until = moment(state.until, seconds=False)
    if state.why is Why.OVERRIDDEN:
        return tr("Lock overridden until {time}", time=until), _own_words(state)
    return tr("Production is open until {time}", time=until), tr("The golden parts passed.")


def _own_words(state: Open) -> str:
    """A supervisor's reason is theirs, in whatever language they wrote it."""
    if QLocale().language() == QLocale.Language.English:
        return state.text
    return state.text.partition("because: ")[2] or state.text
