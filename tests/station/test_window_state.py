"""A choice by key outlives the window, for this account, until the configuration says another."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from station.window_settings import WindowSettings
from station.window_state import remember, state_file, with_choices

PLAIN = WindowSettings()


@pytest.fixture(autouse=True)
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_a_choice_holds_while_the_configuration_says_what_it_said() -> None:
    remember("language", "ko", PLAIN)
    remember("theme", "light", PLAIN)
    now = with_choices(PLAIN)
    assert (now.language, now.theme) == ("ko", "light")
    changed = WindowSettings(theme="light", tone=True)
    assert with_choices(changed) == WindowSettings(language="ko", theme="light", tone=True)
    assert with_choices(WindowSettings(language="ko", theme="light")).language == "ko"


def test_a_configuration_that_changed_wins() -> None:
    light = WindowSettings(theme="light")
    remember("theme", "dark", light)
    assert with_choices(light).theme == "dark"
    assert with_choices(PLAIN).theme == "dark"
    remember("theme", "light", PLAIN)
    assert with_choices(PLAIN).theme == "light"
    assert with_choices(light).theme == "light"


def test_choosing_what_the_configuration_says_forgets_the_choice() -> None:
    remember("language", "ko", PLAIN)
    remember("language", "en", PLAIN)
    assert with_choices(PLAIN) == PLAIN
    assert "language" not in state_file().read_text()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"language": {"chosen": "xx"}}', '{"theme": 3}'])
def test_a_damaged_file_chooses_nothing(text: str) -> None:
    state_file().parent.mkdir(parents=True)
    state_file().write_text(text)
    assert with_choices(PLAIN) == PLAIN
    remember("theme", "light", PLAIN)
    assert with_choices(PLAIN).theme == "light"


def test_where_nothing_can_be_kept_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    state_file().parent.parent.mkdir(parents=True, exist_ok=True)
    state_file().parent.write_text("a file in the folder's place")
    with caplog.at_level(logging.WARNING):
        remember("theme", "light", PLAIN)
    assert "theme cannot be kept" in caplog.text
