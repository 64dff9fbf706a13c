"""What lies in an inbox besides pictures: nothing hangs, nothing is lost, all of it is named."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import lattice_disc, picture_bytes
from nothing_lost import assert_nothing_lost, sent, sha256, visible

from engines.errors import ImageError
from station.capture.picture_file import fingerprint, read_frame
from station.config import StationConfig
from station.domain import Decision
from station.outcome import Outcome
from station.run import run_station
from station.store.store import open_store

Configure = Callable[..., StationConfig]
Watch = Callable[..., list[Outcome]]
PICTURE = picture_bytes(lattice_disc())


@pytest.fixture
def odd(inbox: Path) -> Iterator[list[str]]:
    """Entries that are no files; their names."""
    os.mkfifo(inbox / "pipe.png")
    (inbox / "nowhere.png").symlink_to(inbox / "gone" / "a.png")
    (inbox / "loop.png").symlink_to("loop.png")
    (inbox / "folder.png").mkdir()
    (inbox / "folder.png" / "inside.png").write_bytes(PICTURE)
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(inbox)  # a socket's path may have 107 bytes at most
        try:
            server.bind("socket.png")
        finally:
            os.chdir(here)
        yield ["folder.png", "loop.png", "nowhere.png", "pipe.png", "socket.png"]


def test_what_is_no_file_is_left_alone_and_named_once(
    inbox: Path,
    odd: list[str],
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop = threading.Event()
    name, digest = sent(inbox, "part.png", PICTURE)
    with caplog.at_level(logging.WARNING):
        outcomes = run_station(configure(once=False), stop)
        assert next(outcomes).record.decision is Decision.PASS
        (inbox / "late.png").mkdir()
        more, again = sent(inbox, "more.png", PICTURE)
        assert next(outcomes).record.source == "more.png"
        stop.set()
        assert list(outcomes) == []
    named = [r.getMessage() for r in caplog.records if "left alone" in r.getMessage()]
    for each in (*odd, "late.png"):
        assert sum(each in message for message in named) == 1, (each, named)
    assert_nothing_lost(configure(), {name: digest, more: again})
    assert {*odd, "late.png"} <= {path.name for path in inbox.iterdir()}
    assert (inbox / "folder.png" / "inside.png").read_bytes() == PICTURE


NAMES = [
    "new\nline.png",
    "'quote\" `back` $(touch x).png",
    "=1+1.png",
    "=HYPERLINK(“x”).png",
    "-rf.png",
    "%s %d {0} {name}.png",
    "<b>bold<b>&amp;.png",
    " space at both ends .png",
    "tab\tbell\a\x1b[31mred.png",
    "größe-零件-🔩.png",
    "reason.txt.png",
    "a.png.reason.txt.png",
    "UPPER.PNG",
    "two..dots.png",
    "x" * 251 + ".png",
    "零" * 83 + "零.png"[-4:],
]


def test_names_of_all_kinds_are_kept_as_they_are(
    inbox: Path, configure: Configure, watch: Watch
) -> None:
    written = dict(sent(inbox, name, PICTURE) for name in NAMES)
    assert len(watch()) == len(NAMES)
    records = assert_nothing_lost(configure(), written)
    assert {r.decision for r in records} == {Decision.PASS}
    assert all(Path(str(r.overlay_path)).is_file() for r in records)


@pytest.mark.parametrize("stem", ["x" * 251, "零" * 83 + "xx", "x" * 240])
def test_a_damaged_file_with_the_longest_name_is_set_aside_too(
    inbox: Path, configure: Configure, watch: Watch, stem: str
) -> None:
    """There is no room in its name for `.reason.txt`, nor for a number."""
    for _ in range(3):
        (inbox / f"{stem}.png").write_bytes(b"no picture")
        (outcome,) = watch()
        assert outcome.record.decision is Decision.ERROR
        assert visible(inbox) == []
    aside = visible(inbox / "quarantine")
    notes = [p for p in aside if p.name.endswith(".reason.txt")]
    assert len(notes) == len(aside) - len(notes) == 3
    assert all("is not a jpg" in p.read_text() for p in notes)
    with open_store(configure().database) as store:
        assert store.account().parts_in == 3


def test_a_name_that_is_no_utf8_is_inspected_and_moved(
    inbox: Path, configure: Configure, watch: Watch
) -> None:
    raw = os.fsencode(inbox) + b"/b\xff\xfe\x80.png"
    Path(os.fsdecode(raw)).write_bytes(PICTURE)
    (outcome,) = watch()
    assert outcome.record.decision is Decision.PASS
    assert outcome.record.source == "b\ufffd\ufffd\ufffd.png"
    assert [os.fsencode(p.name) for p in (inbox / "processed").iterdir()] == [b"b\xff\xfe\x80.png"]
    with open_store(configure().database) as store:
        assert store.account().balanced


def test_a_link_to_a_file_is_a_part_and_the_file_stays(
    inbox: Path, tmp_path: Path, configure: Configure, watch: Watch
) -> None:
    real = tmp_path / "elsewhere.png"
    real.write_bytes(PICTURE)
    (inbox / "link.png").symlink_to(real)
    (inbox / "relative.png").symlink_to(Path("..") / "elsewhere.png")
    assert {o.record.decision for o in watch()} == {Decision.PASS}
    assert real.read_bytes() == PICTURE
    assert visible(inbox) == []
    with open_store(configure().database) as store:
        records = store.records()
        assert store.account().balanced
    # The link went, and where it points is nobody's promise: the picture itself is kept.
    assert all(Path(str(r.image_path)).read_bytes() == PICTURE for r in records)


@pytest.mark.parametrize("duplicates", ["skip", "inspect"])
def test_two_names_of_one_file_are_two_files_that_show_the_same(
    inbox: Path, configure: Configure, watch: Watch, duplicates: str
) -> None:
    sent(inbox, "a.png", PICTURE)
    os.link(inbox / "a.png", inbox / "b.png")
    outcomes = watch(duplicates=duplicates)
    assert len(outcomes) == (1 if duplicates == "skip" else 2)
    assert visible(inbox) == []
    assert sorted(p.name for p in visible(inbox / "processed")) == ["a.png", "b.png"]
    with open_store(configure().database) as store:
        account = store.account()
    assert (account.parts_in, account.balanced) == (len(outcomes), True)


def test_a_read_only_file_is_inspected_and_moved(
    inbox: Path, configure: Configure, watch: Watch
) -> None:
    name, digest = sent(inbox, "a.png", PICTURE)
    (inbox / name).chmod(0o400)
    assert len(watch()) == 1
    assert_nothing_lost(configure(), {name: digest})
    assert (inbox / "processed" / name).stat().st_mode & 0o777 == 0o400


def test_files_that_vanish_before_their_turn_are_no_parts(
    inbox: Path, configure: Configure
) -> None:
    """Taken away by somebody else while others are inspected: what was read is recorded."""
    stop = threading.Event()
    names = [sent(inbox, f"{n:02}.png", PICTURE)[0] for n in range(40)]
    outcomes = run_station(configure(), stop)
    done = [next(outcomes)]
    for name in names[20:]:
        (inbox / name).unlink(missing_ok=True)
    done += list(outcomes)
    sources = [o.record.source for o in done]
    assert len(sources) == len(set(sources)) >= 20
    with open_store(configure().database) as store:
        account, records = store.account(), store.records()
    assert (account.parts_in, account.balanced) == (len(done), True)
    # A part that was read has its picture in the image store, though its file is gone.
    kept = {r.source: Path(str(r.image_path)) for r in records}
    assert {sha256(path.read_bytes()) for path in kept.values()} == {sha256(PICTURE)}


def test_a_pipe_in_the_place_of_a_picture_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ImageError, match="pipe or a device"):
        read_frame(tmp_path / "a.png", 1000)


@pytest.mark.parametrize("seconds", [-1e9, -1, 0, 4e9, 1e10, 3e11, 1e13])
def test_a_file_s_own_time_may_be_any(
    inbox: Path, configure: Configure, watch: Watch, seconds: float
) -> None:
    """Before 1970, in another century, beyond all calendars: as far as the file system keeps it."""
    name, digest = sent(inbox, "a.png", PICTURE)
    os.utime(inbox / name, (seconds, seconds))
    before = time.time()
    (outcome,) = watch()
    assert outcome.record.decision is Decision.PASS
    (record,) = assert_nothing_lost(configure(), {name: digest})
    kept = (inbox / "processed" / name).stat().st_mtime
    told = record.captured_at.timestamp()
    assert told == pytest.approx(kept, abs=1e-3) or before <= told <= time.time()
    assert fingerprint(inbox / "processed" / name)[0] == digest
