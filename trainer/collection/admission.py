"""Whether one picture file meets the criteria, and if not, why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engines.bundle import InputSpec
from engines.errors import ImageError
from engines.prediction import ImageArray
from engines.quality import measure
from trainer.checks.facts import Facts, facts_of
from trainer.criteria import PictureCriteria


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file does not come in."""

    criterion: str
    """In a word: licence, class, unreadable, format, size, colour, quality, copy."""
    reason: str
    """In a sentence."""
    sha256: str = ""


def examine(
    path: Path, criteria: PictureCriteria, known: Mapping[str, str]
) -> Facts | Refusal | str:
    """A file's facts, or why it is refused; of one that is in already (`known`), its sha256."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Refusal("unreadable", f"it cannot be read ({error.strerror})")
    digest = hashlib.sha256(data).hexdigest()
    if digest in known:
        return digest
    try:
        facts, image = facts_of(data, path.name)
    except ImageError as error:
        return Refusal("unreadable", str(error), digest)
    refusal = _of_file(facts, criteria) or _of_picture(image, criteria)
    return facts if refusal is None else Refusal(*refusal, digest)


def _of_file(facts: Facts, criteria: PictureCriteria) -> tuple[str, str] | None:
    if facts.format not in criteria.formats:
        return "format", f"it is a {facts.format}; wanted: {', '.join(criteria.formats)}"
    side, (least, most) = min(facts.size), criteria.shorter_side_px
    extent = f"it is {facts.width}x{facts.height} px"
    if not least <= side <= most:
        return "size", f"{extent}; wanted: a shorter side of {least:g} to {most:g} px"
    low, high = criteria.aspect
    if not low <= facts.width / facts.height <= high:
        return "size", f"{extent}; wanted: width / height of {low:g} to {high:g}"
    if criteria.colour != "any" and facts.is_grey != (criteria.colour == "grey"):
        return "colour", f"it is {'grey' if facts.is_grey else 'colour'}; wanted: {criteria.colour}"
    return None


def _of_picture(image: ImageArray, criteria: PictureCriteria) -> tuple[str, str] | None:
    quality = measure(image, InputSpec(criteria.size_px, criteria.size_px, 3))
    low, high = criteria.brightness
    bounds = (
        ("focus", quality.focus, criteria.focus_from, float("inf")),
        ("brightness", quality.brightness, low, high),
        ("contrast", quality.contrast, criteria.contrast_from, float("inf")),
        ("share of black pixels", quality.dark_share, 0.0, criteria.dark_share_to),
        ("share of white pixels", quality.bright_share, 0.0, criteria.bright_share_to),
    )
    for name, value, least, most in bounds:
        if value < least:
            return "quality", f"its {name} is {value:.3f}; wanted: at least {least:g}"
        if value > most:
            return "quality", f"its {name} is {value:.3f}; wanted: at most {most:g}"
    return None
