"""Numbers, times and the station's own words, in the language of the window."""

from __future__ import annotations

from datetime import datetime

from PyQt6.QtCore import QDateTime, QLocale

from station.domain import Code, Decision, Record
from ui.language import mark, tr

DECISIONS = {
    Decision.PASS: mark("PASS"),
    Decision.REVIEW: mark("REVIEW"),
    Decision.REJECT: mark("REJECT"),
    Decision.ERROR: mark("ERROR"),
}
CLASSES = {
    "normal": mark("normal"),
    "defective": mark("defective"),
    "good": mark("good"),
    "ok": mark("ok"),
    "crack": mark("crack"),
    "chip": mark("chip"),
    "deformation": mark("deformation"),
}
"""Names of classes that are common; others are said as they are."""
CODES = {
    Code.SCORE_PASS: mark("The defect probability is below the pass limit."),
    Code.SCORE_BAND: mark("The defect probability lies between the two limits: please look."),
    Code.SCORE_REJECT: mark("The defect probability reaches the reject limit."),
    Code.NOT_FOUND: mark("No part was found. Lay it into the middle of the picture."),
    Code.CUT_OFF: mark("Some of the part lies outside the picture. Move it to the middle."),
    Code.SEVERAL_PARTS: mark("There is more than one part. Lay down one at a time."),
    Code.TILTED: mark("The part looks oval: tilted or deformed. Lay it flat and try again."),
    Code.DEFORMED: mark("Diameter or rim is out of bounds. Look at the part."),
    Code.SCALE: mark("The part is too small or too large in the picture. Check the camera."),
    Code.BLURRED: mark("The picture is blurred. Focus the lens, clean it, hold still."),
    Code.NEVER_STILL: mark("The part never came to rest and into focus. Inspect it again."),
    Code.DARK: mark("The part is too dark. Give more light."),
    Code.BRIGHT: mark("The part is too bright. Give less light."),
    Code.FLAT: mark("The part shows too little contrast. Look at light, haze and lens."),
    Code.UNFAMILIAR: mark("Unlike anything in the training. Is this the product?"),
    Code.HEAT_OFF_PART: mark("The network looked beside the part. Clear the bench around it."),
    Code.UNREADABLE: mark("The picture cannot be read. Photograph the part again."),
    Code.ENGINE: mark("The engine gave no answer. Inspect the part again."),
    Code.INTERRUPTED: mark("The station was stopped in the middle. Inspect the part again."),
}
"""What a code says to a person; the record's own sentence, with its numbers, is in English."""


def decision_word(decision: Decision) -> str:
    """The verdict, as the banner says it."""
    return tr(DECISIONS[decision])


def class_word(name: str) -> str:
    """A class of the bundle: a common one in the window's language, any other as it is."""
    return tr(CLASSES[name]) if name in CLASSES else name


def code_word(code: str) -> str:
    """What a code of a record says; one that this version does not know as it is."""
    try:
        return tr(CODES[Code(code)])
    except ValueError:
        return code


def reason_of(record: Record) -> str:
    """Why, in sentences: in English the record's own, in another language what its codes say."""
    if QLocale().language() == QLocale.Language.English or not record.codes:
        return record.reason
    return " ".join(code_word(code) for code in record.codes)


def number(value: float | None, digits: int = 0) -> str:
    """`1,234.5` as it is written here; a dash for what was not measured."""
    return "–" if value is None else QLocale().toString(float(value), "f", digits)


def percent(share: float | None, digits: int = 1) -> str:
    """A share in [0, 1] as per cent; "> 99.9 %" rather than a 100 % that it is not."""
    if share is None:
        return "–"
    least = 0.5 * 10.0**-digits / 100.0
    if 1.0 - least <= share < 1.0:
        return f"> {number(100.0 - 10.0**-digits, digits)}\u00a0%"
    if 0.0 < share < least:
        return f"< {number(10.0**-digits, digits)}\u00a0%"
    return f"{number(100.0 * share, digits)}\u00a0%"


def millimetres(length_mm: float | None, digits: int = 1) -> str:
    """`1.8 mm`; a dash where no scale is known."""
    return "–" if length_mm is None else f"{number(length_mm, digits)} mm"


def heat_word(size_mm: float | None) -> str:
    """How far the heat of a marked place reaches: no measurement of the defect."""
    return tr("heat ≈ {size}", size=millimetres(size_mm))


def moment(when: datetime | None, seconds: bool = True) -> str:
    """Day and time of this place, as they are written here."""
    if when is None:
        return "–"
    local = when.astimezone()
    form = "yyyy-MM-dd HH:mm:ss" if seconds else "yyyy-MM-dd HH:mm"
    return QLocale().toString(QDateTime(local), form)


def day(when: datetime | None) -> str:
    """The day at this place, as it is written here in full."""
    if when is None:
        return "–"
    return QLocale().toString(QDateTime(when.astimezone()).date(), QLocale.FormatType.LongFormat)


def clock(when: datetime, seconds: bool = True) -> str:
    """The time of day at this place."""
    form = "HH:mm:ss" if seconds else "HH:mm"
    return QLocale().toString(QDateTime(when.astimezone()).time(), form)


def since_word(when: datetime) -> str:
    """Of something still going on, in few letters: the time of day, `06:02`; the day, `11-21`,
    where it began on another than today."""
    local = when.astimezone()
    if local.date() == datetime.now().astimezone().date():
        return clock(when, seconds=False)
    return QLocale().toString(QDateTime(local).date(), "MM-dd")
