"""What the station wrote down in English, read back and said in the language of the window.

A kept text no longer knows its template: the one it was made by is found again in the catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from string import Formatter

from PyQt6.QtCore import QLocale

from ui.language import catalogue

LEAST_LETTERS = 12
"""A template with fewer of its own would be found in texts that it did not make."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class _Known:
    """A template, and how texts that it made look."""

    said: str
    """It in the other language."""
    looks: re.Pattern[str]
    letters: int
    """Of its own: the template with the most is the one that made a text."""


def told_again(text: str) -> str:
    """A kept English text in the window's language, each sentence of it by itself where the whole
    is unknown; what no catalogue made stays as it is."""
    language = QLocale().name().split("_")[0]
    return text if language in ("en", "C") else _again(text, _known(language))


def _again(text: str, known: tuple[_Known, ...]) -> str:
    pieces = SENTENCE.split(text)
    for count in range(len(pieces), 0, -1):
        said = _one(" ".join(pieces[:count]), known)
        if said is not None:
            rest = " ".join(pieces[count:])
            return f"{said} {_again(rest, known)}" if rest else said
    first, rest = pieces[0], " ".join(pieces[1:])
    return f"{first} {_again(rest, known)}" if rest else first


def _one(text: str, known: tuple[_Known, ...]) -> str | None:
    """By the template that made it; None: there is none."""
    for each in known:
        if found := each.looks.fullmatch(text):
            values = {name: _again(value, known) for name, value in found.groupdict().items()}
            return "".join(
                literal + ("" if name is None else values[name])
                for literal, name, _, _ in Formatter().parse(each.said)
            )
    return None


@cache
def _known(language: str) -> tuple[_Known, ...]:
    """Templates of a language's catalogue, the one with the most letters of its own first."""
    found = []
    for template, said in catalogue(language).items():
        try:
            parts = list(Formatter().parse(template))
        except ValueError:
            continue  # a brace that is no place
        looks, names = "", set[str]()
        for literal, name, _, _ in parts:
            looks += r"\s+".join(re.escape(word) for word in re.split(r"\s+", literal))
            if name is not None:
                looks += f"(?P={name})" if name in names else f"(?P<{name}>.+?)"
                names.add(name)
        letters = sum(c.isalpha() for literal, *_ in parts for c in literal)
        if letters >= LEAST_LETTERS and all(name.isidentifier() for name in names):
            found.append(_Known(said, re.compile(looks, re.DOTALL), letters))
    return tuple(sorted(found, key=lambda each: -each.letters))
