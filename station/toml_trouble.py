"""What to do about a station.toml that is not TOML, from the words of the parser."""

from __future__ import annotations

import re

from engines.sentence import Sentence, sentence

TWICE = re.compile(r"Cannot declare \((?P<names>'.*',?)\) twice")
AGAIN = "Cannot overwrite a value"
"""In the words of tomllib and of tomli, whose code it is."""


def remedy_of(error: Exception) -> Sentence:
    """The remedy in one or two sentences; the error itself names line and column."""
    if twice := TWICE.search(str(error)):
        return sentence(
            "[{table}] stands there twice: move the keys below the second to the first, and take "
            "the second out. A key that both have is written once; a list takes the entries of "
            'both, such as keys = ["A", "B"].',
            table=".".join(re.findall(r"'(.*?)'", twice["names"])),
        )
    if AGAIN in str(error):
        return sentence(
            "What stands in that line was given before: keep one of them. A list takes several, "
            'such as keys = ["A", "B"].'
        )
    return sentence("Mend that line.")
