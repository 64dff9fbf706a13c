"""Why a golden part is not as it was, and what to do: for programs, and in a sentence."""

from __future__ import annotations

from enum import Enum


class Cause(str, Enum):
    """What a deviation speaks for."""

    BLUR = "BLUR"
    SHARPENED = "SHARPENED"
    DARKER = "DARKER"
    BRIGHTER = "BRIGHTER"
    HAZE = "HAZE"
    HARSH = "HARSH"
    CLOSER = "CLOSER"
    FARTHER = "FARTHER"
    MOVED = "MOVED"
    SIZE = "SIZE"
    SHAPE = "SHAPE"
    SCORE_LOWER = "SCORE_LOWER"
    SCORE_HIGHER = "SCORE_HIGHER"
    UNFAMILIAR = "UNFAMILIAR"
    ESCAPE = "ESCAPE"
    """A known bad part passed."""
    WEAKER = "WEAKER"
    """A known bad part that was always rejected is now only to be looked at."""
    OVERKILL = "OVERKILL"
    """A known good part was rejected."""
    DOUBTED = "DOUBTED"
    """A known good part that always passed is now to be looked at."""
    UNDECIDED = "UNDECIDED"
    """There is no verdict."""
    NOT_MEASURED = "NOT_MEASURED"
    OTHER_MODEL = "OTHER_MODEL"
    EXPIRED = "EXPIRED"
    NOT_SHOWN = "NOT_SHOWN"


REMEDIES = {
    Cause.BLUR: "Clean the lens, then focus it.",
    Cause.SHARPENED: "Turn the camera's sharpening off, and look whether the lens was changed.",
    Cause.DARKER: "Look at the lamp and its dimmer, clean it, and look at the exposure.",
    Cause.BRIGHTER: "Keep other light away, and look at the lamp's dimmer and the exposure.",
    Cause.HAZE: "Clean lens and lamp, and keep other light away.",
    Cause.HARSH: "Look at the lamp's diffuser, and at the exposure.",
    Cause.CLOSER: "The camera came closer, or its zoom was turned: put it back, then calibrate.",
    Cause.FARTHER: "The camera went away, or its zoom was turned: put it back, then calibrate.",
    Cause.MOVED: "Lay the part where it belongs; if it lies there, the camera was moved.",
    Cause.SIZE: "See that it is this golden part; if it is, calibrate the scale.",
    Cause.SHAPE: "Lay the part flat, and see that it is not damaged.",
    Cause.SCORE_LOWER: "The model sees less of a defect than before: look at light and focus.",
    Cause.SCORE_HIGHER: "The model sees more of a defect than before: clean the part and the lens.",
    Cause.UNFAMILIAR: "See that it is this golden part, clean it, and look at the light.",
    Cause.ESCAPE: "Defects would leave this bench. See that it is this part, then call the "
    "supervisor.",
    Cause.WEAKER: "Look at light and focus; if they are well, take the part up again.",
    Cause.OVERKILL: "See that it is this part, clean it, and look at light and focus.",
    Cause.DOUBTED: "Read why in the verdict; clean the part and the lens.",
    Cause.UNDECIDED: "Lay the part down again.",
    Cause.NOT_MEASURED: "Lay the part down again, whole in the picture.",
    Cause.OTHER_MODEL: "The golden part was taken up with another model: take it up again.",
    Cause.EXPIRED: "The golden part's record is too old: take it up again.",
    Cause.NOT_SHOWN: "The golden part was not laid down: start the check again.",
}
"""What to do about each."""
