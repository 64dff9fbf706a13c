"""What was kept in English is said in Korean by the template that made it."""

from __future__ import annotations

import re

import pytest
from PyQt6.QtWidgets import QApplication

from engines.sentence import Sentence, sentence, together
from station.errors import StoreError
from station.feeds.camera_feed import OVERRUN
from ui.language import Speech, catalogue, tr
from ui.told_again import told_again


@pytest.fixture
def korean(speech: Speech) -> None:
    speech.use("ko")


DAMAGED = StoreError(
    "the database {where} cannot be {done} ({cause}). {remedy}",
    where="sqlite:////srv/a b/inspections.db",
    done=sentence("opened"),
    cause="database disk image is malformed",
    remedy=together(
        sentence("Free space on its disk, then start again."),
        sentence("Nothing was recorded; the part in hand stays in the inbox."),
    ),
)


@pytest.mark.parametrize("said", [OVERRUN, str(DAMAGED)], ids=["plain", "with sentences in it"])
def test_a_kept_sentence_reads_as_when_it_was_fresh(
    qapp: QApplication, korean: None, said: Sentence
) -> None:
    kept = said.encode().decode()
    assert type(kept) is str and kept == said
    again = told_again(kept)
    assert again != kept and re.search("[가-힣]", again)
    if not said.values:
        assert again == tr(said)
    for value in ("sqlite:////srv/a b/inspections.db", "database disk image is malformed"):
        assert (value in again) is (value in kept)
    assert told_again(f"{kept} And a word of the system.").startswith(again)


def test_every_template_finds_itself_again(qapp: QApplication, korean: None) -> None:
    """Each with values of its own in place; a few share their words with another, and say that."""
    wrong = []
    for template, translated in catalogue("ko").items():
        names = re.findall(r"{(\w+)[^}]*}", template)
        if sum(c.isalpha() for c in re.sub(r"{[^}]*}", "", template)) < 40 or not names:
            continue
        values = {name: f"<{at}>" for at, name in enumerate(dict.fromkeys(names))}

        def filled(text: str, values: dict[str, str] = values) -> str:
            return re.sub(r"{(\w+)[^}]*}", lambda found: values[found[1]], text)

        if told_again(filled(template)) != filled(translated):
            wrong.append(template)
    assert len(wrong) <= 3, wrong


def test_in_english_and_for_what_no_catalogue_made_it_stays(qapp: QApplication) -> None:
    assert told_again(str(OVERRUN)) == OVERRUN


def test_what_nobody_wrote_a_template_for_stays_in_korean_too(
    qapp: QApplication, korean: None
) -> None:
    for text in ("", "moved to shelf 4 by ada", "no", "a.png: b.png"):
        assert told_again(text) == text
