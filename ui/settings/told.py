"""What the station says against a value, in the language of the window where its form is known."""

from __future__ import annotations

import re

from PyQt6.QtCore import QLocale

from station.settings_fields import SettingField
from ui.language import tr

BETWEEN = re.compile(r" is (\S+); expected a number from (\S+) to (\S+?)[ .]")
LEAST = re.compile(r" is (\S+); expected (?:at least|a number,) (\d\S*?)(?: or more)?[ .]")


def told(error: str, field: SettingField) -> str:
    """The station's sentence; of the two commonest forms in the window's language."""
    if QLocale().language() == QLocale.Language.English:
        return error
    found = BETWEEN.search(error)
    if found:
        return tr(
            "{value} does not fit: {low} to {high} {unit}.",
            value=found[1], low=found[2], high=found[3], unit=field.unit,
        ).replace("  ", " ").replace(" .", ".")  # fmt: skip
    found = LEAST.search(error)
    if found:
        return tr("{value} does not fit: at least {low}.", value=found[1], low=found[2])
    return error
