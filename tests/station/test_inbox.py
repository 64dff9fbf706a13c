"""One station per inbox; each file leaves it once, and never over another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from station.errors import ConfigError
from station.inbox.folder import LOCK, Inbox


def test_a_missing_inbox_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"does not exist.*mkdir -p"):
        Inbox(tmp_path / "none")


def test_a_file_is_not_an_inbox(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is not a folder"):
        Inbox(tmp_path / "file")


@pytest.mark.parametrize(("mark", "inbox"), [
    ("labels.csv", "."), ("crops.json", "."), ("dataset.json", "."), ("dataset.json", "normal"),
    ("crops.json", "normal"),
])  # fmt: skip
def test_training_pictures_are_not_emptied_into_processed(
    tmp_path: Path, mark: str, inbox: str
) -> None:
    (tmp_path / "normal").mkdir()
    (tmp_path / mark).touch()
    with pytest.raises(ConfigError, match=f"holds pictures to train with .*{mark}"):
        Inbox(tmp_path / inbox)
    assert sorted(p.name for p in tmp_path.rglob("*")) == sorted([mark, "normal"])


def test_a_table_beside_an_inbox_is_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").touch()
    (tmp_path / "inbox").mkdir()
    with Inbox(tmp_path / "inbox"):
        pass


def test_two_stations_cannot_watch_one_inbox(inbox: Path) -> None:
    with Inbox(inbox), pytest.raises(ConfigError, match="another station watches"):
        Inbox(inbox)
    with Inbox(inbox):
        pass


def test_a_taken_name_gets_a_number_before_its_suffix(inbox: Path) -> None:
    with Inbox(inbox) as held:
        for number, expected in enumerate(("a.tar.png", "a.tar-2.png", "a.tar-3.png")):
            file = inbox / "a.tar.png"
            file.write_text(str(number))
            assert held.move(held.plan([(file, f"u{number}", None)])) == [
                inbox / "processed" / expected
            ]
            assert (inbox / "processed" / expected).read_text() == str(number)


def test_quarantine_holds_the_reason_beside_the_file(inbox: Path) -> None:
    file = inbox / "x.pdf"
    file.touch()
    with Inbox(inbox) as held:
        held.move(held.plan([(file, "u", "It is no picture.")]))
    reason = inbox / "quarantine" / "x.pdf.reason.txt"
    assert reason.read_text() == "It is no picture.\n"
    assert not file.exists()


@pytest.mark.parametrize("reason", [None, "It is damaged."])
@pytest.mark.parametrize("name", [b"a.png", b"sch\xf6n \xe2\x82\xac.png"])
def test_a_move_cut_short_by_a_kill_is_finished_if_the_row_is_there(
    inbox: Path, name: bytes, reason: str | None
) -> None:
    file = inbox / os.fsdecode(name)
    file.write_text("1")
    with Inbox(inbox) as held:
        target = held.plan([(file, "u1", reason)])[0].target
    assert file.exists()
    with Inbox(inbox) as held:
        held.recover(lambda uuid: uuid == "u1")
        assert target.read_text() == "1"
        assert not file.exists()
        assert (inbox / LOCK).read_bytes() == b""
    assert (reason is None) != target.with_name(target.name + ".reason.txt").exists()


def test_without_a_row_the_file_is_inspected_again(inbox: Path) -> None:
    file = inbox / "a.png"
    file.touch()
    with Inbox(inbox) as held:
        held.plan([(file, "u1", None)])
    with Inbox(inbox) as held:
        held.recover(lambda uuid: False)
        assert file.exists()
        assert list((inbox / "processed").iterdir()) == []


def test_a_finished_move_is_not_repeated_on_a_new_file_of_that_name(inbox: Path) -> None:
    file = inbox / "a.png"
    file.write_text("old")
    with Inbox(inbox) as held:
        held.move(held.plan([(file, "u1", None)]))
    file.write_text("new")
    with Inbox(inbox) as held:
        held.recover(lambda uuid: True)
    assert file.read_text() == "new"


def test_a_note_cut_off_by_a_power_failure_is_ignored(
    inbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (inbox / LOCK).write_bytes(b'[{"uuid": "u1", "fr')
    with Inbox(inbox) as held:
        held.recover(lambda uuid: True)
    assert "not readable" in caplog.text


def test_a_file_that_cannot_be_moved_stays_and_is_reported(
    inbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = inbox / "a.png"
    file.touch()
    with Inbox(inbox) as held:
        moves = held.plan([(file, "u1", None)])
        moves[0].target.mkdir()  # a rename over a folder fails, as one without permission does
        assert held.move(moves) == [file]
    assert file.exists()
    assert "cannot be moved" in caplog.text
