"""Texts follow the language of the window, and no text of the code is left without its Korean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QLocale
from PyQt6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui import language
from ui.language import Speech, catalogue, say, speech_of, tr


@pytest.fixture
def speech(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Speech]:
    words = {"ko": {"Parts in": "입고", "{count} parts": "{count}개"}}
    monkeypatch.setattr(language, "catalogue", lambda code: words.get(code, {}))
    speech = speech_of(qapp)
    yield speech
    speech.use("en")


def test_a_text_is_said_in_the_language_in_use_and_in_english_where_it_has_no_words(
    speech: Speech,
) -> None:
    assert tr("Parts in") == "Parts in"
    speech.use("ko")
    assert tr("Parts in") == "입고"
    assert tr("{count} parts", count=3) == "3개"
    assert tr("Never seen") == "Never seen"
    assert QLocale().language() == QLocale.Language.Korean
    speech.use("en")
    assert tr("{count} parts", count=3) == "3 parts"


def test_a_label_changes_with_the_language_and_keeps_its_latest_text(
    speech: Speech, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = QLabel(window)
    say(label.setText, "Nothing yet")
    say(label.setText, "{count} parts", count=2)
    say(label.setToolTip, "Parts in")
    speech.use("ko")
    QApplication.processEvents()
    assert (label.text(), label.toolTip()) == ("2개", "입고")
    speech.use("en")
    QApplication.processEvents()
    assert (label.text(), label.toolTip()) == ("2 parts", "Parts in")


def test_the_catalogue_of_english_is_empty() -> None:
    assert catalogue("en") == {}
