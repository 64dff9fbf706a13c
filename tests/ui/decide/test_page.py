"""Decide: one key answers, what is written is what was meant, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.domain import Decision, Record
from station.reviewing.answers import Answer, give
from station.reviewing.leaning import leaning
from station.reviewing.queue import Queue, look_up
from station.sayings import Severity
from station.store.store import open_store
from station.store.verify import walk
from ui.decide.exhibit import Sight
from ui.decide.reasons import word_of
from ui.language import Speech

Records = dict[str, Record]
Key = Qt.Key


def press(qtbot: QtBot, shown: object, key: Qt.Key, modifier: object = None) -> None:
    view = shown.view  # type: ignore[attr-defined]
    target = view.focusWidget() or view
    qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


def settled(qtbot: QtBot, shown: object) -> None:
    rounds = shown.view.rounds  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not rounds.writing and not rounds.loading)


def side_of(records: Records, source: str) -> Decision:
    side = leaning(records[source])
    assert side is not None
    return side


def agreeing_key(records: Records, source: str) -> Qt.Key:
    return Key.Key_P if side_of(records, source) is Decision.PASS else Key.Key_R


def other_key(records: Records, source: str) -> Qt.Key:
    return Key.Key_R if side_of(records, source) is Decision.PASS else Key.Key_P


def test_the_oldest_review_is_in_hand_with_its_picture_and_heat(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    assert shown.source == "2.png"
    assert shown.view.head.progress.text() == "1 of 3 waiting"
    exhibit = shown.view.exhibit
    qtbot.waitUntil(lambda: exhibit.pictures is not None)
    assert exhibit.picture.image is not None and exhibit.picture.overlay is not None
    # The crop: square, around the disc of 12 mm at 36 px a mm with its margin.
    assert exhibit.picture.image.width() == exhibit.picture.image.height()
    assert 432 < exhibit.picture.image.width() < 512


def test_one_key_agrees_and_the_next_part_is_there_at_once(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    press(qtbot, shown, agreeing_key(records, "2.png"))
    assert shown.source == "3.png"
    settled(qtbot, shown)
    (review,) = shown.reviews(records["2.png"])
    assert review.decision is side_of(records, "2.png")
    assert (review.reason, review.operator) == ("agreed", "Ada")
    assert shown.view.head.progress.text() == "1 of 2 waiting"


def test_overruling_asks_why_and_a_digit_answers(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    press(qtbot, shown, other_key(records, "2.png"))
    assert shown.view.asks_reason and shown.view.reasons.isVisible()
    assert not shown.view.bar.isVisible()
    assert shown.source == "2.png"
    press(qtbot, shown, Key.Key_2)
    settled(qtbot, shown)
    (review,) = shown.reviews(records["2.png"])
    assert review.decision is not side_of(records, "2.png")
    second = {Decision.PASS: "lighting", Decision.REJECT: "worse than the model says"}
    assert review.reason == f"overruled: {second[review.decision]}"
    assert shown.source == "3.png" and not shown.view.asks_reason


def test_escape_takes_the_question_back_and_nothing_is_written(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    press(qtbot, shown, other_key(records, "2.png"))
    qtbot.keyClick(shown.view.reasons, Key.Key_Escape)
    assert not shown.view.asks_reason and shown.view.bar.isVisible()
    settled(qtbot, shown)
    assert shown.reviews(records["2.png"]) == [] and shown.source == "2.png"


def test_other_wants_words(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    press(qtbot, shown, other_key(records, "2.png"))
    shown.view.digit(5)
    assert shown.view.asks_reason
    shown.view.reasons.note.setText("a hair across it")
    qtbot.keyClick(shown.view.reasons.note, Key.Key_Return)
    settled(qtbot, shown)
    (review,) = shown.reviews(records["2.png"])
    assert review.reason == "overruled: other; a hair across it"


def test_letters_typed_into_the_note_answer_nothing(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    press(qtbot, shown, other_key(records, "2.png"))
    note = shown.view.reasons.note
    note.setFocus()
    qtbot.keyClicks(note, "pass 12 rust")
    assert note.text() == "pass 12 rust" and shown.view.asks_reason
    settled(qtbot, shown)
    assert shown.reviews(records["2.png"]) == []


def test_undo_brings_the_part_back_and_the_chain_keeps_both(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    press(qtbot, shown, agreeing_key(records, "2.png"))
    settled(qtbot, shown)
    assert shown.view.bar.undo_button.hint.endswith("2.png")
    press(qtbot, shown, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: shown.source == "2.png")
    settled(qtbot, shown)
    words = shown.reviews(records["2.png"])
    assert [w.decision for w in words] == [side_of(records, "2.png"), Decision.REVIEW]
    assert words[1].reason == "undone: back to the verdict"
    assert not shown.view.bar.undo_button.isEnabled()
    press(qtbot, shown, other_key(records, "2.png"))
    press(qtbot, shown, Key.Key_1)
    settled(qtbot, shown)
    assert len(shown.reviews(records["2.png"])) == 3
    with open_store(shown.config.database) as store, store.database.reading() as connection:
        assert walk(connection).broken is None


def test_several_answers_are_undone_one_after_the_other(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    for source in ("2.png", "3.png", "5.png"):
        assert shown.source == source
        press(qtbot, shown, agreeing_key(records, source))
    settled(qtbot, shown)
    assert shown.source is None
    assert not shown.view.rounds.writing and shown.view.rounds.undoable is not None
    assert shown.view.rounds.undoable.part.record.source == "5.png"
    assert "every part is decided" in shown.view.exhibit.picture.message
    for source in ("5.png", "3.png", "2.png"):
        shown.view.undo()
        qtbot.waitUntil(lambda s=source: shown.source == s)
        settled(qtbot, shown)
    assert shown.view.head.progress.text() == "1 of 3 waiting"


def test_who_comes_second_is_told_and_their_answer_is_not_written(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    record = records["2.png"]
    with open_store(shown.config.database) as store:
        part = look_up(store, record.uuid)
        assert part is not None
        give(store, part, Answer(Decision.REVIEW), "Bob")
    press(qtbot, shown, agreeing_key(records, "2.png"))
    settled(qtbot, shown)
    qtbot.waitUntil(lambda: bool(shown.said))
    text, severity = shown.said[0]
    assert severity is Severity.WARNING
    assert "Bob decided REVIEW on 2.png" in text and "not written" in text
    assert [w.operator for w in shown.reviews(record)] == ["Bob"]


def test_a_second_opinion_is_hidden_from_who_asked_and_shown_to_others(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    press(qtbot, shown, Key.Key_S)
    settled(qtbot, shown)
    qtbot.waitUntil(lambda: shown.view.head.elsewhere.text() != "")
    assert shown.view.head.elsewhere.text() == "Sent on to somebody else: 1"
    assert shown.source == "3.png"
    other = open_page("Bob")
    assert other.source == "2.png"
    assert "Ada asks for a second opinion" in other.view.case.second.text()
    press(qtbot, other, agreeing_key(records, "2.png"))
    settled(qtbot, other)
    assert [w.operator for w in other.reviews(records["2.png"])] == ["Ada", "Bob"]


def test_nobody_answers_without_a_name(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page(None)
    assert shown.view.head.name.isVisible()
    shown.view.answer(side_of(records, "2.png"))
    settled(qtbot, shown)
    assert shown.source == "2.png" and shown.reviews(records["2.png"]) == []
    assert "name" in shown.said[0][0]
    shown.view.head.name.setText("Min-su")
    shown.view.answer(side_of(records, "2.png"))
    settled(qtbot, shown)
    assert [w.operator for w in shown.reviews(records["2.png"])] == ["Min-su"]


def test_skipping_comes_round_again(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    seen = []
    for _ in range(4):
        qtbot.waitUntil(lambda: shown.source is not None)
        seen.append(shown.source)
        press(qtbot, shown, Key.Key_N)
        settled(qtbot, shown)
    assert seen == ["2.png", "3.png", "5.png", "2.png"]
    assert shown.reviews(records["2.png"]) == []


def test_a_blind_look_shows_nothing_that_tells_the_verdict(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    shown.view.pass_share = 1.0
    shown.view.head.queues.setCurrentIndex(list(Queue).index(Queue.BLIND))
    settled(qtbot, shown)
    qtbot.waitUntil(lambda: shown.source in ("1.png", "4.png"))
    view = shown.view
    qtbot.waitUntil(lambda: view.exhibit.pictures is not None)
    assert view.exhibit.sights == [Sight.FRAME] and view.exhibit.picture.overlay is None
    assert view.case.word.text() == "Verdict hidden"
    assert not view.case.bars.isVisible() and not view.case.lean.isVisible()
    assert view.bar.pass_button.hint == "" and view.bar.reject_button.hint == ""
    source = shown.source
    press(qtbot, shown, Key.Key_P)
    settled(qtbot, shown)
    (review,) = shown.reviews(records[source])
    assert review.reason == "blind" and not view.asks_reason
    assert f"{source}: you said PASS, the station said" in shown.said[0][0]


def test_an_error_cannot_be_passed(
    open_page: Callable[..., object], records: Records, qtbot: QtBot
) -> None:
    shown = open_page()
    shown.view.show_part(records["6.png"].uuid)
    qtbot.waitUntil(lambda: shown.source == "6.png")
    assert not shown.view.bar.pass_button.isEnabled()
    press(qtbot, shown, Key.Key_P)
    settled(qtbot, shown)
    assert "cannot be passed" in shown.said[0][0]
    assert shown.reviews(records["6.png"]) == []


def test_korean_is_said_at_once(
    open_page: Callable[..., object], records: Records, qtbot: QtBot, speech: Speech
) -> None:
    shown = open_page()
    shown.view.resize(1280, 640)
    speech.use("ko")
    qtbot.waitUntil(lambda: shown.view.head.progress.text() == "대기 3건 중 1번째")
    assert shown.view.bar.pass_button.word == "합격"
    press(qtbot, shown, other_key(records, "2.png"))
    assert [b.word for b in shown.view.reasons.buttons][:2] == ["먼지", "조명"]
    assert word_of("a reason of the bench's own") == "a reason of the bench's own"
    press(qtbot, shown, Key.Key_1)
    settled(qtbot, shown)
    # What the chain keeps does not depend on the window's language.
    assert shown.reviews(records["2.png"])[0].reason == "overruled: dust"


@pytest.mark.parametrize("key", ["1", "9"])
def test_with_one_defect_class_digits_answer_nothing(
    open_page: Callable[..., object], records: Records, qtbot: QtBot, key: str
) -> None:
    shown = open_page()
    press(qtbot, shown, getattr(Key, f"Key_{key}"))
    settled(qtbot, shown)
    assert shown.source == "2.png" and shown.reviews(records["2.png"]) == []
