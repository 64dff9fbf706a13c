"""An impossible trigger is refused with its key, its value and the remedy; the room is pure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from station.errors import ConfigError
from station.trigger.settings import MODES, TriggerSettings
from station.trigger.triggers import TRIGGERS

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "psychic"}, "trigger.mode is 'psychic'; expected one of automatic"),
        ({"still_s": -1.0}, "trigger.still_s is -1.0; expected a number from 0 to 60 seconds"),
        ({"patience_s": 0.1}, "trigger.patience_s is 0.1; expected a number from 0.15"),
        ({"best_of": 0}, "trigger.best_of is 0"),
        ({"views": 99}, "trigger.views is 99"),
        ({"least_focus": float("nan")}, "trigger.least_focus is nan"),
        ({"interval_s": -2.0}, "trigger.interval_s is -2.0; expected at least 0 seconds"),
    ],
)
def test_an_impossible_setting_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TriggerSettings(**changes)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_each_mode_has_its_trigger() -> None:
    assert tuple(TRIGGERS) == MODES


def test_the_trigger_knows_no_camera_no_sql_and_no_files() -> None:
    program = """
import sys
import station.trigger.triggers
for name in ("station.capture", "station.store", "sqlalchemy", "socketserver"):
    assert name not in sys.modules, name
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
